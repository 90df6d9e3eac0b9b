"""Bytes that are no fingerprint: each is refused with a FormatError, at once and in little memory (reliability F-07).

A checksum guards the whole, so the decoders are also tested behind it, with the checksum made right again.
"""

from __future__ import annotations

import io
import random
import time
import tracemalloc
import zipfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hostile import blocks, fingerprints, record, replaced, resealed, with_facts, with_json
from parityline.errors import FormatError
from parityline.kernel import Parameters, State
from parityline.kernel.cells import Cell, Cells, Hashed, LongText, Wide
from parityline.kernel.encoding import Reader, Writer
from parityline.kernel.reference import build
from parityline.kernel.state import MAGIC, VERSION
from parityline.kernel.summaries import SUMMARIES, Distinct
from parityline.records import Record
from strategies import EXAMPLES, KINDS, batches_of

LIMIT_SECONDS = 1.0
PLACES = 6 * EXAMPLES if EXAMPLES <= 100 else 50_000
"""How many places of a sample are damaged behind its checksum: some in `make test`, all of a small one in the soak."""


SAMPLES = fingerprints()
SMALL = [name for name, data in SAMPLES.items() if len(data) < 10_000]
every_sample = pytest.mark.parametrize("name", SAMPLES)
every_small_sample = pytest.mark.parametrize("name", SAMPLES if EXAMPLES > 100 else SMALL)
RECORD = record()


def refused(data: bytes) -> bool:
    """Whether the bytes are refused; any other error, a hang, or bytes that are not canonical fail the test."""
    started = time.process_time()
    try:
        state = State.from_bytes(data)
    except FormatError:
        return True
    finally:
        assert time.process_time() - started < LIMIT_SECONDS
    assert state.to_bytes() == data
    return False


def refused_record(data: bytes) -> bool:
    """The same of a record, whose fingerprints are read when they are asked for."""
    started = time.process_time()
    try:
        found = Record.from_bytes(data)
    except FormatError:
        return True
    finally:
        assert time.process_time() - started < LIMIT_SECONDS
    # the zip format has fields that say nothing, such as a time; what is read must be what was written
    assert found.to_bytes() == RECORD
    return False


def flipped(data: bytes, bits: Iterable[int]) -> Iterator[bytes]:
    """The bytes with one bit after the other flipped."""
    damaged = bytearray(data)
    for bit in bits:
        damaged[bit >> 3] ^= 1 << (bit & 7)
        yield bytes(damaged)
        damaged[bit >> 3] ^= 1 << (bit & 7)


class Memory:
    """The most memory that was in use since the last look, in bytes."""

    def __enter__(self) -> Callable[[], int]:
        tracemalloc.start()

        def peak() -> int:
            most = tracemalloc.get_traced_memory()[1]
            tracemalloc.reset_peak()
            return most

        return peak

    def __exit__(self, *_: object) -> None:
        tracemalloc.stop()


@every_sample
def test_a_sample_is_read(name):
    assert State.from_bytes(SAMPLES[name]).to_bytes() == SAMPLES[name]


@every_sample
def test_every_truncation_is_refused(name):
    data = SAMPLES[name]
    accepted = [length for length in range(len(data)) if not refused(data[:length])]
    assert accepted == []


@every_sample
def test_every_truncation_behind_the_checksum_is_refused(name):
    body = SAMPLES[name][:-4]
    lengths = places(len(body), 19, one_in=4)
    accepted = [length for length in lengths if not refused(resealed(body[:length]))]
    assert accepted == []


@every_small_sample
def test_every_flipped_bit_is_refused(name):
    data = SAMPLES[name]
    assert all(refused(damaged) for damaged in flipped(data, range(8 * len(data))))


@every_small_sample
@pytest.mark.parametrize("byte", [0x00, 0xFF])
def test_every_byte_overwritten_is_refused(name, byte):
    data = SAMPLES[name]
    accepted = [
        at for at in range(len(data)) if data[at] != byte and not refused(data[:at] + bytes([byte]) + data[at + 1 :])
    ]
    assert accepted == []


