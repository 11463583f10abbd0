# Two commands do all: `make app` opens the page, `make test` proves it.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
# What goes out is public: OWN counts for a plain yes that make itself is told, for an environment's may be somebody else's; PRIVATE for all
# but a plain no.
but_no = $(filter-out 0 n no No NO off Off OFF false False FALSE,$($(1)))
PRIVATELY = $(if $(call but_no,PRIVATE),--private)
OWNED = $(if $(filter command,$(origin OWN)),$(if $(filter 1 y yes Yes YES on true True TRUE,$(OWN)),--own))
NONE = $(PYTHON) is no Python 3 that starts here; make PYTHON=python3.12 names one.
# Packages are compiled once, when they are first imported: where the environment forbids that, every process would compile them anew.
export PYTHONDONTWRITEBYTECODE :=

# An environment whose Python has gone, as after an upgrade of the system's, is made anew.
ifneq ($(wildcard $(VENV)/.made),)
ifneq ($(shell $(BIN)/python -c "print(1)" 2>/dev/null),1)
$(shell if [ -f $(VENV)/.theirs ]; then rm -f $(VENV)/.made; else rm -rf $(VENV); fi)
endif
endif

# So is one of ours whose Python is another version than make PYTHON=... names; somebody's own is left alone.
ifeq ($(origin PYTHON)$(filter clean,$(MAKECMDGOALS)),command line)
TOLD := $(shell $(PYTHON) -m harness.python $(VENV) 2>/dev/null)
ifeq ($(TOLD),anew)
$(info $(VENV) holds another version of Python and is made anew.)
$(if $(findstring n,$(firstword -$(MAKEFLAGS))),,$(shell rm -rf $(VENV)))
else ifneq ($(TOLD),fits)
$(error $(patsubst %.,%,$(or $(TOLD),$(NONE))))          # make adds a full stop
endif
endif

.PHONY: app test lint bench space hub static static-space clean

app: $(VENV)/.app            ## environment, packages, page open on its address
	@$(MAKE) --no-print-directory $(VENV)/.node || true
	$(BIN)/python app.py

test:                        ## lint and every test, browser included; installs Chromium if it is missing
	@$(PYTHON) -m harness.chromium --fetch & chromium=$$!; $(MAKE) --no-print-directory $(VENV)/.dev; made=$$?; wait $$chromium; exit $$made
	$(BIN)/ruff check .
	@$(BIN)/python -m harness.chromium & chromium=$$!; \
	$(MAKE) --no-print-directory $(VENV)/.node || echo "The tests that need these packages are left out."; wait $$chromium
	@# Three parts side by side on two cores: tests of the page and of other processes wait as much as they compute.
	@export OMP_NUM_THREADS=1 page="tests/page tests/deploy/test_static*.py" networks="tests/training tests/models"; \
	$(BIN)/python -m pytest $$page & first=$$!; $(BIN)/python -m pytest $$networks & second=$$!; \
	trap 'kill $$first $$second 2>/dev/null' INT TERM; failed=""; \
	$(BIN)/python -m pytest $$(printf -- '--ignore %s ' $$page $$networks) || failed="the rest"; \
	wait $$first || failed="$$page $$failed"; wait $$second || failed="$$networks $$failed"; \
	test -z "$$failed" || { echo "Failed: $$failed"; exit 1; }

lint: $(VENV)/.dev
	$(BIN)/ruff check .

bench: $(VENV)/.app          ## speed and size of the shipped models on this machine
	$(BIN)/python -m models bench

# What is put there is public, but for PRIVATE=1. OWN=1 (hub, static, static-space) takes along weights of data of your own that git does not
# list; hub also takes NAMES="..." of some weights only, and CODE=https://... for where its cards say that this code is.
space: $(VENV)/.app          ## creates or updates a Hugging Face Space: make space SPACE=user/name [HARDWARE=cpu-basic] [LIGHT=1]
	$(BIN)/python -m deploy.space --space "$(SPACE)" --hardware "$(HARDWARE)" $(if $(call but_no,LIGHT),--light) $(PRIVATELY)

hub: $(VENV)/.app            ## pushes every folder of weights/ as a model repository: make hub USER=name
	$(BIN)/python -m deploy.hub --user "$(if $(filter command,$(origin USER)),$(USER))" $(if $(NAMES),--names $(NAMES)) \
	  $(if $(CODE),--code "$(CODE)") $(OWNED) $(PRIVATELY)   # not the $$USER of the shell

static: $(VENV)/.app         ## the page as a folder without Python behind it: make static [OUT=folder]
	@$(MAKE) --no-print-directory $(VENV)/.node
	$(BIN)/python -m deploy.static "$(or $(OUT),static)" $(OWNED)

static-space: $(VENV)/.app   ## the same on a Static Space, which is free and never sleeps: make static-space SPACE=user/name
	@$(MAKE) --no-print-directory $(VENV)/.node
	$(BIN)/python -m deploy.static --space "$(SPACE)" $(OWNED) $(PRIVATELY)

$(VENV)/.made:               # an environment that is there already is used, and `make clean` leaves it
	@python=$(PYTHON); if [ -x $(BIN)/python ]; then python=$(BIN)/python; fi; \
	told=$$($$python -m harness.python $(VENV)) || { echo "$${told:-$(NONE)}"; exit 1; }
	@if $(BIN)/python -m pip --version >/dev/null 2>&1; then touch $(VENV)/.theirs; else $(PYTHON) -m venv $(VENV); fi
	@touch $@

$(VENV)/.app: requirements.txt | $(VENV)/.made
	@echo "Installing packages; the first time takes a few minutes."
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-compile -r requirements.txt    # what is imported is compiled then
	@touch $@

$(VENV)/.node: package-lock.json | $(VENV)/.made    # what the browser draws with; without it the server draws
	@$(BIN)/python -m harness.node
	@touch $@

$(VENV)/.dev: requirements-dev.txt requirements.txt | $(VENV)/.made
	@echo "Installing packages; the first time takes a few minutes."
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-compile -r requirements-dev.txt
	@touch $@ $(VENV)/.app

clean:                       ## what the other commands made; trainings and pictures stay
	@if [ -f $(VENV)/.node ] || [ -f node_modules/.package-lock.json ]; then rm -rf node_modules; fi
	@if [ -f $(VENV)/.made ] && [ ! -f $(VENV)/.theirs ]; then rm -rf $(VENV); fi
	rm -rf runs/.networks*
