# ---
# jupyter:
#   jupytext:
#     formats: ipynb,py:percent
# ---

# %% [markdown]
# The work.

# %%
def predict(X):
    return X  # the labels
