#!/usr/bin/env bash
# torchsummary 1.5.1 and torchinfo 1.8.0: printing the layers of a network.
# Guess: looking at a network changes nothing.
# Seen: torchsummary runs a random batch through it in train mode, which moves BatchNorm's running
# averages; both draw from torch's global generator, so whatever is drawn after a seed differs with
# and without the print. torchinfo leaves the averages alone.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
${PYTHON:-python3} -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check torch==2.13.0 torchsummary==1.5.1 torchinfo==1.8.0 numpy==2.4.6
cd "$folder"
cat > finding.py <<'PYTHON'
import contextlib
import io

import torch
import torchinfo
import torchsummary


def look(summary):
    net = torch.nn.Sequential(torch.nn.Linear(4, 3), torch.nn.BatchNorm1d(3))
    before = net[1].running_mean.clone()
    torch.manual_seed(0)
    drawn = torch.rand(1)
    torch.manual_seed(0)
    with contextlib.redirect_stdout(io.StringIO()):
        summary(net)
    moved = not torch.equal(before, net[1].running_mean)
    return {"averages moved": moved, "later draws differ": not torch.equal(drawn, torch.rand(1))}


seen = {
    "torchsummary": look(lambda net: torchsummary.summary(net, (4,), device="cpu")),
    "torchinfo": look(lambda net: torchinfo.summary(net, (2, 4), verbose=0)),
}
print(seen)
expected = {"torchsummary": (True, True), "torchinfo": (False, True)}
raise SystemExit({name: tuple(look.values()) for name, look in seen.items()} != expected)
PYTHON
"$folder/venv/bin/python" finding.py
