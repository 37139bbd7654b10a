# make run    the sample course in the tutor, on http://127.0.0.1:8000
# make test   everything the project promises, checked
SHELL := /bin/bash
.SHELLFLAGS := -o pipefail -ec
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PORT ?= 8000
PIP := $(BIN)/python -m pip --disable-pip-version-check
export TUTOR_DATA_DIR ?= $(CURDIR)/.data

.PHONY: run test unit t browser coverage fix lint modules chromium bench stress pictures fit lock clean help
.DEFAULT_GOAL := help

help: ## what each command does
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/  make \1\t\2/p' $(MAKEFILE_LIST)

run: $(VENV)/.run ## install, index the sample course, serve it on http://127.0.0.1:8000
	@echo "→ indexing the sample course (only what changed)"
	@$(BIN)/course-tutor ingest corpus --course ai-system-design
	@echo "→ serving on http://127.0.0.1:$(PORT)  (Ctrl-C stops)"
	@$(BIN)/course-tutor serve --host 127.0.0.1 --port $(PORT)

test: $(VENV)/.dev lint modules chromium ## lint, types, imports and every test
	@echo "→ tests"
	@$(BIN)/python -m pytest -n auto -q

unit: $(VENV)/.dev ## the tests that need nothing but their own process, without the properties: a minute or two
	@$(BIN)/python -m pytest -n auto -q --ignore tests/pages -m "not whole and not slow and not hypothesis"

t: $(VENV)/.dev ## what you are at: make t ARGS="tests/text -k sentence"
	@$(BIN)/python -m pytest -q $(ARGS)

browser: $(VENV)/.dev chromium ## the tests of the pages in Chromium
	@$(BIN)/python -m pytest -n auto -q tests/pages

coverage: $(VENV)/.dev ## every test, and which lines of tutor and ingest they ran; twice as slow as the tests alone
	@$(BIN)/python -m pytest -n auto -q --cov=tutor --cov=ingest --cov-report=term:skip-covered

fix: $(VENV)/.dev ## what ruff can mend, and the format
	@$(BIN)/ruff check --fix -q .
	@$(BIN)/ruff format -q .

lint: $(VENV)/.dev ## ruff, mypy, import-linter
	@echo "→ ruff, mypy, import-linter"
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check -q .
	@$(BIN)/mypy
	@$(BIN)/lint-imports

modules: ## the pages' modules: their types and their tests, where Node.js is there
	@if command -v npm >/dev/null; then \
	  echo "→ types and tests of the pages' modules"; \
	  (cd web && { [ node_modules/.package-lock.json -nt package-lock.json ] || npm ci --ignore-scripts --no-audit --no-fund --silent; } \
	    && npm run --silent check && npm test --silent -- --test-reporter=dot); \
	else echo "→ skipped: the pages' modules need Node.js 20 and npm; on Debian: apt-get install nodejs npm"; fi

# What shows the pages in tests; they are skipped, and say so, where it cannot be had.
chromium:
	@command -v chromium >/dev/null || { [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null \
	  && echo "→ installing Chromium, which the pages are tested in" \
	  && { apt-get install -y -qq --no-install-recommends chromium >/dev/null 2>&1 \
	    || { apt-get update -qq && apt-get install -y -qq --no-install-recommends chromium >/dev/null; }; }; } \
	  || echo "→ Chromium is missing, so the pages are not tested; on Debian: apt-get install chromium"

bench: $(VENV)/.dev ## measure quality and speed on real courses; writes docs/benchmarks.md
	@$(BIN)/python -m benchmarks

stress: $(VENV)/.dev ## every proof of reliability at full length, and a summary (hours)
	@$(BIN)/python -m benchmarks.stress

pictures: $(VENV)/.dev chromium ## take the documents' pictures of the pages again
	@$(BIN)/course-tutor ingest corpus --course ai-system-design
	@$(BIN)/python -m tests.pages.pictures $(TUTOR_DATA_DIR)

fit: $(VENV)/.training ## fit the models again: make fit FIT="DATA_DIR COURSE=QUESTIONS.jsonl …"
	@$(BIN)/python -m training.fit $(FIT)

# The lock files hold the same versions; the second adds what the tests need, the third what fitting needs beside them.
$(VENV)/.run: requirements.lock pyproject.toml | $(BIN)/python
	@echo "→ installing the locked dependencies (about two minutes the first time)"
	@$(PIP) install --require-hashes --no-compile --progress-bar on -r requirements.lock | { grep -v 'already satisfied' || true; }
	@$(PIP) check -q
	@$(PIP) install -q --no-deps --no-build-isolation --no-compile -e .
	@touch $@

$(VENV)/.dev: requirements-dev.lock $(VENV)/.run
	@echo "→ installing what the tests need"
	@$(PIP) install --require-hashes --no-compile --progress-bar on -r requirements-dev.lock | { grep -v 'already satisfied' || true; }
	@$(PIP) check -q
	@touch $@

$(VENV)/.training: requirements-training.lock $(VENV)/.dev
	@echo "→ installing what fitting needs"
	@$(PIP) install --require-hashes --no-compile --progress-bar on -r requirements-training.lock | { grep -v 'already satisfied' || true; }
	@$(PIP) check -q
	@touch $@

# Debian's python3 may come without ensurepip: then the pip that is there makes the environment's own.
$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed; try: make PYTHON=python3.12 $(MAKECMDGOALS)"; exit 1; }
	@echo "→ making a virtual environment in $(VENV)"
	@$(PYTHON) -m venv $(VENV) 2>/dev/null || { rm -rf $(VENV); $(PYTHON) -m venv --without-pip $(VENV) && $(PYTHON) -m pip --python $(BIN)/python install -q pip; } \
	  || { rm -rf $(VENV); echo "cannot make a virtual environment; on Debian: apt-get install python3-venv"; exit 1; }

# Without UPGRADE only what pyproject.toml has changed is resolved anew.
UPGRADE ?= --upgrade
lock: ## resolve pyproject.toml into the lock files again (needs uv)
	uv pip compile --universal --python-version 3.11 --generate-hashes --no-header pyproject.toml --group dev --extra postgres -o requirements-dev.lock -q $(UPGRADE)
	uv pip compile --universal --python-version 3.11 --generate-hashes --no-header pyproject.toml --group build -o requirements.lock -q -c requirements-dev.lock
	uv pip compile --universal --python-version 3.11 --generate-hashes --no-header --group training -o requirements-training.lock -q -c requirements-dev.lock --upgrade

clean: ## remove the environment and the data
	rm -rf $(VENV) .data dist
