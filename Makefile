# Two commands matter: `make demo` and `make test`. Both start from nothing but Python 3.11+ and make.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
SOURCES := pyproject.toml $(shell find rust -name '*.rs' -o -name 'Cargo.*' 2>/dev/null | grep -v /target/)
PARITYLINE_DATA ?= ../shared/data
export PARITYLINE_DATA

.PHONY: demo test lint site bench soak clean

demo: $(VENV)/.demo
	@$(BIN)/parityline demo

# workers fill the cores: threads that OpenMP and OpenBLAS start beside them would wait for each other, and spin
test: $(VENV)/.test lint
	@OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 $(BIN)/python -m pytest -n auto --dist worksteal $(PYTEST)

lint: $(VENV)/.test
	@$(BIN)/ruff check . && $(BIN)/ruff format --check . && $(BIN)/mypy

site: $(VENV)/.test
	@$(BIN)/mkdocs build --strict && echo build/site/index.html

$(VENV)/bin/python:
	@echo "setting up $(VENV)"
	@$(PYTHON) -m venv $(VENV)

$(VENV)/.demo: $(VENV)/bin/python $(SOURCES)
	@echo "installing parityline with what the demo needs (the native kernel is built where cargo is found; about a minute)"
	@PATH="$$HOME/.cargo/bin:$$PATH" $(BIN)/python -m pip install -q --disable-pip-version-check -e '.[demo]'
	@touch $@

$(VENV)/.test: $(VENV)/.demo
	@echo "installing what the tests need"
	@PATH="$$HOME/.cargo/bin:$$PATH" $(BIN)/python -m pip install -q --disable-pip-version-check -e '.[test]'
	@touch $@

$(VENV)/.fuzz: $(VENV)/.test
	@echo "installing what the fuzzer needs"
	@PATH="$$HOME/.cargo/bin:$$PATH" $(BIN)/python -m pip install -q --disable-pip-version-check -e '.[fuzz]'
	@touch $@

# ten minutes of fuzzing, both kernels on all of lineitem, every fault on all data, ten thousand examples for every
# law; hours
soak: $(VENV)/.fuzz
	@for minute in 1 2 3 4 5 6 7 8 9 10; do \
		$(BIN)/python tests/fuzz/fuzz_readers.py build/fuzz -max_total_time=60 || exit 1; \
	done
	@PARITYLINE_LINEITEM_SCALE=1 $(BIN)/python -m pytest tests/real/test_lineitem.py $(PYTEST)
	@PARITYLINE_FAULTS=all $(BIN)/python -m pytest -n auto tests/faults tests/rehearsal $(PYTEST)
	@PARITYLINE_FAULTS=all $(BIN)/python tests/faults/report.py
	@PARITYLINE_KILLS=200 $(BIN)/python -m pytest tests/history $(PYTEST)
	@PARITYLINE_RUNS=3000 $(BIN)/python -m pytest -n auto tests/performance $(PYTEST)
	@PARITYLINE_EXAMPLES=10000 $(BIN)/python -m pytest -n auto tests/laws $(PYTEST)

$(VENV)/.bench: $(VENV)/.demo
	@echo "installing what the benchmarks need"
	@PATH="$$HOME/.cargo/bin:$$PATH" $(BIN)/python -m pip install -q --disable-pip-version-check -e '.[bench]'
	@touch $@

# three quarters of an hour, on a machine that does nothing else; two peers get environments of their own
bench: $(VENV)/.bench
	@$(BIN)/python benchmarks/import_time.py
	@$(BIN)/python benchmarks/run.py

clean:
	rm -rf $(VENV) build dist rust/target
