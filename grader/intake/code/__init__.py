"""Make one module of a notebook or a script: parsed, never run."""
