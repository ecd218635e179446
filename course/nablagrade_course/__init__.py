"""The course that comes with nablagrade: its folders lie beside this file, for `grader` to find."""
