# Commands for people and for CI; `make help` lists them.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
COLLECTION := collection
PORT := 8000
DATA := ../shared/data
SITES := tests/sites
STORY := _news/2021-04-16-aclu-suit-seeks-the-release-of-clearview-ai-face-biometrics-data-by-ice-and-cbp
SOURCES := $(shell find recommender service tests data/site data/qrels -type f -not -name '*.pyc' 2>/dev/null)

# Build tools obey the pins too.
export PIP_CONSTRAINT := $(CURDIR)/constraints.txt
export PIP_DISABLE_PIP_VERSION_CHECK := 1
# Some containers turn off what Python keeps of compiled modules; every process would compile those of PyTorch anew.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help run test test-servers test-faults soak test-real test-sites test-clients test-cluster check docs pictures lint types contracts coverage format bench bench-smoke venv audit upgrade clean

help: ## List the commands.
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-11s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

run: $(VENV)/.installed ## Build the sample site, print what is related to the ACLU story, and serve it.
	$(BIN)/related build data/site --collection $(COLLECTION)
	$(BIN)/related query $(STORY) --collection $(COLLECTION)
	$(BIN)/related serve --collection $(COLLECTION) --port $(PORT)

# Each process of the suite has a core to itself; threads that wait for one another would take a third of the time.
# Files run in their order: those that start servers come first, so that no core waits for one of them at the end.
# Watching which branches run takes half as long again, so only `make test COVERAGE=1` does, for `make check`.
test: $(VENV)/.tools ## Run the whole test suite.
	OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 $(BIN)/python -m pytest --numprocesses auto --maxprocesses 4 --dist loadfile --no-loadscope-reorder $(if $(COVERAGE),--cov --cov-report=)
	$(if $(COVERAGE),@touch .coverage)

check: lint types contracts coverage ## Lint, types, import contracts, and at least 95 % of branches covered.

lint: $(VENV)/.tools
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .

types: $(VENV)/.tools
	$(BIN)/mypy

contracts: $(VENV)/.tools
	$(BIN)/lint-imports

coverage: .coverage
	$(BIN)/coverage report

# The suite runs again only if something changed since it last passed with its branches watched.
.coverage: $(SOURCES) pyproject.toml constraints.txt
	$(MAKE) test COVERAGE=1

format: $(VENV)/.tools ## Format the code.
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

# A real content site lies beside the project where it may be had.
test-real: $(VENV)/.tools ## Read every file of a real content site, and put its related blocks back byte for byte.
	RELATED_TEST_ALL=1 $(BIN)/python -m pytest tests/integration tests/unit/sources tests/unit/test_entry.py -k real_site --no-cov

test-faults: $(VENV)/.tools ## Kill writers, flip bytes, and try every property on all its examples, for minutes.
	RELATED_TEST_ALL=1 OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 $(BIN)/python -m pytest tests/faults tests/property --numprocesses auto --maxprocesses 4 --no-cov

test-servers: $(VENV)/.tools ## Start real servers of several workers; stop, kill and restart them.
	OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 $(BIN)/python -m pytest tests/servers --numprocesses 2 --dist loadfile --no-cov

MINUTES := 30
soak: $(VENV)/.tools ## Serve under everything at once for MINUTES, and compare every read with a model.
	$(BIN)/python tests/faults/soak.py --minutes $(MINUTES)

# jekyll, hugo, WordPress and Chromium come from the system; what npm and pip have is installed into /tmp/generators.
test-sites: $(VENV)/.tools ## Fill small sites, build them with the real generators, and check every link.
	$(BIN)/python -m pytest $(SITES) --numprocesses 2 --dist loadfile --no-cov

# npm comes from the system; what it and pip have is installed for the test.
test-clients: $(VENV)/.tools ## Generate clients of the API with others' generators, and call every route with them.
	$(BIN)/python -m pytest tests/clients --no-cov

