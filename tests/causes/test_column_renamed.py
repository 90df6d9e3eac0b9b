"""`column-renamed`: another name, equal content."""

from __future__ import annotations

import pytest
from support import changed, codes, frame, verified

from parityline.causes.column_renamed import CODE

RESEARCH = frame("amount", "city", "count")


@pytest.mark.parametrize("key", [pytest.param("id", id="keyed"), pytest.param(None, id="without a key")])
@pytest.mark.parametrize(
    ("old", "new"),
    [
        pytest.param("amount", "amount_eur", id="another word"),
        pytest.param("city", "City", id="another case"),
        pytest.param("city", "\ufeffcity", id="a byte-order mark"),
        pytest.param("count", "count ", id="a space"),
    ],
)
def test_is_named_and_the_new_column_is_not_told_apart(old, new, key):
    verdict = verified(RESEARCH, RESEARCH.rename(columns={old: new}), key=key)
    assert [(f.code, f.column) for f in verdict.findings if f.severity != "note"] == [(CODE, old)]
    assert (verdict.first.expected, verdict.first.found) == (old, new)
    assert verdict.first.explains == ("column-missing",)
    assert "\ufeff" not in verdict.first.sentence


def test_two_columns_are_told_each():
    verdict = verified(RESEARCH, RESEARCH.rename(columns={"amount": "a", "city": "c"}))
    assert [(f.code, f.column, f.found) for f in verdict.findings] == [(CODE, "amount", "a"), (CODE, "city", "c")]


@pytest.mark.parametrize(
    ("kind", "production", "code"),
    [
        pytest.param("etl", RESEARCH.drop(columns="amount"), "column-missing", id="gone"),
        pytest.param("source", RESEARCH.drop(columns="amount"), "variable-unavailable", id="gone from a source"),
        pytest.param(
            "etl",
            changed(RESEARCH, amount=lambda c: c + 1e-9).rename(columns={"amount": "a"}),
            "column-missing",
            id="renamed and changed",
        ),
        pytest.param("etl", RESEARCH.assign(copy=RESEARCH["amount"]), None, id="copied"),
        pytest.param(
            "etl",
            changed(RESEARCH, amount=lambda c: c.astype(str)).rename(columns={"amount": "a"}),
            "column-missing",
            id="renamed and another type",
        ),
    ],
)
def test_is_not_named(kind, production, code):
    verdict = verified(RESEARCH, production, kind=kind)
    assert CODE not in codes(verdict)
    assert (verdict.first and verdict.first.code) == code
