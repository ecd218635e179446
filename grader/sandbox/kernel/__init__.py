"""What the Linux kernel holds a worker with."""
