"""The tables of the golden files, by formula, so that no library's random numbers have a say in them."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pyarrow as pa

from parityline.kernel import Parameters, Partition

FOLDER = Path(__file__).parent


def _every_type(rows: int = 60) -> pa.Table:
    numbers = range(rows)
    begin = datetime(2023, 11, 5, 1, 30, tzinfo=UTC)
    columns = {
        "int8": pa.array([i % 7 - 3 for i in numbers], pa.int8()),
        "uint64": pa.array([2**64 - 1 - i * i for i in numbers], pa.uint64()),
        "half": pa.array([None if i % 9 == 0 else i / 8 for i in numbers], pa.float16()),
        "double": pa.array([float("nan"), float("inf"), -0.0, 5e-324, *(i / 7 - 3 for i in range(rows - 4))]),
        "decimal": pa.array([Decimal(i * i - 40) / 100 for i in numbers], pa.decimal128(20, 2)),
        "wide decimal": pa.array([Decimal(10) ** 40 + i for i in numbers], pa.decimal256(50, 0)),
        "boolean": pa.array([None if i % 5 == 0 else i % 2 == 0 for i in numbers]),
        "text": pa.array(["", "Zoë", "NA", None, "x" * 300, *(f"text {i % 11}" for i in range(rows - 5))]),
        "bytes": pa.array([bytes([i % 5]) * (i % 4) for i in numbers], pa.binary()),
        "dictionary": pa.array([f"level {i % 3}" for i in numbers]).dictionary_encode(),
        "date": pa.array([date(1899, 12, 31) + timedelta(days=1700 * i) for i in numbers]),
        "time": pa.array([i * 1_000_001 for i in numbers], pa.time64("ns")),
        "naive": pa.array([datetime(2024, 1, 1) + timedelta(hours=7 * i) for i in numbers], pa.timestamp("ms")),
        "zoned": pa.array([begin + timedelta(minutes=90 * i) for i in numbers], pa.timestamp("us", "Europe/Berlin")),
        "far": pa.array([253_402_300_799 + i for i in numbers], pa.timestamp("s")),
        "duration": pa.array([i * 3600 for i in numbers], pa.duration("s")),
        "list": pa.array([[i, None] if i % 3 else None for i in numbers], pa.list_(pa.int32())),
        "struct": pa.array([{"b": i % 4, "a": str(i % 2)} for i in numbers]),
        "map": pa.array([[("k", i % 3)] for i in numbers], pa.map_(pa.string(), pa.int8())),
        "null": pa.nulls(rows),
        "<script>\n": pa.array(list(numbers)),
    }
    return pa.table(columns)


def _visits(rows: int = 1100) -> pa.Table:
    begin = datetime(2022, 1, 1, tzinfo=UTC)
    return pa.table(
        {
            "id": pa.array([i * 7919 % rows for i in range(rows)]),
            "customer": [f"c{i * i % 307}" for i in range(rows)],
            "at": pa.array([begin + timedelta(minutes=(i * i * 37) % 10**6) for i in range(rows)]),
            "amount": pa.array([None if i % 41 == 0 else (i * 7907 % 99_991) / 100 - 20 for i in range(rows)]),
            "town": pa.array([None if i % 13 == 0 else f"town {i * 31 % 23}" for i in range(rows)]),
            "late": pa.array([i * i % 3 == 1 for i in range(rows)]),
        }
    )


CASES: dict[str, tuple[pa.Table, Parameters]] = {
    "every-type": (_every_type(), Parameters()),
    "every-type-keyed": (_every_type(), Parameters(key=("int8", "text"), ordered=True, ignored=("null", "map"))),
    "visits": (
        _visits(),
        Parameters(
            key=("id",),
            ordered=True,
            partition=Partition("at", "month"),
            time="at",
            entity=("customer",),
            target="late",
            totals=(("amount", ("town", "late")),),
        ),
    ),
    "visits-by-day": (
        _visits(300),
        Parameters(key=("customer", "id"), time="at", window="day", target="amount", hash_keys=True),
    ),
    "no-rows": (_visits(0), Parameters(key=("id",), time="at", entity=("customer",), target="late")),
    "seeded": (_visits(100), Parameters(seed=12345, seed_id=b"golden 1", key=("id",))),
}
"""By the name of their file: the table, and the parameters of its fingerprint."""
