#!/usr/bin/env bash
# safetensors 0.8.0, safetensors.numpy.save of an array that is not contiguous in C order.
# Guess: it saves the values, or refuses as safetensors.torch does (ValueError: non contiguous).
# Seen: it writes the bytes as they lie in memory under the shape of the view: a transpose, a
# Fortran array and every second element come back as other numbers. Nothing is raised.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
${PYTHON:-python3} -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check safetensors==0.8.0 numpy==2.4.6
cd "$folder"
cat > finding.py <<'PYTHON'
import numpy as np
from safetensors.numpy import load, save

whole = np.arange(6.0).reshape(2, 3)
arrays = {"whole": whole, "transpose": whole.T, "fortran": np.asfortranarray(whole)}
arrays["every second"] = np.arange(6.0)[::2]
same = {}
for name, array in arrays.items():
    back = load(save({"a": array}))["a"]
    same[name] = bool(np.array_equal(back, array))
    print(f"{name:13} saved {array.tolist()}, loaded {back.tolist()}")
raise SystemExit(same != {"whole": True, "transpose": False, "fortran": False, "every second": False})
PYTHON
"$folder/venv/bin/python" finding.py
