"""What an author writes: the files of a course, and the handouts made of them."""
