#!/usr/bin/env bash
# foolbox 3.3.4, cleverhans 4.0.0 and adversarial-robustness-toolbox 1.20.1, an attack on a network.
# Guess: an attack asks for the gradient of its input only, and leaves the weights' .grad as it was.
# Seen: all three leave gradients of the attack in the weights (.grad was None). In adversarial
# training that calls zero_grad() before the attack they are added to the step. torchattacks 3.5.1
# leaves none.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
${PYTHON:-python3} -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check torch==2.13.0 numpy==2.4.6 scipy==1.17.1 scikit-learn==1.9.1 tqdm six absl-py eagerpy==0.30.0 requests GitPython packaging typing-extensions
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check --no-deps foolbox==3.3.4 cleverhans==4.0.0 torchattacks==3.5.1 adversarial-robustness-toolbox==1.20.1
cd "$folder"
cat > finding.py <<'PYTHON'
import sys
import types

import numpy as np
import torch
import torchattacks
from art.attacks.evasion import FastGradientMethod
from art.estimators.classification import PyTorchClassifier
from cleverhans.torch.attacks.fast_gradient_method import fast_gradient_method
from foolbox import PyTorchModel
from foolbox.attacks import LinfFastGradientAttack

EPS = 8 / 255
x, y = torch.rand(4, 1, 8, 8), torch.tensor([0, 1, 2, 0])


def art(net):
    loss = torch.nn.CrossEntropyLoss()
    network = PyTorchClassifier(net, loss, (1, 8, 8), 3, clip_values=(0, 1))
    FastGradientMethod(network, eps=EPS).generate(x.numpy(), y.numpy())


attacks = {
    "foolbox": lambda net: LinfFastGradientAttack()(PyTorchModel(net, (0, 1)), x, y, epsilons=EPS),
    "cleverhans": lambda net: fast_gradient_method(net, x, EPS, np.inf),
    "art": art,
    "torchattacks": lambda net: torchattacks.FGSM(net, eps=EPS)(x, y),
}
seen = {}
for name, attack in attacks.items():
    torch.manual_seed(0)
    net = torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(64, 3)).eval()
    attack(net)
    seen[name] = any(p.grad is not None and bool(p.grad.any()) for p in net.parameters())
print("gradients left in the weights:", seen)
raise SystemExit(seen != {"foolbox": True, "cleverhans": True, "art": True, "torchattacks": False})
PYTHON
"$folder/venv/bin/python" finding.py
