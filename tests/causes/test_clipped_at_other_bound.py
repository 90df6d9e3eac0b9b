"""`clipped-at-other-bound`: the rows that differ hold the bound of one side, and lie beyond it on the other."""

from __future__ import annotations

import numpy as np
import pytest
from support import codes
from two_stages import RAW, column, compared, found

from parityline.causes.clipped_at_other_bound import CODE

X = RAW["amount"]


@pytest.mark.parametrize(
    ("before", "after", "bounds"),
    [
        pytest.param(X.clip(upper=150), X.clip(upper=99.5), [[150.0, 99.5]], id="lower bound"),
        pytest.param(X.clip(upper=99.5), X.clip(upper=150), [[99.5, 150.0]], id="higher bound"),
        pytest.param(X.clip(3, 150), X.clip(2, 99.5), [[150.0, 99.5], [3.0, 2.0]], id="both ends"),
        pytest.param(X.clip(3), X.clip(5), [[3.0, 5.0]], id="from below"),
    ],
)
def test_is_named(before, after, bounds):
    finding = found(compared(column(before), column(after)))
    assert (finding.code, finding.evidence["bounds"]) == (CODE, bounds)


def test_a_clip_that_one_side_alone_has():
    finding = found(compared(column(X), column(X.clip(upper=100))))
    assert finding.code == CODE
    assert finding.sentence.endswith("research did not clip")
    finding = found(compared(column(X.clip(upper=100)), column(X)))
    assert finding.code == CODE
    assert "is clipped no more; research clipped at 100" in finding.sentence


def test_a_scaler_moves_both_values_of_an_indicator_and_clips_nothing():
    indicator = (X > 30).astype(float)
    before, after = (indicator - indicator.mean()) / indicator.std(), (indicator - 0.4) / 0.48
    assert CODE not in codes(compared(column(before), column(after)))


def test_a_quantile_of_the_batch():
    finding = found(compared(column(X.clip(upper=150)), column(X.clip(upper=X.quantile(0.95)))))
    assert finding.code == CODE
    assert "5.0% of the rows hold" in finding.sentence


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param(X.clip(upper=150), X.clip(upper=100) * 1.01, id="scaled too"),
        pytest.param(X.clip(upper=150), X.where(X < 100, 20.0), id="replaced by another value"),
        pytest.param(X.clip(upper=150), X.clip(upper=100).where(RAW["city"] != "Oslo", 5.0), id="some other change"),
        pytest.param(np.where(X > 30, 9.0, 1.0), np.where(X > 30, 8.0, 1.0), id="one constant for another"),
    ],
)
def test_is_not_named(before, after):
    verdict = compared(column(before), column(after))
    assert verdict.status == "fail"
    assert CODE not in codes(verdict)
