"""Where student code runs: a process that holds no test, no expected value and no result."""