@every_sample
def test_bytes_behind_the_end_are_refused(name):
    data = SAMPLES[name]
    assert refused(data + b"\0")
    assert refused(resealed(data[:-4] + b"\0"))
    assert refused(data + data)


def places(count: int, seed: int, one_in: int = 1) -> list[int]:
    """All of them, or a sample that the seed decides: of `PLACES`, in `make test` one in so many of these."""
    most = PLACES if EXAMPLES > 100 else PLACES // one_in
    return list(range(count)) if count <= most else random.Random(seed).sample(range(count), most)


@every_sample
def test_a_flipped_bit_behind_the_checksum_is_another_state_or_refused(name):
    body = SAMPLES[name][:-4]
    outcomes = {refused(resealed(damaged)) for damaged in flipped(body, places(8 * len(body), 7, one_in=3))}
    assert True in outcomes


@every_sample
def test_a_block_that_lost_or_gained_bytes_is_another_state_or_refused(name):
    data = SAMPLES[name]
    for place in blocks(data):
        content = data[place[1] : place[2]]
        for at in places(len(content), 5)[: 1 + PLACES // 300]:
            assert refused(replaced(data, place, content[:at])) or at == 0
            refused(replaced(data, place, content[:at] + content[at + 1 :]))
            refused(replaced(data, place, content[:at] + b"\1" + content[at:]))


HOSTILE = {
    "2**64 - 1": b"\xff" * 9 + b"\x01",
    "2**62": b"\x80" * 8 + b"\x40",
    "2**31": b"\x80\x80\x80\x80\x08",
    "65,535": b"\xff\xff\x03",
    "more than 64 bits": b"\xff" * 9 + b"\x7f",
    "not in its shortest form": b"\x81\x00",
    "without an end": b"\xff" * 40,
}


@every_sample
@pytest.mark.parametrize("hostile", HOSTILE)
def test_a_hostile_length_at_any_place_is_refused_or_read_in_bounds(name, hostile):
    body = SAMPLES[name][:-4]
    bound = 4 * len(body) + (2 << 20)
    with Memory() as peak:
        for at in places(len(body) - 4, 11, one_in=20):
            data = resealed(body[: 4 + at] + HOSTILE[hostile] + body[5 + at :])
            refused(data)
            assert peak() < bound + 4 * len(data)


@every_sample
def test_memory_is_bounded_for_flipped_bits(name):
    body = SAMPLES[name][:-4]
    with Memory() as peak:
        for damaged in flipped(body, places(8 * len(body), 3, one_in=20)):
            refused(resealed(damaged))
            assert peak() < 4 * len(body) + (2 << 20)


FORMS: dict[str, Cells | None] = {
    "as it should be": None,
    "out of order": Cells(np.array([0, 1, 2, 2]), floats=np.array([2.0, 1.0, 3.0])),
    "twice the same": Cells(np.array([0, 1, 2, 2]), floats=np.array([1.0, 1.0, 3.0])),
    "texts out of order": Cells(np.array([0, 1, 1, 1]), texts=[b"b", b"a"]),
    "hashes out of order": Cells(np.array([0, 1, 1, 1]), hashed=[Hashed(2), Hashed(1)]),
    "in no row": Cells(np.array([0, 0, 1, 1]), floats=np.array([1.0, 2.0, 3.0])),
    "a null in no row": Cells(np.array([1, 1, 1, 1]), has_null=True, floats=np.array([1.0])),
    "NaN as a number": Cells(np.array([0, 1, 1, 1]), floats=np.array([1.0, np.nan])),
    "negative zero": Cells(np.array([0, 1, 1, 1]), floats=np.array([-0.0, 1 / 3])),
    "a number and an instant": Cells(np.array([0, 1, 1, 1]), wides=[Wide(5, None), Wide(6, 2)]),
    "a long text that is short": Cells(np.array([0, 0, 0, 0]), longs=[LongText(b"x" * 256, 256, 1)]),
    "an index too large": Cells(np.array([0, 1, 2, 3]), floats=np.array([1.0, 2.0, 3.0])),
}


@pytest.mark.parametrize("form", FORMS)
def test_cells_have_one_form(form):
    state = State.from_bytes(SAMPLES["numbers and texts"])
    column, cells = state.sampled_columns.index("x"), FORMS[form]
    columns = list(state.sample.columns)
    assert len(columns[column]) == 4
    columns[column] = columns[column] if cells is None else cells
    assert refused(state.with_sections(replace(state.sample, columns=tuple(columns))).to_bytes()) == (cells is not None)


def test_cells_of_one_kind_in_another_way_are_refused():
    def of(*cells: Cell) -> bytes:
        out = Writer()
        Cells.of(cells).encode(out)
        return out.value()

    data = build(batches_of(pa.table({"x": [5.0, 7.0], "d": pa.array([4, 8], pa.date32())})), Parameters()).to_bytes()
    for written, forged in [
        (of(5.0, 7.0), b"\2\0\2\1\x64\x14\0\0\0\0\0\2"),  # in tenths
        (of(5.0, 7.0), b"\2\0\2\7" + np.array([5.0, 7.0]).tobytes() + b"\0\0\0\0\0\2"),  # as they are
        (of(5.0, 7.0), of(5.0, 7.0)[:-1] + b"\6"),  # in the padding
        (of(4, 8), b"\2\0\0\2\2\4\2\0\0\0\0\2"),  # in steps of 2
    ]:
        found = [place for place in blocks(data) if data[place[1] : place[2]].startswith(written)]
        assert found
        for place in found:
            content = data[place[1] : place[2]]
            assert not refused(replaced(data, place, written + content[len(written) :]))
            assert refused(replaced(data, place, forged + content[len(written) :]))


def test_columns_out_of_order_or_twice_are_refused():
    state = State.from_bytes(SAMPLES["nested"])
    assert refused(replace(state, columns=dict(reversed(state.columns.items()))).to_bytes())
    data = SAMPLES["no columns"]
    at = data.index(b"\0\2\3")  # no columns, then two sections, of which the first is the sample
    shape_alone = b"\1x\4null\1\1\x08" + bytes(8)
    vector = b"\0\0\0\0\0\0\0\0"

    def of(columns: int) -> bytes:
        sample = b"\1\0\0\1" + vector * columns + b"\0"
        end = data[at + 4 + data[at + 3] : -4]
        head = data[:at] + bytes([columns]) + shape_alone * columns + b"\2\3"
        return resealed(head + bytes([len(sample)]) + sample + end)

    assert not refused(of(0))
    assert not refused(of(1))
    assert refused(of(2))


@pytest.mark.parametrize("register", [1, 2, 3, 5, 6, 7, 9, 11, 216])
def test_registers_that_no_hash_gives_are_refused(register):
    out = Writer()
    Distinct(bytes([register]) + bytes(4095)).encode(out)
    with pytest.raises(FormatError):
        Distinct.decode(Reader(out.value()))


def test_many_rows_of_one_cell_in_many_columns_are_refused_before_they_are_unpacked():
    # 10 bytes a column that would take 8 bytes a row each
    table = pa.table({f"{i:03}": pa.nulls(1) for i in range(300)})
    state = build(batches_of(table), Parameters())
    rows = 10_000
    many = replace(
        state.sample,
        rows_per_key=(rows,),
        owner=(0,) * rows,
        hashes=tuple(range(rows)),
        counts=(1,) * rows,
        columns=(Cells(np.zeros(rows, np.int64), has_null=True),) * 300,
    )
    data = state.with_sections(many).to_bytes()
    with Memory() as peak:
        assert refused(data)
        assert peak() < 4 * len(data) + (2 << 20)


# ---------------------------------------------------------------- records


def test_every_truncation_of_a_record_is_refused():
    assert not refused_record(RECORD)
    accepted = [length for length in range(len(RECORD)) if not refused_record(RECORD[:length])]
    assert accepted == []


def fingerprints_inside() -> set[int]:
    """The places of a record's bytes that lie inside of a fingerprint."""
    with zipfile.ZipFile(io.BytesIO(RECORD)) as file:
        names = [name for name in file.namelist() if name.endswith(".fingerprint")]
        found = [(RECORD.index(content), len(content)) for content in map(file.read, names)]
    assert len(found) == 3
    return {at for start, length in found for at in range(start, start + length)}


def test_a_flipped_bit_of_a_record_is_refused_or_changes_nothing():
    inside = fingerprints_inside()
    bits = [8 * at + bit for at in range(len(RECORD)) for bit in range(8)]
    outcomes = {refused_record(data) for data in flipped(RECORD, [bit for bit in bits if bit >> 3 not in inside])}
    assert outcomes == {True, False}
    own = [bit for bit in bits if bit >> 3 in inside]
    assert all(refused_record(data) for data in flipped(RECORD, [own[i] for i in places(len(own), 13)]))


def test_memory_is_bounded_for_damaged_records():
    with Memory() as peak:
        for data in flipped(RECORD, places(8 * len(RECORD), 17, one_in=4)):
            refused_record(data)
            assert peak() < 4 * len(RECORD) + (2 << 20)


OTHERS: tuple[Any, ...] = (
    None,
    True,
    -1,
    1e308,
    "",
    "é",
    [],
    [[]],
    [None],
    {},
    {"": None},
    "stages/0000-0000.fingerprint",
)


def test_any_fact_of_another_type_is_read_or_refused():
    outcomes = []

    def forms(document: Any) -> int:
        """How many values there are to be changed, at any depth."""
        items = document.values() if isinstance(document, dict) else document if isinstance(document, list) else ()
        return sum(1 + forms(item) for item in items)

    def changed(document: Any, place: int, other: Any) -> int:
        """Changes one of them; what is left of its place otherwise."""
        keys: Any = list(document) if isinstance(document, dict) else range(len(document))
        for key in keys if isinstance(document, (dict, list)) else ():
            if place == 0:
                document[key] = other
                return -1
            place = changed(document[key], place - 1, other) if isinstance(document[key], (dict, list)) else place - 1
            if place < 0:
                return place
        return place

    def count(document: Any) -> None:
        outcomes.append(forms(document))

    with_facts(RECORD, count)
    facts = outcomes.pop()
    for place in range(facts):
        for other in OTHERS:
            data = with_facts(RECORD, lambda document, at=place, new=other: changed(document, at, new))
            try:
                outcomes.append(bool(Record.from_bytes(data).title))
            except FormatError:
                outcomes.append(False)
    assert facts > 30
    assert {True, False} == set(outcomes)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("[" * 200_000, id="deep lists"),
        pytest.param('{"format": 1, "name": ' * 100_000, id="deep objects"),
        pytest.param('{"format": ' + "1" * 5000 + "}", id="a long integer"),
        pytest.param('{"format": 1e999}', id="no finite number"),
        pytest.param('{"format": NaN}', id="NaN"),
        pytest.param('{"format": 1, "name": "\ud800"}', id="no Unicode"),
        pytest.param("\ufeff{}", id="a byte order mark"),
        pytest.param("", id="nothing"),
        pytest.param("null", id="null"),
    ],
)
def test_hostile_json_is_refused(text):
    with pytest.raises(FormatError, match=r"^upload\.parity: "):
        Record.from_bytes(with_json(RECORD, lambda _: text), "upload.parity")


