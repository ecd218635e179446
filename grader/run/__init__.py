"""What each command does: grade a class, check one file, audit an assignment, test the sandbox."""
