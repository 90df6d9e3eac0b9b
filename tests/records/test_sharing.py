"""Tables of a record share what they have in common: every fingerprint comes back as it was, from fewer bytes."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

import parityline
from parityline import FormatError, Record
from parityline.kernel.encoding import Writer
from parityline.records import combine
from parityline.sharing import Packing, Unpacking

ROWS = 3000
RNG = np.random.default_rng(8)
TABLE = pa.table({"id": range(ROWS), **{f"x{i}": RNG.normal(size=ROWS) for i in range(20)}, "same": ["a"] * ROWS})
STAGES = {
    "read": TABLE,
    "handed on": TABLE,
    "one column more": TABLE.append_column("y", pa.array(RNG.normal(size=ROWS))),
    "a column renamed": TABLE.rename_columns(["id", "z", *TABLE.column_names[2:]]),
    "fewer rows": TABLE.slice(0, 2000),
}
tables = st.lists(st.lists(st.binary(min_size=1, max_size=4), min_size=1, max_size=6), max_size=5)


def recorded(privacy: str = "standard") -> Record:
    with parityline.record("shared", environment="here", privacy=privacy) as run:
        for name, table in STAGES.items():
            run.etl(name, table, key="id")
    return run.record


@pytest.mark.parametrize("privacy", ["standard", "strict", "open"])
def test_a_record_gives_every_fingerprint_back(privacy):
    record = recorded(privacy)
    again = Record.from_bytes(record.to_bytes())
    for name, stage in record.stages.items():
        whole, read = stage.tables[""], again.stages[name].tables[""]
        assert read.to_bytes() == read.state.to_bytes() == whole.to_bytes()
    assert again.to_bytes() == record.to_bytes()


def test_what_stages_have_in_common_is_kept_once():
    record = recorded()
    alone = {name: len(stage.tables[""].to_bytes()) for name, stage in record.stages.items()}
    record.stages.pop("fewer rows")
    with_changed = len(record.to_bytes())
    del record.stages["one column more"], record.stages["a column renamed"]
    assert len(record.to_bytes()) < 1.02 * alone["read"]
    assert with_changed < 1.7 * alone["read"] < 0.5 * sum(alone.values())


def test_what_is_shared_is_decoded_once():
    record = Record.from_bytes(recorded().to_bytes())
    first, second, more, renamed = (
        record.stages[name].tables[""].state for name in ("read", "handed on", "one column more", "a column renamed")
    )
    assert first.columns["x1"] is second.columns["x1"] is more.columns["x1"]
    assert first.columns["x0"] is renamed.columns["z"]
    assert first.sample.columns[3] is second.sample.columns[3] is more.sample.columns[3]


def test_partial_records_are_combined_with_their_pieces(tmp_path):
    record, paths = recorded(), []
    for name, stage in record.stages.items():
        part = Record("shared", "here", {name: stage}, created="2026-01-01T00:00:00Z")
        paths.append(part.write(tmp_path / f"{len(paths)}.parity"))
    whole = combine(list(paths))
    assert len(whole.to_bytes()) < 0.7 * sum(path.stat().st_size for path in paths)
    assert whole.stages["read"].tables[""].to_bytes() == record.stages["read"].tables[""].to_bytes()


@given(tables)
def test_unpacking_is_the_inverse_of_packing(given_tables):
    packing, unpacking = Packing(), Unpacking(1 << 20)
    for pieces in given_tables:
        found = unpacking.unpacked(memoryview(packing.packed(pieces)), "table")
        assert [bytes(piece.data) for piece in found.each] == pieces
        assert bytes(found.joined()) == b"".join(pieces)


def packed(*entries: int, data: bytes = b"") -> memoryview:
    out = Writer()
    out.varint(len(entries))
    for entry in entries:
        out.varint(entry)
    out.raw(data)
    return memoryview(out.value())


@pytest.mark.parametrize(
    "table",
    [
        pytest.param(packed(2 << 1 | 1), id="a piece that no table holds"),
        pytest.param(packed(2, 1 << 1 | 1, data=b"x"), id="a piece of its own"),
        pytest.param(packed(1, 1), id="a piece named twice"),
        pytest.param(packed(0), id="an empty piece"),
        pytest.param(packed(4, data=b"x"), id="a piece longer than the table"),
        pytest.param(packed(2, data=b"xy"), id="bytes behind the last piece"),
        pytest.param(packed((1 << 63) - 2), id="a piece of many bytes"),
        pytest.param(memoryview(b"\xff\xff\xff\xff\x0f"), id="many pieces"),
        pytest.param(memoryview(b""), id="nothing"),
    ],
)
def test_a_damaged_table_is_refused(table):
    unpacking = Unpacking(1 << 20)
    unpacking.unpacked(packed(2, data=b"a"), "first")
    with pytest.raises(FormatError):
        unpacking.unpacked(table, "second")


def test_a_small_file_cannot_claim_much():
    unpacking = Unpacking(1 << 20)
    unpacking.unpacked(packed(2 << 19, data=bytes(1 << 19)), "first")
    unpacking.unpacked(packed(1), "second")
    with pytest.raises(FormatError, match="together larger"):
        unpacking.unpacked(packed(1), "third")
