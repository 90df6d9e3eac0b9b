"""`text-case-changed`: texts that agree once case is folded."""

from __future__ import annotations

import pytest
from support import changed, codes, first, frame, verified

from parityline.causes.text_case_changed import CODE

RESEARCH = frame("city", "name")


@pytest.mark.parametrize(
    ("column", "change", "words"),
    [
        pytest.param("city", lambda c: c.str.upper(), "in upper case", id="few texts, upper"),
        pytest.param("city", lambda c: c.str.lower(), "in lower case", id="few texts, lower"),
        pytest.param("city", lambda c: c.replace("Oslo", "OSLO"), "in upper case", id="one of them"),
        pytest.param("name", lambda c: c.str.upper(), "in upper case", id="many texts"),
        pytest.param("name", lambda c: c.str.title(), "in another case", id="many texts, title"),
    ],
)
def test_is_named(column, change, words):
    finding = first(RESEARCH, changed(RESEARCH, **{column: change}), open="name")
    assert (finding.code, finding.column) == (CODE, column)
    assert words in finding.sentence
    assert finding.evidence["sampled_changed"] == round(finding.share * 2_000)


@pytest.mark.parametrize(
    ("column", "change", "keywords", "code"),
    [
        pytest.param("city", lambda c: c.str.upper() + " ", {}, "recoded", id="and a space"),
        pytest.param("city", lambda c: c.str[::-1], {}, "recoded", id="reversed"),
        pytest.param("name", lambda c: c.str.upper() + ".", {}, "values-differ", id="hidden, and a full stop"),
        pytest.param("city", lambda c: c.str.upper(), {"key": None}, "values-differ", id="without a key"),
    ],
)
def test_is_not_named(column, change, keywords, code):
    verdict = verified(RESEARCH, changed(RESEARCH, **{column: change}), **keywords)
    assert CODE not in codes(verdict)
    assert verdict.first.code == code
