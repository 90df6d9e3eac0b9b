"""`shuffle-changed`: folds that are blocks on one side, and drawn at random on the other."""

from __future__ import annotations

import pytest
from sklearn.model_selection import KFold, train_test_split
from splitting import TABLE, split, told
from support import codes

from parityline.causes.shuffle_changed import CODE

BLOCKS = KFold(4)
RANDOM, OTHER = (KFold(4, shuffle=True, random_state=seed) for seed in (1, 2))


def folds(splitter):
    return list(splitter.split(TABLE))


def parts(**keywords):
    train, test = train_test_split(TABLE, test_size=0.2, **keywords)
    return {"train": train, "test": test}


@pytest.mark.parametrize(
    ("before", "after", "words"),
    [(RANDOM, BLOCKS, "shuffling is off here"), (BLOCKS, RANDOM, "shuffling is on here")],
)
def test_folds(before, after, words):
    finding = told(split(folds(before), folds(after)))
    assert finding.code == CODE
    assert words in finding.sentence


def test_tables_are_looked_up_in_the_input():
    finding = told(split(parts(random_state=3), parts(shuffle=False)))
    assert (finding.code, finding.evidence["blocks"]) == (CODE, [False, True])


def test_the_arguments_of_the_splitter_are_told():
    import parityline

    records = []
    for name, splitter in (("research", RANDOM), ("production", BLOCKS)):
        run = parityline.record("tiny", environment=name)
        run.etl("raw", TABLE, key="id")
        run.split("parts", folds(splitter), inputs=["raw"], key="id", of=TABLE, by=splitter)
        records.append(run.record)
    assert told(parityline.verify(*records)).evidence["shuffle"] == [True, False]


def test_rows_that_became_neighbours_by_another_order_are_no_shuffle():
    here = TABLE.sort_values("x").reset_index(drop=True)
    before = {"train": TABLE[TABLE["x"] < 0.5], "test": TABLE[TABLE["x"] >= 0.5]}
    after = {"train": here[here["x"] < 0.6], "test": here[here["x"] >= 0.6]}
    assert CODE not in codes(split(before, after, here=here))


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param(folds(RANDOM), folds(OTHER), id="another seed"),
        pytest.param(folds(BLOCKS), folds(KFold(4).__class__(4))[::-1], id="blocks in another order"),
        pytest.param(parts(random_state=3), parts(random_state=4), id="tables by another seed"),
        pytest.param(
            {"train": TABLE[:900], "test": TABLE[900:]}, {"train": TABLE[300:], "test": TABLE[:300]}, id="another block"
        ),
    ],
)
def test_is_not_named(before, after):
    verdict = split(before, after)
    assert told(verdict).code == "split-differs"
    assert CODE not in codes(verdict)
