"""Bytes that are no fingerprint: each is refused with a FormatError, at once and in little memory (reliability F-07).

A checksum guards the whole, so the decoders are also tested behind it, with the checksum made right again.
"""

from __future__ import annotations

import random
import sys
import time
import tracemalloc
import zlib
from collections.abc import Callable

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from parityline.errors import FormatError
from parityline.kernel import Parameters, Partition, State
from parityline.kernel.encoding import Reader, Writer
from parityline.kernel.reference import build
from parityline.kernel.state import MAGIC, VERSION
from parityline.kernel.summaries import SUMMARIES
from strategies import EXAMPLES, KINDS, batches_of

LIMIT_SECONDS = 1.0
PLACES = 6 * EXAMPLES if EXAMPLES <= 100 else sys.maxsize
"""How many places of a sample are damaged behind its checksum: some in `make test`, all of them in the soak."""


def _samples() -> dict[str, bytes]:
    table = pa.table(
        {
            "id": [1, 2, 2, None],
            "x": pa.array([0.5, float("nan"), 1e300, -3.25]),
            "t": ["é", "", "y" * 300, None],
            "d": pa.array([0, 1, 400, 400], pa.date32()),
        }
    )
    wide = pa.table(
        {"n": pa.array([2**60 + 1, 2**53 + 1, -(2**63)]), "w": pa.array([2**62, 0, None], pa.timestamp("s"))}
    )
    nested = pa.table({"l": [[1, None], [], None], "s": [{"a": 1}, None, {"a": None}], "b": [True, False, None]})
    made = {
        "empty": (pa.table({"x": pa.array([], pa.float64())}), Parameters()),
        "no columns": (pa.table({}), Parameters()),
        "key, order, partition": (
            table,
            Parameters(key=("id",), ordered=True, partition=Partition("d", "month"), ignored=("x",)),
        ),
        "numbers and texts": (table, Parameters()),
        "wide": (wide, Parameters(ordered=True)),
        "nested": (nested, Parameters(key=("b",))),
    }
    return {name: build(batches_of(t), parameters).to_bytes() for name, (t, parameters) in made.items()}


SAMPLES = _samples()
every_sample = pytest.mark.parametrize("name", SAMPLES)


def resealed(body: bytes) -> bytes:
    """With the checksum that its bytes have, as a forger would write it."""
    return body + zlib.crc32(body).to_bytes(4, "little")


def refused(data: bytes) -> bool:
    """Whether the bytes are refused; any other error, a hang or a large allocation fails the test."""
    started = time.perf_counter()
    try:
        State.from_bytes(data)
    except FormatError:
        return True
    finally:
        assert time.perf_counter() - started < LIMIT_SECONDS
    return False


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
    accepted = [length for length in range(len(body)) if not refused(resealed(body[:length]))]
    assert accepted == []


@every_sample
def test_every_flipped_bit_is_refused(name):
    data = bytearray(SAMPLES[name])
    accepted = []
    for bit in range(8 * len(data)):
        data[bit >> 3] ^= 1 << (bit & 7)
        if not refused(bytes(data)):
            accepted.append(bit)
        data[bit >> 3] ^= 1 << (bit & 7)
    assert accepted == []


@every_sample
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


def places(count: int, seed: int) -> list[int]:
    """All of them, or a sample that the seed decides."""
    return list(range(count)) if count <= PLACES else random.Random(seed).sample(range(count), PLACES)


@every_sample
def test_a_flipped_bit_behind_the_checksum_is_read_or_refused_and_nothing_else(name):
    body = bytearray(SAMPLES[name][:-4])
    outcomes = set()
    for bit in places(8 * len(body), 7):
        body[bit >> 3] ^= 1 << (bit & 7)
        outcomes.add(refused(resealed(bytes(body))))
        body[bit >> 3] ^= 1 << (bit & 7)
    assert True in outcomes


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
        for at in places(len(body) - 4, 11)[:: 1 if EXAMPLES > 100 else 6]:
            data = resealed(body[: 4 + at] + HOSTILE[hostile] + body[5 + at :])
            refused(data)
            assert peak() < bound + 4 * len(data)


@every_sample
def test_memory_is_bounded_for_flipped_bits(name):
    body = bytearray(SAMPLES[name][:-4])
    with Memory() as peak:
        for bit in places(8 * len(body), 3)[::5]:
            body[bit >> 3] ^= 1 << (bit & 7)
            refused(resealed(bytes(body)))
            body[bit >> 3] ^= 1 << (bit & 7)
            assert peak() < 4 * len(body) + (2 << 20)


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
        kind.decode(Reader(data))
    except FormatError:
        return


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
