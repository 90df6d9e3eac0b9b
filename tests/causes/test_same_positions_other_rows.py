"""`same-positions-other-rows`: equal places in tables of another order, or of other rows."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.model_selection import KFold, train_test_split
from splitting import ROWS, TABLE, split, told
from support import codes

from parityline.causes.same_positions_other_rows import CODE

SORTED = TABLE.sort_values("id").reset_index(drop=True)


def parts(table, seed=0):
    train, test = train_test_split(table, test_size=0.2, random_state=seed)
    return {"train": train, "test": test}


def places(seed=0, rows=ROWS):
    train, test = train_test_split(np.arange(rows), test_size=0.2, random_state=seed)
    return {"train": train, "test": test}


def test_the_same_seed_in_another_order_of_rows():
    finding = told(split(parts(TABLE), parts(SORTED), here=SORTED))
    assert finding.code == CODE
    assert "the same rows in another order" in finding.sentence


def test_positions_in_another_order_of_rows():
    assert told(split(places(), places(), here=SORTED)).code == CODE


def test_positions_of_a_filtered_table():
    kept = TABLE[TABLE["y"] == 0].reset_index(drop=True)
    finding = told(split(places(rows=len(kept)), places(rows=len(kept)), source=kept, here=TABLE))
    assert finding.code == CODE
    assert f"{ROWS:,} rows here" in finding.sentence


def test_folds():
    folds = list(KFold(4, shuffle=True, random_state=1).split(TABLE))
    assert told(split(folds, folds, here=SORTED)).code == CODE


@pytest.mark.parametrize(
    ("before", "after", "here"),
    [
        pytest.param(parts(TABLE), parts(TABLE, seed=1), TABLE, id="another seed"),
        pytest.param(places(), places(seed=1), TABLE, id="another seed of positions"),
        pytest.param(places(), places(seed=1), SORTED, id="another seed and order"),
    ],
)
def test_is_not_named(before, after, here):
    verdict = split(before, after, here=here)
    assert told(verdict).code == "split-differs"
    assert CODE not in codes(verdict)


def test_blocks_from_the_start_are_at_the_same_places_in_every_table():
    blocks = [{"train": own[:900], "test": own[900:]} for own in (TABLE, SORTED)]
    assert CODE not in codes(split(*blocks, here=SORTED))


def test_the_same_rows_in_another_order_are_no_finding():
    sides = parts(TABLE), {name: part.sample(frac=1, random_state=3) for name, part in parts(TABLE).items()}
    assert not [f for f in split(*sides, here=SORTED).findings if f.stage == "parts" and f.severity == "error"]
