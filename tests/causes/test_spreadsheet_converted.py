"""`spreadsheet-converted`: codes after a spreadsheet."""

from __future__ import annotations

import numpy as np
import pytest
from support import changed, codes, first, frame, verified

from parityline.causes.spreadsheet_converted import CODE

RNG = np.random.default_rng(3)
LONG = RNG.integers(10**11, 10**13, 2_000)
RESEARCH = frame().assign(
    code=[str(i) for i in LONG],
    mixed=[str(i) if i % 3 else f"A{i}" for i in LONG],
    card=[str(i * 10**5 + 54_321) for i in LONG],
    number=LONG * 10**5 + 54_321,
    gene=RNG.choice(["TP53", "SEPT2", "MARCH1", "DEC1", "BRCA2", "1-2"], 2_000),
)


def notation(text):
    return f"{int(text):.2E}" if text.isdigit() else text


DATES = {"SEPT2": "2-Sep", "MARCH1": "1-Mar", "DEC1": "1-Dec", "1-2": "2-Jan"}
SEVERAL = {"SEPT2": "2024-09-02", "MARCH1": "Mar-01", "DEC1": "12/1/2024", "1-2": "1-Feb"}


@pytest.mark.parametrize(
    ("column", "change", "kinds"),
    [
        pytest.param("code", lambda c: c.map(notation), ["notation"], id="scientific notation"),
        pytest.param("mixed", lambda c: c.map(notation), ["notation"], id="beside other codes"),
        pytest.param("code", lambda c: c.map(notation).astype(float), ["notation"], id="read as numbers"),
        pytest.param("card", lambda c: c.str[:15] + "000", None, id="fifteen digits as text"),
        pytest.param("number", lambda c: [int(str(i)[:15]) * 10 ** (len(str(i)) - 15) for i in c], ["digits"], id="15"),
    ],
)
def test_numbers_are_named(column, change, kinds):
    research = RESEARCH[RESEARCH["card"].str.len() == 18] if kinds is None else RESEARCH
    finding = first(research, changed(research, **{column: change}), open=["code", "mixed", "card"])
    assert (finding.code, finding.column) == (CODE, column)
    assert list(finding.evidence["distinct"]) == (kinds or ["digits"])


@pytest.mark.parametrize("dates", [DATES, SEVERAL], ids=["as a spreadsheet shows them", "in several forms"])
def test_dates_need_five_names(dates):
    more = {f"SEP{i}": f"{i}-Sep" for i in range(3, 9)}
    research = changed(RESEARCH, gene=lambda c: c.where(c.index % 2 > 0, RNG.choice(list(more), len(c))))
    finding = first(research, changed(research, gene=lambda c: c.replace({**dates, **more})))
    assert (finding.code, finding.column) == (CODE, "gene")
    assert list(finding.evidence["distinct"]) == ["date"]


@pytest.mark.parametrize(
    ("column", "change"),
    [
        pytest.param("code", lambda c: c.where(c.index < 1_000, c.map(notation)), id="half of the codes"),
        pytest.param("code", lambda c: [f"{int(x) + 10**10:.2E}" for x in c], id="other numbers"),
        pytest.param("number", lambda c: c // 10**15 * 10**15, id="rounded numbers"),
        pytest.param("gene", lambda c: c.replace({"SEPT2": "3-Sep", "MARCH1": "1-Mar"}), id="another day"),
        pytest.param("gene", lambda c: c.replace({"SEPT2": "SEPTIN2"}), id="renamed"),
        pytest.param("code", lambda c: c.astype("int64"), id="numbers in full"),
    ],
)
def test_is_not_named(column, change):
    verdict = verified(RESEARCH, changed(RESEARCH, **{column: change}), open=["code", "mixed", "card"])
    assert verdict.status == "fail"
    assert CODE not in codes(verdict)


def test_hidden_texts_are_named_by_what_a_spreadsheet_shows_of_them():
    research = RESEARCH.assign(code=[f"{10**15 + 7 * i}" for i in range(len(RESEARCH))])
    finding = first(research, changed(research, code=lambda c: c.map(lambda t: f"{int(t):.5E}".replace("E+", "E+"))))
    assert (finding.code, finding.column, finding.evidence["kind"]) == (CODE, "code", "notation")
