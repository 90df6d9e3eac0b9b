"""`null-reached-model`: missing predictions that stand beside one missing feature."""

from __future__ import annotations

import numpy as np
import pytest
from support import codes
from two_stages import RAW, column, compared, found, raw

from parityline.causes.null_reached_model import CODE

GAPS = RAW["gaps"]
IMPUTED = column(0.1 * GAPS.fillna(5.0) + RAW["p"])
PLAIN = column(0.1 * GAPS + RAW["p"])
HERE = {"kind": "predictions", "score": "x"}


def test_is_named():
    finding = found(compared(IMPUTED, PLAIN, **HERE))
    assert (finding.code, finding.evidence["of"]) == (CODE, "raw.gaps")
    assert finding.evidence["missing"] == [0, int(GAPS.isna().sum())]


def test_is_the_only_finding_of_the_column():
    assert [f.code for f in compared(IMPUTED, PLAIN, **HERE).findings if f.severity == "error"] == [CODE]


def test_is_named_for_new_rows():
    other = raw(seed=9).assign(id=lambda t: t["id"] + 10_000)
    after = column(0.1 * other["gaps"] + other["p"], source=other)
    finding = found(compared(IMPUTED, after, source_here=other, **HERE))
    assert (finding.code, finding.evidence["of"]) == (CODE, "raw.gaps")


def test_a_few_rows_among_many_are_known():
    few = RAW.assign(gaps=RAW["zeros"].where(RAW["id"].isin([5, 900]), np.nan).where(RAW["id"].isin([5, 900])))
    source = RAW.assign(gaps=RAW["zeros"].where(~RAW["id"].isin([5, 900])))
    finding = found(compared(column(RAW["p"]), column(source["gaps"] * 0 + RAW["p"]), source=source, **HERE))
    assert len(few) == len(source)
    assert (finding.code, finding.evidence["known"]) == (CODE, 2)


@pytest.mark.parametrize(
    "after",
    [
        pytest.param(column(IMPUTED["x"].where(RAW["city"] != "Oslo")), id="missing in Oslo"),
        pytest.param(column(IMPUTED["x"].where(GAPS.notna() | (RAW["id"] % 2 > 0))), id="half of the gaps"),
        pytest.param(column(IMPUTED["x"].where(RAW["id"] % 50 > 0)), id="without a pattern"),
    ],
)
def test_is_not_named(after):
    verdict = compared(IMPUTED, after, **HERE)
    assert CODE not in codes(verdict)
    assert found(verdict).code == "missing-differs"
