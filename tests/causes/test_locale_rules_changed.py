"""`locale-rules-changed`: texts that differ in the letter i alone."""

from __future__ import annotations

import numpy as np
import pytest
from support import changed, codes, first, frame, verified

from parityline.causes.locale_rules_changed import CODE

WORDS = np.array(["title", "city", "ship", "road", "tin", "indigo"])
RESEARCH = frame("city").assign(city=lambda t: WORDS[t["id"] % len(WORDS)])


def turkish_lower(texts):
    return texts.str.upper().str.replace("I", "\u0131").str.lower()


def turkish_upper(texts):
    return texts.str.replace("i", "\u0130").str.upper()


@pytest.mark.parametrize(
    ("before", "after", "words"),
    [
        pytest.param(RESEARCH, changed(RESEARCH, city=turkish_lower), "follows Turkish rules here", id="lower case"),
        pytest.param(changed(RESEARCH, city=turkish_lower), RESEARCH, "Turkish ones in research", id="the way back"),
        pytest.param(
            changed(RESEARCH, city=lambda c: c.str.upper()),
            changed(RESEARCH, city=turkish_upper),
            "follows Turkish rules here",
            id="upper case",
        ),
    ],
)
def test_is_named(before, after, words):
    finding = first(before, after, kind="features")
    assert (finding.code, finding.column) == (CODE, "city")
    assert words in finding.sentence


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda c: c.str.upper(), id="upper case by other rules"),
        pytest.param(lambda c: c.str.replace("i", "y"), id="another letter"),
        pytest.param(lambda c: turkish_lower(c) + "s", id="one letter more"),
        pytest.param(lambda c: c + "\u0307", id="a dot above another letter"),
    ],
)
def test_is_not_named(change):
    verdict = verified(RESEARCH, changed(RESEARCH, city=change), kind="features")
    assert verdict.status == "fail"
    assert CODE not in codes(verdict)
