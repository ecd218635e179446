#!/usr/bin/env bash
# jax 0.10.2: slopes where there is none.
# Guess: the slope of |x| at 0 is 0, as in torch and as np.sign says; that of max(x, 0) is the same
# by whichever function it is written.
# Seen: 1 for abs; 0 for jax.nn.relu and 0.5 for jnp.maximum. And jax.nn.gelu is the approximation by
# tanh unless it is told otherwise: 0.84119 at 1, where torch gives 0.84134.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
${PYTHON:-python3} -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check "jax==0.10.2"
cd "$folder"
cat > finding.py <<'PYTHON'
import jax
import jax.numpy as jnp

functions = {
    "abs": jnp.abs,
    "nn.relu": jax.nn.relu,
    "maximum(x, 0)": lambda x: jnp.maximum(x, 0),
}
slopes = [float(jax.grad(function)(0.0)) for function in functions.values()]
gelus = [round(float(jax.nn.gelu(1.0, **how)), 5) for how in ({}, {"approximate": False})]
print(dict(zip(functions, slopes)), gelus)
raise SystemExit(not (slopes == [1.0, 0.0, 0.5] and gelus == [0.84119, 0.84134]))
PYTHON
"$folder/venv/bin/python" finding.py
