from __future__ import annotations

import numpy as np
import pytest
from pairing import frame, pairs, stage
from sklearn.model_selection import KFold, train_test_split

from parityline.checks.same_split import same_split

TABLE = frame()


def parts(seed=1, test_size=0.25):
    train, test = train_test_split(TABLE, random_state=seed, test_size=test_size)
    return {"train": train, "test": test}


def overlapping(rows):
    given = parts()
    return {"train": given["train"], "test": TABLE.loc[[*given["test"].index[rows:], *given["train"].index[:rows]]]}


@pytest.mark.parametrize(
    ("production", "found"),
    [
        pytest.param(parts(), [], id="the same split"),
        pytest.param(
            {name: part.sample(frac=1, random_state=3) for name, part in parts().items()}, [], id="shuffled parts"
        ),
        pytest.param(parts(seed=2), ["split-differs"], id="another seed"),
        pytest.param(parts(test_size=0.3), ["split-differs"], id="another size"),
        pytest.param(overlapping(10), ["split-parts-overlap", "split-differs"], id="ten rows in both parts"),
        pytest.param(
            {**parts(), "validation": TABLE[:100]},
            ["split-differs", "split-parts-overlap", "split-parts-overlap"],
            id="a new part",
        ),
        pytest.param({"train": parts()["train"], "holdout": parts()["test"]}, ["split-differs"], id="another name"),
        pytest.param({"train": parts()["test"], "test": parts()["train"]}, ["split-differs"], id="parts exchanged"),
    ],
)
def test_same_split(production, found):
    sides = [stage(given, "split") for given in (parts(), production)]
    assert sorted(f.code for f in same_split(*sides, pairs(*sides))) == sorted(found)


def test_overlap_is_counted_by_key_and_the_references_own_is_no_finding():
    sides = [stage(given, "split") for given in (overlapping(10), overlapping(10))]
    assert list(same_split(*sides, pairs(*sides))) == []
    sides = [stage(given, "split") for given in (parts(), overlapping(10))]
    finding = next(f for f in same_split(*sides, pairs(*sides)) if f.code == "split-parts-overlap")
    assert (finding.expected, finding.found, finding.evidence["exact"]) == (0, 10, True)


def test_another_seed_shares_no_more_than_chance():
    sides = [stage(given, "split") for given in (parts(), parts(seed=2))]
    (finding,) = same_split(*sides, pairs(*sides))
    assert finding.evidence["chance"] == pytest.approx(0.25)
    assert finding.evidence["shared"] == pytest.approx(0.25, abs=0.07)


@pytest.mark.parametrize("keyed", [True, False])
@pytest.mark.parametrize(("seed", "found"), [(1, set()), (2, {"split-differs"})])
def test_folds(seed, found, keyed):
    keywords = {"of": TABLE} if keyed else {"key": None}
    folds = [list(KFold(3, shuffle=True, random_state=s).split(TABLE)) for s in (1, seed)]
    sides = [stage(given, "split", **keywords) for given in folds]
    assert {f.code for f in same_split(*sides, pairs(*sides))} == found


def test_training_parts_of_folds_overlap_by_nature():
    sides = [stage(list(KFold(3).split(TABLE)), "split", of=TABLE) for _ in range(2)]
    sides[0].facts["overlaps"] = {}
    assert [f.code for f in same_split(*sides, pairs(*sides))] == []


def test_positions_with_a_table_are_known_by_key():
    positions = {name: np.asarray(part.index) for name, part in parts().items()}
    sides = [stage(positions, "split", of=TABLE), stage(parts(), "split")]
    assert list(same_split(*sides, pairs(*sides))) == []
