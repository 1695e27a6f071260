# `make run` and `make test` set up all they need; `make help` lists the rest.
SHELL   := /bin/sh
PYTHON  ?= python3
VENV    := .venv
BIN     := $(VENV)/bin
PORT    ?= 8080
DATA    ?= .data
HOST    ?= 127.0.0.1
KEY     ?=
BACKEND ?= embedded
# The emulator of Cloud Storage is a development tool.
RUNS_ON := $(if $(filter gcp,$(BACKEND)),dev,runtime)

.DEFAULT_GOAL := help

.PHONY: help
help: ## list the commands
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 16

.PHONY: run
run: $(VENV)/.$(RUNS_ON) ## run everything on this machine [PORT=8080 DATA=.data KEY=… HOST=127.0.0.1 BACKEND=gcp]
	@BACKEND='$(BACKEND)' exec $(BIN)/python -m local --host '$(HOST)' --port '$(PORT)' --data '$(DATA)' $(if $(KEY),--key '$(KEY)')

.PHONY: reindex
reindex: $(VENV)/.runtime ## rebuild the catalog from the originals [DATA=.data DRY=1 AFTER=… BACKEND=gcp]
	@$(REPOSITORY) $(BIN)/python -m tools.reindex $(after) $(if $(call typed,DRY),--dry-run)

.PHONY: fsck
fsck: $(VENV)/.runtime ## find what faults left behind, and mend it [DATA=.data FIX=1 AFTER=… GRACE=10 BACKEND=gcp]
	@$(REPOSITORY) $(BIN)/python -m tools.fsck $(after) $(if $(call typed,FIX),--fix) $(if $(GRACE),--grace '$(GRACE)')

REPOSITORY = DATA_DIR='$(DATA)' BACKEND='$(BACKEND)' exec
# Only what was typed after `make` counts, and 0 is a no: no environment makes a dry run a wet one.
typed = $(if $(filter command%,$(origin $1)),$(filter-out 0,$($1)))
after = $(if $(call typed,AFTER),--after '$(AFTER)')

.PHONY: test
test: $(VENV)/.dev ## run all tests that this machine can run, and name those it cannot
	@$(BIN)/python -m pytest

.PHONY: contract
contract: $(VENV)/.dev ## hold the adapters to their contracts [GCS_CONTRACT_ENDPOINT=http://…]
	@GCS_CONTRACT_ENDPOINT='$(GCS_CONTRACT_ENDPOINT)' $(BIN)/python -m pytest tests/contracts

.PHONY: emulators
emulators: $(VENV)/.dev ## run Firestore and Cloud Storage on this machine, until Ctrl-C
	@$(BIN)/python -m tools.emulators

.PHONY: lint
lint: $(VENV)/.dev ## check style, types and the direction of imports
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports

.PHONY: checkov
checkov: .venv-checkov/.installed ## look for insecure settings in infra/
	@.venv-checkov/bin/checkov --directory infra --config-file infra/.checkov.yaml --quiet --compact

.PHONY: format
format: $(VENV)/.dev ## put the code into its form
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

.PHONY: bench
bench: $(VENV)/.dev ## measure speed and memory beside their baselines, into docs/benchmarks.md
	@$(BIN)/python -m tools.bench

.PHONY: lock
lock: $(VENV)/.dev ## pin the newest dependencies, with hashes
	@$(BIN)/uv pip compile $(LOCK) pyproject.toml -o requirements.txt
	@$(BIN)/uv pip compile $(LOCK) pyproject.toml --group dev -c requirements.txt -o requirements-dev.txt
	@$(BIN)/uv pip compile $(LOCK) --group checkov -o requirements-checkov.txt

LOCK := --quiet --upgrade --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --no-emit-find-links --no-header --no-annotate

$(VENV)/.python:
	@command -v $(PYTHON) >/dev/null || { echo "There is no $(PYTHON). Install Python: sudo apt install python3 python3-venv" >&2; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "Python 3.11 or newer is needed, and $(PYTHON) is older. Name another one: make run PYTHON=python3.13" >&2; exit 1; }
	@$(PYTHON) -c 'import venv, ensurepip' 2>/dev/null || \
		{ echo "Python's venv module is missing. Install it: sudo apt install python3-venv" >&2; exit 1; }
	@echo "Setting up $(VENV) (once) …"
	@$(PYTHON) -m venv $(VENV)
	@touch $@

$(VENV)/.runtime: requirements.txt $(VENV)/.python
	@$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements.txt
	@touch $@

$(VENV)/.dev: requirements-dev.txt $(VENV)/.runtime
	@$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.txt
	@touch $@

.venv-checkov/.installed: requirements-checkov.txt | $(VENV)/.python
	@echo "Setting up .venv-checkov (once) …"
	@$(PYTHON) -m venv --clear .venv-checkov
	@.venv-checkov/bin/pip install --quiet --disable-pip-version-check --require-hashes -r requirements-checkov.txt
	@touch $@
