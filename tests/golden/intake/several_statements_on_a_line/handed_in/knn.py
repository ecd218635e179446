print("é中"); A = "é"; print(A); B = """one
two"""; print(B); C = 3; plot = 1
if True: D = 4; print(D)
def predict(X): return A, B, C, D
