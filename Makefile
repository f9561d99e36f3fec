PYTHON ?= python3
BIN := .venv/bin
SECONDS ?= 60
AT_ONCE := --numprocesses=auto --maxprocesses=4 --dist=worksteal
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt

.PHONY: run test check fuzz chromium chromium-headless-shell postgresql nginx screenshot torture chat-model test-chat-model clean

run: .venv/installed  ## Open the chat window over the sample articles
	@$(BIN)/footnote chat $(ARGS)

test: check chromium-headless-shell postgresql nginx  ## Everything that CI runs
	$(BIN)/python -m pytest $(AT_ONCE)
	$(BIN)/python -m pytest $(AT_ONCE) --backend=server tests/integration

check: .venv/installed-dev  ## Style and types
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

fuzz: .venv/installed-dev  ## Damage files of every format and read them, for SECONDS=60
	PYTHONPATH=. $(BIN)/python tests/unit/fuzz.py --seconds $(SECONDS)

screenshot: .venv/installed-dev chromium  ## Make the pictures in docs/ again
	$(BIN)/python docs/make_screenshot.py

torture: .venv/installed-dev  ## Kill writers of a library at random moments, 500 times
	$(BIN)/python -m benchmarks.torture $(ARGS)

chat-model: .venv/installed-dev  ## Put two real small chat models together, to build and judge what writes (1.8 GB)
	@$(BIN)/python -m benchmarks.chat_model prepare

test-chat-model: chat-model  ## Ask the real chat model; not part of make test
	$(BIN)/python -m pytest -m chat_model tests/chat_model

bench-%: .venv/installed-bench  ## Measure one thing and write it to benchmarks/RESULTS.md
	$(BIN)/python -m benchmarks.$* --write

clean:  ## Remove what was installed; the library in vectorstore/ stays
	rm -rf .venv build dist *.egg-info

chromium chromium-headless-shell:
	@command -v $@ >/dev/null || { \
	  echo "Installing Chromium to look at the window with"; \
	  $$( [ "$$(id -u)" = 0 ] || echo sudo ) apt-get update -qq && \
	  $$( [ "$$(id -u)" = 0 ] || echo sudo ) apt-get install -y -qq $@ >/dev/null; }

postgresql:
	@command -v postgres >/dev/null || ls /usr/lib/postgresql/*/bin/postgres >/dev/null 2>&1 || { \
	  echo "Installing PostgreSQL for the tests of libraries on servers"; \
	  $$( [ "$$(id -u)" = 0 ] || echo sudo ) apt-get update -qq && \
	  $$( [ "$$(id -u)" = 0 ] || echo sudo ) apt-get install -y -qq postgresql >/dev/null; }

nginx:
	@command -v nginx >/dev/null || ls /usr/sbin/nginx >/dev/null 2>&1 || { \
	  echo "Installing nginx for the tests behind a proxy and of several processes"; \
	  $$( [ "$$(id -u)" = 0 ] || echo sudo ) apt-get update -qq && \
	  $$( [ "$$(id -u)" = 0 ] || echo sudo ) apt-get install -y -qq nginx-light >/dev/null; }

# torch comes first and pinned: sentence-transformers alone would take the newest.
.venv/torch: constraints.txt
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@$(PIP) --upgrade pip
	@$(PIP) torch
	@touch $@

.venv/installed: .venv/torch pyproject.toml
	@echo "Installing Footnote (once; about two minutes)"
	@$(PIP) -e .
	@touch $@

.venv/installed-dev: .venv/torch pyproject.toml
	@$(PIP) -e ".[dev]"
	@touch $@ .venv/installed

.venv/installed-bench: .venv/torch pyproject.toml
	@$(PIP) -e ".[dev,bench,training]"
	@touch $@ .venv/installed-dev .venv/installed
