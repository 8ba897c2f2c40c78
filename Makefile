# The commands of this repository; `make` alone lists them. Each does its own set-up.

PYTHON ?= $(firstword $(foreach name,python3.11 python3,$(shell $(name) -c 'print("$(name)")' 2>/dev/null)))
STAGE ?= dev
SEEDS ?= 10000
FROM ?= 0
OUT ?= build/package/$(STAGE)
# Without PARAMETERS=file.json a stack keeps the parameters that it has.
CHOSEN = $(if $(PARAMETERS),--parameters $(PARAMETERS))
# Each lock has its source beside it; those below are held to those above.
LOCKS = infra/requirements infra/local/requirements infra/lint/requirements infra/ui/requirements requirements-dev
COMPILE = .venv/bin/pip-compile --config pyproject.toml $(ARGS)

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

.PHONY: help
help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "  make %-14s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.PHONY: setup
setup: ## the virtual environments: .venv (the service and its tools) and .cloud (the emulator)
	@$(MAKE) --silent --jobs=3 .venv/ready-dev .cloud/ready build/ui/ready

.PHONY: run
run: ## the whole service on http://127.0.0.1:8000 (PORT=… and others: see README)
	@$(MAKE) --silent --jobs=3 .venv/ready .cloud/ready build/ui/ready
	@.venv/bin/python -m infra.local

.PHONY: deploy-local
deploy-local: .venv/ready build/ui/ready ## this code onto the local cloud that is running
	@.venv/bin/python -m infra.local deploy

.PHONY: chalice-local
chalice-local: .venv/ready ## the routes by `chalice local` on CHALICE_PORT (8001), beside a running `make run`
	@.venv/bin/python -m infra.local chalice

.PHONY: demo
demo: setup ## a broadcast to 2,000 contacts, with a report and a plot
	@.venv/bin/python -m infra.bench.demo $(ARGS)

.PHONY: test
test: setup ## every test but those for the night, on all cores (ARGS='tests/unit -n 0' and others for pytest)
	@.venv/bin/python -m pytest --numprocesses=auto $(ARGS)

.PHONY: nightly
nightly: setup ## all that takes longer, hours of it, and its page docs/nightly.md (ARGS='costs upgrade': these steps)
	@.venv/bin/python -m infra.nightly $(ARGS)

.PHONY: soak
soak: setup ## simulated worlds in which everything goes wrong: SEEDS=10000 FROM=0
	@.venv/bin/python -m tests.simulation --seeds $(SEEDS) --from $(FROM)

.PHONY: crash-points
crash-points: setup ## each process dies before and after each of its calls: ARGS='feeds "schedules one"'
	@.venv/bin/python -m tests.crash $(ARGS)

.PHONY: mutants
mutants: setup ## small faults put into the model and the flow: which does no unit test see? (an hour; ARGS=again)
	@.venv/bin/python -m infra.mutants $(ARGS)

.PHONY: check
check: setup ## the gate: format, lint, types, import rules, the template, every test, coverage
	.venv/bin/ruff format --check .
	.venv/bin/ruff check .
	.venv/bin/pyright
	.venv/bin/lint-imports
	@$(MAKE) --silent lint-stack
	@$(MAKE) --silent test ARGS='--quiet --cov --cov-report=term $(ARGS)'
	.venv/bin/coverage report --include='chalicelib/model/*,chalicelib/flow/*' --fail-under=100

.PHONY: lint-stack
lint-stack: .venv/ready-dev build/checkov/ready build/ui/ready ## the packaged template under cfn-lint and checkov
	@.venv/bin/python -m infra.package --stage prod --native --out build/package/lint
	.venv/bin/cfn-lint build/package/lint/sam.json
	build/checkov/bin/checkov --config-file infra/lint/checkov.yaml --file build/package/lint/sam.json

.PHONY: package
package: .venv/ready-dev build/ui/ready ## what CloudFormation needs and what ships (sbom.json), for STAGE=… into OUT=…
	@.venv/bin/python -m infra.package --stage $(STAGE) --out $(OUT)
	@.venv/bin/python -m infra.sbom $(OUT)

.PHONY: diff
diff: package ## what deploy would change, with the same arguments
	@.venv/bin/python -m infra.diff --folder $(OUT) --stack $(STACK) --bucket $(BUCKET) $(CHOSEN)

.PHONY: deploy
deploy: package ## to AWS: STAGE=… STACK=… BUCKET=… PARAMETERS=file.json, where its secrets are fit
	@.venv/bin/python -m infra.secrets --stack $(STACK) check $(SECRETS)
	@.venv/bin/python -m infra.deploy --folder $(OUT) --stack $(STACK) --bucket $(BUCKET) $(CHOSEN)

.PHONY: ui
ui: build/ui/ready ## what the pages need from npm, beside the code

.PHONY: clean
clean: ## away with what was built and installed
	rm -rf build mutants .venv .cloud chalicelib/web/assets/board.zip chalicelib/web/assets/uPlot.*

.PHONY: lock
lock: .venv/ready-dev ## the locks from pyproject.toml and *.in: ARGS=--upgrade, ARGS='--upgrade-package boto3'
	$(COMPILE) --output-file requirements.txt pyproject.toml
	@for lock in $(LOCKS); do echo "$(COMPILE) … $$lock.in"; $(COMPILE) --output-file $$lock.txt $$lock.in || exit; done

# Made anew when their locks change. -dev adds the tools to what `make run` needs.
.venv/pip: infra/install.py infra/requirements.txt
	@$(PYTHON) -m infra.install pip .venv
	@touch $@

.venv/ready: requirements.txt infra/requirements.txt | .venv/pip
	@.venv/bin/python -m infra.install packages .venv requirements.txt infra/requirements.txt
	@touch $@

.venv/ready-dev: requirements-dev.txt .venv/ready
	@.venv/bin/python -m infra.install tools .venv requirements-dev.txt
	@touch $@

build/checkov/ready: infra/lint/requirements.txt | .venv/pip
	@.venv/bin/python -m infra.install linter build/checkov infra/lint/requirements.txt
	@touch $@

.cloud/ready: infra/local/requirements.txt | .venv/pip
	@.venv/bin/python -m infra.install emulator .cloud infra/local/requirements.txt
	@touch $@

build/ui/ready: infra/ui/package-lock.json NOTICE infra/fetch_ui.py | .venv/pip
	@.venv/bin/python -m infra.fetch_ui
	@touch $@
