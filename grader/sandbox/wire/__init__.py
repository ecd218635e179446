"""What both sides of the sandbox say to each other, and how it is decoded without trust."""
