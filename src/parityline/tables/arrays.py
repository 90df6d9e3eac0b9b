"""NumPy arrays and plain sequences as columns. pandas comes through here too, so that NaN and null stay apart."""

from __future__ import annotations

import datetime
import decimal
import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from parityline.errors import TableError
from parityline.tables.columns import Column, Kind, check_nesting, check_scale

_EPOCH = datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC)
_UNITS = {"s": 10**9, "ms": 10**6, "us": 10**3, "ns": 1}


def of_array(values: NDArray[Any], physical: str = "", valid: NDArray[np.bool_] | None = None) -> Column:
    """A one-dimensional array. NaN stays NaN, NaT is null, objects are typed by their values (see `of_objects`)."""
    physical = physical or str(values.dtype)
    n = len(values)
    if isinstance(values, np.ma.MaskedArray):
        valid, values = ~np.ma.getmaskarray(values), values.data
    match values.dtype.kind:
        case "b":
            return Column("boolean", n, valid, np.ascontiguousarray(values), physical=physical)
        case "i" | "u":
            return Column("integer", n, valid, _native(values), physical=physical)
        case "f":
            # wider floats do not exist on every machine; their float64 is what the other side can hold
            return Column(
                "float", n, valid, _native(values.astype("f8") if values.itemsize > 8 else values), physical=physical
            )
        case "M" | "m":
            return _of_times(values, physical, valid)
        case "U":
            return of_objects(values.tolist(), physical, valid)
        case "S":
            return of_objects(values.tolist(), physical, valid)
        case "O":
            return of_objects(values.tolist(), physical, valid)
    return Column("unsupported", n, valid, physical=physical)


def _native(values: NDArray[Any]) -> NDArray[Any]:
    return np.ascontiguousarray(values.astype(values.dtype.newbyteorder("="), copy=False))


def _of_times(values: NDArray[Any], physical: str, valid: NDArray[np.bool_] | None) -> Column:
    unit, step = np.datetime_data(values.dtype)
    there = ~np.isnat(values)
    valid = there if valid is None else valid & there
    if values.dtype.kind == "M" and unit in ("D", "W", "M", "Y"):
        days = values.astype("datetime64[D]").astype(np.int64)
        return Column("date", len(values), None if valid.all() else valid, days, physical=physical)
    if unit not in _UNITS or step != 1:
        # whole seconds reach year 9999 and beyond, which nanoseconds do not
        unit = unit if unit in _UNITS else "ns" if unit in ("ps", "fs", "as") else "s"
        values = values.astype(f"{values.dtype.kind}8[{unit}]")
    ticks = _native(values).view(np.int64)
    kind: Kind = "timestamp" if values.dtype.kind == "M" else "duration"
    return Column(kind, len(values), None if valid.all() else valid, ticks, unit=_UNITS[unit], physical=physical)


def _is_missing(value: object) -> bool:
    if isinstance(value, (np.datetime64, np.timedelta64)):
        return bool(np.isnat(value))
    return value is None or type(value).__name__ in ("NAType", "NaTType")


def of_objects(
    values: Sequence[Any], physical: str = "object", valid: NDArray[np.bool_] | None = None, *, depth: int = 0
) -> Column:
    """A sequence of Python objects, typed by all that are not missing.

    None, pandas.NA and NaT are null. A float NaN is NaN among numbers; among texts, times and booleans it is what
    pandas writes for null, and so it is null. Numbers may be int, float and Decimal together. A mix of kinds (a text
    among numbers) has no canonical values: the column is `unsupported`.
    """
    items = [None if _is_missing(v) or (valid is not None and not ok) else v for v, ok in _zip_valid(values, valid)]
    kinds: dict[str, Any] = {}
    for item in items:
        if item is not None and not (isinstance(item, float) and math.isnan(item)):
            kinds.setdefault(kind_of(item), item)
    nan_is_number = not kinds or "number" in kinds
    if not nan_is_number:
        items = [None if isinstance(item, float) and math.isnan(item) else item for item in items]
    if not kinds and any(item is not None for item in items):
        kinds["number"] = math.nan
    if len(kinds) > 1:
        # one bad column must not stop the others; it is listed as not summarised
        present = np.array([item is not None for item in items], np.bool_)
        mixed = f"mixed {' and '.join(sorted(kinds))}"
        return Column("unsupported", len(items), None if present.all() else present, physical=mixed)
    present = np.array([item is not None for item in items], np.bool_)
    there = None if present.all() else present
    if not kinds:
        return Column("null", len(items), physical=physical)
    kind = next(iter(kinds))
    if kind in _NESTED:
        check_nesting(depth + 1)
        return _NESTED[kind](items, there, physical, depth + 1)
    return _BUILDERS[kind](items, there, physical)


