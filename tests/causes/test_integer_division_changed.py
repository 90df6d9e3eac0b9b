"""`integer-division-changed`: whole numbers below zero, floored on one side and cut on the other."""

from __future__ import annotations

import numpy as np
import pytest
from support import codes
from two_stages import RAW, column, compared, found

from parityline.causes.integer_division_changed import CODE

X = RAW["delta"]


@pytest.mark.parametrize("divisor", [2, 7, 60])
@pytest.mark.parametrize("cuts", [True, False])
def test_is_named(divisor, cuts):
    sides = [column(X // divisor), column(np.trunc(X / divisor))]
    finding = found(compared(*(sides if cuts else sides[::-1])))
    assert (finding.code, finding.evidence["divisor"], finding.evidence["of"]) == (CODE, divisor, "raw.delta")
    assert ("cuts where research floored" if cuts else "floors where research cut") in finding.sentence


def test_remainders():
    finding = found(compared(column(X % 7), column(np.fmod(X, 7))))
    assert (finding.code, finding.evidence["divisor"]) == (CODE, 7)
    assert "remainder" in finding.sentence


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param(X // 7, np.where(X < 0, X // 7 + 1, X // 7), id="one more wherever it is negative"),
        pytest.param(X // 7, X // 8, id="another divisor"),
        pytest.param(X // 7, X // 7 + 1, id="one more"),
        pytest.param(X, np.abs(X), id="the sign is lost"),
    ],
)
def test_is_not_named(before, after):
    verdict = compared(column(before), column(after))
    assert verdict.status == "fail"
    assert CODE not in codes(verdict)


def test_without_the_operand_it_is_not_named():
    verdict = compared(column(X // 7), column(np.trunc(X / 7)), source=RAW[["id", "city"]])
    assert CODE not in codes(verdict)
