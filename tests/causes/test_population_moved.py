"""`population-moved`: a source of new rows moved, as no fault of the pipeline would move it."""

from __future__ import annotations

import pytest
from support import changed, codes, frame, verified

from parityline.causes.population_moved import CODE

RESEARCH, LIVE = (
    frame("amount", "city", "count"),
    frame("amount", "city", "count", seed=8).assign(id=lambda d: d["id"] + 9_000),
)


@pytest.mark.parametrize(
    ("production", "column"),
    [
        pytest.param(LIVE[LIVE["amount"] > 90], "amount", id="only large ones"),
        pytest.param(changed(LIVE, amount=lambda c: c + 20), "amount", id="older by twenty"),
        pytest.param(LIVE[(LIVE["city"] != "Bergen") | (LIVE["id"] % 3 == 0)], "city", id="fewer of a city"),
    ],
)
def test_is_named(production, column):
    finding = verified(RESEARCH, production, rows="new").first
    assert (finding.code, finding.column, finding.scenario, finding.explains) == (
        CODE,
        column,
        5,
        ("distribution-moved",),
    )
    assert finding.evidence["overlap"] == 0


@pytest.mark.parametrize(
    "production",
    [
        pytest.param(changed(LIVE, amount=lambda c: c * 2.54), id="another unit"),
        pytest.param(changed(LIVE, amount=lambda c: c / 100), id="cents"),
        pytest.param(changed(LIVE, amount=lambda c: c.where(LIVE["id"] % 4 > 0, 0.0)), id="a default in a quarter"),
        pytest.param(changed(LIVE, amount=lambda c: (c + 20).astype("float32").astype(float)), id="stored as float32"),
    ],
)
def test_is_not_named(production):
    verdict = verified(RESEARCH, production, rows="new")
    assert verdict.status == "fail"
    assert CODE not in codes(verdict)


def test_is_not_named_behind_a_source():
    verdict = verified(RESEARCH, changed(LIVE, amount=lambda c: c + 20), rows="new", kind="features")
    assert codes(verdict) & {CODE, "distribution-moved"} == {"distribution-moved"}
