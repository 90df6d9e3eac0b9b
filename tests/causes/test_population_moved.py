"""`population-moved`: a source of new rows moved, as no fault of the pipeline would move it."""

from __future__ import annotations

import pytest
from support import changed, codes, frame, verified

import parityline
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


MOVED = changed(LIVE, amount=lambda c: c + 20)
QUERY = "select id, amount, city, count from sales where day >= '2025-01-01'"


@pytest.mark.parametrize(
    ("queries", "named"),
    [
        pytest.param((QUERY, QUERY), True, id="the same query"),
        pytest.param((QUERY, QUERY.replace("2025-01", "2025-07")), True, id="another period"),
        pytest.param((QUERY, None), True, id="not known"),
        pytest.param((QUERY, QUERY.replace("amount,", "amount + 20 as amount,")), False, id="another expression"),
        pytest.param((QUERY, QUERY + " and city = 'Oslo'"), False, id="other rows"),
    ],
)
def test_another_query_is_no_other_population(queries, named):
    """Research and production read by a query each; where it differs beyond its dates, it moved the column."""
    records = []
    for rows, query in zip((RESEARCH, MOVED), queries, strict=True):
        with parityline.record("sales", environment="any") as run:
            run.source("sales", rows, key="id", **({"query": query} if query else {}))
        records.append(run.record)
    first = parityline.verify(*records, rows="new").first
    assert (first.code == CODE, first.column) == (named, "amount")
    said = "the query has `amount + 20 as amount`, research `amount`" in first.sentence
    assert said == (queries[1] is not None and "+ 20" in queries[1])


@pytest.mark.parametrize(("options", "named"), [({"sep": ";"}, True), ({"sep": ";", "decimal": ","}, False)])
def test_other_options_of_a_reader_are_no_other_population(options, named):
    records = []
    for rows, own in ((RESEARCH, {"sep": ";"}), (MOVED, options)):
        with parityline.record("sales", environment="any") as run:
            run.source("sales", rows, key="id", options=own)
        records.append(run.record)
    assert (parityline.verify(*records, rows="new").first.code == CODE) == named
