# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: hydrogen
#       format_version: '1.3'
#       jupytext_version: 1.19.6
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Nearest neighbours
#
# %time is told below

# %%
%matplotlib inline
import numpy as np
!pip install numpy

# %%
%%time
def predict(X):
    """Return a label for each row.

    It's "easy".
    """
    return [TABLE[0] for row in X]



# %%
%time TABLE = list(range(3))
size = %time len(TABLE)
files = !ls

# %%
%%bash
ls


# %%
def k(x):
    display(x)
    %time y = size
    if x:
        !ls
    return y


# %%
%%capture --no-stderr
%%time
q = k(1)
