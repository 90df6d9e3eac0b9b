"""Many columns that differ for no known reason: each is told, and what was not asked of them is said."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import parityline
from parityline.explaining import MOST_UNEXPLAINED
from parityline.kernel.cells import Cells

ROWS, NOISY, FLIPPED = 500, 12, 3


def tables() -> tuple[dict[str, np.ndarray], dict[str, np.ndarray]]:
    rng = np.random.default_rng(5)
    before = {"id": np.arange(ROWS)}
    before |= {f"n{i:02}": rng.normal(0, 1, ROWS) for i in range(NOISY)}
    before |= {f"a{i}": rng.normal(5, 1, ROWS) for i in range(FLIPPED)}
    after = {name: values.copy() for name, values in before.items()}
    for name, values in after.items():
        if name[0] == "n":
            values += rng.normal(0, 1, ROWS)
        elif name[0] == "a":
            values *= -1
    return before, after


@pytest.fixture(scope="module")
def verdict(tmp_path_factory):
    folder = tmp_path_factory.mktemp("many")
    for name, table in zip(("research", "production"), tables(), strict=True):
        with parityline.record("many", environment=name, to=folder / f"{name}.parity") as run:
            run.source("table", table, key="id")
    return parityline.verify(folder / "research.parity", folder / "production.parity")


def test_every_column_is_told(verdict):
    told = {f.column: f.code for f in verdict.findings}
    assert told == {f"n{i:02}": "values-differ" for i in range(NOISY)} | {f"a{i}": "sign-flipped" for i in range(3)}


def test_what_was_not_asked_is_said(verdict):
    said = [u.why for u in verdict.limits if u.why.startswith("too-many-differences")]
    assert said == [
        f"too-many-differences: {MOST_UNEXPLAINED} columns have no known cause; "
        f"of {NOISY - MOST_UNEXPLAINED} more only the causes found elsewhere were asked"
    ]


number = st.floats(allow_nan=False) | st.just(float("nan"))
instant, text = st.integers(-(2**62), 2**62), st.binary(max_size=20)


@given(st.one_of(*(st.lists(st.none() | of, min_size=1) for of in (number, instant, text))))
def test_one_cell_is_that_of_the_list_of_all(cells):
    made = Cells.of(cells)
    assert [repr(made.cell(place)) for place in range(len(made.distinct))] == list(map(repr, made.distinct))
    with pytest.raises(IndexError):
        made.cell(len(made.distinct))
