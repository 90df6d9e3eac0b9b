"""`columns-exchanged`: two columns hold each other's contents."""

from __future__ import annotations

import pytest
from support import codes, frame, verified

from parityline.causes.columns_exchanged import CODE

RESEARCH = frame("amount", "price", "count", "gaps")


def moved(**names):
    return RESEARCH.assign(**{name: RESEARCH[other] for name, other in names.items()})


@pytest.mark.parametrize("key", [pytest.param("id", id="keyed"), pytest.param(None, id="without a key")])
def test_is_named_once(key):
    verdict = verified(RESEARCH, moved(amount="price", price="amount"), key=key)
    assert [(f.code, {f.column, f.evidence["also"]}) for f in verdict.findings] == [(CODE, {"amount", "price"})]
    assert verdict.status == "fail"


def test_two_pairs_are_told_each():
    verdict = verified(RESEARCH, moved(amount="price", price="amount", count="gaps", gaps="count"))
    pairs = {frozenset((f.column, f.evidence["also"])) for f in verdict.findings if f.code == CODE}
    assert pairs == {frozenset(("amount", "price")), frozenset(("count", "gaps"))}


@pytest.mark.parametrize(
    ("production", "columns"),
    [
        pytest.param(moved(amount="price"), {"amount"}, id="one column copied over the other"),
        pytest.param(
            moved(amount="price", price="count", count="amount"), {"amount", "price", "count"}, id="three in a circle"
        ),
        pytest.param(
            moved(amount="price", price="amount").assign(amount=RESEARCH["price"] + 1e-9),
            {"amount", "price"},
            id="exchanged and changed",
        ),
    ],
)
def test_is_not_named(production, columns):
    verdict = verified(RESEARCH, production)
    assert CODE not in codes(verdict)
    assert {f.column for f in verdict.findings if f.severity == "error"} == columns
