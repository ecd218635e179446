"""What the Linux kernel holds a worker with: the layers, and the order in which they close."""
