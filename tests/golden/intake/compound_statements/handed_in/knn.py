try:
    import torch
except ImportError as error:
    torch = None

if torch is None:
    SIZE = 3
else:
    SIZE = 4

for width in (1, 2):
    WIDTH = width

with open("labels.txt") as file:
    LABELS = file.read()

while True:
    GO = 1
    break

first, *REST = 1, 2, 3


def predict(X):
    return torch, SIZE, WIDTH, REST