def test_a_member_is_read_once():
    def again(document: Any) -> None:
        tables = document["stages"][0]["tables"]
        tables.update({f"part {i}": {"member": tables[""]["member"]} for i in range(10_000)})

    data = with_facts(RECORD, again)
    with pytest.raises(FormatError, match="two tables"):
        Record.from_bytes(data)
    with Memory() as peak:
        assert refused_record(data)
        assert peak() < 4 * len(data) + (32 << 20)


def test_members_that_overlap_are_refused():
    # the directory names one stored member again and again
    data = bytearray(RECORD)
    end = data.rindex(b"PK\5\6")
    size, start = (int.from_bytes(data[end + at : end + at + 4], "little") for at in (12, 16))
    directory = bytes(data[start : start + size])
    longest = max(directory.split(b"PK\1\2")[1:], key=lambda entry: int.from_bytes(entry[20:24], "little"))
    more = (b"PK\1\2" + longest) * 20
    data[end:end] = more
    end += len(more)
    data[end + 12 : end + 16] = (size + len(more)).to_bytes(4, "little")
    with pytest.raises(FormatError, match="members overlap"):
        Record.from_bytes(bytes(data))


# ---------------------------------------------------------------- claims and foreign bytes


def test_a_fingerprint_that_claims_many_columns_is_refused():
    for columns in (2**20, 2**40, 2**63):
        out = Writer()
        out.raw(MAGIC)
        out.varint(VERSION)
        inner = Writer()
        Parameters().encode(inner)
        out.block(inner.value())
        out.varint(0)
        out.u128(0)
        out.varint(columns)
        with Memory() as peak:
            assert refused(resealed(out.value()))
            assert peak() < 1 << 20


