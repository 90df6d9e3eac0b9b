"""What is no error by itself becomes one where a later stage differs by it."""

from __future__ import annotations

import numpy as np
import pandas as pd

import parityline

ROWS = 400
RNG = np.random.default_rng(2)
DAYS = pd.date_range("2024-01-01", periods=8).repeat(ROWS // 8)
TABLE = pd.DataFrame({"id": np.arange(ROWS), "day": DAYS, "x": RNG.normal(10, 2, ROWS)})
LONGER = pd.concat(
    [TABLE, pd.DataFrame({"id": ROWS + np.arange(50), "day": pd.Timestamp("2024-01-09"), "x": RNG.normal(10, 2, 50)})],
    ignore_index=True,
)
PAIR = np.linalg.qr(RNG.normal(size=(ROWS, 2)) - 0.0)[0]


def run(name, table, *, cut=None, total=None, **stages):
    recorder = parityline.record("quiet", environment=name)
    recorder.source("raw", table, key="id", partition="day:day")
    kept = table[:cut] if cut else table
    recorder.etl("kept", kept, key="id", inputs=["raw"])
    sums = kept.groupby(kept["day"].dt.month)["x"].sum().rename("total").reset_index()
    recorder.features("sums", sums.assign(total=total) if total else sums, key="day", inputs=["kept"])
    return recorder.record


def told(verdict):
    return [(f.stage, f.code, f.severity, f.origin) for f in verdict.findings if f.stage != "environment"]


def test_rows_of_a_new_day_that_are_cut_off_are_a_note():
    verdict = parityline.verify(run("research", TABLE), run("production", LONGER, cut=ROWS), rows="same")
    assert verdict.status == "pass"
    assert told(verdict) == [("raw", "partition-appended", "note", "new")]


def test_rows_of_a_new_day_are_an_error_where_a_total_differs_by_them():
    verdict = parityline.verify(run("research", TABLE), run("production", LONGER), rows="same")
    assert (verdict.first.stage, verdict.first.code) == ("raw", "rows-extra")
    assert ("kept", "rows-extra", "error", "inherited") in told(verdict)
    assert [t for t in told(verdict) if t[0] == "sums"] == [("sums", "values-differ", "error", "undecided")]


def components(name, flipped, used):
    recorder = parityline.record("quiet", environment=name)
    table = pd.DataFrame({"id": np.arange(ROWS), "c1": PAIR[:, 0], "c2": PAIR[:, 1] * (-1 if flipped else 1)})
    recorder.features("components", table, key="id")
    distance = np.hypot(table["c1"], table["c2"]) if not used else table["c2"]
    recorder.features("distance", pd.DataFrame({"id": table["id"], "d": distance}), key="id", inputs=["components"])
    return recorder.record


def test_a_component_of_which_distances_are_used_has_a_free_sign():
    verdict = parityline.verify(*(components(n, n == "production", used=False) for n in ("research", "production")))
    assert verdict.status == "pass"
    assert told(verdict) == [("components", "component-sign", "note", "new")]


def test_a_component_that_is_used_has_not():
    verdict = parityline.verify(*(components(n, n == "production", used=True) for n in ("research", "production")))
    assert (verdict.first.stage, verdict.first.code, verdict.first.column) == ("components", "sign-flipped", "c2")
    assert [t[3] for t in told(verdict) if t[0] == "distance"] == ["inherited"]


def test_a_sign_that_reaches_the_end_of_the_pipeline_is_no_note():
    sides = []
    for flipped in (False, True):
        recorder = parityline.record("quiet", environment=str(flipped))
        table = pd.DataFrame({"id": np.arange(ROWS), "c1": PAIR[:, 0], "c2": PAIR[:, 1] * (-1 if flipped else 1)})
        recorder.features("components", table, key="id")
        recorder.features("copy", table, key="id", inputs=["components"])
        sides.append(recorder.record)
    verdict = parityline.verify(*sides)
    assert (verdict.first.stage, verdict.first.code) == ("components", "sign-flipped")
    assert ("copy", "sign-flipped", "error", "inherited") in told(verdict)
