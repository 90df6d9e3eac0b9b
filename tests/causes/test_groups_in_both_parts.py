"""`groups-in-both-parts`: customers in train and in test, and none in the reference."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.model_selection import GroupShuffleSplit, ShuffleSplit
from splitting import TABLE, split, told
from support import codes

from parityline.causes.groups_in_both_parts import CODE


def by(splitter):
    groups = TABLE["customer"] if isinstance(splitter, GroupShuffleSplit) else None
    train, test = next(splitter.split(TABLE, groups=groups))
    return {"train": train, "test": test}


def tables(places):
    return {name: TABLE.iloc[own] for name, own in places.items()}


WHOLE, OTHER = (by(GroupShuffleSplit(1, test_size=0.25, random_state=seed)) for seed in (1, 2))
ROWS, MORE = (by(ShuffleSplit(1, test_size=0.25, random_state=seed)) for seed in (1, 2))


@pytest.mark.parametrize("form", [lambda own: own, tables], ids=["positions", "tables"])
def test_is_named(form):
    finding = told(split(form(WHOLE), form(ROWS), entity="customer"))
    both = set(TABLE["customer"].iloc[ROWS["train"]]) & set(TABLE["customer"].iloc[ROWS["test"]])
    assert (finding.code, finding.expected, finding.found) == (CODE, 0, len(both))


def test_without_an_entity_the_column_is_found_beside_the_rows():
    finding = told(split(WHOLE, ROWS))
    both = set(TABLE["customer"].iloc[ROWS["train"]]) & set(TABLE["customer"].iloc[ROWS["test"]])
    assert (finding.code, finding.found, finding.evidence["column"]) == (CODE, len(both), "customer")


def test_a_split_by_time_keeps_no_groups_together():
    cut = {"train": np.arange(900), "test": np.arange(900, 1_200)}
    assert CODE not in codes(
        split(cut, ROWS, source=TABLE.assign(day=TABLE["day"].dt.floor("D")).drop(columns="customer"))
    )


@pytest.mark.parametrize(
    ("before", "after", "keywords"),
    [
        pytest.param(WHOLE, OTHER, {"entity": "customer"}, id="other groups"),
        pytest.param(ROWS, MORE, {"entity": "customer"}, id="never by group"),
        pytest.param(WHOLE, OTHER, {}, id="other groups of no entity"),
        pytest.param(ROWS, MORE, {}, id="never by any column"),
    ],
)
def test_is_not_named(before, after, keywords):
    verdict = split(before, after, **keywords)
    assert told(verdict).code == "split-differs"
    assert CODE not in codes(verdict)


def test_groups_of_many_rows():
    large = TABLE.assign(customer=np.arange(len(TABLE)) // 60).sample(frac=1, random_state=1, ignore_index=True)
    whole = next(GroupShuffleSplit(1, test_size=0.25, random_state=1).split(large, groups=large["customer"]))
    single = next(ShuffleSplit(1, test_size=0.25, random_state=1).split(large))
    sides = (dict(zip(("train", "test"), own, strict=True)) for own in (whole, single))
    finding = told(split(*sides, source=large))
    assert (finding.code, finding.evidence["column"]) == (CODE, "customer")