def _zip_valid(values: Sequence[Any], valid: NDArray[np.bool_] | None) -> zip[tuple[Any, bool]]:
    return zip(values, [True] * len(values) if valid is None else valid.tolist(), strict=True)


def kind_of(item: object) -> str:
    """What an object that is not missing is: values of two kinds in one column have no canonical values."""
    if isinstance(item, (bool, np.bool_)):
        return "boolean"
    if isinstance(item, (int, float, np.integer, np.floating, decimal.Decimal)):
        return "number"
    if isinstance(item, str):
        return "text"
    if isinstance(item, (bytes, bytearray)):
        return "binary"
    if isinstance(item, (datetime.datetime, np.datetime64)):
        return "zoned" if getattr(item, "tzinfo", None) is not None else "timestamp"
    if isinstance(item, datetime.date):
        return "date"
    if isinstance(item, datetime.time):
        return "time"
    if isinstance(item, (datetime.timedelta, np.timedelta64)):
        return "duration"
    if isinstance(item, (list, tuple, np.ndarray)):
        return "list"
    if isinstance(item, dict):
        return "struct"
    return "unsupported"


def _booleans(items: list[Any], valid: NDArray[np.bool_] | None, physical: str) -> Column:
    return Column("boolean", len(items), valid, np.array([bool(i) for i in items], np.bool_), physical=physical)


def _numbers(items: list[Any], valid: NDArray[np.bool_] | None, physical: str) -> Column:
    if any(isinstance(item, (float, np.floating)) or _is_infinite(item) for item in items):
        return _floats(items, valid, physical)
    whole = [0 if item is None else int(item) for item in items if not isinstance(item, decimal.Decimal)]
    if len(whole) < len(items) or min(whole) < -(2**63) or max(whole) > (2**64 - 1 if min(whole) >= 0 else 2**63 - 1):
        return _decimals(items, valid, physical)
    dtype = np.uint64 if max(whole) > 2**63 - 1 else np.int64
    return Column("integer", len(items), valid, np.array(whole, dtype), physical=physical)


def _is_infinite(item: object) -> bool:
    return isinstance(item, decimal.Decimal) and not item.is_finite()


def _floats(items: list[Any], valid: NDArray[np.bool_] | None, physical: str) -> Column:
    """Numbers of which some are NaN or float; those that float64 does not hold are decimals besides."""
    floats = np.zeros(len(items), np.float64)
    wide: list[Any] = [None] * len(items)
    for row, item in enumerate(items):
        if item is None:
            continue
        exact = int(item) if isinstance(item, np.integer) else item
        try:
            floats[row] = exact
        except OverflowError:
            floats[row] = math.inf if exact > 0 else -math.inf
        if isinstance(exact, (int, decimal.Decimal)) and not _is_infinite(exact) and exact != float(floats[row]):
            wide[row] = exact
    held = np.array([item is not None for item in wide], np.bool_)
    children = (_decimals(wide, held, physical),) if held.any() else ()
    return Column("float", len(items), valid, floats, children=children, physical=physical)


def _decimals(items: list[Any], valid: NDArray[np.bool_] | None, physical: str) -> Column:
    exact = [None if item is None else decimal.Decimal(item) for item in items]
    scale = max((max(0, -int(item.as_tuple().exponent)) for item in exact if item is not None), default=0)
    check_scale(scale)
    words = np.zeros((len(items), 4), np.uint64)
    with decimal.localcontext(decimal.Context(prec=400, Emax=decimal.MAX_EMAX, Emin=decimal.MIN_EMIN)):
        for row, item in enumerate(exact):
            mantissa = 0 if item is None else int(item.scaleb(scale))
            if not -(2**255) <= mantissa < 2**255:
                raise TableError(f"expected decimals of at most 256 bits, found {item}; cast the column to float")
            words[row] = np.frombuffer(mantissa.to_bytes(32, "little", signed=True), "<u8")
    return Column("decimal", len(items), valid, words, scale=scale, physical=physical)


def _bytes_of(encode: Callable[[Any], bytes], kind: Any) -> Callable[..., Column]:
    def build(items: list[Any], valid: NDArray[np.bool_] | None, physical: str) -> Column:
        parts = [b"" if item is None else encode(item) for item in items]
        offsets = np.concatenate(([0], np.cumsum([len(p) for p in parts], dtype=np.int64))).astype(np.int64)
        data = np.frombuffer(b"".join(parts), np.uint8)
        return Column(kind, len(items), valid, data, offsets=offsets, physical=physical)

    return build


