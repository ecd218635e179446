"""The process that tries mutants. They are the course's own code, so that it runs them itself."""
