"""What a record keeps of rows and groups at each level of privacy, looked for in its bytes."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

import parityline
from parityline import privacy
from parityline.kernel import State
from parityline.kernel.sections import Classes, Entities, GroupTotals, RareRows, Windows

ROWS = 3000
SECRETS = ("ana-", "berlin-")


def visits() -> pa.Table:
    """Customers with names of their own in 40 towns; a few rows are special."""
    random = np.random.default_rng(3)
    return pa.table(
        {
            "id": np.arange(ROWS),
            "name": [f"ana-{i}é" if i % 1000 == 0 else f"ana-{i}" for i in range(ROWS)],
            "town": [f"berlin-{i % 40}" for i in range(ROWS)],
            "time": pa.array(random.integers(0, 10**8, ROWS), pa.timestamp("s")),
            "amount": random.normal(size=ROWS),
            "late": random.integers(0, 2, ROWS).astype(bool),
        }
    )


OPTIONS = {"key": "id", "time": "time", "entity": "name", "target": "late", "totals": {"amount": "town"}}
STATE = parityline.fingerprint(visits(), **OPTIONS).state


def kept(level: privacy.Level, **columns: list[str]) -> tuple[State, bytes]:
    """As a record holds it, read again."""
    data = privacy.applied(STATE, level, **columns).to_bytes()
    state = State.from_bytes(data)
    assert state.to_bytes() == data
    return state, data


def test_what_is_hidden_is_there_before():
    assert all(secret.encode() in STATE.to_bytes() for secret in SECRETS)


def test_text_of_many_values_travels_as_hashes_and_the_rest_as_it_is():
    state, data = kept("standard")
    assert b"ana-" not in data
    assert b"berlin-" in data
    assert state.section(RareRows).rows == STATE.section(RareRows).rows
    assert state.section(Entities).hashes == STATE.section(Entities).hashes


def test_nothing_of_rows_and_groups_is_left_at_strict():
    state, data = kept("strict")
    assert not any(secret.encode() in data for secret in SECRETS)
    assert state.section(RareRows).rows == ()
    assert state.section(Entities).row_hashes == ()
    assert state.section(Windows).groups.keys == ()
    assert state.section(Classes).groups is None
    assert not any(grouped.groups for grouped in state.section(GroupTotals).groupings.values())


def test_open_keeps_everything():
    assert kept("open")[1] == STATE.to_bytes()


@pytest.mark.parametrize("level", ["standard", "open"])
def test_a_private_column_is_in_no_group_and_asks_for_no_row(level):
    state, data = kept(level, private=["town", "amount"])
    assert b"berlin-" not in data
    groupings = state.section(GroupTotals).groupings
    assert not any(grouped.groups for own, grouped in groupings.items() if {own.measure, *own.by} & {"town", "amount"})
    assert any(grouped.groups for grouped in groupings.values()) == any(
        grouped.groups
        for own, grouped in STATE.section(GroupTotals).groupings.items()
        if not {own.measure, *own.by} & {"town", "amount"}
    )
    amount = state.sampled_columns.index("amount")
    assert not any(state.section(RareRows).members[amount])
    assert any(STATE.section(RareRows).members[amount])
    content = state.section(Windows).groups.columns[amount].content
    assert not len(content.prefixes)


def test_windows_by_a_private_time_are_gone():
    state, _ = kept("standard", private=["time"])
    assert state.section(Windows).groups.keys == ()
    assert set(state.section(Entities).times) == {None}


def test_classes_of_a_private_target_are_gone():
    state, _ = kept("standard", private=["late"])
    assert state.section(Classes).groups is None
