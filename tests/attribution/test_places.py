"""A stage that reads columns by place inherits what stands there; one that exchanges them itself does not."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import parityline

ROWS = 300
RNG = np.random.default_rng(6)
RAW = pd.DataFrame(
    {"id": np.arange(ROWS), "a": RNG.normal(size=ROWS), "b": RNG.normal(5, 1, ROWS), "c": RNG.random(ROWS)}
)
MOVED = RAW[["id", "b", "a", "c"]]


def run(raw, made, name, privacy="standard"):
    recorder = parityline.record("places", environment=name, privacy=privacy)
    recorder.source("raw", raw, key="id")
    recorder.etl("made", made, key="id", inputs=["raw"])
    return recorder.record


def by_place(raw):
    return pd.DataFrame(raw.to_numpy(), columns=RAW.columns).astype({"id": "int64"})


def verdict(raw, made, privacy="standard"):
    return parityline.verify(run(RAW, by_place(RAW), "research", privacy), run(raw, made, "production", privacy))


@pytest.mark.parametrize("privacy", ["standard", "strict"])
def test_what_is_read_by_place_is_inherited(privacy):
    found = verdict(MOVED, by_place(MOVED), privacy)
    assert (found.first.stage, found.first.code) == ("raw", "column-order-changed")
    assert {(f.origin, f.inherited_from) for f in found.findings if f.stage == "made"} == {("inherited", "raw")}


def test_columns_that_are_exchanged_behind_an_equal_order_are_new():
    found = verdict(RAW, by_place(MOVED))
    assert (found.first.stage, found.first.code, found.first.origin) == ("made", "columns-exchanged", "new")


def test_another_fault_behind_another_order_is_new_and_the_order_a_warning():
    found = verdict(MOVED, RAW.assign(c=-RAW["c"]))
    assert (found.first.stage, found.first.code, found.first.origin) == ("made", "sign-flipped", "new")
    assert [f.severity for f in found.findings if f.stage == "raw"] == ["warning"]
