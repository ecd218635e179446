def predict(X):
    """Return labels."""
    raise NotImplementedError("predict is not written yet")
