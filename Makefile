PYTHON ?= python3
BIN = .venv/bin
READY = .venv/.ready
DEMO = .venv/.demo
DOCS = .venv/.docs
LINT = .venv/.lint
INSTALL = $(BIN)/python -m pip install --quiet --constraint constraints.txt
# What any system imports: it is checked once more as on Windows.
PORTABLE = grader/cli.py grader/errors.py grader/course grader/intake grader/judge grader/record \
	grader/report grader/run grader/sandbox/environment.py grader/sandbox/level.py \
	grader/sandbox/terms.py

.PHONY: demo test pages quick attacks lint docs bench dist libraries clean

demo: $(DEMO)
	rm -rf demo
	$(BIN)/grader demo --out demo

test: $(READY)
	$(BIN)/python -m pytest --numprocesses 2 --dist worksteal

# What a browser makes of the reports; it takes chromium, which no package of Python brings.
pages: $(READY)
	@command -v chromium google-chrome >/dev/null || { echo "install chromium first"; exit 1; }
	$(INSTALL) --editable ".[pages]"
	$(BIN)/python -m pytest tests/browser

quick: $(READY)
	$(BIN)/python -m pytest --quick --numprocesses 2

attacks: $(READY)
	$(BIN)/python -m pytest tests/attacks

lint: $(LINT)
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/mypy --platform win32 --cache-dir .mypy_cache/win32 --follow-imports silent $(PORTABLE)

# A warning, such as a link that leads nowhere, is an error.
docs: $(DOCS)
	rm -rf site
	$(BIN)/python -m sphinx --fail-on-warning --keep-going --quiet docs site
	@echo open site/index.html

bench: $(READY)
	$(BIN)/python tests/bench/bench_grading.py

dist: $(READY)
	rm -rf dist
	$(BIN)/python -m build --outdir dist .
	$(BIN)/python -m build --outdir dist course

# NAMES="pandas jax" tries these alone. Each group of packages has an environment of its own.
libraries:
	$(PYTHON) tests/libraries/try_packages.py $(NAMES)

$(READY): pyproject.toml constraints.txt
	$(PYTHON) -m venv .venv
	$(INSTALL) --editable ".[test]"
	$(INSTALL) --no-deps "torchattacks>=3.5,<4"  # it asks for torchvision
	touch $@ $(DEMO) $(DOCS)

$(DEMO): pyproject.toml constraints.txt
	$(PYTHON) -m venv .venv
	$(INSTALL) --editable ".[author,grade]"
	touch $@

$(LINT): pyproject.toml constraints.txt
	$(PYTHON) -m venv .venv
	$(INSTALL) --editable ".[lint]"
	touch $@

$(DOCS): pyproject.toml constraints.txt
	$(PYTHON) -m venv .venv
	$(INSTALL) --editable ".[docs]"
	touch $@

clean:
	rm -rf .venv .libraries demo site
