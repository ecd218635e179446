"""What is kept of an attempt: the checks, how each ended, and the record made of them."""
