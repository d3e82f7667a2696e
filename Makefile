# Two commands set everything up on a machine with nothing but Python 3.11:
#   make demo   makes .venv with the runtime alone and runs the main job
#   make test   adds the extras and passes the tests
# The CPU build of torch: make test TORCH_INDEX=<the address that PyTorch's "Start locally" page prints for CPU>

PYTHON ?= $(shell command -v python3.11 || command -v python3)
VENV ?= .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --quiet --disable-pip-version-check
OUT ?= out/demo
DATA ?=
TORCH_INDEX ?=
WORKERS ?= 2

.PHONY: demo test test-all lint clean

demo: $(VENV)/.runtime
	$(BIN)/lineament demo --out $(OUT) $(if $(DATA),--data $(DATA))

test: lint
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest -n $(WORKERS) -q -m "not slow"

test-all: lint
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest -n $(WORKERS) -q

lint: $(VENV)/.extras
	$(BIN)/ruff check src tests benchmarks
	$(BIN)/ruff format --check src tests benchmarks
	$(BIN)/mypy
	$(BIN)/lint-imports

clean:
	rm -rf $(VENV) out build .mypy_cache .ruff_cache .pytest_cache .import_linter_cache

$(VENV)/.runtime: pyproject.toml constraints.txt
	$(PYTHON) -m venv $(VENV)
	$(PIP) install --constraint constraints.txt --editable .
	touch $@

$(VENV)/.extras: $(VENV)/.runtime
	$(PIP) install --constraint constraints.txt $(if $(TORCH_INDEX),--index-url $(TORCH_INDEX)) torch==2.13.0
	$(PIP) install --constraint constraints.txt --editable '.[test]'
	touch $@
