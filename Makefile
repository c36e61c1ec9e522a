# Two commands matter: `make bench` answers the lecture's question, `make test` runs the tests.
PYTHON ?= python3
VENV := .venv
PIP := $(VENV)/bin/python -m pip --disable-pip-version-check install --quiet --no-compile --constraint constraints.txt
BIN := $(VENV)/bin
# pip would compile to bytecode on one core; what cannot be compiled (files for other versions
# of Python that some packages carry) is not an error.
COMPILE := $(VENV)/bin/python -m compileall -qq -j 0 $(VENV)/lib || true

.PHONY: bench test test-slow check format calibrate aa recovery comparisons training resolution fuzz peers workers constraints docs clean
.DEFAULT_GOAL := help
.PHONY: help
help:
	@echo "make bench       install, then run the lecture's experiment (about 4 minutes)"
	@echo "make test        install, then run the tests (up to 15 minutes)"
	@echo "make test-slow   the tests that take longer"
	@echo "make check       lint, format, types, imports"
	@echo "make calibrate   the intervals on simulated campaigns (about 5 minutes)"
	@echo "make aa          a model against itself, 40 real campaigns (about 25 minutes)"
	@echo "make recovery    known costs, found again by the instruments (about 10 minutes)"
	@echo "make comparisons models whose answer is known, compared (about 17 minutes)"
	@echo "make training    how long the lecture's network takes to train (about 10 minutes)"
	@echo "make resolution  this method beside the usual one, in one sitting (about 25 minutes)"
	@echo "make peers       serve beside other servers and measure all of them (about 30 minutes)"
	@echo "make workers     kill workers of a server under load, count what is lost (2 minutes)"
	@echo "make fuzz        100,000 generated requests to a real server (about 6 minutes)"
	@echo "make docs        write the generated documents anew"

$(VENV)/.installed: pyproject.toml constraints.txt
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo "Installing perbillion and what it needs into $(VENV) (1 to 2 minutes the first time) ..."
	@$(PIP) --editable '.[all]'
	@$(COMPILE)
	@touch $@

$(VENV)/.installed-dev: pyproject.toml constraints.txt
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo "Installing perbillion, what it needs and what its tests need into $(VENV) (1 to 2 minutes the first time) ..."
	@$(PIP) --editable '.[all,dev]'
	@$(COMPILE)
	@touch $@ $(VENV)/.installed

bench: $(VENV)/.installed
	@$(BIN)/perbillion run --profile quick $(BENCH_FLAGS)

# Tests that start servers and load them have the machine to themselves; the others share it.
test: $(VENV)/.installed-dev
	$(BIN)/python -m pytest -n auto --ignore tests/loadtest --ignore tests/serve --ignore-glob 'tests/perbillion/test_*.py'
	$(BIN)/python -m pytest --ignore tests/perbillion/claims tests/loadtest tests/perbillion tests/serve

test-slow: $(VENV)/.installed-dev
	$(BIN)/python -m pytest -m slow --timeout 1800

check: $(VENV)/.installed-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: $(VENV)/.installed-dev
	$(BIN)/ruff check --fix-only .
	$(BIN)/ruff format .

docs: $(VENV)/.installed-dev
	$(BIN)/python docs/generate.py

# The proofs of docs/method.md. While a machine measures, nothing else should run on it.
calibrate: $(VENV)/.installed-dev
	$(BIN)/python -P -m benchmarks.calibration $(CALIBRATE_FLAGS)

aa: $(VENV)/.installed-dev
	$(BIN)/python -P -m benchmarks.controls aa $(AA_FLAGS)

recovery: $(VENV)/.installed-dev
	$(BIN)/python -P -m benchmarks.controls recovery $(RECOVERY_FLAGS)

comparisons: $(VENV)/.installed-dev
	$(BIN)/python -P -m benchmarks.controls compare $(COMPARISONS_FLAGS)

# On MNIST: from its four files where PERBILLION_DATA_DIR names them, else downloaded.
training: $(VENV)/.installed-dev
	$(BIN)/python -P -m benchmarks.training $(TRAINING_FLAGS)

resolution: $(VENV)/.installed-dev
	$(BIN)/python -P -m benchmarks.resolution $(RESOLUTION_FLAGS)

# Other requests, or fewer: make fuzz FUZZ_FLAGS="--number 7 --requests 20000".
fuzz: $(VENV)/.installed-dev
	$(BIN)/python -P -m benchmarks.fuzz $(FUZZ_FLAGS)

# One or some of them: make peers PEERS="rows overload"; options: PEERS_FLAGS="--rounds 1".
PEERS ?= peers rows overload batching footprint
peers: $(VENV)/.installed-dev
	@set -e; for figure in $(PEERS); do \
	  echo "== $$figure"; $(BIN)/python -P -m benchmarks.peers $$figure $(PEERS_FLAGS); done

workers: $(VENV)/.installed-dev
	@$(BIN)/python -P -m benchmarks.workers

constraints: $(VENV)/.installed-dev
	@{ echo '# Every version that an installation uses, pinned. `make constraints` writes it anew.'; \
	  $(BIN)/python -m pip freeze --exclude-editable | sed -e 's/^torch==\([0-9.]*\).*/torch==\1/' ; } > constraints.txt

clean:
	rm -rf $(VENV) dist benchmarks/peers/.environments
