"""`text-padded`: texts that agree once trimmed."""

from __future__ import annotations

import pytest
from support import changed, codes, first, frame, verified

from parityline.causes.text_padded import CODE

RESEARCH = frame("city", "name")
PADDED = changed(RESEARCH, city=lambda c: c.str.ljust(10), name=lambda c: c.str.ljust(30))


@pytest.mark.parametrize(
    ("before", "after", "column"),
    [
        pytest.param(RESEARCH, changed(RESEARCH, city=PADDED["city"]), "city", id="CHAR(10)"),
        pytest.param(changed(RESEARCH, city=PADDED["city"]), RESEARCH, "city", id="trimmed in production"),
        pytest.param(RESEARCH, changed(RESEARCH, city=lambda c: " " + c), "city", id="a leading space"),
        pytest.param(RESEARCH, changed(RESEARCH, city=lambda c: c + "\r"), "city", id="a carriage return"),
        pytest.param(RESEARCH, changed(RESEARCH, name=PADDED["name"]), "name", id="many texts"),
    ],
)
def test_is_named(before, after, column):
    finding = first(before, after, open="name")
    assert (finding.code, finding.column) == (CODE, column)
    assert finding.evidence["sampled_changed"] == 2_000


@pytest.mark.parametrize(
    ("after", "code"),
    [
        pytest.param(changed(RESEARCH, city=lambda c: c + "."), "recoded", id="a full stop"),
        pytest.param(changed(RESEARCH, city=lambda c: c.str[:1] + " " + c.str[1:]), "recoded", id="a space inside"),
        pytest.param(changed(RESEARCH, name=PADDED["name"] + "."), "values-differ", id="hidden, and a full stop"),
    ],
)
def test_is_not_named(after, code):
    verdict = verified(RESEARCH, after)
    assert CODE not in codes(verdict)
    assert verdict.first.code == code
