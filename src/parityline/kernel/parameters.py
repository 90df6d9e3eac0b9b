"""What a fingerprint is made with. Fingerprints of different parameters are neither merged nor compared."""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass, replace
from typing import Literal

from parityline.errors import UsageError
from parityline.kernel.encoding import Reader, Writer

SECRET_VARIABLE = "PARITYLINE_SECRET"  # noqa: S105 - the name of the variable
SAMPLED_KEYS = 4096
SAMPLED_CELLS = 250_000
ROWS_PER_KEY = 8
MOST_PARTITIONS = 4096
WINDOWS = ("second", "minute", "hour", "day", "month", "year")


@dataclass(frozen=True, slots=True)
class Partition:
    """How rows are told apart: by the value of a column, or by its day or month (times and dates only)."""

    column: str
    unit: Literal["value", "day", "month"] = "value"

    @classmethod
    def parse(cls, text: str) -> Partition:
        """From `column`, `column:day` or `column:month`."""
        column, colon, unit = text.rpartition(":")
        if colon and unit in ("day", "month"):
            return cls(column, "day" if unit == "day" else "month")
        return cls(text)

    def __str__(self) -> str:
        return self.column if self.unit == "value" else f"{self.column}:{self.unit}"


@dataclass(frozen=True, slots=True)
class Parameters:
    """seed: of every hash; seed_id: tells seeds apart without giving one away, 8 bytes.

    key: columns that name a row, in order, () for none. ordered: whether the order of rows is recorded.
    ignored: columns that are typed and counted, but outside row digests and samples. hash_keys: number and time keys
    travel in the reconciliation as ids, as other keys do; fingerprints with and without do not merge, and compare.
    time: the column by which windows are told apart, of the unit `window` or the finest of which there are few enough.
    entity: columns that name what has a history, which is kept whole for a few. target: the column that is predicted.
    totals: (number, columns whose values name a group) of which exact totals by group are kept.
    """

    seed: int = 0
    seed_id: bytes = bytes(8)
    key: tuple[str, ...] = ()
    ordered: bool = False
    partition: Partition | None = None
    ignored: tuple[str, ...] = ()
    hash_keys: bool = False
    time: str | None = None
    window: str | None = None
    entity: tuple[str, ...] = ()
    target: str | None = None
    totals: tuple[tuple[str, tuple[str, ...]], ...] = ()

    def __post_init__(self) -> None:
        if self.window is not None and self.window not in WINDOWS:
            raise UsageError(f"window: expected one of {', '.join(WINDOWS)}, found {self.window!r}")
        if self.window is not None and self.time is None:
            raise UsageError("window: expected a time column beside it; give time= as well")
        for measure, by in self.totals:
            if not by:
                raise UsageError(f"totals {measure}: expected columns whose values name a group, found none")
        if len(set(self.totals)) < len(self.totals):
            raise UsageError("totals: expected each number with each group once, found one twice")

    @classmethod
    def with_secret(cls, **fields: object) -> Parameters:
        """With the seed that `PARITYLINE_SECRET` gives, or the public default."""
        seed, seed_id = _seed_of(os.environ.get(SECRET_VARIABLE, ""))
        return replace(cls(seed=seed, seed_id=seed_id), **fields)  # type: ignore[arg-type]

    def encode(self, out: Writer) -> None:
        out.raw(self.seed_id)
        for names in (self.key, tuple(sorted(self.ignored))):
            out.varint(len(names))
            for name in names:
                out.text(name)
        out.varint(self.ordered)
        out.text(str(self.partition) if self.partition else "")
        for optional in (self.time, self.window, self.target):
            out.text(optional or "")
            out.varint(optional is not None)
        out.varint(len(self.totals))
        for names in (self.entity, *((measure, *by) for measure, by in self.totals)):
            out.varint(len(names))
            for name in names:
                out.text(name)

    @classmethod
    def decode(cls, data: Reader) -> Parameters:
        seed_id = bytes(data.raw(8))
        key, ignored = (tuple(data.text() for _ in range(data.count())) for _ in range(2))
        ordered, partition = bool(data.varint(1)), data.text()
        time, window, target = (_optional(data) for _ in range(3))
        lists = [tuple(data.text() for _ in range(data.count())) for _ in range(1 + data.count())]
        entity, totals = lists[0], tuple((names[0] if names else "", names[1:]) for names in lists[1:])
        if (window is not None and (time is None or window not in WINDOWS)) or not all(by for _, by in totals):
            raise data.fail("windows of a known unit, and groups with a name")
        if len(set(totals)) < len(totals):
            raise data.fail("each group once")
        seed, current = _seed_of(os.environ.get(SECRET_VARIABLE, "") if seed_id != bytes(8) else "")
        return cls(
            seed=seed if current == seed_id else -1,
            seed_id=seed_id,
            key=key,
            ordered=ordered,
            partition=Partition.parse(partition) if partition else None,
            ignored=ignored,
            time=time,
            window=window,
            entity=entity,
            target=target,
            totals=totals,
        )

    def identity(self) -> bytes:
        """What must agree before two fingerprints may be merged or compared."""
        out = Writer()
        self.encode(out)
        return out.value()

    def sampled_keys(self, columns: int) -> int:
        """How many keys the row sample keeps of a table with so many columns."""
        return max(1, min(SAMPLED_KEYS, SAMPLED_CELLS // max(1, columns)))

    def check_columns(self, names: tuple[str, ...]) -> None:
        """Raise UsageError where a column that is named is not there."""
        named = [(self.key, "key"), (self.ignored, "ignore"), (self.entity, "entity")]
        if self.partition:
            named.append(((self.partition.column,), "partition"))
        single = {"time": self.time, "target": self.target}
        named += [((column,), what) for what, column in single.items() if column is not None]
        named += [((measure, *by), "totals") for measure, by in self.totals]
        for columns, what in named:
            for column in columns:
                if column not in names:
                    shown = ", ".join(names[:12]) + (", ..." if len(names) > 12 else "")
                    raise UsageError(f"{what}: expected a column of the table, found {column!r}; there are: {shown}")


def _optional(data: Reader) -> str | None:
    name = data.text()
    if data.varint(1):
        return name
    if name:
        raise data.fail("no name where none is said to be")
    return None


def _seed_of(secret: str) -> tuple[int, bytes]:
    if not secret:
        return 0, bytes(8)
    seed = hashlib.blake2b(secret.encode(), digest_size=8, person=b"parityline seed").digest()
    seed_id = hashlib.blake2b(secret.encode(), digest_size=8, person=b"parityline id").digest()
    return int.from_bytes(seed, "little"), seed_id
