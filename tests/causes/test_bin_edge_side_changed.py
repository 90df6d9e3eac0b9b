"""`bin-edge-side-changed`: values on an edge, and no others, fall into the neighbouring bin."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from support import codes
from two_stages import RAW, column, compared, found

from parityline.causes.bin_edge_side_changed import CODE

AGE = RAW["age"]
EDGES = [18, 30, 45, 60]
RIGHT, LEFT = np.digitize(AGE, EDGES, right=True), np.digitize(AGE, EDGES)
NAMES = np.array(["child", "young", "middle", "senior", "old"])


@pytest.mark.parametrize(
    ("before", "after", "side"),
    [
        pytest.param(RIGHT, LEFT, "above", id="closed on the left now"),
        pytest.param(LEFT, RIGHT, "below", id="closed on the right now"),
        pytest.param(NAMES[RIGHT], NAMES[LEFT], "above", id="bins with names"),
    ],
)
def test_is_named(before, after, side):
    finding = found(compared(column(before), column(after)))
    assert (finding.code, finding.evidence["side"], finding.evidence["edges"]) == (CODE, side, EDGES)


def test_cut_of_pandas_against_digitize():
    cut = pd.cut(AGE, [0, *EDGES, 200], labels=False)
    assert found(compared(column(cut), column(LEFT))).code == CODE


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param(RIGHT, np.digitize(AGE, [18, 31, 45, 60], right=True) + (AGE == 30), id="edges that moved"),
        pytest.param(RIGHT, np.where(RAW["city"] == "Oslo", LEFT, RIGHT), id="on the edge in Oslo only"),
        pytest.param(RIGHT, RIGHT + 2 * (LEFT - RIGHT), id="two bins further"),
        pytest.param(RIGHT, RIGHT + 1, id="all bins one further"),
        pytest.param(AGE % 7, np.where(AGE == 30, 5, AGE % 7), id="no bins"),
    ],
)
def test_is_not_named(before, after):
    verdict = compared(column(before), column(after))
    assert verdict.status == "fail"
    assert CODE not in codes(verdict)


def test_a_rule_for_halves_says_more():
    source = RAW.assign(halves=RAW["halves"].abs() % 8)
    sides = [column(rule) for rule in (np.round(source["halves"]), np.floor(source["halves"] + 0.5))]
    verdict = compared(*sides, source=source)
    assert found(verdict).code == "rounding-rule-changed"