@pytest.mark.parametrize("kind", SUMMARIES, ids=lambda kind: kind.__name__)
@given(data=st.binary(max_size=120))
def test_any_bytes_are_a_summary_or_a_format_error(kind, data):
    try:
        summary = kind.decode(Reader(data))
    except FormatError:
        return
    # what is read is a whole summary, which can be written
    assert isinstance(summary, kind)
    summary.encode(Writer())


@given(data=st.binary(max_size=80))
def test_any_bytes_behind_a_true_head_are_refused(data):
    assert refused(resealed(MAGIC + bytes([VERSION]) + data))


@given(name=st.sampled_from(sorted(SAMPLES)), data=st.data())
def test_pieces_that_changed_places_are_refused(name, data):
    body = SAMPLES[name]
    size = data.draw(st.integers(1, 32))
    a, b = sorted(data.draw(st.tuples(*[st.integers(0, len(body) - 1)] * 2)))
    swapped = body[:a] + body[b : b + size] + body[a + size : b] + body[a : a + size] + body[b + size :]
    assert swapped == body or refused(swapped)
    refused(resealed(swapped[:-4]))


@pytest.mark.parametrize("version", [0, VERSION + 1, 200, 2**40])
def test_another_version_is_told_apart_from_damage(version):
    out = Writer()
    out.varint(version)
    newer = MAGIC + out.value() + b"whatever a later release writes"
    with pytest.raises(
        FormatError, match=rf"research: format version {version}, this release reads {VERSION}; upgrade"
    ):
        State.from_bytes(newer, "research")