# PostgreSQL comes from the system; an object store and Ray are installed beside the project.
CLUSTER := build/cluster
test-cluster: $(VENV)/.tools ## Several nodes over PostgreSQL: two minutes of everything at once, and what fails.
	test -x $(CLUSTER)/bin/moto_server || { $(PYTHON) -m venv $(CLUSTER) && PIP_CONSTRAINT= $(CLUSTER)/bin/pip install --quiet 'moto[server]==5.2.5'; }
	test -x build/ray/bin/ray || PIP_CONSTRAINT= $(BIN)/python -m pip install --quiet --target build/ray 'ray==2.60.0'
	RELATED_TEST_ALL=1 RELATED_STRESS_SECONDS=120 OMP_NUM_THREADS=1 $(BIN)/python -m pytest tests/cluster tests/faults/test_readers_and_writers.py tests/faults/test_sudden_death.py tests/unit/store tests/unit/index/shared tests/unit/index/engines tests/integration/test_places.py -k 'not folder and not sqlite' --no-cov

# Whatever the builder has to say is an error: a link without a page, a page without a place.
docs: $(VENV)/.tools ## Build the manual into build/docs.
	$(BIN)/python -m sphinx --quiet --fail-on-warning --keep-going docs build/docs
	@echo "build/docs/index.html"

pictures: $(VENV)/.tools ## Take the pictures of the README anew; needs Chromium.
	PYTHONPATH=tests $(BIN)/python docs/pictures.py

bench: $(VENV)/.tools ## Measure speed and quality for an hour or two; needs the data that tests/benchmarks/README.md names.
	$(BIN)/python tests/benchmarks/run.py --data $(DATA)
	test -d build/static || $(BIN)/related distil --out build/static
	$(BIN)/python tests/benchmarks/embedding.py --data $(DATA) --static build/static
	$(BIN)/python tests/benchmarks/rivals.py --data $(DATA)
	$(BIN)/python tests/benchmarks/tuning.py --data $(DATA)
	for articles in 10000 100000 1000000; do \
	  $(BIN)/python tests/benchmarks/scale.py $(DATA) --articles $$articles || exit 1; \
	done
	$(BIN)/python tests/benchmarks/results.py

bench-smoke: $(VENV)/.tools ## Run a small benchmark through, in seconds; its figures say nothing.
	$(BIN)/python tests/benchmarks/rivals.py --smoke

venv: $(VENV)/.tools ## Create .venv with everything the project and its checks need.

audit: $(VENV)/.tools ## Look up known vulnerabilities of the pins; where that cannot be reached, list what is outdated.
	test -x build/audit/bin/pip-audit || { $(PYTHON) -m venv build/audit && PIP_CONSTRAINT= build/audit/bin/pip install --quiet pip-audit; }
	build/audit/bin/pip-audit --requirement constraints.txt --disable-pip --no-deps || $(BIN)/python -m pip list --outdated

upgrade: ## Install the newest versions into a fresh .venv and write them to constraints.txt.
	rm -rf $(VENV)
	$(PYTHON) -m venv $(VENV)
	PIP_CONSTRAINT= $(BIN)/python -m pip install -e '.[test,check,docs]'
	{ sed -n '/^#/p' constraints.txt; $(BIN)/python -m pip freeze --all --exclude-editable --exclude pip | sed 's/+cpu$$//'; } > constraints.new
	mv constraints.new constraints.txt

clean: ## Remove what was built, but not collections.
	rm -rf $(VENV) build *.egg-info .coverage .mypy_cache .ruff_cache .hypothesis .import_linter_cache

# Compiling every module of PyTorch takes as long as the rest; Python compiles those that are used.
$(VENV)/.installed: pyproject.toml constraints.txt
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --no-compile -e '.[service]'
	@touch $@

$(VENV)/.tools: $(VENV)/.installed
	$(BIN)/python -m pip install --quiet --no-compile -e '.[test,check,docs]'
	@touch $@
