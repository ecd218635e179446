#!/usr/bin/env bash
# adversarial-robustness-toolbox 1.20.1, an attack on a network that is being trained.
# Guess: the network is in train mode after the attack when it was before, as with torchattacks.
# Seen: the attack puts it into eval mode and leaves it there, so a loop that calls net.train() once
# and then attacks each batch trains with BatchNorm's running averages and without dropout.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
${PYTHON:-python3} -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check torch==2.13.0 numpy==2.4.6 scipy==1.17.1 scikit-learn==1.9.1 tqdm six requests packaging
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check --no-deps torchattacks==3.5.1 adversarial-robustness-toolbox==1.20.1
cd "$folder"
cat > finding.py <<'PYTHON'
import torch
import torchattacks
from art.attacks.evasion import ProjectedGradientDescent
from art.estimators.classification import PyTorchClassifier

x, y = torch.rand(4, 1, 8, 8), torch.tensor([0, 1, 2, 0])


def train_mode_after(attack):
    layers = torch.nn.Flatten(), torch.nn.Linear(64, 3), torch.nn.BatchNorm1d(3)
    net = torch.nn.Sequential(*layers)
    net.train()
    attack(net)
    return net.training


def art(net):
    loss = torch.nn.CrossEntropyLoss()
    network = PyTorchClassifier(net, loss, (1, 8, 8), 3, clip_values=(0, 1))
    ProjectedGradientDescent(network, eps=0.1, eps_step=0.05, max_iter=2, verbose=False).generate(
        x.numpy(), y.numpy()
    )


seen = {
    "torchattacks": train_mode_after(lambda net: torchattacks.PGD(net, eps=0.1, steps=2)(x, y)),
    "art": train_mode_after(art),
}
print("in train mode after the attack:", seen)
raise SystemExit(seen != {"torchattacks": True, "art": False})
PYTHON
"$folder/venv/bin/python" finding.py
