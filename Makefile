# `make` alone lists the targets. Everything runs from .venv, made of the hashed locks.

.DEFAULT_GOAL := help
.PHONY: help up many test check fmt lock bench secrets clean venv venv-dev

BIN := .venv/bin
# The first interpreter that starts and is new enough; a pyenv shim may exist and not start.
PYTHON := $(shell for p in python3.11 python3.12 python3; do \
	$$p -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 13))' 2>/dev/null \
	&& { echo $$p; break; }; done)

help: ## Show this list
	@awk 'BEGIN {FS = ":.*## "} /^[a-z-]+:.*## / {printf "  make %-8s %s\n", $$1, $$2}' Makefile

up: venv ## Start Backbeat on this machine (PORT, HOST, DATA_DIR; Ctrl-C stops it)
	@exec $(BIN)/python manage.py up $(ARGS)

many: venv ## Start two of each process on your PostgreSQL and Redis (DATABASE_URL, REDIS_URL)
	@test -n "$$DATABASE_URL" || { echo "Set DATABASE_URL, for example postgres://user@host/backbeat" >&2; exit 2; }
	@test -n "$$REDIS_URL" || { echo "Set REDIS_URL, for example redis://host:6379/0" >&2; exit 2; }
	@exec $(BIN)/python manage.py up --webs 2 --workers 2 --senders 2 --beats 2 $(ARGS)

test: venv-dev ## Run the whole gate: format, lint, types, checks, all tests
	@$(BIN)/python scripts/gate.py

check: venv-dev ## Run the static half of the gate
	@$(BIN)/python scripts/gate.py --static

fmt: venv-dev ## Format the code and mend what ruff can mend
	@$(BIN)/ruff check --fix --quiet . ; $(BIN)/ruff format --quiet .

bench: venv-dev ## Run the benchmarks (ARGS="--help" lists them)
	@$(BIN)/python -m benchmarks $(ARGS)

lock: venv-dev ## Resolve pyproject.toml anew into the two lock files
	@for group in "requirements.lock" "requirements-dev.lock --group dev"; do \
		$(BIN)/uv pip compile --generate-hashes --no-emit-index-url --no-annotate --no-header \
			--universal --quiet pyproject.toml -o $$group || exit 1; done

secrets: ## Make the secret files that docker-compose.yml reads (kept if there)
	@$(if $(PYTHON),$(PYTHON) scripts/compose_secrets.py,$(no_python))

clean: ## Remove caches and built files (never data or .venv)
	@rm -rf .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache .coverage* build
	@find . -name __pycache__ -type d -not -path './.venv*' -prune -exec rm -rf {} +

venv:
	@$(if $(PYTHON),$(PYTHON) scripts/environment.py requirements.lock,$(no_python))

venv-dev:
	@$(if $(PYTHON),$(PYTHON) scripts/environment.py requirements-dev.lock,$(no_python))

no_python = { echo "Backbeat needs Python 3.11 or 3.12; none was found as python3.11, python3.12 or python3." >&2; exit 2; }
