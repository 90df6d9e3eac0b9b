"""`generator-shared`: a splitter draws from a generator, and another call drew from it before."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.model_selection import KFold
from splitting import TABLE, told
from support import codes

import parityline
from parityline.causes.generator_shared import CODE

SORTED = TABLE.sort_values("id").reset_index(drop=True)


def run(name, random_state, drawn, table=TABLE):
    if drawn:
        random_state.permutation(10)
    splitter = KFold(3, shuffle=True, random_state=random_state)
    parts = {f"fold {i}": own for i, (_, own) in enumerate(splitter.split(table), 1)}
    recorder = parityline.record("tiny", environment=name)
    recorder.etl("raw", table, key="id")
    recorder.split("parts", parts, of=table, inputs=["raw"], key="id", by=splitter)
    return recorder.record


def test_is_named():
    finding = told(parityline.verify(*(run(f"run {i}", np.random.RandomState(3), i == 1) for i in (0, 1))))
    assert finding.code == CODE
    assert "`RandomState`" in finding.sentence


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param(lambda: run("a", 1, False), lambda: run("b", 2, False), id="other seeds"),
        pytest.param(
            lambda: run("a", np.random.RandomState(3), False),
            lambda: run("b", np.random.RandomState(3), False, SORTED),
            id="rows in another order",
        ),
        pytest.param(
            lambda: run("a", np.random.RandomState(3), False),
            lambda: run("b", np.random.RandomState(3), False, TABLE[TABLE["y"] == 0].reset_index(drop=True)),
            id="other rows",
        ),
    ],
)
def test_is_not_named(before, after):
    assert CODE not in codes(parityline.verify(before(), after()))


def test_the_same_state_gives_the_same_parts():
    assert parityline.verify(*(run(f"run {i}", np.random.RandomState(3), True) for i in (0, 1))).status == "pass"
