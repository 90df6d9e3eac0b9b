"""`duplicates-in-both-parts`: equal rows under other keys in train and in test."""

from __future__ import annotations

import pandas as pd
import pytest
from splitting import ROWS, TABLE, split, told
from support import codes

from parityline.causes.duplicates_in_both_parts import CODE

TWINS = pd.concat([TABLE[:600], TABLE[:600].assign(id=lambda t: t["id"] + ROWS)], ignore_index=True)
TOGETHER = TWINS["x"].rank(pct=True) < 0.75
APART = TWINS["id"] % 7 > 1
OTHER = TWINS["x"].rank(pct=True) > 0.25


def parts(train, table=TWINS):
    return {"train": table[train], "test": table[~train]}


def test_is_named():
    finding = told(split(parts(TOGETHER), parts(APART), source=TWINS))
    both = set(TWINS["x"][APART]) & set(TWINS["x"][~APART])
    assert (finding.code, finding.expected, finding.found) == (CODE, 0, len(both))


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param(TOGETHER, OTHER, id="twins stay together"),
        pytest.param(APART, TOGETHER, id="twins were apart in research"),
    ],
)
def test_is_not_named(before, after):
    verdict = split(parts(before), parts(after), source=TWINS)
    assert told(verdict).code == "split-differs"
    assert CODE not in codes(verdict)


def test_keys_in_both_parts_are_another_fault():
    after = {"train": TWINS, "test": TWINS[:300]}
    verdict = split(parts(TOGETHER), after, source=TWINS)
    assert CODE not in codes(verdict)
    assert "split-parts-overlap" in codes(verdict)
