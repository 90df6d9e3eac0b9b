"""`unicode-form-changed`: another normal form."""

from __future__ import annotations

import unicodedata

import numpy as np
import pytest
from support import changed, codes, first, frame, verified

from parityline.causes.unicode_form_changed import CODE

RNG = np.random.default_rng(3)
RESEARCH = frame().assign(city=RNG.choice(["Ålesund", "Orléans", "München", "Oslo", "ﬁne", "½"], 2_000))


def form(name):
    return lambda column: column.map(lambda text: unicodedata.normalize(name, text))


@pytest.mark.parametrize("name", ["NFD", "NFKC", "NFKD"])
def test_is_named(name):
    finding = first(RESEARCH, changed(RESEARCH, city=form(name)))
    assert (finding.code, finding.column, finding.evidence["form"]) == (CODE, "city", name)


def test_is_named_the_other_way():
    finding = first(changed(RESEARCH, city=form("NFD")), RESEARCH)
    assert (finding.code, finding.evidence["form"]) == (CODE, "NFC")


def test_a_mixture_is_named():
    production = changed(RESEARCH, city=lambda c: c.where(c.index < 1_000, form("NFD")(c)))
    finding = first(RESEARCH, production)
    assert (finding.code, finding.evidence["form"]) == (CODE, None)


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda c: c.str.replace("é", "e"), id="accents removed"),
        pytest.param(lambda c: form("NFD")(c).str.encode("ascii", "ignore").str.decode("ascii"), id="letters alone"),
        pytest.param(lambda c: form("NFD")(c) + " ", id="and padded"),
        pytest.param(lambda c: c.where(c != "ﬁne", "fine"), id="one ligature spelled out, one fraction kept"),
        pytest.param(lambda c: c.str.upper(), id="upper case"),
    ],
)
def test_is_not_named(change):
    verdict = verified(RESEARCH, changed(RESEARCH, city=change))
    assert verdict.status == "fail"
    assert CODE not in codes(verdict)
