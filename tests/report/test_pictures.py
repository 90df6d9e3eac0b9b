"""What a page draws agrees with what its sentence says, and holds nothing that a record hides."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import parityline

ROWS = 3_000
TABLE = pd.DataFrame({
    "id": np.arange(ROWS), "day": pd.to_datetime("2025-03-01") + pd.to_timedelta(np.arange(ROWS) // 100, "D"),
    "x": np.random.default_rng(3).normal(10, 2, ROWS), "kind": np.random.default_rng(4).choice(["a", "b", "c"], ROWS),
})  # fmt: skip


def verdict(observed, **keywords):
    records = []
    for environment, table in (("research", TABLE), ("production", observed)):
        with parityline.record("p", environment=environment) as run:
            run.source("rows", table, key="id", partition="day:day", **keywords)
        records.append(run.record)
    return parityline.verify(*records)


def picture(found, code):
    return next(f.evidence for f in found.findings if f.code == code)


@pytest.mark.parametrize("scale", [1.0, 1.5], ids=["alone", "and a column that differs everywhere"])
def test_the_calendar_marks_the_partitions_that_the_sentence_names(scale):
    lost = TABLE[TABLE["day"] != "2025-03-04"]
    drawn = picture(verdict(lost.assign(x=lost["x"] * scale)), "partition-lost")["calendar"]
    assert (len(drawn["partitions"]), drawn["partitions"]) == (30, sorted(drawn["partitions"]))
    states = dict(zip(drawn["partitions"], drawn["states"], strict=True))
    assert {day for day, state in states.items() if state != "same"} == {"2025-03-04"}
    assert states["2025-03-04"] == "missing"


def test_both_distributions_stand_on_common_bins():
    found = verdict(TABLE.assign(x=TABLE["x"] + 1)).first.evidence["distributions"]
    assert (len(found["edges"]), len(found["expected"]), len(found["found"])) == (25, 24, 24)
    middles = np.convolve(found["edges"], [0.5, 0.5], "valid")
    means = [np.average(middles, weights=found[side]) for side in ("expected", "found")]
    assert means[1] - means[0] == pytest.approx(1, abs=0.1)


def test_few_values_are_shown_with_their_shares():
    found = verdict(TABLE.assign(kind=TABLE["kind"].where(TABLE["id"] % 5 > 0, "a"))).first.evidence["distributions"]
    shares = TABLE["kind"].value_counts(normalize=True)
    assert dict(zip(found["values"], found["expected"], strict=True)) == pytest.approx(shares.to_dict(), abs=1e-4)


def test_what_a_record_hides_is_not_drawn():
    hidden = verdict(TABLE.assign(kind=TABLE["kind"].where(TABLE["id"] % 5 > 0, "a")), private=["kind"])
    assert all("values" not in f.evidence.get("distributions", {}) for f in hidden.findings)


def test_values_of_one_share_stand_in_the_order_of_their_names():
    even = TABLE.assign(kind=np.tile(["c", "a", "b"], ROWS // 3))
    with parityline.record("p", environment="research") as research:
        research.source("rows", even, key="id")
    with parityline.record("p", environment="production") as production:
        production.source("rows", even.assign(kind=np.tile(["b", "c", "a"], ROWS // 3)), key="id")
    found = parityline.verify(research.record, production.record).findings
    assert next(f for f in found if f.column == "kind").evidence["distributions"]["values"] == ["a", "b", "c"]
