"""`order-undefined`: a query takes some rows of a table in no order."""

from __future__ import annotations

import pytest
from support import codes
from two_stages import RAW, run

import parityline
from parityline.causes.order_undefined import CODE

TABLE = RAW[["id", "amount"]]
FIRST, OTHER = TABLE[:500], TABLE.sample(500, random_state=1)
ORDERED = "select id, amount from raw order by id limit 500"
UNORDERED = "select id, amount from raw limit 500"


def verdict_of(before, after, queries, source_here=RAW):
    keywords = {"kind": "etl", "raw_keywords": {}}
    records = [
        run(environment, source, table, query=query, **keywords)
        for environment, source, table, query in zip(
            ("research", "production"), (RAW, source_here), (before, after), queries, strict=True
        )
    ]
    return parityline.verify(*records, rows="same")


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param(ORDERED, UNORDERED, id="limit"),
        pytest.param(UNORDERED, UNORDERED, id="on neither side"),
        pytest.param(
            "select id from raw order by id fetch first 500 rows only",
            "select id from raw fetch first 500 rows only",
            id="fetch",
        ),
        pytest.param(ORDERED, "select id, 'order by' as x from raw limit 500 -- order by id", id="in a text"),
    ],
)
def test_is_named(before, after):
    verdict = verdict_of(FIRST, OTHER, (before, after))
    assert (verdict.first.stage, verdict.first.code) == ("table", CODE)
    assert {f.code for f in verdict.findings if f.severity == "error"} == {CODE}


@pytest.mark.parametrize(
    ("table", "queries", "source"),
    [
        pytest.param(OTHER, (ORDERED, ORDERED.replace("id limit", "amount limit")), RAW, id="another order"),
        pytest.param(FIRST[:-9], (ORDERED, UNORDERED), RAW, id="fewer rows"),
        pytest.param(OTHER, ("select id from raw where x", "select id from raw where y"), RAW, id="no limit"),
        pytest.param(OTHER, (ORDERED, UNORDERED), RAW.sample(frac=0.9, random_state=1), id="another table"),
        pytest.param(OTHER, (None, None), RAW, id="no query"),
    ],
)
def test_is_not_named(table, queries, source):
    verdict = verdict_of(FIRST, table, queries, source)
    assert verdict.status == "fail"
    assert CODE not in codes(verdict)


def sorted_verdict(query, there=RAW, here=None, ordered=("amount",)):
    keywords = {"kind": "etl", "raw_keywords": {}, "ordered": list(ordered)}
    tables = there, there.sample(frac=1, random_state=3) if here is None else here
    sides = zip(("research", "production"), tables, (f"{PLAIN} order by amount, id", query), strict=True)
    records = [run(environment, RAW, table, query=asked, **keywords) for environment, table, asked in sides]
    return parityline.verify(*records, rows="same")


PLAIN = "select * from raw"


def test_another_order_at_a_stage_that_depends_on_it_is_named_by_the_query():
    verdict = sorted_verdict(PLAIN)
    assert (verdict.first.stage, verdict.first.code, verdict.first.origin) == ("table", CODE, "new")
    assert "the query has no ORDER BY (the reference has one)" in verdict.first.sentence


def test_another_order_is_not_explained_by_a_query_that_has_one():
    assert sorted_verdict(f"{PLAIN} order by id").first.code == "order-differs"
