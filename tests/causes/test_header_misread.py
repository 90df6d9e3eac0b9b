"""`header-misread`: the header read as data, or data as the header."""

from __future__ import annotations

import io

import pandas as pd
import pytest
from support import changed, codes, frame, verified

from parityline.causes.header_misread import CODE

RESEARCH = frame("amount", "city", "name")


def reread(table, **options):
    return pd.read_csv(io.StringIO(table.to_csv(index=False)), **options)


def as_data(table):
    return reread(table, header=None, names=list(table.columns))


@pytest.mark.parametrize(
    ("research", "keywords"),
    [
        pytest.param(RESEARCH, {"key": None}, id="without a key"),
        pytest.param(RESEARCH, {}, id="the key becomes text too"),
        pytest.param(RESEARCH, {"rows": "same"}, id="held to the same rows"),
        pytest.param(RESEARCH, {"key": "name"}, id="a key that is text"),
        pytest.param(RESEARCH[["city", "name"]], {"key": "name"}, id="texts alone"),
    ],
)
def test_a_header_read_as_data_is_named(research, keywords):
    verdict = verified(research, as_data(research), **keywords)
    finding = verdict.first
    assert (finding.code, finding.evidence["rows"]) == (CODE, 1)
    same = [f for f in verdict.findings if f.severity == "error" and f.code != CODE]
    assert not same or keywords == {}


def test_several_headers_are_named():
    text = "".join(RESEARCH[i : i + 500].to_csv(index=False) for i in range(0, 2_000, 500))
    production = pd.read_csv(io.StringIO(text))
    finding = verified(RESEARCH, production, key="name").first
    assert (finding.code, finding.evidence["rows"]) == (CODE, 3)


def test_a_first_row_taken_for_the_header_is_named():
    production = pd.read_csv(io.StringIO(RESEARCH.to_csv(index=False, header=False)))
    verdict = verified(RESEARCH, production, key=None)
    assert verdict.first.code == CODE
    assert codes(verdict) == {CODE}
    assert verdict.first.evidence["names"] == [str(x) for x in RESEARCH.iloc[0]]


EXTRA = pd.DataFrame({"id": [9_999], "amount": [1.0], "city": ["city"], "name": ["nobody"]})


@pytest.mark.parametrize(
    ("production", "keywords"),
    [
        pytest.param(pd.concat([RESEARCH, EXTRA]), {}, id="a city called city"),
        pytest.param(changed(RESEARCH, amount=lambda c: c.astype(str)), {}, id="text, but no row more"),
        pytest.param(as_data(RESEARCH).replace("amount", "total"), {"key": None}, id="another name in the row"),
        pytest.param(RESEARCH[1:].rename(columns={"city": "Oslo", "name": "x"}), {"key": None}, id="other names"),
        pytest.param(RESEARCH[1:], {}, id="the first row is lost"),
    ],
)
def test_is_not_named(production, keywords):
    verdict = verified(RESEARCH, production, **keywords)
    assert verdict.status == "fail"
    assert CODE not in codes(verdict)
