"""`arrives-too-late`: young values are missing where rows were served."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from support import changed, first_code, frame, verified

from parityline.causes.arrives_too_late import CODE

SERVED = frame("amount", "when", "count").assign(id=lambda d: d["id"])
AGE = pd.to_timedelta(np.random.default_rng(4).exponential(36, len(SERVED)), unit="h")
COMPLETE = SERVED.assign(made=SERVED["when"] - AGE)
WAYS = {"kind": "features", "time": "when", "as_of": "made"}


@pytest.mark.parametrize("hours", [1, 6, 24])
def test_is_named(hours):
    young = pd.Timedelta(hours=hours) > AGE
    finding = verified(COMPLETE, changed(COMPLETE, amount=lambda c: c.mask(young)), **WAYS).first
    assert (finding.code, finding.column, finding.scenario) == (CODE, "amount", 6)
    assert finding.share == pytest.approx(young.mean())
    assert finding.evidence["age_seconds"] == pytest.approx(AGE[~young].min().total_seconds(), rel=1e-6)


@pytest.mark.parametrize(
    "production",
    [
        pytest.param(changed(COMPLETE, amount=lambda c: c.mask(COMPLETE["id"] % 9 == 0)), id="any age"),
        pytest.param(changed(COMPLETE, amount=lambda c: c.mask(pd.Timedelta(hours=6) > AGE, 0.0)), id="a default"),
        pytest.param(changed(COMPLETE, amount=lambda c: c.mask(pd.Timedelta(hours=90) < AGE)), id="old ones"),
    ],
)
def test_is_not_named(production):
    assert first_code(COMPLETE, production, **WAYS) not in (None, CODE)


def test_needs_the_time_at_which_values_were_made():
    young = changed(COMPLETE, amount=lambda c: c.mask(pd.Timedelta(hours=6) > AGE))
    assert first_code(COMPLETE, young, kind="features", time="when") != CODE
