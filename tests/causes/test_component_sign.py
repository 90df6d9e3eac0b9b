"""`component-sign`: the sign of a component is free; tests/attribution tells when it matters."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import parityline
from parityline.causes.component_sign import CODE

ROWS = 500
RNG = np.random.default_rng(3)
ID = np.arange(ROWS)
C1, C2 = RNG.normal(0, 3, ROWS), RNG.normal(0, 1, ROWS)


def record(name, privacy="standard", last=False, **columns):
    recorder = parityline.record("pca", environment=name, privacy=privacy)
    recorder.features("components", pd.DataFrame({"id": ID, **columns}), key="id")
    if not last:
        recorder.features("behind", pd.DataFrame({"id": ID, "d": np.hypot(C1, C2)}), key="id", inputs=["components"])
    return recorder.record


def codes(before, after, **keywords):
    verdict = parityline.verify(record("research", **keywords, **before), record("production", **keywords, **after))
    return {f.code for f in verdict.findings if f.stage == "components"}


@pytest.mark.parametrize("privacy", ["standard", "strict", "open"])
def test_is_named(privacy):
    assert codes({"c1": C1, "c2": C2}, {"c1": C1, "c2": -C2}, privacy=privacy) == {CODE}


@pytest.mark.parametrize(
    ("before", "after", "keywords"),
    [
        pytest.param({"c1": C1, "c2": C2}, {"c1": C1, "c2": -C2}, {"last": True}, id="nothing follows"),
        pytest.param({"c1": C1, "c2": C2 + 5}, {"c1": C1, "c2": -C2 - 5}, {}, id="not centred"),
        pytest.param({"c2": C2}, {"c2": -C2}, {}, id="alone"),
        pytest.param({"c1": C2 + C1 / 50, "c2": C2}, {"c1": C2 + C1 / 50, "c2": -C2}, {}, id="correlated"),
    ],
)
def test_is_not_named(before, after, keywords):
    assert codes(before, after, **keywords) == {"sign-flipped"}


def test_other_changes_are_no_sign():
    assert CODE not in codes({"c1": C1, "c2": C2}, {"c1": C1, "c2": -1.01 * C2})
