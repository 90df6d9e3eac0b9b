"""`expired-online`: old values are missing where rows were served."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from support import changed, first_code, frame, verified

from parityline.causes.expired_online import CODE

SERVED = frame("amount", "when", "count")
AGE = pd.to_timedelta(np.random.default_rng(5).exponential(4, len(SERVED)), unit="D")
COMPLETE = SERVED.assign(made=SERVED["when"] - AGE)
WAYS = {"kind": "features", "time": "when", "as_of": "made"}


@pytest.mark.parametrize("days", [3, 7, 10])
def test_is_named(days):
    old = pd.Timedelta(days=days) < AGE
    finding = verified(COMPLETE, changed(COMPLETE, amount=lambda c: c.mask(old)), **WAYS).first
    assert (finding.code, finding.column, finding.scenario) == (CODE, "amount", 6)
    assert "days" in finding.sentence
    assert finding.evidence["rows"] == old.sum()


@pytest.mark.parametrize(
    "production",
    [
        pytest.param(changed(COMPLETE, amount=lambda c: c.mask(pd.Timedelta(days=1) > AGE)), id="young ones"),
        pytest.param(
            changed(COMPLETE, amount=lambda c: c.mask((pd.Timedelta(days=7) < AGE) & (COMPLETE["id"] % 2 == 0))),
            id="half of the old ones",
        ),
    ],
)
def test_is_not_named(production):
    assert first_code(COMPLETE, production, **WAYS) not in (None, CODE)
