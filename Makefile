# GNU make; needs nothing but make and a Python from 3.11 to 3.13.
# The first of these that works is used. 3.13 stands behind its elders because one dependency is compiled there.
PYTHON ?= python3.12 python3.11 python3.13 python3
# Every Python that `make test-all` may find.
PYTHONS ?= python3.11 python3.12 python3.13 python3 $(wildcard $(HOME)/.pyenv/versions/3.1[123].*/bin/python3)
VENV ?= .venv
BIN := $(VENV)/bin
# A gold set that is not shipped, measured too where it lies beside the checkout.
DEVELOPMENT ?= $(wildcard ../shared/gold/dev)
GENERATE := $(BIN)/python docs/generate.py $(if $(DEVELOPMENT),--development $(DEVELOPMENT))
WORKERS ?= 2
KILLS ?= 200
ROUNDS ?= 10
MINUTES ?= 10
REPORTS ?= 200000
SIZES ?= 10000 100000 1000000

SHELL := /bin/sh
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help setup run test test-all heavy faults fuzz check fix docs eval bench growth profile golden constraints wheel-check clean

help: ## Show what there is to make
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /\1	/' | awk -F '\t' '{ printf "  make %-12s %s\n", $$1, $$2 }'

$(VENV)/.created:
	@for python in $(PYTHON); do \
	    if "$$python" -c 'import sys, venv, ensurepip; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' >/dev/null 2>&1; then \
	        echo "Creating $(VENV) with $$("$$python" --version)"; \
	        "$$python" -m venv --clear $(VENV) && touch $@ && exit 0; \
	    fi; \
	done; \
	echo "None of these is a Python from 3.11 to 3.13 with venv and ensurepip: $(PYTHON)." >&2; \
	echo "Install one (on Debian and Ubuntu: python3 and python3-venv), or name it: make $(MAKECMDGOALS) PYTHON=/path/to/python3.12" >&2; \
	exit 1

