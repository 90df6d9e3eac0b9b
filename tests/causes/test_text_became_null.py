"""`text-became-null`: a text that was taken for missing."""

from __future__ import annotations

import numpy as np
import pytest
from support import changed, codes, first, frame, verified

from parityline.causes.text_became_null import CODE

RNG = np.random.default_rng(11)
COUNTRY = RNG.choice(["DE", "NA", "NO", ""], 2_000, p=[0.5, 0.2, 0.2, 0.1])
RESEARCH = frame("name").assign(country=COUNTRY)
RESEARCH["country"] = RESEARCH["country"].astype(object)
RESEARCH["note"] = np.where(COUNTRY == "", "", RESEARCH["name"])
RESEARCH["state"] = np.where(COUNTRY == "NA", "n/a", RESEARCH["name"])

RESEARCH["both"] = np.select([COUNTRY == "NA", COUNTRY == ""], ["n/a", ""], RESEARCH["name"])


def missing(column, *words):
    return changed(RESEARCH, **{column: lambda c: c.astype(object).where(~c.isin(words), None)})


def count(*words):
    return int(np.isin(COUNTRY, words).sum())


@pytest.mark.parametrize(
    ("column", "words", "values", "rows"),
    [
        pytest.param("country", ["NA"], ["'NA'"], count("NA"), id="Namibia"),
        pytest.param("country", [""], ["''"], count(""), id="the empty text"),
        pytest.param("country", ["NA", ""], None, count("NA", ""), id="both"),
        pytest.param("country", ["NO"], ["'NO'"], count("NO"), id="all of one category"),
        pytest.param("note", [""], ["''"], count(""), id="the empty text among many texts"),
        pytest.param("state", ["n/a"], ["'n/a'"], count("NA"), id="a word among many texts"),
        pytest.param("both", ["n/a", ""], None, count("NA", ""), id="a word and the empty text among many"),
    ],
)
def test_is_named(column, words, values, rows):
    finding = first(RESEARCH, missing(column, *words))
    assert (finding.code, finding.column) == (CODE, column)
    assert finding.evidence["rows"] == rows
    assert finding.share == pytest.approx(rows / 2_000)
    if values:
        assert finding.evidence["values"] == values


@pytest.mark.parametrize(
    ("production", "code"),
    [
        pytest.param(
            missing("country", "DE", "NO"), "values-differ", id="two categories that are no words for missing"
        ),
        pytest.param(
            changed(RESEARCH, country=lambda c: c.where((c != "DE") | (RESEARCH["id"] < 1_000), None)),
            "missing-in-one-segment",
            id="half of a category",
        ),
        pytest.param(
            # as many empty texts were written as other texts became null
            changed(RESEARCH, note=lambda c: c.where(c != "", "x").where(RESEARCH["id"] >= count(""), None)),
            "values-differ",
            id="other texts, of the same number",
        ),
        pytest.param(missing("country", *set(COUNTRY)), "variable-unavailable", id="all of them"),
        pytest.param(changed(RESEARCH, country=lambda c: c.replace("NA", "NAM")), "recoded", id="another word"),
    ],
)
def test_is_not_named(production, code):
    verdict = verified(RESEARCH, production)
    assert CODE not in codes(verdict)
    assert verdict.first.code == code
