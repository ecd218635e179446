import numpy as np


<<<<<<< HEAD
def f(x):
    return 1
=======
def f(x):
    return 2


def g(x):
    return 3
>>>>>>> main


def h(x):
<<<<<<< HEAD
    y = 1
||||||| merged common ancestors
    y = 0
=======
    y = 2
>>>>>>> main
    return y


class A:
    def kept(self):
        return 1

<<<<<<< HEAD
    def b(self):
        return 2
=======
    def c(self):
        return 3
>>>>>>> main

    def d(self):
<<<<<<< HEAD
        return 4
=======
        return 5
>>>>>>> main


def last():
    return "======="
