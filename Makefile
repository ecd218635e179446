PYTHON ?= python3
BIN = .venv/bin
READY = .venv/.ready

.PHONY: demo test attacks lint bench clean

demo: $(READY)
	rm -rf demo
	$(BIN)/grader demo --out demo

test: $(READY)
	$(BIN)/python -m pytest

attacks: $(READY)
	$(BIN)/python -m pytest tests/attacks

lint: $(READY)
	$(BIN)/python -m pip install --quiet ".[lint]"
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy

bench: $(READY)
	$(BIN)/python tests/bench/bench_grading.py

$(READY): pyproject.toml
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --editable ".[test]"
	$(BIN)/python -m pip install --quiet --no-deps "torchattacks>=3.5,<4"  # it asks for torchvision
	touch $@

clean:
	rm -rf .venv demo
