"""Find what students handed in, in folders and archives, and read it as bytes."""
