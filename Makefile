# Finks: delegates to the four projects. `make help` lists everything.
.DEFAULT_GOAL := help
.PHONY: help setup start stop restart status logs reset pipeline doctor validate infra-tree infra-trees \
	infra-export infra-check infra-policies infra-cost infra-preview infra-up infra-flows infra-destroy infra-validate test test-unit test-e2e lint lock bench bench-memory

projects := finks-infrastructure finks-ingestion finks-pipelines finks-dbt
finks := cd finks-infrastructure && .venv/bin/python -m local
infrastructure := scripts/setup.sh finks-infrastructure
graph := cd finks-infrastructure && .venv/bin/python -m graph
STACK ?= dev

help: ## list the commands
	@grep -hE '^[a-z0-9-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 16

setup: ## make what is missing: uv and one environment a project
	@scripts/setup.sh

start: ## start everything and run the demo: the whole pipeline on 30 days of real prices
	@$(infrastructure)
	@$(finks) doctor --before-setup
	@scripts/setup.sh
	@$(finks) start $(if $(NO_DEMO),--no-demo)

stop: ## stop all services; the data stays
	@$(infrastructure)
	@$(finks) stop

restart: ## stop, then start
	@$(infrastructure)
	@$(finks) restart $(if $(NO_DEMO),--no-demo)

status: ## which services run, and whether they are well (JSON=1)
	@$(infrastructure)
	@$(finks) status $(if $(JSON),--json)

logs: ## the services' logs (SERVICE=cloud|replay|prefect|worker, FOLLOW=1, LINES=20)
	@$(infrastructure)
	@$(finks) logs $(SERVICE) $(if $(LINES),--lines $(LINES)) $(if $(FOLLOW),--follow)

reset: ## stop, and delete all data (asks first; YES=1 does not)
	@$(infrastructure)
	@$(finks) reset $(if $(YES),--yes)

pipeline: ## run the pipeline: DATE=2013-02-15, or FROM=… TO=… (SYMBOLS=AAPL,IBM FORCE=1)
	@$(infrastructure)
	@$(finks) pipeline $(if $(DATE),--date "$(DATE)") $(if $(FROM),--from "$(FROM)") $(if $(TO),--to "$(TO)") $(if $(SYMBOLS),--symbols "$(SYMBOLS)") $(if $(FORCE),--force)

doctor: ## check that this machine can run the stack (JSON=1)
	@$(infrastructure)
	@$(finks) doctor $(if $(JSON),--json)

validate: ## check a running stack, one line a check (on AWS: make infra-validate STACK=dev)
	@$(infrastructure)
	@cd finks-infrastructure && .venv/bin/python -m tests.validate_stack

infra-tree: ## the AWS resources of STACK=dev|staging|prod|local as a tree, without the Pulumi CLI
	@$(infrastructure)
	@$(graph) tree --stack "$(STACK)"

infra-trees: ## write docs/aws/ anew where it is generated: trees, cost tables, configuration keys
	@$(infrastructure)
	@$(graph) pages

infra-export: ## every resource of STACK as JSON into OUT=file.json (docs/aws/graph.md)
	@$(infrastructure)
	@$(if $(OUT),,echo "infra-export: name the file: make infra-export STACK=$(STACK) OUT=graph.json" >&2; exit 2)
	@$(graph) export --stack "$(STACK)" --out "$(abspath $(OUT))"

infra-check: ## what AWS would refuse of STACK, found in its graph
	@scripts/setup.sh --dev finks-infrastructure
	@$(graph) check --stack "$(STACK)"

infra-policies: ## STACK against the policy pack, without the Pulumi CLI (ECONOMY=1, JSON=1)
	@scripts/setup.sh --dev finks-infrastructure finks-infrastructure/policies
	@graph=$$(mktemp) && trap 'rm -f "$$graph"' EXIT && \
		(cd finks-infrastructure && .venv/bin/python -m graph export --stack "$(STACK)" $(if $(ECONOMY),--set economy=true) --out "$$graph" >/dev/null) && \
		(cd finks-infrastructure/policies && .venv/bin/python check.py $(if $(JSON),--json) "$$graph")

infra-cost: ## USD a month of STACK (ECONOMY=1 with economy: true, JSON=1)
	@$(infrastructure)
	@$(graph) cost --stack "$(STACK)" $(if $(ECONOMY),--set economy=true) $(if $(JSON),--json)

infra-preview: ## pulumi preview of STACK with the policy pack; says what is missing for it
	@scripts/pulumi.sh ready "$(STACK)"
	@scripts/setup.sh finks-infrastructure finks-infrastructure/policies
	@scripts/pulumi.sh preview "$(STACK)" $(ARGS)

infra-up: ## pulumi up of STACK (asks first; ARGS=--yes does not)
	@scripts/pulumi.sh ready "$(STACK)"
	@scripts/setup.sh finks-infrastructure finks-infrastructure/policies
	@scripts/pulumi.sh up "$(STACK)" $(ARGS)

infra-flows: ## deploy the flows into STACK, from a task inside its VPC (docs/aws/prefect.md)
	@scripts/pulumi.sh ready "$(STACK)"
	@$(infrastructure)
	@cd finks-infrastructure && .venv/bin/python -m operations.deploy_flows --stack "$(STACK)"

infra-destroy: ## pulumi destroy of STACK (asks first; ARGS=--yes does not; docs/aws/tear-down.md)
	@scripts/pulumi.sh ready "$(STACK)"
	@$(infrastructure)
	@scripts/pulumi.sh destroy "$(STACK)" $(ARGS)

infra-validate: ## check the deployed STACK in its account, read-only (OUTPUTS=file.json)
	@$(infrastructure)
	@cd finks-infrastructure && .venv/bin/python -m tests.validate_stack --stack "$(STACK)" $(if $(OUTPUTS),--outputs "$(abspath $(OUTPUTS))")

test: test-unit test-e2e ## all tests

test-unit: ## unit and contract tests of each project
	@scripts/setup.sh --dev
	@set -e; for project in $(projects); do echo "== $$project"; $(MAKE) --no-print-directory -C $$project test; done

test-e2e: ## the whole stack on free ports: pipeline, figures, validate_stack
	@scripts/setup.sh --dev
	@cd finks-infrastructure && .venv/bin/python -m pytest tests/e2e -v -s

lint: ## ruff, mypy, sqlfluff, yamllint, shellcheck
	@scripts/setup.sh --dev
	@set -e; for project in $(projects); do echo "== $$project"; $(MAKE) --no-print-directory -C $$project lint; done
	@finks-infrastructure/.venv/bin/yamllint --strict .
	@git ls-files -z '*.sh' .ci/run | xargs -0 finks-infrastructure/.venv/bin/shellcheck

bench: ## the FMP connector beside dlt, pandas and a bare client: ratios and goals (BENCH_JSON=file, ARGS=…)
	@$(MAKE) --no-print-directory -C finks-ingestion bench $(if $(BENCH_JSON),BENCH_JSON="$(abspath $(BENCH_JSON))")

bench-memory: ## peak memory of the FMP connector over 8,000 symbols and five years (minutes)
	@$(MAKE) --no-print-directory -C finks-ingestion bench-memory $(if $(BENCH_JSON),BENCH_JSON="$(abspath $(BENCH_JSON))")

lock: ## compile the lock files anew
	@for folder in $(projects) finks-pipelines/glue_scripts finks-infrastructure/policies finks-ingestion/bench; do scripts/lock.sh $$folder; done
