"""`decimal-comma-misread`: a decimal comma that was not read as one."""

from __future__ import annotations

import io

import numpy as np
import pandas as pd
import pytest
from support import changed, codes, first, frame, verified

from parityline.causes.decimal_comma_misread import CODE

RESEARCH = frame("price", "amount", "gaps", "count")


def reread(table=RESEARCH, *, form=None, written=",", **options):
    """Through a file of semicolons, written with a decimal comma."""
    text = table.to_csv(sep=";", decimal=written, float_format=form, index=False)
    return pd.read_csv(io.StringIO(text), sep=";", **options)


@pytest.mark.parametrize("column", ["price", "amount", "gaps"])
@pytest.mark.parametrize("keywords", [{}, {"key": None}], ids=["by key", "without a key"])
def test_text_is_named(column, keywords):
    research = RESEARCH[["id", column]]
    finding = first(research, reread(research), **keywords)
    assert (finding.code, finding.column) == (CODE, column)
    assert finding.explains == ("type-differs",)
    assert finding.evidence["decimal_comma"] == research[column].notna().sum()


def test_text_of_fixed_places_is_named():
    research = RESEARCH[["id", "price"]]
    for keywords in ({}, {"open": "price"}):
        assert first(research, reread(research, form="%.2f"), **keywords).code == CODE


@pytest.mark.parametrize("column", ["price", "gaps"])
def test_a_thousands_mark_is_named(column):
    finding = first(RESEARCH[["id", column]], reread(RESEARCH[["id", column]], thousands=","))
    assert (finding.code, finding.column) == (CODE, column)
    assert len(finding.evidence["places"]) > 1


@pytest.mark.parametrize(
    ("production", "code"),
    [
        pytest.param(reread(decimal=","), None, id="read with the comma"),
        pytest.param(reread(written=".").astype({"price": str}), "type-differs", id="text with points"),
        pytest.param(
            changed(RESEARCH, price=lambda c: (c + 1).astype(str).str.replace(".", ",")), "type-differs", id="others"
        ),
        pytest.param(changed(RESEARCH, price=lambda c: c * 100), "unit-changed", id="cents"),
        pytest.param(
            changed(RESEARCH, price=lambda c: np.where(c < 100, c * 10, c * 100)), "values-differ", id="two factors"
        ),
        pytest.param(
            changed(RESEARCH, price=lambda c: [str(x).replace(".", ",") if x > 9 else "free" for x in c]),
            "type-differs",
            id="words among them",
        ),
    ],
)
def test_is_not_named(production, code):
    verdict = verified(RESEARCH, production)
    assert CODE not in codes(verdict)
    assert (verdict.first and verdict.first.code) == code


def test_a_thousands_mark_with_equally_many_decimal_places():
    research = RESEARCH[["id", "price"]].assign(price=lambda t: np.floor(t["price"]) + 0.25)
    production = reread(research, thousands=",")
    assert production["price"].dtype == "int64"
    assert first(research, production).code == CODE
    # a product with 100 is another unit, and so is what a later step casts
    assert first(research, research.assign(price=research["price"] * 100)).code == "unit-changed"
    assert first(research, production, kind="etl").code == "unit-changed"
