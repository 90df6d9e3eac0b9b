"""`rows-missing-from-metric`: outcomes that are gone where a value is missing."""

from __future__ import annotations

import pytest
from support import codes
from two_stages import RAW, compared, found

from parityline.causes.rows_missing_from_metric import CODE

LABELLED = RAW[["id"]].assign(y=(RAW["p"] > 0.7).astype(int))
GAPS = RAW["gaps"].isna()


def test_is_named():
    finding = found(compared(LABELLED, LABELLED[~GAPS], kind="outcomes", actual="y"))
    assert (finding.code, finding.evidence["of"]) == (CODE, "raw.gaps")
    assert finding.evidence["rows"] == int(GAPS.sum())


@pytest.mark.parametrize(
    ("kept", "code"),
    [
        pytest.param(RAW["id"] % 10 > 0, "rows-lost", id="without a pattern"),
        pytest.param(~GAPS | (RAW["id"] % 2 == 0), None, id="half of the gaps"),
        pytest.param(~GAPS & (RAW["id"] % 20 > 0), None, id="others too"),
    ],
)
def test_is_not_named(kept, code):
    verdict = compared(LABELLED, LABELLED[kept], kind="outcomes", actual="y")
    assert CODE not in codes(verdict)
    assert code is None or found(verdict).code == code


def test_another_kind_of_stage():
    assert CODE not in codes(compared(LABELLED, LABELLED[~GAPS]))
