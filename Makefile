# The two commands of the README. Everything else is made on the way.
PYTHON ?= python3
BIN := .venv/bin

.PHONY: run test lint weights clean

run: .venv/run.stamp
	$(BIN)/streamlit run app.py

test: .venv/test.stamp
	sh tests/system_packages.sh
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/python -m pytest -n 2 --dist worksteal -m "not alone"
	$(BIN)/python -m pytest -m alone

# Formats and repairs what can be repaired.
lint: .venv/test.stamp
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

# Trains every pair of weights from its recipe: make weights DATA=FOLDER [ONLY=NAMES] [WORK=FOLDER].
# "make weights --dry-run" lists recipes, data, licenses, steps and hours.
ifneq (,$(findstring n,$(firstword -$(MAKEFLAGS))))
weights:
	+@$(firstword $(wildcard $(BIN)/python) $(PYTHON)) -m training weights --dry-run
else
weights: .venv/train.stamp
	$(BIN)/python -m training weights --data "$(DATA)" $(if $(WORK),--work "$(WORK)") $(if $(ONLY),--only "$(ONLY)")
endif

.venv/bin/python:
	sh tests/make_environment.sh "$(PYTHON)"

.venv/run.stamp: .venv/bin/python requirements.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check $(PIP_FLAGS) -r requirements.txt
	touch $@

.venv/test.stamp: .venv/run.stamp requirements-test.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check $(PIP_FLAGS) -r requirements-test.txt
	touch $@

.venv/train.stamp: .venv/run.stamp requirements-train.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check $(PIP_FLAGS) -r requirements-train.txt
	touch $@

clean:
	rm -rf .venv .pytest_cache .mypy_cache .ruff_cache .hypothesis
