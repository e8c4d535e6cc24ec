# The two commands of the README, run and test. Everything else is made on the way.
PYTHON ?= python3
BIN := .venv/bin

# Compiled modules are written where they are missing, whatever the environment says: else each of the hundreds of processes that
# the tests start compiles all that it imports, for seconds.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: run install test lint weights weights-check clean

run: install
	$(BIN)/streamlit run app.py

# What run needs, for a server that starts the app itself.
install: .venv/run.stamp

# Types are checked beside the tests, which wait much of their time.
test: .venv/test.stamp
	sh tests/system_packages.sh
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy & types=$$!; $(BIN)/python -m pytest -n 3 --dist worksteal -m "not alone" && wait $$types
	$(BIN)/python -m pytest -m alone

# Formats and repairs what can be repaired.
lint: .venv/test.stamp
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

# Trains every pair of weights from its recipe: make weights DATA=FOLDER [ONLY=NAMES] [WORK=FOLDER] [OUT=FOLDER].
# They are written to out/weights, because a shipped version never changes; old and new figures are printed.
# "make weights --dry-run" lists recipes, data, licenses, steps and hours, also where nothing is installed.
ifneq (,$(findstring n,$(firstword -$(MAKEFLAGS))))
weights:
	+@$(firstword $(wildcard $(BIN)/python) $(PYTHON)) -m training weights --dry-run $(if $(ONLY),--only "$(ONLY)")
else
weights: .venv/train.stamp
	$(BIN)/python -m training weights $(if $(DATA),--data "$(DATA)") $(if $(WORK),--work "$(WORK)") \
	    $(if $(OUT),--out "$(OUT)") $(if $(ONLY),--only "$(ONLY)")
endif

# Compares recipes with the shipped cards: 20 steps of each, then the three fastest trained whole: make weights-check DATA=FOLDER.
weights-check: .venv/train.stamp
	$(BIN)/python -m training weights --check --whole 3 $(if $(DATA),--data "$(DATA)") $(if $(ONLY),--only "$(ONLY)")

.venv/bin/python:
	sh tests/make_environment.sh "$(PYTHON)"

.venv/run.stamp: .venv/bin/python requirements.txt
	PIP_FLAGS="$(PIP_FLAGS)" sh tests/install_requirements.sh requirements.txt
	touch $@

.venv/test.stamp: .venv/run.stamp requirements-test.txt requirements-cluster.txt
	PIP_FLAGS="$(PIP_FLAGS)" sh tests/install_requirements.sh requirements-test.txt
	touch $@

.venv/train.stamp: .venv/run.stamp requirements-train.txt requirements-cluster.txt
	PIP_FLAGS="$(PIP_FLAGS)" sh tests/install_requirements.sh requirements-train.txt
	touch $@

clean:
	rm -rf .venv .pytest_cache .mypy_cache .ruff_cache .hypothesis
