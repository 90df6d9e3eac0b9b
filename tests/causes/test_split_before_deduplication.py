"""`split-before-deduplication`: the step that removes repeated rows is left out before a split."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import parityline
from parityline.causes.split_before_deduplication import CODE

ROWS = 600
RNG = np.random.default_rng(9)
ONCE = pd.DataFrame({"id": np.arange(ROWS), "x": RNG.normal(size=ROWS), "city": RNG.choice(["a", "b"], ROWS)})
RAW = pd.concat([ONCE, ONCE[:40].assign(id=lambda t: t["id"] + 10_000)], ignore_index=True)
UNIQUE = RAW.drop_duplicates(["x", "city"])


def record(name, *, left_out, unique=UNIQUE, raw=RAW, split=True, privacy="standard", more=0):
    recorder = parityline.record("order", environment=name, privacy=privacy)
    recorder.etl("raw", raw, key="id")
    recorder.etl("unique", unique, key="id", inputs=["raw"])
    rows = raw if left_out else unique
    if more and left_out:
        rows = pd.concat([rows, rows[:more].assign(id=lambda t: t["id"] + 50_000)], ignore_index=True)
    recorder.etl("rows", rows, key="id", inputs=["raw" if left_out else "unique"])
    if split:
        test = rows["x"].rank(pct=True) > 0.7
        recorder.split("parts", {"train": rows[~test], "test": rows[test]}, key="id", inputs=["rows"])
    return recorder.record


@pytest.mark.parametrize("privacy", ["standard", "strict"])
def test_is_named(privacy):
    sides = (record(n, left_out=n == "production", privacy=privacy) for n in ("research", "production"))
    verdict = parityline.verify(*sides)
    first = verdict.first
    assert (first.stage, first.code, first.evidence["step"], first.evidence["rows"]) == ("process", CODE, "unique", 40)
    assert {f.origin for f in verdict.findings if f.stage in ("rows", "parts")} <= {"inherited", "undecided"}


@pytest.mark.parametrize(
    "keywords",
    [
        pytest.param({"split": False}, id="no split follows"),
        pytest.param({"unique": RAW[RAW["x"] < 1]}, id="the step is a filter"),
        pytest.param({"unique": RAW, "raw": RAW}, id="the step removes nothing"),
        pytest.param({"more": 50}, id="more rows than it removes"),
    ],
)
def test_is_not_named(keywords):
    sides = (record(n, left_out=n == "production", **keywords) for n in ("research", "production"))
    verdict = parityline.verify(*sides)
    assert (verdict.first.stage, verdict.first.code) == ("rows", "graph-differs")
