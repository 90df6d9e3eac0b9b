"""`split-date-moved`: two parts that lie one behind the other in time, with another cut."""

from __future__ import annotations

import numpy as np
import pytest
from splitting import ROWS, TABLE, split, told
from support import codes

from parityline.causes.split_date_moved import CODE


def cut(table, share):
    at = int(share * len(table))
    return {"train": table[:at], "test": table[at:]}


GROWN = TABLE[:1100]


def test_the_table_grew():
    finding = told(split(cut(GROWN, 0.8), cut(TABLE, 0.8), source=GROWN, here=TABLE))
    assert finding.code == CODE
    assert (finding.expected, finding.found) == (str(TABLE["day"][880]), str(TABLE["day"][960]))
    assert f"grew from 1,100 to {ROWS:,} rows" in finding.sentence


def test_dates_and_another_share():
    table = TABLE.assign(day=TABLE["day"].dt.date)
    finding = told(split(cut(table, 0.8), cut(table, 0.5), source=table))
    assert (finding.code, finding.found) == (CODE, str(table["day"][600]))


def test_positions_with_a_time():
    sides = [{"train": np.arange(at), "test": np.arange(at, ROWS)} for at in (900, 1000)]
    assert told(split(*sides, time="day")).code == CODE


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param(cut(TABLE.sample(frac=1, random_state=1), 0.8), cut(TABLE, 0.8), id="by chance before"),
        pytest.param(cut(TABLE, 0.8), cut(TABLE.sample(frac=1, random_state=1), 0.8), id="by chance now"),
        pytest.param(cut(TABLE, 0.8), cut(TABLE[::-1], 0.8), id="the other way round"),
        pytest.param(cut(TABLE[["id", "x"]], 0.8), cut(TABLE[["id", "x"]], 0.7), id="without a time"),
    ],
)
def test_is_not_named(before, after):
    verdict = split(before, after)
    assert verdict.status == "fail"
    assert CODE not in codes(verdict)
