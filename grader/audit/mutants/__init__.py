"""Mutants of a reference: does the hidden suite notice when one thing in the code is wrong?"""
