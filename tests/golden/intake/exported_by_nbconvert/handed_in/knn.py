#!/usr/bin/env python
# coding: utf-8

# # Nearest neighbours
# 
# %time is told below

# In[ ]:


get_ipython().run_line_magic('matplotlib', 'inline')
import numpy as np
get_ipython().system('pip install numpy')


# In[ ]:


get_ipython().run_cell_magic('time', '', 'def predict(X):\n    """Return a label for each row.\n\n    It\'s "easy".\n    """\n    return [TABLE[0] for row in X]\n')


# In[ ]:


get_ipython().run_line_magic('time', 'TABLE = list(range(3))')
size = get_ipython().run_line_magic('time', 'len(TABLE)')
files = get_ipython().getoutput('ls')


# In[ ]:


get_ipython().run_cell_magic('bash', '', 'ls\n')


# In[ ]:


def k(x):
    display(x)
    get_ipython().run_line_magic('time', 'y = size')
    if x:
        get_ipython().system('ls')
    return y


# In[ ]:


get_ipython().run_cell_magic('capture', '--no-stderr', '%%time\nq = k(1)\n')

