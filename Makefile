# make demo      the demo plant on http://127.0.0.1:8080 (PORT=N for another port)
# make test      everything that a change must pass: style, types, import rules, tests
# make lint      the same without the tests
# make docs      write the generated reference pages, the contract's JSON Schema, the demo's OpenAPI documents and their log
# make bench     reads, hits, stampedes, a day, scale, sick sources, callers, what watching costs, pages: ratios beside the peers
#
# Python 3.11 or newer is all that has to be there. Everything is installed into .venv, once for each pyproject.toml.

PORT ?= 8080
VENV ?= .venv
# Tests wait more than they work: for servers, for deadlines, for browsers.
PYTEST ?= -n $(shell echo $$(($$(nproc 2>/dev/null || echo 2) + 1))) --dist loadfile

SUITABLE := import sys, ensurepip, venv; sys.exit(sys.version_info < (3, 11))
PYTHON ?= $(shell for name in python3.13 python3.12 python3.11 python3 python; do \
	$$name -c '$(SUITABLE)' 2>/dev/null && echo $$name && break; done)

RUN := $(VENV)/bin/python
NODE := tests/clients/node_modules/.installed

.PHONY: demo test lint style types imports docs bench clean

demo: $(VENV)/.installed
	$(RUN) -m app demo --port $(PORT)

# Everything is run, whatever fails first; the tests come last.
test: $(VENV)/.installed-test $(NODE)
	@$(MAKE) --no-print-directory --keep-going lint; lint=$$?; \
	echo "$(RUN) -m pytest $(PYTEST)"; $(RUN) -m pytest $(PYTEST); tests=$$?; \
	if [ $$lint -ne 0 ]; then echo "Style, types or import rules: see above, before the tests." >&2; fi; \
	exit $$((lint || tests))

lint: style types imports

style: $(VENV)/.installed-test
	$(RUN) -m ruff check .
	$(RUN) -m ruff format --check .

types: $(VENV)/.installed-test
	$(RUN) -m mypy

imports: $(VENV)/.installed-test
	$(VENV)/bin/lint-imports

docs: $(VENV)/.installed
	$(RUN) docs/generate.py
	$(RUN) docs/write_schema.py
	$(RUN) -m app openapi openapi/plant --to openapi --against HEAD

bench: $(VENV)/.installed-test
	$(RUN) -m bench.read
	$(RUN) -m bench.hits
	$(RUN) -m bench.mixed
	$(RUN) -m bench.stampede
	$(RUN) -m bench.host_load
	$(RUN) -m bench.scale
	$(RUN) -m bench.guard
	$(RUN) -m bench.callers
	$(RUN) -m bench.usage
	$(RUN) -m bench.observe
	$(RUN) -m bench.catalog
	$(RUN) -m bench.draft
	$(RUN) -m bench.vitals

clean:
	rm -rf $(VENV) $(dir $(NODE)) build dist .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis

$(VENV)/bin/python:
	@test -n "$(PYTHON)" || { \
		echo "No Python 3.11 or newer with the modules venv and ensurepip was found." >&2; \
		echo "On Debian and Ubuntu: apt install python3-venv. Or name one: make PYTHON=/path/to/python3" >&2; \
		exit 1; }
	$(PYTHON) -m venv $(VENV)

$(VENV)/.installed: pyproject.toml | $(VENV)/bin/python
	$(RUN) -m pip install --quiet --disable-pip-version-check --editable '.[postgresql]'
	@touch $@

# Dependency groups need pip 25.1.
$(VENV)/.installed-test: pyproject.toml | $(VENV)/bin/python
	$(RUN) -m pip install --quiet --disable-pip-version-check --upgrade 'pip>=25.1'
	$(RUN) -m pip install --quiet --editable '.[postgresql]' --group test
	@touch $@ $(VENV)/.installed

# What the test of a generated TypeScript client needs. Without it that test is skipped, or fails where none may be skipped.
$(NODE): tests/clients/package-lock.json
	@if ! command -v npm >/dev/null; then echo "npm was not found: the TypeScript client is not tested."; \
	elif npm ci --prefix tests/clients --no-audit --no-fund --loglevel=error; then touch $@; \
	else echo "npm could not install its packages: the TypeScript client is not tested." >&2; fi