FOREIGN = {
    "nothing": b"",
    "four bytes": b"PLFP",
    "eight bytes": b"PLFP\x01\0\0\0",
    "text": b"hello, world",
    "Parquet": b"PAR1" + bytes(40),
    "Arrow": b"ARROW1\0\0" + bytes(40),
    "zip": b"PK\x03\x04" + bytes(40),
    "gzip": b"\x1f\x8b\x08" + bytes(40),
    "pickle": b"\x80\x04\x95" + bytes(40),
    "JSON": b'{"format": 1}',
    "HTML": b"<html><script>alert(1)</script>",
    "zeros": bytes(1000),
}


@pytest.mark.parametrize("name", FOREIGN)
def test_foreign_bytes_are_refused_by_name(name):
    with pytest.raises(FormatError, match=r"^upload\.parity: "):
        State.from_bytes(FOREIGN[name], "upload.parity")


def test_damage_is_said_with_what_to_do():
    data = bytearray(SAMPLES["empty"])
    data[-6] ^= 1
    with pytest.raises(FormatError, match=rf"checksum over its {len(data)} bytes does not agree; copy it again"):
        State.from_bytes(bytes(data))


def test_a_fingerprint_is_of_bounded_size_whatever_its_rows():
    table = {
        kind.name: kind.build([kind.edges[i % len(kind.edges)] if kind.edges else None for i in range(20_000)])
        for kind in KINDS[:12]
    }
    rng = np.random.default_rng(5)
    table["random"] = pa.array(rng.integers(0, 2**62, 20_000))
    size = len(build(batches_of(pa.table(table)), Parameters()).to_bytes())
    assert size < 13 * 40_000 + 4096 * 13 * 16
