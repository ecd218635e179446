"""Small changes of numerical code, each of which makes one mistake: what mutants are made of."""
