"""`sign-flipped`: the opposite sign in every differing row."""

from __future__ import annotations

import numpy as np
import pytest
from support import changed, codes, first, frame, verified

from parityline.causes.sign_flipped import CODE

RESEARCH = frame("amount", "count", "city")
SIGNED = changed(RESEARCH, amount=lambda c: c - 100)


@pytest.mark.parametrize(
    ("research", "change"),
    [
        pytest.param(RESEARCH, lambda c: -c, id="all values"),
        pytest.param(SIGNED, lambda c: -c, id="values of both signs"),
        pytest.param(RESEARCH, lambda c: c.where(RESEARCH["city"] != "Oslo", -c), id="only in Oslo"),
        pytest.param(SIGNED, np.abs, id="the negative ones alone"),
    ],
)
@pytest.mark.parametrize("kind", ["source", "features"])
def test_is_named(research, change, kind):
    finding = first(research, changed(research, amount=change), kind=kind)
    assert (finding.code, finding.column) == (CODE, "amount")
    assert finding.evidence["total"][0] == pytest.approx(research["amount"].sum())


@pytest.mark.parametrize("keywords", [{"key": None}, {"privacy": "strict"}], ids=["without a key", "without cells"])
def test_the_totals_tell(keywords):
    assert first(SIGNED, changed(SIGNED, amount=lambda c: -c), **keywords).code == CODE
    assert first(SIGNED, changed(SIGNED, amount=lambda c: -c * 1.01), **keywords).code == "values-differ"


def test_a_constant_column_is_named():
    research = RESEARCH.assign(rate=0.1)
    assert first(research, changed(research, rate=-0.1)).code == CODE


@pytest.mark.parametrize(
    ("change", "keywords", "code"),
    [
        pytest.param(lambda c: -c - 1e-6, {"kind": "features"}, "values-differ", id="nearly"),
        pytest.param(lambda c: -2 * c, {}, "unit-changed", id="and another unit"),
    ],
)
def test_is_not_named(change, keywords, code):
    verdict = verified(SIGNED, changed(SIGNED, amount=change), **keywords)
    assert CODE not in codes(verdict)
    assert verdict.first.code == code


def test_one_replaced_value_among_others_is_a_constant_and_no_sign():
    research = changed(RESEARCH, amount=lambda c: c.where(c > 60, -1.0))
    production = changed(RESEARCH, amount=lambda c: c.where(c > 60, 1.0))
    assert first(research, production, kind="features").code == "imputed-with-other-constant"
