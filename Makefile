# Every target is a line or two that a person could type.
UV := .venv/bin/uv

.PHONY: setup graphiql demo test lint simulate bench lock schema publish clean

setup: .venv/.installed  ## a virtual environment in .venv, exactly as locked

.venv/.installed: requirements.lock pyproject.toml Makefile
	@test -x .venv/bin/python || { \
	  python=$${PYTHON:-$$(sh .ci/python)} && \
	  $$python -c 'import sys; sys.exit("Python 3.11 or newer is needed, this is " + sys.version.split()[0] + ". Try: make PYTHON=python3.12 setup") if sys.version_info < (3, 11) else None' && \
	  $$python -m venv .venv; }
	@test -x $(UV) || .venv/bin/python -m pip install --quiet uv==0.13.9
	@$(UV) pip sync --quiet --require-hashes --compile-bytecode requirements.lock
	@$(UV) pip install --quiet --no-deps --no-build-isolation --editable .
	@.venv/bin/python -m compileall -q src  # some machines keep Python from writing it, and start slowly
	@if command -v npm >/dev/null; then .venv/bin/python -m oms_api.graphiql.fetching || true; fi
	@touch $@

graphiql: setup  ## fetch GraphiQL again if set-up could not; it needs npm, and all else works without it
	@.venv/bin/python -m oms_api.graphiql.fetching

demo: setup  ## real orders on an embedded Postgres, then the server at http://localhost:8000
	@.venv/bin/oms demo

test: setup  ## the whole test suite
	@.venv/bin/pytest -n 2 --dist worksteal

lint: setup  ## style, types, layers
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .
	.venv/bin/mypy
	.venv/bin/lint-imports

simulate: setup  ## random orders with random faults in virtual time: make simulate ORDERS=100000 SEED=1
	@.venv/bin/python -m tests.simulation --orders $(or $(ORDERS),5000) --seed $(or $(SEED),1)

bench: setup  ## see bench/README.md
	@.venv/bin/python -m bench

lock:  ## resolve the dependencies anew: names, versions and hashes, no registry's host
	$(UV) pip compile --quiet --universal --generate-hashes --no-emit-index-url --no-annotate \
	  --python-version 3.11 --group pyproject.toml:dev pyproject.toml --custom-compile-command "make lock" -o requirements.lock
	$(UV) pip compile --quiet --universal --generate-hashes --no-emit-index-url --no-annotate \
	  --python-version 3.11 tests/api/tools/requirements.in --custom-compile-command "make lock" -o tests/api/tools/requirements.lock

schema: setup  ## write what is generated: schema.graphql, docs/api, migrations/schema.sql, tables of docs/orders.md and security.md
	.venv/bin/oms schema > src/oms_api/schema.graphql
	.venv/bin/python -m oms_core.runtime.schema_picture > migrations/schema.sql
	.venv/bin/python -m tests.contracts.order_guide
	.venv/bin/python -m tests.contracts.api_reference
	.venv/bin/python -m tests.contracts.security_guide

publish: setup  ## what clients rely on from now on: later schemas are compared with this one
	.venv/bin/python -m tests.contracts.released_schema

clean:  ## everything that make made
	rm -rf src/oms_api/graphiql/vendor tests/api/tools/.venv tests/api/audits/node_modules
	rm -rf .venv .demo .mypy_cache .ruff_cache .pytest_cache .hypothesis
