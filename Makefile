# The commands of the README. Each needs Python 3.11 or newer, and nothing else on the machine but the internet once.
#   PORT=9000 make run        another port; see the README for the other settings
#   make test ARGS="-k name"  more arguments for pytest

PYTHON ?= $(firstword $(foreach p,python3 python3.14 python3.13 python3.12 python3.11,\
	$(shell $(p) -c 'import sys; sys.version_info >= (3, 11) and print("$(p)")' 2>/dev/null)) no-python-3.11-or-newer)
VENV ?= .venv
IN_VENV := $(VENV)/bin/python
PIP := $(IN_VENV) -m pip install --quiet --disable-pip-version-check --no-input
WORKERS ?= 4  # on two cores too: tests wait for browsers, servers and disks a third of their time

export PIP_ROOT_USER_ACTION := ignore

.PHONY: run test check lint types format bench

run: $(VENV)/.runtime
	$(IN_VENV) cli.py init
	exec $(IN_VENV) -m tools.serve

test: $(VENV)/.development
	@$(IN_VENV) -m tools.chromium
	$(IN_VENV) -m pytest -n $(WORKERS) --dist loadgroup $(ARGS)

check: lint types test

lint: $(VENV)/.development
	$(IN_VENV) -m ruff check .
	$(IN_VENV) -m ruff format --check .

types: $(VENV)/.development
	$(IN_VENV) -m mypy

format: $(VENV)/.development
	$(IN_VENV) -m ruff check --fix-only .
	$(IN_VENV) -m ruff format .

bench: $(VENV)/.development
	$(IN_VENV) -m tests.bench $(ARGS)

# Installed once, and again when the file of requirements has changed.
$(VENV)/.runtime: requirements.txt
	@$(IN_VENV) -m pip --version >/dev/null 2>&1 || $(PYTHON) -m venv $(VENV) || { \
		echo "Python 3.11 or newer with venv is needed (Debian, Ubuntu: apt-get install python3-venv)." >&2; exit 1; }
	$(PIP) -r requirements.txt
	@touch $@

$(VENV)/.development: requirements-dev.txt $(VENV)/.runtime
	$(PIP) -r requirements-dev.txt
	@touch $@
