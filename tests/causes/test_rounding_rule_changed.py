"""`rounding-rule-changed`: two sides that differ at exact halves alone."""

from __future__ import annotations

import numpy as np
import pytest
from support import codes
from two_stages import RAW, column, compared, found

from parityline.causes.rounding_rule_changed import CODE

X = RAW["halves"]
EVEN, UP = np.rint(X), np.floor(X + 0.5)
AWAY = np.copysign(np.floor(np.abs(X) + 0.5), X)


@pytest.mark.parametrize(
    ("before", "after", "rules"),
    [
        pytest.param(EVEN, UP, ["to even", "up"], id="halves up"),
        pytest.param(EVEN, AWAY, ["to even", "away from zero"], id="away from zero"),
        pytest.param(UP, EVEN, ["up", "to even"], id="the way back"),
        pytest.param(np.ceil(X - 0.5), UP, ["down", "up"], id="halves down before"),
    ],
)
def test_is_named(before, after, rules):
    finding = found(compared(column(before), column(after)))
    assert (finding.code, finding.evidence["rules"], finding.evidence["of"]) == (CODE, rules, "raw.halves")


def test_decimals():
    cents = RAW["cents"]
    even = np.array([float(np.rint(round(c * 1000) / 10)) / 100 for c in cents])
    up = np.floor(np.round(cents * 1000) / 10 + 0.5) / 100
    finding = found(compared(column(even), column(up)))
    assert (finding.code, finding.evidence["places"]) == (CODE, 2)


def test_the_input_may_stand_in_the_table_itself():
    before, after = (column(side).assign(halves=X) for side in (EVEN, UP))
    finding = found(compared(before, after))
    assert (finding.code, finding.evidence["of"]) == (CODE, "halves")


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param(EVEN, EVEN + (X > 0), id="one more above zero"),
        pytest.param(EVEN, np.floor(X), id="cut"),
        pytest.param(EVEN, np.where(X % 1 == 0.75, UP - 1, UP), id="quarters differ too"),
        pytest.param(EVEN, np.where(RAW["id"] % 2, UP, EVEN), id="halves of some rows only"),
        pytest.param(RAW["age"], RAW["age"] + (X % 1 == 0.5), id="no rounding of this column"),
    ],
)
def test_is_not_named(before, after):
    verdict = compared(column(before), column(after))
    assert verdict.status == "fail"
    assert CODE not in codes(verdict)


def test_without_the_input_it_is_not_named():
    verdict = compared(column(EVEN), column(UP), source=RAW[["id", "city"]])
    assert CODE not in codes(verdict)


def test_an_input_that_differs_proves_nothing():
    verdict = compared(column(EVEN), column(UP), source_here=RAW.assign(halves=X + (RAW["id"] % 3 == 0)))
    assert CODE not in codes(verdict)