$(VENV)/.installed: $(VENV)/.created pyproject.toml $(wildcard constraints/*.txt)
	@echo "Installing spinelink and what it needs (one to three minutes the first time)"
	@minor=$$($(BIN)/python -c 'import sys; print("%d%d" % sys.version_info[:2])') && \
	$(BIN)/python -m pip install -qq --no-input --disable-pip-version-check \
	    --constraint constraints/py$$minor.txt --editable '.[dev]' && touch $@

setup: $(VENV)/.installed ## Create the environment and install the package into it

run: setup ## Read the demo corpus into out/demo and show what came out
	@$(BIN)/spinelink run corpora/demo --out out/demo --overwrite

test: setup ## Run the whole test suite
	@$(BIN)/python -m pytest -q -n $(WORKERS) $(ARGS)

test-all: ## Run the whole test suite on every Python found, each in an environment of its own
	@tested=; for python in $(PYTHONS); do \
	    minor=$$("$$python" -c 'import sys, venv, ensurepip; print("3.%d" % sys.version_info[1])' 2>/dev/null) || continue; \
	    case " 3.11 3.12 3.13 " in *" $$minor "*) ;; *) continue ;; esac; \
	    case " $$tested " in *" $$minor "*) continue ;; esac; \
	    tested="$$tested $$minor"; \
	    $(MAKE) --no-print-directory test PYTHON="$$python" VENV=.venv-$$minor || exit 1; \
	done; echo "tested on Python$${tested:- none}"

heavy: setup ## Run the tests that take minutes: time against the length of hostile texts
	@$(BIN)/python -m pytest -q -m heavy $(ARGS)

faults: setup ## Kill, fill, cut and damage runs, end each and compare it; ten minutes
	@PYTHONPATH=tests/harness:corpora $(BIN)/python -m faults --kills $(KILLS) --rounds $(ROUNDS) $(ARGS)

fuzz: setup ## Fuzz readers and analysis for MINUTES with atheris, in an environment of its own
	@test -x build/fuzz/venv/bin/python || $(BIN)/python -m venv --clear build/fuzz/venv
	@minor=$$($(BIN)/python -c 'import sys; print("%d%d" % sys.version_info[:2])') && \
	build/fuzz/venv/bin/python -m pip install -qq --no-input --disable-pip-version-check \
	    --constraint constraints/py$$minor.txt --editable . 'atheris>=3,<4'
	@PYTHONPATH=tests/harness build/fuzz/venv/bin/python -m fuzzing --minutes $(MINUTES) --crashes build/fuzz/crashes

check: setup ## Check format, style, types, import rules, lexicons and docs; changes nothing
	@failed=0; \
	step() { \
	    name=$$1; shift; \
	    if output=$$("$$@" 2>&1); then echo "ok      $$name"; \
	    else echo "FAILED  $$name"; echo "$$output" | sed 's/^/        /'; failed=$$((failed + 1)); fi; \
	}; \
	step format $(BIN)/ruff format --check .; \
	step style $(BIN)/ruff check .; \
	step types $(BIN)/mypy; \
	step imports $(BIN)/lint-imports; \
	step lexicons $(BIN)/spinelink lexicons check; \
	step examples $(BIN)/spinelink lexicons test; \
	step docs $(GENERATE) --check; \
	if [ $$failed -gt 0 ]; then echo "$$failed of 7 checks failed"; exit 1; fi; \
	echo "all 7 checks passed"

fix: setup ## Repair format, style and generated docs
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .
	$(GENERATE)

docs: setup ## Write the generated pages of the manual
	@$(GENERATE)

eval: setup ## Measure every gold set at hand; write docs/evaluation.md
	@$(GENERATE) docs/evaluation.md

build/bench/edsnlp/.installed: bench/edsnlp.txt | setup
	@mkdir -p build/bench && $(BIN)/python -m venv --clear build/bench/edsnlp
	@build/bench/edsnlp/bin/python -m pip install -qq --no-input --disable-pip-version-check \
	    --requirement bench/edsnlp.txt && touch $@

bench: setup build/bench/edsnlp/.installed ## Measure speed and memory beside others on REPORTS reports; write docs/bench.md
	@$(BIN)/python bench/bench.py --reports $(REPORTS) $(ARGS)

growth: setup ## Measure how time and memory grow with archives of SIZES reports; write docs/growth.md
	@$(BIN)/python bench/growth.py $(SIZES) $(ARGS)

profile: setup ## Measure where the time of a report goes, and what parts of tables cost; writes docs/profile.md
	@$(BIN)/python bench/stages.py
	@PYTHONPATH=corpora $(BIN)/python bench/parts.py

golden: setup ## Rewrite the golden files; read the diff before you commit it
	@$(BIN)/python -m pytest -q -m golden --rewrite-golden

constraints: ## Rewrite the constraints file of the Python in use from a fresh environment
	@rm -rf build/constraints && mkdir -p build
	@$(MAKE) --no-print-directory VENV=build/constraints build/constraints/.created
	@build/constraints/bin/python -m pip install -qq --no-input --disable-pip-version-check --editable '.[dev]'
	@minor=$$(build/constraints/bin/python -c 'import sys; print("%d%d" % sys.version_info[:2])') && \
	file=constraints/py$$minor.txt && \
	{ head -n 1 $$file; build/constraints/bin/python -m pip freeze --disable-pip-version-check \
	    | grep -E '^[A-Za-z0-9_.-]+==' | LC_ALL=C sort -f; } > build/constraints.txt && \
	mv build/constraints.txt $$file && rm -rf build/constraints && echo "$$file rewritten"

wheel-check: setup ## Build the wheel, install it in a fresh environment, run it from an unrelated folder
	@rm -rf build/wheel && $(BIN)/python -m pip wheel -qq --no-deps --no-build-isolation --wheel-dir build/wheel .
	@minor=$$($(BIN)/python -c 'import sys; print("%d%d" % sys.version_info[:2])') && \
	root=$$(pwd) && there=$$(mktemp -d) && trap 'rm -rf "$$there"' EXIT && \
	$(BIN)/python -m venv "$$there/venv" && \
	"$$there/venv/bin/python" -m pip install -qq --no-input --disable-pip-version-check \
	    --constraint constraints/py$$minor.txt build/wheel/*.whl && \
	cd "$$there" && \
	venv/bin/spinelink lexicons check && \
	venv/bin/spinelink run "$$root/corpora/demo" --out out --quiet && \
	venv/bin/spinelink schema >/dev/null && \
	if venv/bin/python -c 'import pipeline' 2>/dev/null; then echo "the wheel leaks the source root" >&2; exit 1; fi && \
	echo "the wheel works on its own"

clean: ## Remove the environment, builds, caches and runs
	rm -rf $(VENV) .venv-3.* build dist out .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
