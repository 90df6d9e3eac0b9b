from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from pairing import ROWS, pair, told

from parityline.checks.finite_predictions import finite_predictions

RNG = np.random.default_rng(4)
TABLE = pd.DataFrame({"id": range(ROWS), "p": RNG.random(ROWS), "value": RNG.normal(0, 5, ROWS)})


def put(column, value, rows=3):
    return TABLE.assign(**{column: TABLE[column].where(TABLE["id"] >= rows, value)})


@pytest.mark.parametrize(
    ("production", "found"),
    [
        pytest.param(TABLE, [], id="finite"),
        pytest.param(put("p", np.nan), [("missing-differs", "p")], id="NaN"),
        pytest.param(put("p", np.inf), [("missing-differs", "p")], id="infinite"),
        pytest.param(put("p", 1.5), [("range-exceeded", "p")], id="above one"),
        pytest.param(put("p", -0.1), [("range-exceeded", "p")], id="below zero"),
        pytest.param(put("value", 1e6), [], id="a value is no probability"),
        pytest.param(put("value", np.nan), [("missing-differs", "value")], id="a value that is NaN"),
        pytest.param(TABLE.drop(columns="p"), [], id="a column that is gone is told by the schema"),
    ],
)
def test_finite_predictions(production, found):
    given = pair(TABLE, production, "predictions", score=["value"])
    assert told(finite_predictions(given, ["p", "value"])) == found


def test_what_the_reference_holds_too_is_no_finding():
    given = pair(put("p", np.nan), put("p", np.nan), "predictions", score=["p"])
    assert told(finite_predictions(given, ["p"])) == []
    given = pair(put("p", np.nan), put("p", np.nan, rows=9), "predictions", score=["p"])
    (finding,) = finite_predictions(given, ["p"])
    assert (finding.expected["NaN"], finding.found["NaN"]) == (3, 9)
    assert finding.share == pytest.approx(9 / ROWS)
