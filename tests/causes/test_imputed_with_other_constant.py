"""`imputed-with-other-constant`: one value of the reference is another one everywhere, and only there."""

from __future__ import annotations

import numpy as np
import pytest
import two_stages
from support import changed, codes, first, frame, verified

from parityline.causes.imputed_with_other_constant import CODE

RAW = frame("gaps", "count")
MEAN, MEDIAN = RAW["gaps"].mean(), RAW["gaps"].median()
MISSING = int(RAW["gaps"].isna().sum())


def filled(value):
    return changed(RAW, gaps=lambda c: c.fillna(value))


@pytest.mark.parametrize("kind", ["features", "etl"])
@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param(MEAN, MEDIAN, id="median for mean"),
        pytest.param(MEAN, 0.0, id="zero for mean"),
        pytest.param(MEDIAN + 0.01, MEDIAN + 0.01 + 1e-9, id="nearly the same"),
        pytest.param(-1.0, 1.0, id="the opposite sign"),
        pytest.param(MEAN, round(MEAN, 2), id="fewer digits"),
        pytest.param(MEAN, np.floor(MEAN), id="cut to a whole number"),
        pytest.param(MEAN, float(np.float32(MEAN)), id="a mean in single precision"),
    ],
)
def test_is_named(before, after, kind):
    finding = first(filled(before), filled(after), kind=kind)
    assert (finding.code, finding.column) == (CODE, "gaps")
    assert finding.evidence["constant"] == [before, after]
    assert finding.evidence["sampled"] == MISSING
    assert finding.share == pytest.approx(MISSING / len(RAW))


@pytest.mark.parametrize(
    ("before", "after", "kind", "code"),
    [
        pytest.param(filled(MEAN), filled(MEDIAN), "source", "values-differ", id="a source imputes nothing"),
        pytest.param(
            filled(MEAN),
            filled(MEAN).assign(gaps=RAW["gaps"].ffill().bfill()),
            "features",
            "values-differ",
            id="filled forward",
        ),
        pytest.param(filled(MEAN), filled(MEAN), "features", None, id="the same constant"),
        pytest.param(
            RAW,
            changed(RAW, count=lambda c: c.where((c != 5) | (RAW["id"] > 1_000), 500)),
            "etl",
            "values-differ",
            id="only some rows of a value",
        ),
        pytest.param(filled(MEAN), RAW, "features", "values-differ", id="not filled at all"),
    ],
)
def test_is_not_named(before, after, kind, code):
    verdict = verified(before, after, kind=kind)
    assert CODE not in codes(verdict)
    assert (verdict.first and verdict.first.code) == code


GAPS = two_stages.RAW["gaps"]
MIDDLE = "about the median of its input"
TRAINING = GAPS[:500].mean()


@pytest.mark.parametrize(
    ("before", "after", "statistics"),
    [
        pytest.param(TRAINING, GAPS.mean(), [None, "the mean of its input"], id="the mean of this batch"),
        pytest.param(
            GAPS.mean(), GAPS.median(), ["the mean of its input", "about the median of its input"], id="median"
        ),
        pytest.param(TRAINING, 0.0, [None, None], id="zero"),
    ],
)
def test_the_constant_is_named_where_the_input_tells(before, after, statistics):
    sides = (two_stages.column(GAPS.fillna(constant), "gaps") for constant in (before, after))
    finding = two_stages.found(two_stages.compared(*sides))
    assert (finding.code, finding.evidence["statistic"]) == (CODE, statistics)


@pytest.mark.parametrize(
    ("fill", "words"),
    [
        pytest.param(0.0, "filled with 0;", id="a constant"),
        pytest.param(float(np.nanmean(GAPS)), "the mean of its input", id="the mean"),
        pytest.param(float(np.nanmedian(GAPS)), "the median of its input", id="the median"),
    ],
)
def test_values_that_research_left_missing(fill, words):
    sides = (two_stages.column(own, "gaps") for own in (GAPS, GAPS.fillna(fill)))
    finding = two_stages.found(two_stages.compared(*sides))
    assert (finding.code, finding.evidence["filled"]) == (CODE, int(GAPS.isna().sum()))
    assert words in finding.sentence
    assert "research left them missing" in finding.sentence


@pytest.mark.parametrize("marker", [-999.0, -1.0, 99999.0, float("inf")])
def test_what_stands_for_missing_is_no_imputation(marker):
    sides = (two_stages.column(own, "gaps") for own in (GAPS + 100, (GAPS + 100).fillna(marker)))
    assert two_stages.found(two_stages.compared(*sides)).code == "null-became-sentinel"


def test_a_mean_that_is_zero_by_chance_is_not_quoted():
    centred = two_stages.RAW.assign(z=two_stages.RAW["p"] - two_stages.RAW["p"].mean())
    sides = (two_stages.column(own, "gaps") for own in (GAPS, GAPS.fillna(0.0)))
    finding = two_stages.found(two_stages.compared(*sides, source=centred))
    assert finding.evidence["statistic"] == [None, None]


RAW_TWO = two_stages.RAW


def made(fill, column="gaps", clip=None):
    values = RAW_TWO[column].fillna(fill)
    return RAW_TWO[["id"]].assign(gaps=values if clip is None else values.clip(upper=clip))


def test_a_fill_that_other_rows_hold_by_themselves_is_known_by_the_gaps_of_the_input():
    common = float(RAW_TWO["gaps"].dropna().iloc[0])
    finding = two_stages.found(two_stages.compared(made(common), made(common + 0.5)))
    assert (finding.code, finding.evidence["constant"]) == (CODE, [common, common + 0.5])
    assert two_stages.found(two_stages.compared(made(5.0, clip=6.0), made(4.0, clip=6.0))).code == CODE


def test_one_value_for_another_is_no_fill_where_the_input_misses_nothing():
    one = RAW_TWO[["id"]].assign(is_oslo=(RAW_TWO["city"] == "Oslo").astype(int))
    assert CODE not in codes(two_stages.compared(one, one.assign(is_oslo=0)))
    level = RAW_TWO[["id"]].assign(level=RAW_TWO["city"].map({"Oslo": 7.5, "Bergen": 3.25}).fillna(1.5))
    assert CODE not in codes(two_stages.compared(level, level.replace({"level": {7.5: 8.5}})))
