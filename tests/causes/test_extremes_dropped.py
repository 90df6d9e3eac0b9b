"""`extremes-dropped`: the missing rows lie outside what is left of one column."""

from __future__ import annotations

import numpy as np
import pytest
from support import codes
from two_stages import RAW, compared, found

from parityline.causes.extremes_dropped import CODE

TABLE = RAW[["id", "amount", "age"]]
HIGH, LOW = (TABLE["amount"].quantile(q) for q in (0.97, 0.02))


@pytest.mark.parametrize("kind", ["features", "etl"])
@pytest.mark.parametrize(
    ("kept", "end"),
    [
        pytest.param(TABLE["amount"] <= HIGH, "largest", id="above"),
        pytest.param(TABLE["amount"] >= LOW, "smallest", id="below"),
        pytest.param(TABLE["amount"].between(LOW, HIGH), "most extreme", id="both"),
    ],
)
def test_is_named(kept, end, kind):
    finding = found(compared(TABLE, TABLE[kept], kind=kind))
    assert (finding.code, finding.evidence["of"], finding.evidence["end"]) == (CODE, "amount", end)
    assert finding.evidence["rows"] == int((~kept).sum())


@pytest.mark.parametrize(
    "kept",
    [
        pytest.param(TABLE["id"] % 20 > 0, id="without a pattern"),
        pytest.param((TABLE["amount"] <= HIGH) | (TABLE["id"] % 2 > 0), id="half of the largest"),
        pytest.param(TABLE["id"] < 1900, id="the last rows by key"),
        pytest.param(TABLE["amount"] <= TABLE["amount"].median(), id="half of the table"),
        pytest.param((TABLE["amount"] <= HIGH) & (TABLE["id"] % 30 > 0), id="others too"),
    ],
)
def test_is_not_named(kept):
    verdict = compared(TABLE, TABLE[kept])
    assert verdict.status == "fail"
    assert CODE not in codes(verdict)


def test_another_kind_of_stage():
    table = TABLE.assign(y=1.0)
    assert CODE not in codes(compared(table, table[table["amount"] <= HIGH], kind="outcomes", actual="y"))


def test_what_is_computed_from_the_column_is_named_beside_it():
    table = TABLE.assign(bounded=TABLE["amount"].clip(upper=HIGH * 1.5), logarithm=np.log(TABLE["amount"]))
    finding = found(compared(table, table[table["amount"] <= HIGH]))
    assert finding.code == CODE
    assert {finding.evidence["of"], *finding.evidence["alike"]} == {"amount", "bounded", "logarithm"}


def test_the_last_rows_in_time_are_no_extremes():
    table = TABLE.assign(when=RAW["when"], days=(RAW["when"] - RAW["when"].min()).dt.total_seconds())
    assert CODE not in codes(compared(table, table[table["when"] < "2024-12-01"]))
