# Everything a newcomer types. `make demo` and `make test` set up what they need by themselves.
PYTHON ?= python3
.DEFAULT_GOAL := help
.PHONY: help demo test lock bench screenshot clean

help:            ## Show this
	@grep -E '^[a-z]+: .*##|^[a-z]+:  *##' $(MAKEFILE_LIST) | sed 's/:.*##/\t/'

# The pip that comes with Python 3.11 reads the index three times slower than today's, so that one comes first.
.venv/run: requirements.lock requirements-pip.lock
	@$(PYTHON) -c 'import sys; sys.exit(0 if (3, 11) <= sys.version_info[:2] < (3, 14) else "Daybook needs Python 3.11 to 3.13: make PYTHON=python3.11 demo")'
	@test -x .venv/bin/python || $(PYTHON) -m venv .venv
	.venv/bin/pip install --quiet --disable-pip-version-check --no-compile --require-hashes -r requirements-pip.lock
	.venv/bin/pip install --quiet --disable-pip-version-check --no-compile --no-deps --require-hashes -r requirements.lock
	.venv/bin/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

.venv/dev: requirements-dev.lock .venv/run
	.venv/bin/pip install --quiet --disable-pip-version-check --no-compile --no-deps --require-hashes -r requirements-dev.lock
	@touch $@

demo: .venv/run  ## A sample company's 9 AM in your browser
	@.venv/bin/daybook demo

test: .venv/dev  ## Everything CI checks: style, types, import contracts, tests
	.venv/bin/ruff check .
	.venv/bin/mypy
	.venv/bin/lint-imports
	.venv/bin/pytest -n 4 --dist loadfile --no-loadscope-reorder

LOCK = .venv/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
	--no-emit-find-links --no-annotate --no-header

lock: .venv/dev  ## Resolve the dependencies again, with hashes
	echo 'pip>=26.3' | $(LOCK) - -o requirements-pip.lock
	$(LOCK) pyproject.toml -o requirements.lock
	$(LOCK) --extra dev pyproject.toml -o requirements-dev.lock

bench: .venv/dev ## The benchmarks, as ratios against a floor in the same run
	.venv/bin/python -m bench

screenshot: .venv/dev ## The README's picture, of the real page
	.venv/bin/python docs/screenshot.py

clean:           ## Remove what the above made
	rm -rf .venv var *.egg-info .pytest_cache .mypy_cache .ruff_cache
