"""How a class is graded: judge and worker templates, one attempt after the other, the results."""
