"""`logarithm-changed`: another base, or 1 + x."""

from __future__ import annotations

import numpy as np
import pytest
from support import codes
from two_stages import RAW, column, compared, found

from parityline.causes.logarithm_changed import CODE

X = RAW["amount"]
COUNTS = RAW["age"] - 16.0


@pytest.mark.parametrize("kind", ["etl", "features"])
@pytest.mark.parametrize(
    ("before", "after", "logarithms"),
    [
        pytest.param(np.log(X), np.log10(X), ["the natural logarithm", "base 10"], id="base 10"),
        pytest.param(np.log10(X), np.log(X), ["base 10", "the natural logarithm"], id="natural for base 10"),
        pytest.param(np.log2(X), np.log10(X), ["base 2", "base 10"], id="base 10 for 2"),
        pytest.param(np.log1p(X), np.log(X), ["the natural logarithm of 1 + x", "the natural logarithm"], id="log"),
        pytest.param(np.log(X), np.log1p(X), ["the natural logarithm", "the natural logarithm of 1 + x"], id="log1p"),
        pytest.param(np.log1p(X), np.log10(X), ["the natural logarithm of 1 + x", "base 10"], id="log10 for log1p"),
    ],
)
def test_is_named(before, after, logarithms, kind):
    finding = found(compared(column(before), column(after), kind=kind))
    assert (finding.code, finding.evidence["logarithms"]) == (CODE, logarithms)


def test_the_logarithm_of_zero_is_minus_infinity():
    with np.errstate(divide="ignore"):
        finding = found(compared(column(np.log1p(COUNTS)), column(np.log(COUNTS))))
    assert finding.code == CODE


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param(np.log(X), np.log(X) * 0.43, id="another factor"),
        pytest.param(np.log(X), np.log10(X) + 1e-6, id="nearly"),
        pytest.param(np.log(X), np.sqrt(X), id="a root"),
        pytest.param(np.log1p(X), np.log(X + 3), id="three more"),
        pytest.param(RAW["delta"], np.log1p(np.exp(-np.abs(RAW["delta"]))), id="something else"),
    ],
)
def test_is_not_named(before, after):
    verdict = compared(column(before), column(after))
    assert verdict.status == "fail"
    assert CODE not in codes(verdict)
