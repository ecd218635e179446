"""What people read of records; every format is a pure function."""
