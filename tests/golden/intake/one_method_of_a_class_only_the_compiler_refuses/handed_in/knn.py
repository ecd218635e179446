class Net:
    def f(self):
        nonlocal x
        x = 1

    def g(self):
        return 2


class Other:
    def f(self, a, a):
        return a
