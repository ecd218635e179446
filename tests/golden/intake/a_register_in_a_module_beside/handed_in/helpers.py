PARTS = []


def part(rule):
    PARTS.append(rule)
    return rule


other_part = part
