# `make help` lists all commands. Each command sets up what it needs.
SHELL   := /bin/sh
PYTHON  ?= python3
VENV    := .venv
BIN     := $(VENV)/bin
PORT    ?= 8080
DATA    ?= .data
# Not every shell expands ~ after an equals sign.
override DATA := $(patsubst ~/%,$(HOME)/%,$(DATA))
HOST    ?= 127.0.0.1
KEY     ?=
API     ?= http://127.0.0.1:$(PORT)
BACKEND ?= embedded
SMOKE   ?= 1
# The emulator of Cloud Storage is a development tool.
RUNS_ON := $(if $(filter gcp,$(BACKEND)),dev,runtime)
# Runs the command of a Python module.
START   := $(BIN)/python -m tools.start
# Quotes a text as one word for the shell, whatever characters it has.
quoted = '$(subst ','\'',$1)'

.DEFAULT_GOAL := help

.PHONY: help
help: ## list the commands
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 20

.PHONY: run
run: $(VENV)/.$(RUNS_ON) ## run everything on this machine [PORT=8080 DATA=.data KEY=… HOST=127.0.0.1 BACKEND=gcp]
	@BACKEND=$(call quoted,$(BACKEND)) exec $(START) local \
		--host $(call quoted,$(HOST)) --port $(call quoted,$(PORT)) --data $(call quoted,$(DATA)) $(if $(KEY),--key $(call quoted,$(KEY)))

.PHONY: upload
upload: $(VENV)/.client ## upload a folder of photos [DIR=… API=http://127.0.0.1:8080 KEY=… ALBUM=… TAGS=…]
	@test -n "$$DIR" || { echo "DIR is missing. Give a folder: make upload DIR=~/photos" >&2; exit 1; }
	@case "$$API" in http://127.0.0.1:*|http://localhost:*) $(LOCAL_KEY);; esac; \
	if [ -n "$$KEY" ]; then IMAGE_REPO_KEY="$$KEY"; export IMAGE_REPO_KEY; fi; \
	exec $(START) image_repo upload --api "$$API" $${ALBUM:+--album "$$ALBUM"} $${TAGS:+--tags "$$TAGS"} -- "$$DIR"

# A name may contain any character, so these reach the shell through its environment.
upload: export DIR := $(DIR)
upload: export API := $(API)
upload: export KEY := $(KEY)
upload: export ALBUM := $(ALBUM)
upload: export TAGS := $(TAGS)
LOCAL_KEY = if [ -z "$$KEY" ] && [ -r $(KEY_FILE) ]; then read -r KEY < $(KEY_FILE); fi
KEY_FILE = $(call quoted,$(DATA)/development-key)

.PHONY: smoke
smoke: $(VENV)/.client ## try the whole service with small images, and remove them [PROJECT=… | API=http://127.0.0.1:8080 KEY=… CORS=…]
	@case "$$API" in http://127.0.0.1:*|http://localhost:*) $(LOCAL_KEY);; esac; \
	if [ -n "$$KEY" ]; then IMAGE_REPO_KEY="$$KEY"; export IMAGE_REPO_KEY; fi; \
	exec $(START) tools.smoke $(there) $(if $(or $(filter command%,$(origin API)),$(if $(there),,1)),--api "$$API") \
		$(if $(filter command%,$(origin CORS)),--cors $(call quoted,$(CORS)))

smoke: export API := $(API)
smoke: export KEY := $(KEY)

.PHONY: wheel
wheel: $(VENV)/.client ## build the client as a wheel, in build/
	@$(BIN)/pip wheel --quiet --disable-pip-version-check --no-build-isolation --no-deps --wheel-dir build ./client
	@ls build/image_repo-*.whl

.PHONY: reindex
reindex: $(VENV)/.runtime ## rebuild the catalog from the originals [DATA=.data DRY=1 AFTER=… PROJECT=…]
	@$(REPOSITORY) $(START) tools.reindex $(there) $(after) $(if $(call typed,DRY),--dry-run)

.PHONY: fsck
fsck: $(VENV)/.runtime ## find what faults left behind, and repair it with FIX=1 [DATA=.data FIX=1 AFTER=… GRACE=10 EMPTY=1 PROJECT=…]
	@$(REPOSITORY) $(START) tools.fsck $(there) $(after) $(if $(call typed,FIX),--fix) $(if $(call typed,EMPTY),--empty) $(if $(filter command%,$(origin GRACE)),--grace $(call quoted,$(GRACE)))

REPOSITORY = DATA_DIR=$(call quoted,$(DATA)) BACKEND=$(call quoted,$(BACKEND)) exec
# Only variables typed after `make` count, and 0 means no. So no variable of the environment can make a dry run write.
typed = $(if $(filter command%,$(origin $1)),$(filter-out 0,$($1)))
# `make deploy` ends with `make smoke`, unless SMOKE is 0, also in the environment: without it, a deployment is the same.
smokes = $(filter-out 0,$(SMOKE))
there = $(if $(filter command%,$(origin PROJECT)),--project $(call quoted,$(PROJECT)))
after = $(if $(call typed,AFTER),--after $(call quoted,$(AFTER)))

# tests/tiers.py gives each test its tier.
.PHONY: test
test: $(VENV)/.dev ## run the tests of every day, in process or with one local server
	@$(BIN)/python -m pytest -m fast

.PHONY: test-all
test-all: $(VENV)/.dev ## run these, and the tests with emulators, a browser, Terraform and much load
	@$(BIN)/python -m pytest -m "not slow"

.PHONY: test-slow
test-slow: $(VENV)/.dev ## run the tests that take minutes; those on a bare Debian need root
	@$(BIN)/python -m pytest -m slow

