"""`encoder-refitted`: codes are ranks in this batch, and one-hot columns are named for its values."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from sklearn.preprocessing import LabelEncoder
from support import codes
from two_stages import RAW, column, compared, found

from parityline.causes.encoder_refitted import CODE

CITY = RAW["city"]
FITTED = LabelEncoder().fit(["Alta", *CITY])
RESEARCH = column(FITTED.transform(CITY))
AGAIN = column(LabelEncoder().fit_transform(CITY))


def dummies(cities):
    return pd.concat([RAW[["id"]], pd.get_dummies(cities, prefix="city").astype(int)], axis=1)


def test_codes_are_ranks_of_the_batch():
    finding = found(compared(RESEARCH, AGAIN))
    assert (finding.code, finding.evidence["of"]) == (CODE, "raw.city")
    assert finding.evidence["codes"]["Oslo"] == [2, 1]


def test_one_hot_columns_of_the_values_that_occur():
    here = RAW.assign(city=CITY.where(CITY != "Vardo", "Oslo"))
    verdict = compared(dummies(CITY), dummies(here["city"]), source_here=here)
    finding = next(f for f in verdict.findings if f.code == CODE)
    assert (finding.column, finding.evidence["value"]) == ("city_Vardo", "Vardo")


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param(RESEARCH, column(RESEARCH["x"] + 5), id="five more"),
        pytest.param(RESEARCH, column(RESEARCH["x"].map({1: 3, 2: 1, 3: 4, 4: 2})), id="another order"),
        pytest.param(RESEARCH, column(np.where(RAW["id"] % 9, AGAIN["x"], 7)), id="in most rows"),
        pytest.param(RAW[["id"]].assign(x=RAW["age"]), RAW[["id"]].assign(x=RAW["age"] - 1), id="no code"),
    ],
)
def test_is_not_named(before, after):
    verdict = compared(before, after)
    assert verdict.status == "fail"
    assert CODE not in codes(verdict)


def test_a_column_that_is_gone_although_its_value_occurs():
    verdict = compared(dummies(CITY), dummies(CITY).drop(columns="city_Vardo"))
    assert CODE not in codes(verdict)
    assert verdict.first.code == "column-missing"


def test_a_column_of_a_value_that_never_occurred():
    research = dummies(CITY).assign(**{"city_(another)": 0, "city_code": RAW["age"]})
    finding = compared(research, research.drop(columns="city_(another)")).first
    assert (finding.code, finding.column, finding.evidence["value"]) == (CODE, "city_(another)", "(another)")


def test_columns_that_are_no_marks_are_no_one_hot_encoding():
    research = dummies(CITY).assign(city_rank=RAW["age"])
    assert CODE not in codes(compared(research, research.drop(columns="city_rank")))
