"""`back-transformation-missing`: predictions that are the logarithm, or root, of the reference."""

from __future__ import annotations

import numpy as np
import pytest
from support import codes
from two_stages import RAW, column, compared, found

from parityline.causes.back_transformation_missing import CODE

X = RAW["amount"]


@pytest.mark.parametrize(
    ("scale", "name"),
    [(np.log1p, "log1p"), (np.log, "the natural logarithm"), (np.log10, "log10"), (np.sqrt, "the square root")],
)
def test_is_named(scale, name):
    finding = found(compared(column(X), column(scale(X)), kind="predictions", score="x"))
    assert (finding.code, finding.evidence["scale"]) == (CODE, name)


def test_a_probability_that_stays_a_logit():
    p = 1 / (1 + np.exp(-(X - 30) / 8))
    finding = found(compared(column(p), column((X - 30) / 8), kind="predictions"))
    assert (finding.code, finding.evidence["scale"]) == (CODE, "the logit")


def test_a_prediction_that_was_rounded_on_its_way_back():
    finding = found(compared(column(np.expm1(np.log1p(X))), column(np.log1p(X)), kind="predictions", score="x"))
    assert finding.code == CODE


@pytest.mark.parametrize(
    ("after", "kind"),
    [
        pytest.param(np.log1p(X), "features", id="no prediction"),
        pytest.param(np.log1p(X) + 0.001, "predictions", id="nearly"),
        pytest.param(X**0.4, "predictions", id="another power"),
        pytest.param(np.where(RAW["city"] == "Oslo", 1.0, np.log1p(X)), "predictions", id="in most rows"),
    ],
)
def test_is_not_named(after, kind):
    verdict = compared(column(X), column(after), kind=kind)
    assert verdict.status == "fail"
    assert CODE not in codes(verdict)


def test_some_predictions_overflow_on_their_way_back():
    raw = X * np.where(RAW["id"] % 100 == 3, 1e4, 1.0)
    with np.errstate(over="ignore"):
        finding = found(compared(column(np.expm1(raw)), column(raw), kind="predictions", score="x"))
    assert (finding.code, finding.evidence["scale"]) == (CODE, "log1p")
