class A:
    def f(self):
        return (1,

    def g(self):
        return 2


class B:
    x = = 3

    def only(self):
return 4


def after():
    return A
