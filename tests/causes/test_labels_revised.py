"""`labels-revised`: labels of the same cases that changed for the young alone."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from support import codes
from two_stages import RAW, compared, found

from parityline.causes.labels_revised import CODE

RANDOM = np.random.default_rng(8)
AGE = ((RAW["when"].max() - RAW["when"]).dt.total_seconds() / 86_400).to_numpy()
LABELLED = RAW[["id", "when"]].assign(y=RANDOM.integers(0, 2, len(RAW)), kept=RANDOM.random(len(RAW)))
YOUNG = np.quantile(AGE, 0.2) > AGE


def revised(who, values=None):
    """The labels of some of these cases are others."""
    chosen = who & (LABELLED["kept"] < 0.4).to_numpy()
    return LABELLED.assign(y=LABELLED["y"].where(~chosen, 1 - LABELLED["y"] if values is None else values))


def test_is_named_with_the_age_from_which_labels_are_final():
    finding = found(compared(LABELLED, revised(YOUNG), kind="outcomes", actual="y"))
    changed = RAW["when"][YOUNG & (LABELLED["kept"] < 0.4).to_numpy()]
    assert (finding.code, finding.evidence["since"]) == (CODE, str(changed.min())[:10])
    assert finding.evidence["days"] == int(np.ceil((RAW["when"].max() - changed.min()) / pd.Timedelta("1D")))


def test_amounts_are_revised_too():
    before = LABELLED.assign(y=LABELLED["kept"] * 100)
    after = before.assign(y=before["y"] + np.where(YOUNG, RANDOM.normal(0, 5, len(RAW)), 0))
    assert found(compared(before, after, kind="outcomes", actual="y")).code == CODE


@pytest.mark.parametrize(
    "after",
    [
        pytest.param(revised(np.ones(len(RAW), bool)), id="of every age"),
        pytest.param(revised(~YOUNG), id="of the old"),
        pytest.param(revised(YOUNG).drop(columns="when"), id="without a time"),
        pytest.param(revised(YOUNG, np.nan), id="gone"),
    ],
)
def test_is_not_named(after):
    before = LABELLED[list(after.columns)]
    source = RAW[["id", "city"]] if "when" not in after else RAW
    verdict = compared(before, after, kind="outcomes", actual="y", source=source)
    assert verdict.status == "fail"
    assert CODE not in codes(verdict)