def _utf8(text: str) -> bytes:
    # a lone surrogate is not Unicode text, but a frame may hold one and must still be read
    return text.encode("utf-8", "surrogatepass")


def _nanoseconds(item: Any) -> int:
    if hasattr(item, "asm8"):  # pandas.Timestamp keeps nanoseconds that datetime does not
        item = item.asm8
    if isinstance(item, np.datetime64):
        since: Any = item - np.datetime64(0, "s")
        return _exact_nanoseconds(since)
    moment = item if item.tzinfo is not None else item.replace(tzinfo=datetime.UTC)
    delta = moment - _EPOCH
    return int((delta.days * 86_400 + delta.seconds) * 10**9 + delta.microseconds * 1000)


def _exact_nanoseconds(span: np.timedelta64) -> int:
    whole = span.astype("timedelta64[s]")
    return int(whole.astype(np.int64)) * 10**9 + int((span - whole).astype("timedelta64[ns]").astype(np.int64))


def _timestamps(zoned: bool) -> Callable[..., Column]:
    def build(items: list[Any], valid: NDArray[np.bool_] | None, physical: str) -> Column:
        exact = [0 if item is None else _nanoseconds(item) for item in items]
        small = all(-(2**63) < e < 2**63 for e in exact)
        unit = 1 if small else 1000
        ticks = np.array([e // unit for e in exact], np.int64)
        return Column("timestamp", len(items), valid, ticks, unit=unit, zoned=zoned, physical=physical)

    return build


def _dates(items: list[Any], valid: NDArray[np.bool_] | None, physical: str) -> Column:
    days = [0 if item is None else item.toordinal() - 719_163 for item in items]
    return Column("date", len(items), valid, np.array(days, np.int64), physical=physical)


def _times(items: list[Any], valid: NDArray[np.bool_] | None, physical: str) -> Column:
    def micros(t: datetime.time | None) -> int:
        return 0 if t is None else ((t.hour * 60 + t.minute) * 60 + t.second) * 10**6 + t.microsecond

    return Column(
        "time", len(items), valid, np.array([micros(t) for t in items], np.int64), unit=1000, physical=physical
    )


def _durations(items: list[Any], valid: NDArray[np.bool_] | None, physical: str) -> Column:
    def nanos(d: Any) -> int:
        if d is None:
            return 0
        if isinstance(d, np.timedelta64):
            return _exact_nanoseconds(d)
        return int((d.days * 86_400 + d.seconds) * 10**9 + d.microseconds * 1000 + getattr(d, "nanoseconds", 0))

    exact = [nanos(d) for d in items]
    unit = 1 if all(-(2**63) < e < 2**63 for e in exact) else 1000
    return Column(
        "duration", len(items), valid, np.array([e // unit for e in exact], np.int64), unit=unit, physical=physical
    )


def _lists(items: list[Any], valid: NDArray[np.bool_] | None, physical: str, depth: int) -> Column:
    flat = [
        child for item in items if item is not None for child in (item.tolist() if hasattr(item, "tolist") else item)
    ]
    lengths = [0 if item is None else len(item) for item in items]
    offsets = np.concatenate(([0], np.cumsum(lengths, dtype=np.int64))).astype(np.int64)
    return Column(
        "list", len(items), valid, offsets=offsets, children=(of_objects(flat, depth=depth),), physical=physical
    )


def _structs(items: list[Any], valid: NDArray[np.bool_] | None, physical: str, depth: int) -> Column:
    named = [{} if item is None else {str(name): value for name, value in item.items()} for item in items]
    names = sorted({name for item in named for name in item})
    children = tuple(of_objects([item.get(name) for item in named], depth=depth) for name in names)
    return Column("struct", len(items), valid, children=children, names=tuple(names), physical=physical)


def _unsupported(items: list[Any], valid: NDArray[np.bool_] | None, physical: str) -> Column:
    found = next(type(item).__name__ for item in items if item is not None)
    return Column("unsupported", len(items), valid, physical=found)


_BUILDERS: dict[str, Callable[..., Column]] = {
    "boolean": _booleans,
    "number": _numbers,
    "text": _bytes_of(_utf8, "text"),
    "binary": _bytes_of(bytes, "binary"),
    "timestamp": _timestamps(zoned=False),
    "zoned": _timestamps(zoned=True),
    "date": _dates,
    "time": _times,
    "duration": _durations,
    "unsupported": _unsupported,
}
_NESTED: dict[str, Callable[..., Column]] = {"list": _lists, "struct": _structs}
