def __getattr__(name):
    return lambda *args, **named: 0
