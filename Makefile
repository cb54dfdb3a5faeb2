# Every target does its own set-up: a Python environment in .venv, and the page from web/.
# The second time both are up to date and it starts in seconds.

PYTHON ?= python3
BIN := .venv/bin
IN_TWO := -n 2 --dist loadfile  # tests often wait, so two processes take little more than half the time
SETUP := .build/environment

.PHONY: help serve test check parity benchmark page client screenshots clean

help: ## This list
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 12

serve: $(SETUP) page ## Set up and start the studio at http://localhost:3000
	@$(BIN)/xtts-studio serve

test: $(SETUP) page check ## Set up and run every check and test
	$(BIN)/python -m pytest --ignore=tests/browser $(IN_TWO)
	$(BIN)/python -m pytest tests/browser $(IN_TWO)

check: $(SETUP) ## Formatting, types and the rule of imports; types and rules of the page's sources
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python tools/build_page.py --check

parity: $(SETUP) ## Our model beside the reference's numbers: the largest deviation per array
	$(BIN)/python -m pytest tests/parity -q

benchmark: $(SETUP) ## Speed and memory of the full-size model; REFERENCE=.../bin/python: beside coqui-tts
	$(BIN)/python -m benchmarks.reference $(if $(REFERENCE),--reference-python $(REFERENCE))

page: $(SETUP) ## Build the page, where its sources have changed
	@$(BIN)/python tools/build_page.py

client: $(SETUP) ## Types of the page's client, from the server's OpenAPI
	@$(BIN)/python tools/build_page.py --client

screenshots: $(SETUP) page ## Pictures of the page in docs/screenshots, of the real thing
	@$(BIN)/python tools/screenshots.py

$(SETUP): pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "XTTS Studio needs Python 3.11 or newer; $(PYTHON) is $$($(PYTHON) -V 2>&1). Name another: make PYTHON=python3.12"; exit 1; }
	@echo "Setting up Python in .venv (the first time this fetches some hundred megabytes) ..."
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv || \
	  { echo "Could not make a virtual environment. On Debian and Ubuntu: apt-get install python3-venv"; exit 1; }
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[all,dev,page]'
	@mkdir -p .build && touch $@

clean: ## Remove everything that was built (never the workspace)
	rm -rf .build .venv web/node_modules web/.next web/out xtts_studio/server/dist
