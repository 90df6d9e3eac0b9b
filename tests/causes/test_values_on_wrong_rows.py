"""`values-on-wrong-rows`: the right values beside other keys."""

from __future__ import annotations

import numpy as np
import pytest
from support import changed, codes, first, frame, verified

from parityline.causes.values_on_wrong_rows import CODE

RESEARCH = frame("amount", "city", "name", "when")


def shuffled(column):
    return column.sample(frac=1, random_state=1).to_numpy()


def balanced(column):
    """Thirty rows change between two categories, as many one way as the other."""
    values = column.to_numpy(copy=True)
    one, two = np.unique(values)[:2]
    there = np.flatnonzero(values == one)[:15], np.flatnonzero(values == two)[:15]
    values[there[0]], values[there[1]] = two, one
    return values


@pytest.mark.parametrize(
    ("column", "change"),
    [
        pytest.param("amount", shuffled, id="shuffled numbers"),
        pytest.param("city", shuffled, id="shuffled categories"),
        pytest.param("name", shuffled, id="shuffled texts that are hashed"),
        pytest.param("when", shuffled, id="shuffled times"),
        pytest.param("amount", lambda c: np.roll(c, 1), id="one row further"),
        pytest.param("amount", lambda c: np.sort(c), id="sorted alone"),
    ],
)
def test_is_named(column, change):
    finding = first(RESEARCH, changed(RESEARCH, **{column: change}))
    assert (finding.code, finding.column) == (CODE, column)
    assert finding.evidence["exact"] is True


@pytest.mark.parametrize(
    ("production", "keywords", "code"),
    [
        pytest.param(RESEARCH.sample(frac=1, random_state=1), {}, None, id="whole rows in another order"),
        pytest.param(
            changed(RESEARCH, amount=lambda c: shuffled(c) + 0.5), {}, "values-differ", id="shuffled and moved"
        ),
        pytest.param(changed(RESEARCH, amount=shuffled), {"key": None}, "rows-differ", id="without a key"),
        pytest.param(
            changed(RESEARCH, city=lambda c: balanced(c)), {}, "differs-in-one-segment", id="few that balance"
        ),
    ],
)
def test_is_not_named(production, keywords, code):
    verdict = verified(RESEARCH, production, **keywords)
    assert CODE not in codes(verdict)
    assert (verdict.first and verdict.first.code) == code
