from __future__ import annotations

import pandas as pd
import pytest
from sklearn.model_selection import GroupShuffleSplit, KFold, RepeatedKFold, ShuffleSplit, StratifiedShuffleSplit
from support import codes, frame

import parityline

TABLE = frame("amount")
GROUPS = pd.Series(range(len(TABLE))) // 4
UNSEEDED = {
    "RepeatedKFold": (lambda: RepeatedKFold(n_splits=4, n_repeats=2), 8),
    "ShuffleSplit": (lambda: ShuffleSplit(3), 3),
    "GroupShuffleSplit": (lambda: GroupShuffleSplit(3), 3),
    "KFold": (lambda: KFold(5, shuffle=True), 5),
}


def recorded(folder, name, splitter):
    classes = TABLE.index % 2
    with parityline.record("p", environment=name, to=folder / f"{name}.parity") as run:
        run.features("features", TABLE, key="id")
        run.split(
            *("cv", list(splitter.split(TABLE, classes, GROUPS if "Group" in type(splitter).__name__ else None))),
            **{"of": TABLE, "by": splitter, "key": "id", "inputs": ["features"]},
        )
    return folder / f"{name}.parity"


def verified(folder, before, after):
    return parityline.verify(recorded(folder, "research", before), recorded(folder, "production", after))


@pytest.mark.parametrize("name", UNSEEDED)
def test_a_splitter_without_a_seed_is_named_with_how_many_folds_differ(tmp_path, name):
    make, folds = UNSEEDED[name]
    verdict = verified(tmp_path, make(), make())
    assert codes(verdict) == {"split-not-repeatable"}
    assert verdict.first.sentence.startswith(f"`{name}` draws the rows of each part anew in every run")
    assert f"{folds} of {folds} folds differ" in verdict.first.sentence
    assert f"`{name}` draws" in str(verdict)


def test_one_side_without_a_seed_is_enough(tmp_path):
    verdict = verified(tmp_path, ShuffleSplit(3, random_state=1), ShuffleSplit(3))
    assert codes(verdict) == {"split-not-repeatable"}
    assert verdict.first.evidence["sides"] == 1


@pytest.mark.parametrize(
    "splitter",
    [RepeatedKFold(n_splits=4, n_repeats=2, random_state=1), StratifiedShuffleSplit(3, random_state=1), KFold(5)],
)
def test_seeded_twins_are_silent(tmp_path, splitter):
    verdict = verified(tmp_path, splitter, splitter)
    assert (verdict.status, codes(verdict)) == ("pass", set())
    assert "folds, each train" in str(verdict)


def test_another_seed_is_no_missing_one_and_quoted(tmp_path):
    verdict = verified(tmp_path, *(RepeatedKFold(n_splits=4, n_repeats=2, random_state=seed) for seed in (1, 2)))
    assert codes(verdict) == {"split-differs"}
    assert "8 of 8 folds differ" in verdict.first.sentence
    assert "`random_state` is 2, in the reference 1" in verdict.first.sentence
    assert verdict.first.evidence["chance"] == pytest.approx(0.25)
