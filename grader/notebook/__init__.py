"""The self-check within a notebook: `grader.check("softmax_loss")` and `%grader check`."""
