"""Is an assignment sound? What its suite pays for, and what it reads like."""
