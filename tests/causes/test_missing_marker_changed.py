"""`missing-marker-changed`: predictions differ where one feature is zero, or missing, and nowhere else."""

from __future__ import annotations

import numpy as np
import pytest
from support import codes
from two_stages import RAW, column, compared, found

from parityline.causes.missing_marker_changed import CODE

ZEROS, GAPS = RAW["zeros"], RAW["gaps"]


def scores(zeros=ZEROS, gaps=GAPS):
    """A model that handles missing values on its own."""
    return column(1 / (1 + np.exp(-np.where(np.isnan(zeros), 0.7, zeros / 10) - np.where(np.isnan(gaps), 0.4, gaps))))


def test_zero_is_taken_for_missing():
    finding = found(compared(scores(), scores(ZEROS.replace(0, np.nan)), kind="predictions", score="x"))
    assert (finding.code, finding.evidence["of"]) == (CODE, "raw.zeros")
    assert "`raw.zeros` = 0" in finding.sentence


def test_missing_is_taken_for_another_value():
    finding = found(compared(scores(), scores(gaps=GAPS.fillna(3.0)), kind="predictions", score="x"))
    assert (finding.code, finding.evidence["of"]) == (CODE, "raw.gaps")


@pytest.mark.parametrize(
    "after",
    [
        pytest.param(scores(ZEROS.where(RAW["city"] != "Oslo", 1.0)), id="a segment"),
        pytest.param(scores(ZEROS + 0.1), id="all rows"),
        pytest.param(scores(ZEROS.where(ZEROS > 0.5, np.nan)), id="small values too"),
        pytest.param(scores(ZEROS.where((ZEROS != 0) | (RAW["id"] % 7 > 0), 2.0)), id="few of the zeros"),
    ],
)
def test_is_not_named(after):
    verdict = compared(scores(), after, kind="predictions", score="x")
    assert verdict.status == "fail"
    assert CODE not in codes(verdict)


def test_a_flag_is_a_segment():
    flagged = RAW.assign(flag=(RAW["city"] == "Oslo").astype(int))[["id", "flag"]]
    before = column(RAW["p"])
    after = column(RAW["p"].where(flagged["flag"] == 1, RAW["p"] / 2))
    assert CODE not in codes(compared(before, after, source=flagged, kind="predictions", score="x"))
