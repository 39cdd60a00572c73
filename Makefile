# Every way to start something. `make` alone lists them.

.DEFAULT_GOAL := help
.PHONY: help run test newcomer lint format bench mutants features pictures requirements install-run install-test stop
python := .venv/bin/python

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-14s %s\n", $$1, $$2 }' Makefile

run: install-run ## start the portal: database, Redis, web, worker; prints URL and logins, Ctrl-C ends all of it
	@exec $(python) -m app.local run

test: install-test $(if $(ARGS),,lint) ## checks, then all tests; ARGS="tests/orm -k name" reach pytest alone
	@exec $(python) -m app.local exec $(python) -m pytest $(if $(ARGS),$(ARGS),--ignore=tests/checks)

newcomer: install-test ## what somebody new meets: clone, make run, sign in, use it, Ctrl-C
	@exec $(python) -m tests.newcomer

lint: install-test ## style, types, imports, sizes, dead code, catalogues
	@exec $(python) -m tests.checks

format: install-test ## lay the code out
	@$(python) -m ruff check --fix-only --quiet . ; $(python) -m ruff format .

bench: install-test ## measure against the floor; writes bench/results.json
	@exec $(python) -m app.local exec $(python) -m bench $(ARGS)

mutants: install-test ## do the tests notice faults? ARGS="app/orm/flush.py --faults 100"; writes var/mutants.json
	@exec $(python) -m app.local exec $(python) -m tests.mutants $(if $(ARGS),$(ARGS),app/orm/access.py app/orm/statement.py app/orm/flush.py)

features: install-test ## write docs/features.md: which test shows what
	@exec $(python) -m tests.features

pictures: ## take the pictures of the documents from those that the last browser tests made
	@cp var/screens/organisations-ru-light-1440.png docs/pictures/list-ru-light.png

stop: ## stop the private PostgreSQL and Redis, should they have been left running
	@python3 -m app.local down

requirements: install-test ## renew the pinned versions after a change of requirements*.in
	@for name in requirements requirements-dev; do \
	    $(python) -m piptools compile --quiet --generate-hashes --allow-unsafe --strip-extras --no-header \
	        --no-emit-index-url --no-emit-trusted-host --no-emit-find-links --output-file $$name.txt $$name.in || exit 1; \
	done

install-run:
	@deploy/local/install.sh run

install-test:
	@deploy/local/install.sh test
