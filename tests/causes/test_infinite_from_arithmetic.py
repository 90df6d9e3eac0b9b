"""`infinite-from-arithmetic`: infinite values beside a zero, or beside a score that is too large."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from support import codes
from two_stages import RAW, column, compared, found

from parityline.causes.infinite_from_arithmetic import CODE

ZEROS = RAW["zeros"]


def ratio(zero):
    with np.errstate(divide="ignore"):
        return np.where(ZEROS == 0, zero, RAW["amount"] / ZEROS)


def test_division_by_zero():
    finding = found(compared(column(ratio(0.0)), column(ratio(np.inf))))
    assert (finding.code, finding.evidence["of"]) == (CODE, "raw.zeros")
    assert finding.evidence["infinite"] == [0, int((ZEROS == 0).sum())]
    assert "with `raw.zeros` = 0" in finding.sentence


def test_the_logarithm_of_zero():
    size = RAW["age"] - 16.0
    with np.errstate(divide="ignore"):
        before, after = np.where(size > 0, np.log(size), -1.0), np.log(size)
    assert found(compared(column(before), column(after), source=RAW.assign(age=size))).code == CODE


def test_an_exponential_that_overflows():
    score = np.where(RAW["id"] % 400 == 7, 800.0, RAW["zeros"])
    with np.errstate(over="ignore"):
        sides = [column(np.expm1(own)).assign(raw=own) for own in (np.minimum(score, 700), score)]
    sides[0]["raw"] = score
    finding = found(compared(*sides, kind="predictions", score="x"))
    assert (finding.code, finding.evidence["of"]) == (CODE, "raw")
    assert "709" in finding.sentence


@pytest.mark.parametrize(
    "after",
    [
        pytest.param(np.where(RAW["city"] == "Oslo", np.inf, ratio(0.0)), id="infinite in Oslo"),
        pytest.param(np.where((ZEROS == 0) & (RAW["id"] % 2 == 0), np.inf, ratio(0.0)), id="at half of the zeros"),
        pytest.param(np.where(ZEROS == 0, np.inf, ratio(0.0) * 2), id="other values differ too"),
    ],
)
def test_is_not_named(after):
    verdict = compared(column(ratio(0.0)), column(after))
    assert verdict.status == "fail"
    assert CODE not in codes(verdict)


def test_without_the_divisor_it_is_not_named():
    verdict = compared(column(ratio(0.0)), column(ratio(np.inf)), source=RAW[["id", "city"]])
    assert CODE not in codes(verdict)


def test_predictions_are_infinite_and_their_inputs_are_as_before():
    before = column(ratio(0.0))
    after = column(np.where(RAW["id"] % 300 == 7, np.inf, ratio(0.0)))
    finding = found(compared(before, after, kind="predictions", score="x"))
    assert (finding.code, finding.evidence["infinite"]) == (CODE, [0, 7])


@pytest.mark.parametrize("infinite", [12, 150])
def test_a_large_table_knows_some_of_its_infinite_rows(infinite):
    rows = 12_000
    source = pd.DataFrame({"id": np.arange(rows), "size": np.random.default_rng(3).normal(size=rows)})
    before = source.assign(size=np.exp(source["size"]))
    after = before.assign(size=before["size"].mask(source["id"] % (rows // infinite) == 5, np.inf))
    verdict = compared(before, after, source=source, kind="predictions", score="size")
    assert found(verdict).code == CODE


def test_predictions_that_are_no_numbers_either_are_counted_together():
    before = column(ratio(0.0))
    places = {1: np.inf, 2: np.nan}
    after = before.assign(x=before["x"].mask(RAW["id"] % 300 == 7, (RAW["id"] // 300 % 2 + 1).map(places)))
    verdict = compared(before, after, kind="predictions", score="x")
    assert CODE not in codes(verdict)
    assert "are NaN and" in found(verdict).sentence


def test_predictions_that_are_infinite_as_their_input_is():
    bad = RAW["id"] % 300 == 7
    here = RAW.assign(amount=RAW["amount"].where(~bad, np.inf))
    before, after = column(RAW["amount"]), column(here["amount"] * 2)
    assert CODE not in codes(compared(before, after, source_here=here, kind="predictions", score="x"))


def test_an_input_that_has_a_column_more_here_is_held_against_its_own_columns():
    here = RAW.assign(aaa=1.0)
    before = column(ratio(0.0))
    after = column(np.where(RAW["id"] % 300 == 7, np.inf, ratio(0.0)))
    verdict = compared(before, after, source_here=here, kind="predictions", score="x")
    assert found(verdict).code == CODE


def test_more_predictions_are_infinite_than_were():
    before = column(np.where(RAW["id"] % 90 == 3, np.inf, ratio(0.0)))
    after = before.assign(x=before["x"].mask(RAW["id"] % 300 == 7, np.inf))
    finding = found(compared(before, after, kind="predictions", score="x"))
    assert (finding.code, finding.evidence["known"]) == (CODE, 7)
    assert finding.sentence.startswith("7 more values")
