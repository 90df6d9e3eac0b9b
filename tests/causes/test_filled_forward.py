"""`filled-forward`: values that equal the row before, where the reference holds one constant or nothing."""

from __future__ import annotations

import pytest
from support import codes
from two_stages import BY_DAY, compared, found, histories

from parityline.causes.filled_forward import CODE

TABLE = histories()
FORWARD = TABLE.groupby("customer")["x"].ffill()


def filled(values):
    return TABLE.assign(x=values)


@pytest.mark.parametrize("constant", [49.75, None])
def test_is_named(constant):
    before = TABLE["x"] if constant is None else TABLE["x"].fillna(constant).where(FORWARD.notna())
    finding = found(compared(filled(before), filled(FORWARD), source=TABLE, **BY_DAY))
    assert (finding.code, finding.column, finding.evidence["fill"]) == (CODE, "x", constant)


@pytest.mark.parametrize(
    ("before", "after", "keywords"),
    [
        pytest.param(TABLE["x"].fillna(5.0), TABLE["x"].fillna(6.0), BY_DAY, id="another constant"),
        pytest.param(TABLE["x"], TABLE.groupby("customer")["x"].bfill(), BY_DAY, id="filled backward"),
        pytest.param(TABLE["x"], FORWARD, {}, id="without histories"),
        pytest.param(TABLE["x"], FORWARD + (TABLE["x"].isna() & (TABLE["customer"] < 5)), BY_DAY, id="not in all"),
        pytest.param(TABLE["x"] * 0 + 1, FORWARD * 0 + 1, BY_DAY, id="a constant column"),
    ],
)
def test_is_not_named(before, after, keywords):
    verdict = compared(filled(before), filled(after), source=TABLE, **keywords)
    assert verdict.status == "fail"
    assert CODE not in codes(verdict)


def test_entities_of_few_rows():
    source = TABLE.assign(customer=TABLE["customer"] * 20 + TABLE.groupby("customer").cumcount() // 2)
    forward = source.groupby("customer")["x"].ffill().fillna(5.0)
    before, after = source.assign(x=source["x"].fillna(5.0)), source.assign(x=forward)
    assert found(compared(before, after, source=source, **BY_DAY)).code == CODE
