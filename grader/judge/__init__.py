"""Who decides: the trusted process that holds the suite and asks the worker for answers."""
