class Part:
    all = []

    def __init__(self, rule):
        Part.all.append(rule)


Part(lambda D, C: D * C)
Part(lambda D, C: C)


def total(D, C):
    return sum(rule(D, C) for rule in Part.all)
