"""What runs beside student code, and is trusted no more than that."""
