"""What a student hands in, read without running it, unpacking it to disk or unpickling it."""
