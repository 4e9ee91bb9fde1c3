# Every target does its own set-up; a machine needs Python 3.11 or newer, git and make.
.DEFAULT_GOAL := help
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c

PYTHON ?= $(shell command -v python3.11 || command -v python3)
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --quiet --disable-pip-version-check
# Many tests wait for processes of their own, so that there may be twice as many at once as processors.
WORKERS ?= $(shell $(PYTHON) -c 'import os; print(2 * (os.cpu_count() or 1))')
PARALLEL = -n $(WORKERS) --dist worksteal
RECORDINGS := $(sort $(wildcard sync/recordings/*))

.PHONY: dist lowest newest help demo test unit chaos coverage mutation lint types arrows workflows build built wheel picture bench clean

help: ## List the targets.
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## (.*)/  make \1|\2/' | column -t -s '|'

$(VENV)/.core: pyproject.toml
	@test -n "$(PYTHON)" && $(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo "kie-catalog needs Python 3.11 or newer; name one with PYTHON=/path/to/python"; exit 2; }
	@echo "setting up $(VENV)"
	@$(PYTHON) -m venv $(VENV)
	@$(PIP) install --editable .
	@touch $@

$(VENV)/.dev: $(VENV)/.core
	@echo "adding the tools for development"
	@$(PIP) install --editable '.[dev]'
	@touch $@

demo: $(VENV)/.core ## Sync a copy of the catalog from the recordings kept here and print the report; changes nothing.
	@copy=$$(mktemp -d) && trap 'rm -rf "$$copy"' EXIT \
	  && $(BIN)/kie-catalog sync --root "$$copy" --upstream $(firstword $(RECORDINGS)) > /dev/null \
	  && $(BIN)/kie-catalog sync --root "$$copy" --upstream $(lastword $(RECORDINGS)) --format markdown \
	  && echo && echo "The same sync once more:" \
	  && $(BIN)/kie-catalog sync --root "$$copy" --upstream $(lastword $(RECORDINGS))

test: lint types arrows workflows built wheel lowest ## Run every check: lint, types, arrows, tests against the built wheel.

lint: $(VENV)/.dev ## Check style and form.
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check --quiet .

types: $(VENV)/.dev ## Check the types, strictly.
	@MYPYPATH=src $(BIN)/mypy -p kie_catalog
	@MYPYPATH=src $(BIN)/mypy tests/typing/api.py
	@MYPYPATH=src:docs/examples $(BIN)/mypy docs/examples/*.py

arrows: $(VENV)/.dev ## Check that imports point from the edges to the domain only.
	@$(BIN)/lint-imports --no-cache

workflows: $(VENV)/.dev ## Check the workflows of GitHub Actions.
	@if test -d .github/workflows; then $(BIN)/zizmor --offline --quiet --persona pedantic .github action.yml; fi
	@if command -v actionlint > /dev/null; then actionlint; fi

unit: $(VENV)/.dev ## Run the tests against the sources.
	@$(BIN)/python -m pytest $(PARALLEL) -q

chaos: $(VENV)/.dev ## Shake 1,000 generations with kills and faults, on every store that this machine has.
	@KIE_CHAOS_ITEMS=1000 $(BIN)/python -m pytest -q tests/service/batch/test_chaos.py tests/service/batch/test_kills.py

built: $(VENV)/.dev ## Check that the built files are those that their sources give.
	@$(BIN)/python .ci/built.py --check

build: $(VENV)/.dev ## Build the packaged catalog and the file's JSON Schema.
	@$(BIN)/python .ci/built.py

dist: $(VENV)/.dev ## Build wheel and sdist in build/dist, twice, and check that they are the same bytes.
	@$(BIN)/python .ci/package.py build/dist

wheel: dist ## Run the tests against the wheel, installed apart from the sources.
	@rm -rf build/installed
	@$(PIP) install --no-deps --target build/installed build/dist/*.whl
	@PYTHONPATH=$(CURDIR)/build/installed KIE_CATALOG_INSTALLED=$(CURDIR)/build/installed $(BIN)/python -m pytest $(PARALLEL) -q

# What hangs on dependencies most; SELECTED=tests runs all.
SELECTED ?= tests/test_surface.py tests/pricing tests/client tests/input tests/cli/test_reading_commands.py \
  tests/cli/test_a_sync_with_people.py tests/schemas/test_fast_gate.py tests/sources/test_upstream.py

lowest: ## Run a selection of the tests against the wheel, with the lowest versions of all that it depends on.
newest: ## The same with the newest, whatever the tools for development allow.
lowest: CONSTRAINTS := --constraint build/lowest.txt
lowest newest: dist
	@$(BIN)/python .ci/lowest.py > build/lowest.txt
	@rm -rf build/$@ && $(PYTHON) -m venv build/$@
	@build/$@/bin/python -m pip --quiet --disable-pip-version-check install $(CONSTRAINTS) "$$(ls build/dist/*.whl)[test]"
	@KIE_CATALOG_INSTALLED=$$(build/$@/bin/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))') \
	  build/$@/bin/python -m pytest $(PARALLEL) -q $(SELECTED)

picture: $(VENV)/.dev ## Render the picture of a report in README.md; needs Chromium.
	@$(BIN)/python .ci/picture.py

coverage: $(VENV)/.dev ## Run the tests, processes of their own included, and count what they run in each room.
	@$(BIN)/python -m coverage erase
	@$(BIN)/python -m coverage run -m pytest $(PARALLEL) -q
	@$(BIN)/python -m coverage combine --quiet
	@$(BIN)/python .ci/coverage_rooms.py

$(VENV)/.mutation: $(VENV)/.dev
	@echo "adding what breaks the program on purpose"
	@$(PIP) install --editable '.[mutation]'
	@touch $@

mutation: $(VENV)/.mutation ## Break resolver, pricing, merge and splice in many small ways; print what the tests notice.
	@$(BIN)/python .ci/mutation.py run

$(VENV)/.bench: $(VENV)/.dev
	@echo "adding what the benchmarks compare with"
	@$(PIP) install --editable '.[bench]'
	@touch $@

bench: $(VENV)/.bench ## Measure everything, as ratios taken in one run, into benchmarks/results; NAMES="reading writing" for some.
	@$(BIN)/python -m benchmarks $(NAMES) $(if $(NAMES),,--out benchmarks/results/latest.md)

clean: ## Remove what the targets made.
	@rm -rf $(VENV) build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .coverage*
