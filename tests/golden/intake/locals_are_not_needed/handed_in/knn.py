X = 1
y = 2
dists = 3
row = 4
k = 5
hidden = 6
margin = 7
shadow = 8


def predict(X, *y, k=k):
    dists = X
    def inner():
        nonlocal dists
        dists = 1
    import shadow
    return [row for row in dists] + [lambda row: row]


class Net:
    hidden = 1
    def forward(self):
        margin = [hidden for hidden in self]
        return margin
