"""What people read: every format is a pure function of records."""
