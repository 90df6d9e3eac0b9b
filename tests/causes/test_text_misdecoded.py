"""`text-misdecoded`: text in the wrong encoding."""

from __future__ import annotations

import numpy as np
import pytest
from support import changed, codes, first, frame, verified

from parityline.causes.text_misdecoded import CODE

RNG = np.random.default_rng(3)
RESEARCH = frame("name").assign(
    city=RNG.choice(["Bergen", "Tromsø", "Vardø", "Alta", "Å", "Mo i Rana", "Ørje"], 2_000),
    note=[f"{i} € – “{i % 7}”" if i % 5 == 0 else f"{i}" for i in range(2_000)],
)


def through(column, source, target, errors="strict"):
    return column.map(lambda text: text.encode(source).decode(target, errors))


@pytest.mark.parametrize(
    ("column", "change", "story"),
    [
        pytest.param("city", lambda c: through(c, "utf-8", "latin-1"), "UTF-8 was read as Latin-1", id="latin-1"),
        pytest.param("note", lambda c: through(c, "utf-8", "cp1252", "replace"), "what did not fit", id="with a hole"),
        pytest.param("city", lambda c: through(c, "utf-8", "cp850"), "UTF-8 was read as DOS 850", id="dos"),
        pytest.param("city", lambda c: through(c, "latin-1", "utf-8", "replace"), "1 was read as UTF-8", id="back"),
        pytest.param("city", lambda c: through(c, "latin-1", "cp850"), "Latin-1 was read as DOS 850", id="bytes"),
        pytest.param("city", lambda c: through(c, "utf-8", "ascii", "replace"), "UTF-8 was read as ASCII", id="ascii"),
        pytest.param("city", lambda c: c.str.encode("ascii", "replace").str.decode("ascii"), "question", id="?"),
    ],
)
def test_is_named(column, change, story):
    production = changed(RESEARCH, **{column: change})
    finding = first(RESEARCH, production, open=["note"])
    assert (finding.code, finding.column) == (CODE, column)
    assert story in finding.sentence


def test_the_reference_may_be_the_misread_one():
    finding = first(changed(RESEARCH, city=lambda c: through(c, "utf-8", "latin-1")), RESEARCH)
    assert finding.code == CODE
    assert "in the reference" in finding.sentence


def test_windows_1252_is_named_where_it_differs_from_latin_1():
    research = RESEARCH.assign(note=[f"{i} – €" for i in range(2_000)])
    finding = first(research, changed(research, note=lambda c: through(c, "utf-8", "cp1252")), open="note")
    assert "Windows-1252" in finding.sentence


def test_nine_names_of_a_hundred_thousand_are_named():
    research = frame().iloc[:0].reindex(range(100_000)).assign(id=np.arange(100_000), city="Oslo")
    research.loc[RNG.choice(100_000, 9, replace=False), "city"] = "Tromsø"
    finding = first(research, changed(research, city=lambda c: through(c, "utf-8", "latin-1")))
    assert finding.code == CODE


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda c: c.replace("Tromsø", "Tromso"), id="written in another way"),
        pytest.param(lambda c: c.where(c.index < 1_000, through(c, "utf-8", "latin-1")), id="half of the rows"),
        pytest.param(lambda c: through(c, "utf-8", "latin-1") + "!", id="and more"),
        pytest.param(lambda c: c.replace("Alta", "Altå"), id="an ASCII text changed"),
        pytest.param(lambda c: c.replace("Å", "?"), id="one text alone"),
    ],
)
def test_is_not_named(change):
    verdict = verified(RESEARCH, changed(RESEARCH, city=change))
    assert verdict.status == "fail"
    assert CODE not in codes(verdict)
