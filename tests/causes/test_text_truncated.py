"""`text-truncated`: texts cut to one length."""

from __future__ import annotations

import pytest
from support import changed, codes, first, frame, verified

from parityline.causes.text_truncated import CODE

RESEARCH = changed(frame("city", "name"), city=lambda c: c.replace("Vardo", "Tromsoysund"))


@pytest.mark.parametrize(
    ("column", "length"),
    [
        pytest.param("name", 10, id="many texts"),
        pytest.param("name", 21, id="by one character"),
        pytest.param("city", 5, id="the longer of few texts"),
    ],
)
def test_is_named(column, length):
    finding = first(RESEARCH, changed(RESEARCH, **{column: lambda c: c.str[:length]}), open="name")
    assert (finding.code, finding.column) == (CODE, column)
    assert finding.evidence["length"] == length


def test_a_category_that_lost_its_end_while_longer_ones_kept_theirs_is_renamed():
    finding = first(RESEARCH, changed(RESEARCH, city=lambda c: c.replace("Bergen", "Berg")))
    assert (finding.code, finding.evidence["map"]) == ("recoded", {"Bergen": "Berg"})


def test_characters_and_not_bytes_are_counted():
    research = changed(RESEARCH, city=lambda c: c.replace("Oslo", "Ærøskøbing"))
    finding = first(research, changed(research, city=lambda c: c.str[:6]))
    assert (finding.code, finding.evidence["length"]) == (CODE, 6)


@pytest.mark.parametrize(
    ("column", "change", "keywords", "code"),
    [
        pytest.param("name", lambda c: c.str[1:], {"open": "name"}, "values-differ", id="the first character is gone"),
        pytest.param("name", lambda c: c.str[:10] + "#", {"open": "name"}, "values-differ", id="cut, then marked"),
        pytest.param(
            "name", lambda c: c.str[:-8], {"open": "name"}, "text-truncated", id="equal lengths are cut alike"
        ),
        pytest.param("city", lambda c: c.str[:-2], {}, "recoded", id="two characters less each"),
        pytest.param("name", lambda c: c.str[:10], {}, "values-differ", id="hashed at the standard privacy"),
    ],
)
def test_is_not_named(column, change, keywords, code):
    verdict = verified(RESEARCH, changed(RESEARCH, **{column: change}), **keywords)
    assert (CODE in codes(verdict)) == (code == CODE)
    assert verdict.first.code == code
