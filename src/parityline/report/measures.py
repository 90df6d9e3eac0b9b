"""The measures of a record or a table for a terminal: the same for each stage, so that a column can be followed."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from parityline.fingerprints import ColumnFingerprint, Fingerprint
from parityline.records import Record
from parityline.report.text import clean
from parityline.variables.presence import Presence, presence

_BARS = " ▁▂▃▄▅▆▇█"
_HEAD = ("column", "type", "missing", "distinct", "mean", "min", "max", "distribution")


def of_record(record: Record, *, sizes: bool = False) -> Iterator[str]:
    """Lines: a head, then every stage with its tables."""
    state = "" if record.complete else f"   INCOMPLETE: the run raised {record.failure}"
    yield f"{clean(record.name)}   {clean(record.environment)}   {record.created}   privacy {record.privacy}{state}"
    for stage in record.stages.values():
        inputs = f" of {', '.join(stage.inputs)}" if stage.inputs else ""
        yield ""
        yield f"{stage.kind} {clean(stage.name)}{clean(inputs)}" + (
            f"   unchecked: {clean(stage.unchecked)}" if stage.unchecked else ""
        )
        for fact in ("model", "metrics", "overlaps"):
            if fact in stage.facts:
                yield f"  {fact}: {clean(str(stage.facts[fact]))}"
        for part, table in stage.tables.items():
            size = f", {len(table.to_bytes()):,} bytes" if sizes else ""
            key = f", key {', '.join(table.key)}" if table.key else ", no key"
            name = f"{clean(part)}: " if part else ""
            yield f"  {name}{table.rows:,} rows, {len(table.columns)} columns{clean(key)}{size}"
            if part in stage.sealed:
                sealed = f", {sum(map(len, stage.sealed[part].pieces)):,} bytes" if sizes else ""
                yield f"    what it hides is sealed under the secret{sealed}"
            yield from of_table(table, indent="    ")
            if sizes:
                yield from _sizes(table, indent="    ")
    if record.expectations:
        yield ""
        for expected in record.expectations:
            yield f"expected: {clean(str(expected))}"


def of_table(table: Fingerprint, indent: str = "") -> Iterator[str]:
    """Lines: a head and a line a column; of tables with windows also when each column was there."""
    there = presence(table)
    rows = [_HEAD, *(_measures(column) for column in table.columns.values())]
    if there:
        ends = ["there", *(_there(there[name]) if name in there else "" for name in table.columns)]
        rows = [(*row, end) for row, end in zip(rows, ends, strict=True)]
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    for row in rows:
        yield (indent + "  ".join(text.ljust(width) for text, width in zip(row, widths, strict=True))).rstrip()


def _sizes(table: Fingerprint, indent: str) -> Iterator[str]:
    """Lines: what takes the room, the largest first."""
    parts = [(clean(name)[:48], f"{size:,} bytes") for name, size in table.sizes().items()]
    widths = [max(len(part[i]) for part in parts) for i in range(2)] if parts else [0, 0]
    for name, size in parts:
        yield f"{indent}{name.ljust(widths[0])}  {size.rjust(widths[1])}"


def _measures(column: ColumnFingerprint) -> tuple[str, ...]:
    if not column.summarised:
        return (clean(column.name)[:40], column.type, _count(column.missing), "", "", "", "", "not summarised")
    distinct = f"{column.distinct:,.0f}" + ("" if column.values.complete else " +-1.2%")
    values = [_short(column.mean), *(_short(moment(value, column.type)) for value in (column.min, column.max))]
    return (clean(column.name)[:40], column.type[:20], _count(column.missing), distinct, *values, histogram(column))


def _there(own: Presence) -> str:
    """From the first to the last window with a value, and how many of all have one where some have none."""
    if own.first is None:
        return "never"
    gaps = f" ({own.present} of {own.windows})" if own.present < own.windows else ""
    return f"{own.first} to {own.last}{gaps}"


def histogram(column: ColumnFingerprint) -> str:
    """A small histogram of the numbers between the first and the last percentile; "" without any."""
    return "".join(_BARS[int(np.ceil(share * (len(_BARS) - 1)))] for share in column.histogram())


def moment(value: object, logical: str) -> object:
    """An instant or date as text in UTC or local time, as it was recorded; anything else as it is."""
    if not isinstance(value, int) or not logical.startswith(("date", "timestamp")):
        return value
    instant = np.datetime64(value, "D") if logical == "date" else np.datetime64(value, "ns")
    return str(instant).removesuffix(".000000000")


def _count(n: int) -> str:
    return f"{n:,}" if n else "-"


def _short(value: object) -> str:
    if value is None:
        return ""
    return clean(f"{value:.6g}" if isinstance(value, float) else str(value))[:24]
