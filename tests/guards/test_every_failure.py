"""Each function inside the guard fails, in turn and in several ways: what a service answers stays the same object."""

from __future__ import annotations

import importlib
import inspect
import pickle
from types import FunctionType

import numpy as np
import pandas as pd
import polars as pl
import pytest

import parityline
from parityline.guards import Guard

ROWS = 400
G = np.random.default_rng(4)
TABLE = pd.DataFrame({
    "id": np.arange(ROWS), "age": G.normal(45, 12, ROWS).round(1), "city": G.choice(["Bergen", "Oslo"], ROWS),
})  # fmt: skip
ROW = {"id": 1, "age": 40.5, "city": "Oslo"}
GIVEN = {
    "a mapping": ROW,
    "a bad mapping": {**ROW, "age": float("nan"), "city": "Atlantis"},
    "mappings": [ROW, {**ROW, "age": -1e9}],
    "columns": {"id": [1, 2], "age": [40.5, None], "city": ["Oslo", "Bergen"]},
    "a pandas table": TABLE.head(3),
    "a polars table": pl.from_pandas(TABLE.head(3)),
    "an array": np.array([[40.5, 1.0]]),
    "nothing": None,
}
ANSWERS = [0.25, np.array([0.5, float("nan")]), [0.1, 0.2], None, pd.Series([0.5, float("inf")])]
ERRORS = [ValueError("x"), MemoryError(), RecursionError("deep"), ArithmeticError()]

# where every other failure ends: what fails there is the call itself
LAST = {"__call__", "skip"}
MODULES = ("parityline.guards.guard", "parityline.guards.rules", "parityline.guards.counts")


def inner():
    """(owner, name) of every function and method of the guard that a call may reach."""
    found = []
    for module in map(importlib.import_module, MODULES):
        for name, own in vars(module).items():
            if getattr(own, "__module__", "") != module.__name__:
                continue
            if isinstance(own, FunctionType):
                found.append((module, name))
            elif inspect.isclass(own):
                methods = (n for n, m in vars(own).items() if isinstance(m, FunctionType) and n not in LAST)
                found += [(own, n) for n in methods if not n.startswith("__")]
    return found


@pytest.fixture(scope="module")
def reference():
    with parityline.record("shop", environment="research") as run:
        run.features("X", TABLE, key="id")
        run.predictions("p", TABLE[["id"]].assign(p=G.random(ROWS)), key="id", score="p", inputs=["X"])
    return run.record


@pytest.mark.parametrize(("owner", "name"), [pytest.param(o, n, id=f"{o.__name__}.{n}") for o, n in inner()])
def test_answers_are_the_same_whichever_function_fails(reference, owner, name, monkeypatch):
    for error in ERRORS:

        def failing(*_, error=error, **__):
            raise error

        guarded = Guard(lambda rows, at: ANSWERS[at], reference, keep=5)
        with monkeypatch.context() as patched:
            patched.setattr(owner, name, failing)
            for form, given in GIVEN.items():
                before = pickle.dumps(given)
                for at, answer in enumerate(ANSWERS):
                    assert guarded(given, at) is answer, (form, error)
                assert pickle.dumps(given) == before


def test_enough_is_broken():
    assert len(inner()) * len(ERRORS) * len(GIVEN) * len(ANSWERS) > 144
    assert {"look", "_remember", "look_at_answer", "count_exception"} <= {name for _, name in inner()}


@pytest.mark.parametrize("stop", [KeyboardInterrupt, SystemExit])
def test_what_ends_a_process_is_not_held_up(reference, stop, monkeypatch):
    guarded = Guard(lambda rows: 0.25, reference)

    def failing(*_):
        raise stop

    monkeypatch.setattr(guarded, "look", failing)
    with pytest.raises(stop):
        guarded(ROW)
