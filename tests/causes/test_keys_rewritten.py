"""`keys-rewritten`: the same rows under other keys, of which nothing but the key tells."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from support import ROWS, changed, codes, frame, verified

import parityline

CODE = "keys-rewritten"
TABLE = frame("amount", "city").assign(id=[f"AB{i:05d}" for i in range(ROWS)])
HOURS = TABLE.assign(id=pd.date_range("2025-01-01", periods=ROWS, freq="h"))
ZEROS = TABLE.assign(id=[f"{i:06d}" for i in range(ROWS)])
NUMBERS = TABLE.assign(id=range(ROWS))


@pytest.mark.parametrize(
    ("research", "change", "told"),
    [
        pytest.param(TABLE, lambda k: k + " ", "2,000 values that end with a space (research 0)", id="space"),
        pytest.param(TABLE, str.lower, "2,000 values that are written in small letters (research 0)", id="case"),
        pytest.param(ZEROS, lambda k: k.lstrip("0"), "0 values that begin with zero (research 2,000)", id="zeros"),
        pytest.param(HOURS, lambda k: k + pd.Timedelta("2h"), "is moved by +2:00:00", id="zone"),
        pytest.param(HOURS, lambda k: k - pd.Timedelta("1h"), "is moved by -1:00:00", id="zone back"),
        pytest.param(NUMBERS, lambda k: k + 1_000_000, "is moved by +1000000", id="offset"),
        pytest.param(TABLE, lambda k: f"Q{hash(k) % 9_999_991}", "is written in another way", id="otherwise"),
    ],
)
@pytest.mark.parametrize("rows", ["auto", "same"])
def test_is_named_with_how_the_key_changed(research, change, told, rows):
    verdict = verified(research, changed(research, id=lambda c: c.map(change)), rows=rows)
    assert codes(verdict) == {CODE}
    assert told in verdict.first.sentence
    assert verdict.first.column == "id"
    assert verdict.stages[0].rows_kind == "same"


def test_one_column_of_a_composite_key():
    research = HOURS.rename(columns={"id": "at"}).assign(id=np.arange(ROWS) % 7)
    production = research.assign(at=research["at"] + pd.Timedelta("2h"))
    verdict = verified(research, production, key=["id", "at"])
    assert codes(verdict) == {CODE}
    assert "`id, at` is moved by +2:00:00" in verdict.first.sentence


def test_what_is_made_of_the_table_inherits_it():
    def run(environment, table):
        with parityline.record("r", environment=environment) as made:
            made.source("orders", table, key="id")
            made.features("features", table.assign(double=table["amount"] * 2), key="id", inputs=["orders"])
        return made.record

    verdict = parityline.verify(run("research", TABLE), run("production", TABLE.assign(id=TABLE["id"] + " ")))
    assert [(f.stage, f.code, f.origin) for f in verdict.findings if f.origin == "new"] == [("orders", CODE, "new")]
    assert {stage.rows_kind for stage in verdict.stages} == {"same"}


@pytest.mark.parametrize(
    "other",
    [
        pytest.param({"amount": np.random.default_rng(1).normal(100, 30, ROWS)}, id="new rows"),
        pytest.param({"amount": TABLE["amount"] * 2}, id="another fault beside it"),
    ],
)
def test_rows_that_cannot_be_recognised_are_new_ones(other):
    verdict = verified(TABLE, changed(TABLE, id=lambda c: c + "n", **other))
    assert CODE not in codes(verdict)
    assert any(limit.why.startswith("keys-do-not-overlap") for limit in verdict.limits)


def test_few_values_repeat_in_new_rows_and_tell_nothing():
    research = TABLE[["id"]].assign(half=np.arange(ROWS) % 2)
    verdict = verified(research, changed(research, id=lambda c: c + "n"))
    assert CODE not in codes(verdict)
