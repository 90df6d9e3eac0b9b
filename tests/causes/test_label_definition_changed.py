"""`label-definition-changed`: labels of the same cases that moved in one direction, whatever their age."""

from __future__ import annotations

import numpy as np
import pytest
from support import codes
from two_stages import RAW, compared, found

from parityline.causes.label_definition_changed import CODE

DAYS = np.random.default_rng(4).integers(1, 400, len(RAW))


def labelled(days, *, until=None):
    """Whether the event came within so many days; `until`: the day of the year 2024 at which labels were collected."""
    hit = days >= DAYS
    if until is not None:
        age = (np.datetime64("2024-12-31") - RAW["when"].to_numpy()) / np.timedelta64(1, "D")
        hit &= age - until >= DAYS
    return RAW[["id", "when"]].assign(y=hit.astype(int))


@pytest.mark.parametrize(("before", "after", "moved"), [(90, 60, [1, 0]), (60, 90, [0, 1])])
def test_is_named(before, after, moved):
    finding = found(compared(labelled(before), labelled(after), kind="outcomes", actual="y"))
    assert (finding.code, [finding.evidence["from"], finding.evidence["to"]]) == (CODE, moved)


def test_without_a_time_the_sentence_names_both():
    sides = (labelled(days).drop(columns="when") for days in (90, 60))
    finding = found(compared(*sides, kind="outcomes", actual="y", source=RAW[["id", "city"]]))
    assert finding.code == CODE
    assert "not mature" in finding.sentence


@pytest.mark.parametrize(
    "after",
    [
        pytest.param(labelled(90).assign(y=lambda t: t["y"] ^ (RAW["id"] % 20 == 0)), id="both directions"),
        pytest.param(labelled(90, until=40), id="labels that are not mature"),
        pytest.param(labelled(90).assign(y=0), id="all labels gone"),
        pytest.param(labelled(90).assign(y=lambda t: t["y"] * 2), id="another code for the label"),
    ],
)
def test_is_not_named(after):
    verdict = compared(labelled(90), after, kind="outcomes", actual="y")
    assert verdict.status == "fail"
    assert CODE not in codes(verdict)


def test_another_column_of_the_outcomes_is_no_label():
    sides = (labelled(90).assign(z=labelled(days)["y"]) for days in (90, 60))
    assert CODE not in codes(compared(*sides, kind="outcomes", actual="y"))
