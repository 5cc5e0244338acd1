# What a newcomer needs: `make demo` shows the product, `make test` proves it. Both work on a machine that has make and a
# Python of some version: 3.12 is what the product is tested with, 3.11 works, and .ci/find-python has 3.12 downloaded where
# neither is there. A stamp file stands for each set of packages; it is as old as the pyproject.toml it was installed from, so
# a second `make` installs nothing. A larger set brings the smaller ones with it.

VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --quiet --disable-pip-version-check --no-input
# one more than cores are usual: runs that are waited for leave theirs to others
PROCESSES ?= 3
WHEELS ?= dist
# tests start Python some hundred times, which takes a third less where its byte code is kept
unexport PYTHONDONTWRITEBYTECODE
# tests of one file share their runs, so a file goes to one process; tests/conftest.py says which files come first
PYTEST := $(BIN)/python -m pytest -n $(PROCESSES) --dist loadfile --no-loadscope-reorder

.PHONY: help demo test test-all check format docs wheel bench clean
.DEFAULT_GOAL := help

help:
	@echo "make demo     run the demo: four companies, three weeks of logs, three quiet troubles"
	@echo "make test     run the quick tests: minutes, on two cores, and nothing is fetched but Python packages"
	@echo "make test-all run all tests: also the long ones, and those beside Apache Kafka, which Maven fetches where Java is"
	@echo "make check    lint, format check, strict types"
	@echo "make format   format and fix what can be fixed"
	@echo "make docs     write the generated parts of docs/ anew"
	@echo "make wheel    build a wheel for this platform into dist/, with the machine code of all loops"
	@echo "make bench    measure throughput, a quarter of an hour; with BRAINSTEM_CORPORA=DIR more, over other projects' logs"
	@echo "make clean    remove the environment and everything that was built or cached"
	@echo
	@echo ".ci/run       is what a change must pass: make check, make test-all, and the wheel installed alone"

demo: $(VENV)/.run
	@$(BIN)/brainstem demo

test: $(VENV)/.test
	@$(PYTEST) -m "not long"

test-all: export BRAINSTEM_FETCH_KAFKA := 1
test-all: $(VENV)/.test
	@$(PYTEST)

check: $(VENV)/.dev
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/mypy docs/generate.py

format: $(VENV)/.dev
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

docs: $(VENV)/.run
	@$(BIN)/python docs/generate.py

# what setuptools and an earlier build left in build/ must not find its way into the wheel
wheel: $(VENV)/.run
	@rm -rf build
	@$(BIN)/python -m flows.runs.compile_ahead build/machine_code
	@BRAINSTEM_MACHINE_CODE=build/machine_code $(PIP) wheel --no-deps --wheel-dir $(WHEELS) .
	@rm -rf build

bench: $(VENV)/.bench
	@$(BIN)/python -m benchmarks.throughput --write
	@if [ -n "$(BRAINSTEM_CORPORA)" ]; then \
		$(BIN)/python -m benchmarks.loghub_grouping && $(BIN)/python -m benchmarks.conformance; \
	else echo "loghub_grouping and conformance left out: BRAINSTEM_CORPORA names no folder of evaluation data"; fi

clean:
	@rm -rf $(VENV) .venv-uv build dist benchmarks/throughput/logdrain/target *.egg-info .mypy_cache .pytest_cache .ruff_cache .hypothesis
	@find . -type d -name __pycache__ -prune -exec rm -rf {} +

$(BIN)/python:
	@python=$$(PYTHON='$(PYTHON)' .ci/find-python) || exit 1; "$$python" -m venv $(VENV) || { rm -rf $(VENV); \
		echo "$$python could not make a virtual environment" >&2; exit 1; }

$(VENV)/.run: EXTRAS :=
$(VENV)/.test: EXTRAS := [test]
$(VENV)/.test: SMALLER := $(VENV)/.run
$(VENV)/.dev: EXTRAS := [dev,test]
$(VENV)/.dev: SMALLER := $(VENV)/.test $(VENV)/.run
$(VENV)/.bench: EXTRAS := [benchmark]
$(VENV)/.bench: SMALLER := $(VENV)/.run
$(VENV)/.run $(VENV)/.test $(VENV)/.dev $(VENV)/.bench: pyproject.toml | $(BIN)/python
	@echo "installing brainstem$(EXTRAS) into $(VENV); the first time takes two to five minutes" >&2
	@$(PIP) install --editable '.$(EXTRAS)'
	@$(BIN)/python -m flows.runs.compile_ahead
	@touch -r pyproject.toml $@ $(SMALLER)
