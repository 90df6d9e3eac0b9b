"""`stratification-dropped`: shares of the classes that were equal to the row and are not."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.model_selection import KFold, StratifiedKFold, train_test_split
from splitting import TABLE, split, told
from support import codes

from parityline.causes.stratification_dropped import CODE

Y = TABLE["y"]
LARGE = TABLE.loc[np.repeat(TABLE.index, 40)].assign(id=np.arange(40 * len(TABLE))).reset_index(drop=True)


def parts(seed, *, strata, table=LARGE):
    train, test = train_test_split(table, test_size=0.5, random_state=seed, stratify=table["y"] if strata else None)
    return {"train": train, "test": test}


def folds(splitter):
    return list(splitter.split(TABLE, Y))


STRATA, MORE = (folds(StratifiedKFold(5, shuffle=True, random_state=seed)) for seed in (1, 2))
PLAIN, OTHER = (folds(KFold(5, shuffle=True, random_state=seed)) for seed in (1, 2))


def test_folds():
    finding = told(split(STRATA, PLAIN, target="y"))
    assert (finding.code, finding.evidence["target"]) == (CODE, "y")


def test_two_parts_of_a_large_table():
    finding = told(split(parts(1, strata=True), parts(2, strata=False), source=LARGE, target="y"))
    assert finding.code == CODE
    assert "`y` = 1" in finding.sentence


@pytest.mark.parametrize(
    ("before", "after", "keywords"),
    [
        pytest.param(STRATA, MORE, {"target": "y"}, id="another seed"),
        pytest.param(PLAIN, OTHER, {"target": "y"}, id="never stratified"),
        pytest.param(PLAIN, STRATA, {"target": "y"}, id="the way back"),
    ],
)
def test_is_not_named(before, after, keywords):
    verdict = split(before, after, **keywords)
    assert told(verdict).code == "split-differs"
    assert CODE not in codes(verdict)


def test_even_shares_of_two_small_parts_may_be_chance():
    sides = (parts(seed, strata=strata, table=TABLE[:100]) for seed, strata in ((1, True), (2, False)))
    assert CODE not in codes(split(*sides, source=TABLE[:100], target="y"))


def test_without_a_target_the_column_is_found_beside_the_rows():
    finding = told(split(STRATA, PLAIN))
    assert (finding.code, finding.evidence["target"], finding.evidence["exact"]) == (CODE, "y", True)


def test_of_many_columns_one_that_is_even_by_chance_is_no_target():
    """30 columns of two classes; each is even in a plain split with a chance of some percent."""
    for seed in range(6):
        rng = np.random.default_rng(seed)
        noise = {f"n{i}": rng.integers(0, 2, len(TABLE)) for i in range(30)}
        source = TABLE.drop(columns=["y", "customer"]).assign(**noise)
        sides = (list(KFold(2, shuffle=True, random_state=10 * seed + i).split(source)) for i in (1, 2))
        assert CODE not in codes(split(*sides, source=source))