.PHONY: coverage
coverage: $(VENV)/.dev ## measure how many branches of functions/ the tests of test-all reach
	@rm -f .coverage .coverage.*
	@$(BIN)/coverage run -m pytest -m "not slow"
	@$(BIN)/coverage combine --quiet
	@$(BIN)/coverage report

.PHONY: contract
contract: $(VENV)/.dev ## test the adapters against their contracts [GCS_CONTRACT_ENDPOINT=http://…]
	@GCS_CONTRACT_ENDPOINT=$(call quoted,$(GCS_CONTRACT_ENDPOINT)) $(BIN)/python -m pytest tests/contracts

.PHONY: emulators
emulators: $(VENV)/.dev ## run Firestore and Cloud Storage on this machine, until Ctrl-C
	@$(START) tools.emulators

.PHONY: lint
lint: $(VENV)/.dev ## check style, types and the direction of imports; also JavaScript, shell scripts and Terraform
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@PYTHONPATH=client $(BIN)/lint-imports --config client/pyproject.toml
	@$(BIN)/mypy --package image_repo --platform win32 --python-version 3.14
	@$(START) tools.prose
	@$(START) tools.lint

.PHONY: checkov
checkov: .venv-checkov/.installed ## find insecure settings in infra/
	@.venv-checkov/bin/checkov --directory infra --config-file infra/.checkov.yaml --quiet --compact

.PHONY: format
format: $(VENV)/.dev ## format the code, and generate components.js
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .
	@$(START) tools.lint --fix
	@$(START) tools.components

.PHONY: bench
bench: $(VENV)/.dev ## measure speed and memory next to their baselines, into docs/benchmarks.md
	@$(START) tools.bench

.PHONY: doctor
doctor: $(VENV)/.python ## check that this machine and the project can deploy [PROJECT=… REGION=…]
	@$(CLOUD) doctor $(INPUTS)

.PHONY: plan
plan: $(VENV)/.python ## show what `make deploy` would change on Google Cloud
	@$(CLOUD) plan $(INPUTS)

.PHONY: deploy
deploy: $(VENV)/.python $(if $(smokes),$(VENV)/.client) ## deploy to Google Cloud, and try it [PROJECT=… REGION=europe-west1 DOMAIN=… CORS=… EMAIL=… GITHUB=… SMOKE=0]
	@$(CLOUD) deploy $(INPUTS) $(if $(smokes),--SMOKE=1)

.PHONY: url
url: $(VENV)/.python ## print the addresses of the deployment
	@$(CLOUD) url $(INPUTS)

.PHONY: key
key: $(VENV)/.python ## create an API key [NAME=alice ROLE=uploader|admin]
	@$(CLOUD) key $(INPUTS)

.PHONY: key-revoke
key-revoke: $(VENV)/.python ## revoke an API key [NAME=alice]
	@$(CLOUD) key-revoke $(INPUTS)

.PHONY: keys
keys: $(VENV)/.python ## list the names and roles of the API keys
	@$(CLOUD) keys $(INPUTS)

.PHONY: logs
logs: $(VENV)/.python ## show the log of a function [FUNCTION=upload SINCE=1h]
	@$(CLOUD) logs $(INPUTS)

.PHONY: destroy
destroy: $(VENV)/.python ## delete the deployment; if it has images, only with CONFIRM=<bucket of originals>
	@$(CLOUD) destroy $(INPUTS)

CLOUD := $(START) tools.deploy
# Only variables typed after `make` count: in many environments, NAME and EMAIL have another meaning.
given = $(if $(filter command%,$(origin $1)),--$1=$(call quoted,$($1)))
# A command refuses those that it does not use.
INPUTS = $(foreach each,PROJECT REGION DOMAIN CORS EMAIL GITHUB NAME ROLE FUNCTION SINCE CONFIRM \
	API KEY DIR ALBUM TAGS DRY FIX AFTER GRACE EMPTY,$(call given,$(each)))

.PHONY: lock
lock: $(VENV)/.dev ## pin the newest dependencies, with hashes
	@$(BIN)/uv pip compile $(LOCK) pyproject.toml -o requirements.txt
	@$(BIN)/uv pip compile $(LOCK) pyproject.toml --group dev -c requirements.txt -o requirements-dev.txt
	@$(BIN)/uv pip compile $(LOCK) client/pyproject.toml --group client/pyproject.toml:build \
		-c requirements.txt -c requirements-dev.txt -o client/requirements.txt
	@$(BIN)/uv pip compile $(LOCK) --group checkov -o requirements-checkov.txt

LOCK := --quiet --upgrade --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --no-emit-find-links --no-header --no-annotate

$(VENV)/.python:
	@command -v $(PYTHON) >/dev/null || { echo "$(PYTHON) is not installed. Install Python: sudo apt install python3 python3-venv" >&2; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "$(PYTHON) is older than Python 3.11. Use a newer one: make run PYTHON=python3.13" >&2; exit 1; }
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

# The lock file has the client's dependencies and its build tool, so nothing else is downloaded.
$(VENV)/.client: client/requirements.txt client/pyproject.toml $(VENV)/.python
	@$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r client/requirements.txt
	@$(BIN)/pip install --quiet --disable-pip-version-check --no-build-isolation --no-deps --editable ./client
	@touch $@

.venv-checkov/.installed: requirements-checkov.txt | $(VENV)/.python
	@echo "Setting up .venv-checkov (once) …"
	@$(PYTHON) -m venv --clear .venv-checkov
	@.venv-checkov/bin/pip install --quiet --disable-pip-version-check --require-hashes -r requirements-checkov.txt
	@touch $@
