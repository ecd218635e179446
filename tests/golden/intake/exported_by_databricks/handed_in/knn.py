# Databricks notebook source
# MAGIC %md
# MAGIC # Nearest neighbours
# MAGIC def predict(X): in words

# COMMAND ----------

# DBTITLE 1,Packages
# MAGIC %pip install numpy

# COMMAND ----------

# MAGIC %run ./helpers

# COMMAND ----------

# MAGIC %%time
# MAGIC 
# MAGIC def predict(X):
# MAGIC     """Return a label."""
# MAGIC     return helper(X)

# COMMAND ----------

# MAGIC %sql
# MAGIC SELECT label FROM digits

# COMMAND ----------

# MAGIC %python
# MAGIC TABLE = [1, 2]

# COMMAND ----------

# MAGIC %sh ls

# COMMAND ----------

def k(x):
    display(x)
    return x
# COMMAND ----------
display(spark.range(3))
