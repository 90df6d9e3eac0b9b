"""`recoded`: the same information in another code, one to one."""

from __future__ import annotations

import pytest
from support import changed, codes, first, frame, verified

from parityline.causes.recoded import CODE

RESEARCH = frame("city", "flag", "count")
NUMBERS = {"Bergen": 10, "Oslo": 20, "Tromso": 30, "Vardo": 40}
AIRPORTS = {"Bergen": "BGO", "Oslo": "OSL", "Tromso": "TOS", "Vardo": "VAW"}


@pytest.mark.parametrize("kind", ["source", "features"])
@pytest.mark.parametrize(
    ("column", "change", "mapping"),
    [
        pytest.param("city", lambda c: c.map(NUMBERS), NUMBERS, id="text as number"),
        pytest.param("city", lambda c: c.map(AIRPORTS), AIRPORTS, id="text as other text"),
        pytest.param("city", lambda c: c.replace("Oslo", "Christiania"), {"Oslo": "Christiania"}, id="one new name"),
        pytest.param("flag", lambda c: c.map({True: "Y", False: "N"}), {"True": "Y", "False": "N"}, id="yes and no"),
        pytest.param("flag", lambda c: c.map({True: 1, False: 0}), {"True": 1, "False": 0}, id="one and zero"),
    ],
)
def test_is_named(column, change, mapping, kind):
    finding = first(RESEARCH, changed(RESEARCH, **{column: change}), kind=kind)
    assert (finding.code, finding.column) == (CODE, column)
    assert finding.evidence["map"] == mapping


def test_rows_that_are_lost_as_well_do_not_hide_it():
    production = changed(RESEARCH, city=lambda c: c.map(AIRPORTS)).iloc[300:]
    assert CODE in codes(verified(RESEARCH, production))


def test_one_number_of_many_that_is_another_one_now():
    research = RESEARCH.assign(count=RESEARCH["count"].clip(0, 11) + 0.35)
    finding = first(research, changed(research, count=lambda c: c.replace(4.35, 9.99)))
    assert (finding.code, finding.evidence["map"]) == (CODE, {"4.35": 9.99})


def test_two_numbers_are_a_code():
    research = RESEARCH.assign(flag=RESEARCH["flag"].map({True: 1, False: 2}))
    finding = first(research, changed(research, flag=lambda c: c.map({1: 7, 2: 3})))
    assert (finding.code, finding.evidence["map"]) == (CODE, {"1": 7, "2": 3})


@pytest.mark.parametrize(
    ("column", "change", "keywords", "code"),
    [
        pytest.param("city", lambda c: c.replace("Oslo", "Bergen"), {}, "values-differ", id="merged"),
        pytest.param("city", lambda c: c.str.upper(), {}, "text-case-changed", id="a weaker change: case"),
        pytest.param("city", lambda c: c + " ", {}, "text-padded", id="a weaker change: spaces"),
        pytest.param("count", lambda c: c + 1, {}, "shifted-by-constant", id="a weaker change: one more"),
        pytest.param("flag", lambda c: ~c, {}, "categories-exchanged", id="inside the same set"),
        pytest.param("city", lambda c: c.map(NUMBERS), {"key": None}, "type-differs", id="without a key"),
        pytest.param(
            "city", lambda c: c.map(NUMBERS) + (RESEARCH["id"] == 3), {}, "type-differs", id="but for one row"
        ),
    ],
)
def test_is_not_named(column, change, keywords, code):
    verdict = verified(RESEARCH, changed(RESEARCH, **{column: change}), **keywords)
    assert CODE not in codes(verdict)
    assert verdict.first.code == code
