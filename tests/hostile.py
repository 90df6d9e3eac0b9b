"""Small fingerprints and records with every option, and ways to damage them: for the tests and the fuzzer."""

from __future__ import annotations

import io
import json
import zipfile
import zlib
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pyarrow as pa

from parityline.fingerprints import Fingerprint
from parityline.kernel import Parameters, Partition
from parityline.kernel.encoding import Reader, Writer
from parityline.kernel.reference import build
from parityline.records import Record, StageRecord
from strategies import batches_of


def fingerprints() -> dict[str, bytes]:
    """By what they show."""
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
    instants = [datetime(2024, 1, 1, tzinfo=UTC) + timedelta(days=i) for i in range(6)]
    visits = pa.table(
        {
            "who": ["ann", "bob", "ann", None, "ann", "bob"],
            "at": pa.array([*instants[:5], None], pa.timestamp("us", "UTC")),
            "paid": [1.5, -2.0, 0.0, 1e9, None, float("inf")],
            "late": [True, False, True, None, False, False],
        }
    )
    everything = Parameters(
        key=("who",),
        ordered=True,
        time="at",
        window="day",
        entity=("who",),
        target="late",
        totals=(("paid", ("who",)),),
    )
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
        "time, entity, target, totals": (visits, everything),
        "many values by class": (
            pa.table({"n": [i / 7 for i in range(300)], "late": [i % 3 == 0 for i in range(300)]}),
            Parameters(target="late"),
        ),
    }
    return {name: build(batches_of(t), parameters).to_bytes() for name, (t, parameters) in made.items()}


def record() -> bytes:
    """A record of two stages, one of them in two parts."""
    states = [Fingerprint.from_bytes(data) for data in (*fingerprints().values(),)]
    source = StageRecord("flights", "source", facts={"rows": 4, "unknown": [1.5, None, "é"]})
    source.tables, source.table_facts = {"": states[2]}, {"": {"columns": ["id", "x", "t", "d"], "engine": "arrays"}}
    split = StageRecord("split", "split", ("flights",), unchecked=None)
    split.tables, split.table_facts = {"train": states[3], "test": states[0]}, {"train": {}, "test": {}}
    stages = {stage.name: stage for stage in (source, split)}
    return Record("delays", "research", stages, {"python": "3.11"}, created="2026-01-31T12:00:00Z").to_bytes()


def resealed(body: bytes) -> bytes:
    """With the checksum that its bytes have, as a forger would write it."""
    return body + zlib.crc32(body).to_bytes(4, "little")


def with_json(data: bytes, change: Callable[[str], str]) -> bytes:
    """The same record with another `record.json`, whose checksum is right."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(out, "w") as new:
        for info in old.infolist():
            content = old.read(info)
            if info.filename == "record.json":
                content = change(content.decode()).encode("utf-8", "surrogatepass")
            new.writestr(zipfile.ZipInfo(info.filename), content)
    return out.getvalue()


def with_facts(data: bytes, change: Callable[[Any], object]) -> bytes:
    """The same record with its facts changed in place."""

    def changed(text: str) -> str:
        document = json.loads(text)
        change(document)
        return json.dumps(document)

    return with_json(data, changed)


def blocks(data: bytes) -> Iterator[tuple[int, int, int]]:
    """Where the blocks of a fingerprint lie, outermost first: length field, content, end. Raises FormatError."""
    reader = Reader(data[:-4])

    def block() -> tuple[int, int, int]:
        length = reader.at
        content = reader.block()
        return length, reader.at - len(content), reader.at

    reader.raw(4)
    reader.varint()
    yield block()
    reader.varint()
    reader.u128()
    for _ in range(reader.count()):
        reader.text()
        reader.text()
        for _ in range(reader.count()):
            reader.varint()
            yield block()
    for _ in range(reader.count()):
        reader.varint()
        yield block()


def replaced(data: bytes, place: tuple[int, int, int], content: bytes) -> bytes:
    """With another content in one block; its length and the checksum are right."""
    out = Writer()
    out.block(content)
    return resealed(data[: place[0]] + out.value() + data[place[2] : -4])
