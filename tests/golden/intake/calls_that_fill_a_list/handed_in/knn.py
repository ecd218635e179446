PARTS, NAMES, SEEN = [], {}, []


def register(rule):
    store(PARTS, rule)
    return rule


def store(rules, rule):
    rules.append(rule)


def weights(D, C):
    return D * C


def biases(D, C):
    return C


def scale(D, C):
    return 1


register(weights)
for rule in (biases,):
    register(rule)
list(map(register, [scale]))
NAMES.setdefault("all", []).append("weights")
dict.update(NAMES, more=1)


def total(D, C):
    SEEN.append(D)
    remember(C)
    return sum(rule(D, C) for rule in PARTS) + len(NAMES)


def remember(C):
    SEEN.append(C)


total(3, 2)
remember(2)
print(total(4, 5))
