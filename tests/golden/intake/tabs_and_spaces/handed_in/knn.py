def train(X):
	if X:
		return X
        return 1

def predict(X):
	return X
