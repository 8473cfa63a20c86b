# What a person types. `make review` and `make test` need Python 3.11+, make and network; uv is used where it is there.

PYTHON ?= python3
BIN := .venv/bin
ifneq ($(shell command -v uv 2>/dev/null),)
  CREATE := uv venv --quiet --allow-existing --python '>=3.11' .venv
  INSTALL := VIRTUAL_ENV=.venv uv pip install --quiet
else
  CREATE := $(PYTHON) -m venv .venv && $(BIN)/python -m pip install --quiet --upgrade 'pip>=25.1'
  INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check
endif

.PHONY: review test nightly generated corpus broken plans remedies mutation lint types format bench clean

## Review the example application: findings on the terminal, the report in build/report.html
review: .venv/.installed
	@$(BIN)/advisor check fixtures/railway-blog --fail-on never
	@$(BIN)/advisor report fixtures/railway-blog --output build/report.html

## Everything that must hold before a change lands
test: .venv/.tested lint types
	$(BIN)/python -m pytest -n auto

## What takes too long for every change: ten times the examples of each property
nightly: .venv/.tested
	ADVISOR_NIGHTLY=1 $(BIN)/python -m pytest -n auto tests/sources

## Generated histories against PostgreSQL: the table of fixtures/generated.md, with new histories each time
generated: .venv/.tested
	$(BIN)/python scripts/generated.py

## The replay of real projects against PostgreSQL: make corpus DIR=folder-of-checkouts
corpus: .venv/.tested
	$(BIN)/python scripts/corpus $(DIR)

## Real files, each broken in one place, through the whole program: make broken DIR=folder-of-checkouts
broken: .venv/.tested
	$(BIN)/python scripts/broken $(DIR)

## Recorded plans, cut at every line and damaged 50,000 times: make plans DIR=folder-of-plans
plans: .venv/.tested
	$(BIN)/python -m scripts.plan_campaign $(DIR) --output fixtures/plan_campaign.md

## What the advice on plans does, tried on a server: the table of fixtures/plan_remedies.md
remedies: .venv/.tested
	$(BIN)/python -m scripts.try_remedies --output fixtures/plan_remedies.md

## How well the tests guard the rules and the table of effects, by mutants: the table of fixtures/mutation.md
mutation: .venv/.tested
	$(INSTALL) mutmut
	$(BIN)/python scripts/mutation.py --sample 12 --seed 2 --output fixtures/mutation.md

lint: .venv/.tested
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/lint-imports

types: .venv/.tested
	$(BIN)/mypy

format: .venv/.tested
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

## Timings, as a table
bench: .venv/.tested
	$(BIN)/python benchmarks/startup.py

.venv/.installed: pyproject.toml
	$(CREATE)
	$(INSTALL) --editable .
	@touch $@

.venv/.tested: .venv/.installed pyproject.toml
	$(INSTALL) --group test
	@touch $@

clean:
	rm -rf .venv build dist *.egg-info
