"""An expectation that holds nothing says so."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import parityline
from parityline.records import Record

KEYS = pd.DataFrame({"id": range(50)})


def run(**expected: float) -> Record:
    score = KEYS.assign(p=np.linspace(0, 1, 50))
    late = KEYS.assign(late=(KEYS["id"] % 3 == 0).astype(int))
    with parityline.record("late", environment="x") as recorder:
        recorder.predictions("scores", score, key="id", score="p")
        recorder.outcomes("labels", late, key="id", actual="late", prediction="scores")
        recorder.expect("auc", **expected)
    return recorder.record


@pytest.mark.parametrize(
    ("expected", "said"),
    [
        pytest.param({"value": 0.9}, ["labels"], id="a value alone is quoted and not held"),
        pytest.param({"value": 0.9, "at_least": 0.1}, [], id="with a bound it is held"),
    ],
)
def test_a_value_alone_is_said_to_hold_nothing(expected: dict[str, float], said: list[str]) -> None:
    verdict = parityline.verify(run(**expected), run(**expected))
    assert verdict.status == "pass"
    assert [limit.stage for limit in verdict.limits if limit.why.startswith("no-bound")] == said
