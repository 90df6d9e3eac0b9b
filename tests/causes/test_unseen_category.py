"""`unseen-category`: missing values, or rows without a category, exactly where a text is new."""

from __future__ import annotations

import pandas as pd
import pytest
from support import codes
from two_stages import RAW, column, compared, found, raw

from parityline.causes.unseen_category import CODE

OTHER = raw(seed=11).assign(id=lambda t: t["id"] + 5_000)
HERE = OTHER.assign(city=OTHER["city"].where(OTHER["id"] % 25 > 0, "Kirkenes"))
CODES = {"Bergen": 0.0, "Oslo": 1.0, "Tromso": 2.0, "Vardo": 3.0}


def encoded(source):
    return source[["id", "city"]].assign(**{f"city_{name}": (source["city"] == name).astype(int) for name in CODES})


def test_a_value_that_the_encoder_does_not_know():
    after = column(HERE["city"].map(CODES), source=HERE)
    verdict = compared(column(RAW["city"].map(CODES)), after, source_here=HERE, kind="predictions", score="x")
    finding = found(verdict)
    assert (finding.code, finding.evidence["of"], finding.evidence["values"]) == (CODE, "raw.city", ["Kirkenes"])


def test_rows_without_a_category():
    finding = found(compared(encoded(RAW), encoded(HERE), source_here=HERE))
    assert (finding.code, finding.evidence["values"]) == (CODE, ["Kirkenes"])
    assert finding.evidence["rows"] == int((HERE["city"] == "Kirkenes").sum())


@pytest.mark.parametrize(
    "after",
    [
        pytest.param(column(OTHER["city"].map({**CODES, "Vardo": None}), source=OTHER), id="a value that is known"),
        pytest.param(column(HERE["city"].map(CODES).where(HERE["id"] % 7 > 0), source=HERE), id="other rows too"),
    ],
)
def test_is_not_named(after):
    source = HERE if len(after) and after["id"].isin(HERE["id"]).all() else OTHER
    verdict = compared(column(RAW["city"].map(CODES)), after, source_here=source, kind="predictions", score="x")
    assert verdict.status == "fail"
    assert CODE not in codes(verdict)


def test_a_category_for_the_rest_is_set():
    after = encoded(HERE).assign(city_Vardo=lambda t: t["city"].isin(["Vardo", "Kirkenes"]).astype(int))
    verdict = compared(encoded(RAW), after, source_here=HERE)
    assert CODE not in codes(verdict)
    assert found(verdict).code == "categories-differ"


def test_one_hot_columns_with_other_names():
    tables = [pd.concat([t[["id", "city"]], pd.get_dummies(t["age"] % 3, prefix="age")], axis=1) for t in (RAW, HERE)]
    assert CODE not in codes(compared(*tables, source_here=HERE))
