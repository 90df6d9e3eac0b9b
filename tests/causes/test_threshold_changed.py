"""`threshold-changed`: equal scores, and decisions that differ in one interval of them."""

from __future__ import annotations

import numpy as np
import pytest
from support import codes
from two_stages import RAW, compared, found

from parityline.causes.threshold_changed import CODE

P = RAW["p"]


def decided(cut, names=(0, 1), score=P):
    return RAW[["id"]].assign(score=score, decision=np.array(names)[(cut < P).astype(int)])


@pytest.mark.parametrize("names", [(0, 1), (False, True)])
@pytest.mark.parametrize(("before", "after"), [(0.5, 0.3), (0.4, 0.6)])
def test_is_named(before, after, names):
    sides = decided(before, names), decided(after, names)
    finding = found(compared(*sides, kind="predictions", score="score", label="decision"))
    assert (finding.code, finding.column) == (CODE, "decision")
    assert (finding.expected, finding.found) == (pytest.approx(before, abs=0.002), pytest.approx(after, abs=0.002))


def test_the_thresholds_are_told_as_somebody_would_write_them():
    finding = found(compared(decided(0.5), decided(0.3), kind="predictions", score="score", label="decision"))
    assert "at 0.3 instead of 0.5" in finding.sentence


@pytest.mark.parametrize(
    "after",
    [
        pytest.param(decided(0.3, score=P * 0.9), id="other scores"),
        pytest.param(decided(0.5).assign(decision=lambda t: t["decision"] ^ (RAW["city"] == "Vardo")), id="a segment"),
        pytest.param(decided(0.3).assign(decision=lambda t: t["decision"] + 2 * (P > 0.9)), id="a third decision"),
    ],
)
def test_is_not_named(after):
    verdict = compared(decided(0.5), after, kind="predictions", score="score", label="decision")
    assert verdict.status == "fail"
    assert CODE not in codes(verdict)
