# What a newcomer needs: `make demo` shows the product, `make test` proves it. Both work on a machine that has only
# Python 3.11 or 3.12 and make. A stamp file stands for each set of packages; it is as old as the pyproject.toml it was
# installed from, so a second `make` installs nothing. A larger set brings the smaller ones with it.

VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --quiet --disable-pip-version-check --no-input
PROCESSES ?= 2

# a name may exist and not run (pyenv leaves such), so each candidate is asked for its version
SUPPORTED := import sys; sys.exit(sys.version_info[:2] not in ((3, 11), (3, 12)))
PYTHON ?= $(shell for name in python3.12 python3.11 python3; do \
	if $$name -c '$(SUPPORTED)' 2>/dev/null; then echo $$name; break; fi; done)

.PHONY: help demo test check format docs bench clean
.DEFAULT_GOAL := help

help:
	@echo "make demo    run the demo: four companies, three weeks of logs, three quiet troubles"
	@echo "make test    run the tests"
	@echo "make check   lint, format check, strict types"
	@echo "make format  format and fix what can be fixed"
	@echo "make docs    write the generated parts of docs/ anew"
	@echo "make bench   measure throughput; with BRAINSTEM_CORPORA=DIR two benchmarks over other projects' logs too"
	@echo "make clean   remove the environment and everything that was built or cached"

demo: $(VENV)/.run
	@$(BIN)/brainstem demo

test: $(VENV)/.test
	@$(BIN)/python -m pytest -n $(PROCESSES) --dist loadgroup

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

bench: $(VENV)/.bench
	@$(BIN)/python -m benchmarks.throughput
	@if [ -n "$(BRAINSTEM_CORPORA)" ]; then \
		$(BIN)/python -m benchmarks.loghub_grouping && $(BIN)/python -m benchmarks.conformance; \
	else echo "loghub_grouping and conformance left out: BRAINSTEM_CORPORA names no folder of evaluation data"; fi

clean:
	@rm -rf $(VENV) build dist *.egg-info .mypy_cache .pytest_cache .ruff_cache .hypothesis
	@find . -type d -name __pycache__ -prune -exec rm -rf {} +

$(BIN)/python:
	@if [ -z "$(PYTHON)" ] || ! $(PYTHON) -c '$(SUPPORTED)' 2>/dev/null; then \
		echo "brAInstem needs Python 3.11 or 3.12 (its dataflow engine has no packages for others), and found" \
			"$(if $(PYTHON),$(PYTHON),$$(python3 --version 2>/dev/null || echo none))." \
			"Install one, or name it: make demo PYTHON=/path/to/python3.12" >&2; exit 1; fi
	@$(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); \
		echo "$(PYTHON) could not make a virtual environment. On Debian and Ubuntu: apt install python3-venv" >&2; exit 1; }

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
