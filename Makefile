# 市监 — the ways in. `make help` lists them.
PYTHON ?= python3.11
VENV := .venv
BIN := $(VENV)/bin
UI := server/admin/ui
VENDOR := server/admin/static/vendor/manifest.json
CLIENTS := tests/clients
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

.PHONY: help
help: ## Show the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "  %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

$(VENV)/.base: requirements/base.txt requirements/distributed.txt
	@command -v $(PYTHON) >/dev/null || { echo "Python 3.11 is needed (set PYTHON=…)"; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install -q --disable-pip-version-check --require-hashes -r requirements/base.txt -r requirements/distributed.txt
	$(BIN)/python -m pip install -q --disable-pip-version-check --no-deps --no-build-isolation -e . 2>/dev/null || $(BIN)/python -m pip install -q --disable-pip-version-check --no-deps -e .
	@touch $@

$(VENV)/.dev: $(VENV)/.base requirements/dev.txt
	$(BIN)/python -m pip install -q --disable-pip-version-check --require-hashes -r requirements/dev.txt
	@touch $@

$(VENDOR): $(VENV)/.base $(UI)/package-lock.json $(UI)/build.mjs $(UI)/icons.txt
	@command -v node >/dev/null && command -v npm >/dev/null || { echo "Node 20 with npm is needed to build the console's assets"; exit 1; }
	cd $(UI) && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error && node build.mjs

.PHONY: setup
setup: $(VENV)/.base $(VENDOR) ## Install what the service needs

.PHONY: run
run: setup ## Start everything on SQLite with demo data, simulator and worker
	$(BIN)/python -m server.jobs.commands demo

# Real OpenFeature clients for tests. Without Node they are left out, and the run says so.
$(CLIENTS)/node_modules/.package-lock.json: $(CLIENTS)/package-lock.json
	@if command -v node >/dev/null && command -v npm >/dev/null; then \
	  cd $(CLIENTS) && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error && touch node_modules/.package-lock.json; \
	else echo "!! Node 20 with npm is not here: the JavaScript OpenFeature clients are NOT tested"; fi

.PHONY: clients
clients: $(CLIENTS)/node_modules/.package-lock.json ## Install the OpenFeature clients that tests use

.PHONY: test
test: $(VENV)/.dev $(VENDOR) clients ## Run every test that this machine can run
	$(BIN)/python -m tests.support.run

.PHONY: lint
lint: $(VENV)/.dev ## Lint, types and import rules
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/djlint server/admin/templates --lint --quiet

.PHONY: docs
docs: $(VENV)/.dev ## Write the generated documents anew
	$(BIN)/python -m docs.generate

.PHONY: docs-check
docs-check: $(VENV)/.dev
	$(BIN)/python -m docs.generate --check

.PHONY: manual
manual: $(VENV)/.dev $(VENDOR) ## Take the manual's pictures anew (needs Chromium with its Chinese texts; ONLY=part|part)
	$(BIN)/python -m docs.zh.screenshots '$(ONLY)'

.PHONY: sure
sure: lint docs-check test ## Everything that must be green

.PHONY: bench
bench: $(VENV)/.dev $(VENDOR) ## Throughput as ratios to a bare Flask hello
	$(BIN)/python -m benchmarks.http

.PHONY: bench-flags
bench-flags: $(VENV)/.dev ## Flags over OFREP and in process, beside the same hello
	$(BIN)/python -m benchmarks.flags

.PHONY: bench-desk
bench-desk: $(VENV)/.dev $(VENDOR) ## The desk's pages on 100,000 tickets, beside a bare indexed query
	$(BIN)/python -m benchmarks.desk

.PHONY: bench-documents
bench-documents: $(VENV)/.dev ## Documents issued and made in a batch, beside a bare page of the same typesetter
	$(BIN)/python -m benchmarks.documents

.PHONY: lock
lock: $(VENV)/.dev ## Lock requirements with hashes
	cd requirements && for name in base distributed dev; do \
	  ../$(BIN)/uv pip compile -q --universal --generate-hashes --no-emit-index-url --python-version 3.11 $$name.in -o $$name.txt; done

.PHONY: clean
clean: ## Remove what was built and the demo's data
	rm -rf $(VENV) var server/admin/static/vendor $(UI)/node_modules $(CLIENTS)/node_modules
