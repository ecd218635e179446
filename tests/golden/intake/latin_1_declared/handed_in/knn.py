# -*- coding: latin-1 -*-
# entfernte Punkte zählen
def predict(X):
    return "é"
