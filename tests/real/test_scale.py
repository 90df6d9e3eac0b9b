"""At volume: parts merge to the whole, sums do not depend on order, changed rows are named without the data."""

from __future__ import annotations

import random
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
from flights import FLIGHTS

import parityline
from conftest import there
from parityline.errors import IncomparableError

OPTIONS = {
    "key": ["month", "day", "carrier", "flight", "origin"],
    "partition": "month",
    "entity": "tailnum",
    "totals": {"dep_delay": ["carrier", "origin"]},
}
BIKE = FLIGHTS.parent / "bike_sharing"
MILLIONS = 6_000_000


@pytest.fixture(scope="module", name="flights")
def _flights() -> pa.Table:
    return pq.read_table(there(FLIGHTS) / "flights.parquet")


@pytest.mark.parametrize("parts", [3, 200])
def test_partitions_of_the_flights_merge_to_one_pass_over_them(flights, parts):
    whole = parityline.fingerprint(flights, **OPTIONS)
    size = flights.num_rows // parts + 1
    found = [parityline.fingerprint(flights.slice(i, size), **OPTIONS) for i in range(0, flights.num_rows, size)]
    assert len(found) == parts
    random.Random(parts).shuffle(found)
    while len(found) > 1:  # a tree
        found = [a.merge(b) for a, b in zip(found[::2], found[1::2], strict=False)] + found[len(found) & ~1 :]
    assert found[0].to_bytes() == whole.to_bytes()


def test_a_lost_partition_is_said_with_the_rows_that_were_seen(flights):
    whole = parityline.fingerprint(flights, **OPTIONS)
    lost = flights.filter(pc.not_equal(flights["month"], 7))
    found = parityline.fingerprint(lost, **OPTIONS)
    assert found.rows == lost.num_rows < whole.rows
    differ = whole.differences(found).rows
    assert differ.low <= whole.rows - found.rows <= differ.high
    assert len(whole.partitions) - len(found.partitions) == 1


def test_parts_of_other_parameters_do_not_merge(flights):
    part = flights.slice(0, 1000)
    with pytest.raises(IncomparableError, match="same parameters"):
        parityline.fingerprint(part, **OPTIONS).merge(parityline.fingerprint(part))


def test_one_column_in_ten_orders_has_one_sum():
    table = pq.read_table(there(BIKE) / "hour.parquet")
    order = np.random.default_rng(0)
    tables = [table.take(order.permutation(table.num_rows)) for _ in range(10)]
    assert len({parityline.fingerprint(t).to_bytes() for t in tables}) == 1
    plain = {float(np.cumsum(t["temp"].to_numpy())[-1]) for t in tables}
    assert len(plain) > 1, "plain addition depends on the order, or this test shows nothing"


def test_five_hundred_changed_rows_in_six_million_are_named_from_two_fingerprints(tmp_path: Path):
    numbers = np.random.default_rng(0)
    table = pa.table({"id": np.arange(MILLIONS), "amount": numbers.integers(0, 10**6, MILLIONS) / 100})
    rows = np.sort(numbers.choice(MILLIONS, 500, replace=False))
    amount = table["amount"].to_numpy().copy()
    amount[rows] += 0.01
    for name, side in (("a", table), ("b", table.set_column(1, "amount", pa.array(amount)))):
        (tmp_path / name).write_bytes(parityline.fingerprint(side, key="id").to_bytes())
    a, b = (parityline.Fingerprint.from_bytes((tmp_path / name).read_bytes()) for name in "ab")
    found = a.differences(b)
    assert found.complete
    changed = [own[0].key_value for own in found.changed().values()]
    assert sorted(changed) == rows.tolist()
