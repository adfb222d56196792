# Finks: delegates to the four projects. `make help` lists everything.
.DEFAULT_GOAL := help
.PHONY: help setup start stop restart status logs reset pipeline doctor validate test test-unit test-e2e lint lock

projects := finks-infrastructure finks-ingestion finks-pipelines finks-dbt
finks := cd finks-infrastructure && .venv/bin/python -m local
infrastructure := scripts/setup.sh finks-infrastructure

help: ## list the commands
	@grep -hE '^[a-z0-9-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

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

validate: ## check a running stack, one line a check
	@$(infrastructure)
	@cd finks-infrastructure && .venv/bin/python -m tests.validate_stack

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

lock: ## compile the lock files anew
	@for folder in $(projects) finks-pipelines/glue_scripts; do scripts/lock.sh $$folder; done
