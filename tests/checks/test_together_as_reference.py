from __future__ import annotations

import numpy as np
import pytest
from pairing import ROWS, frame, pair, told

from parityline.checks import together_as_reference
from parityline.findings import Finding

RNG = np.random.default_rng(3)


def together(seed, first_id=0):
    """A table in which `amount` and `weight` go together."""
    table = frame(seed=seed, first_id=first_id)
    return table.assign(weight=table["amount"] * 2 + np.random.default_rng(seed).normal(0, 20, ROWS))


TABLE, NEW = together(7), together(8, 50_000)
TURNED = NEW.assign(weight=-NEW["weight"] + 2 * NEW["weight"].median())
CODE = "joint-distribution-moved"


@pytest.mark.parametrize(
    ("production", "moved", "found"),
    [
        pytest.param(NEW, (), [], id="new rows of the same kind"),
        pytest.param(NEW[:100], (), [], id="few new rows"),
        pytest.param(NEW[:0], (), [], id="no rows"),
        pytest.param(TURNED, (), [(CODE, "amount")], id="turned"),
        pytest.param(
            NEW.assign(weight=RNG.permutation(NEW["weight"])), (), [(CODE, "amount")], id="values on other rows"
        ),
        pytest.param(TURNED, ("weight",), [], id="turned, and something was found of the column"),
        pytest.param(TURNED.drop(columns="amount"), (), [], id="the other column is not there"),
        pytest.param(TURNED.assign(weight=TURNED["weight"].astype(str)), (), [], id="another type"),
    ],
)
def test_together_as_reference(production, moved, found):
    findings = [f for f in together_as_reference(pair(TABLE, production), moved=moved) if isinstance(f, Finding)]
    assert told(findings) == found
