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

_NO_TIME = datetime.timedelta(0)
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


_TIMES = (np.datetime64, np.timedelta64)
_MISSING = ("NoneType", "NAType", "NaTType")


def of_objects(
    values: Sequence[Any], physical: str = "object", valid: NDArray[np.bool_] | None = None, *, depth: int = 0
) -> Column:
    """A sequence of Python objects, typed by all that are not missing.

    None, pandas.NA and NaT are null. A float NaN is NaN among numbers; among texts, times and booleans it is what
    pandas writes for null, and so it is null. Numbers may be int, float and Decimal together. A mix of kinds (a text
    among numbers) has no canonical values: the column is `unsupported`.
    """
    items = values if valid is None else [v if ok else None for v, ok in zip(values, valid.tolist(), strict=True)]
    items = _without_missing(items)
    kinds = _kinds(items)
    if "number" not in kinds and any(issubclass(type_, float) for type_ in set(map(type, items))):
        if kinds:
            items = [None if isinstance(item, float) else item for item in items]
        else:
            kinds = {"number"}
    there = None
    if type(None) in set(map(type, items)):
        there = np.fromiter((item is not None for item in items), np.bool_, len(items))
    if len(kinds) > 1:
        # one bad column must not stop the others; it is listed as not summarised
        return Column("unsupported", len(items), there, physical=f"mixed {' and '.join(sorted(kinds))}")
    if not kinds:
        return Column("null", len(items), physical=physical)
    (kind,) = kinds
    if kind in _NESTED:
        check_nesting(depth + 1)
        return _NESTED[kind](items, there, physical, depth + 1)
    return _BUILDERS[kind](items, there, physical)


def _without_missing(items: Sequence[Any]) -> Sequence[Any]:
    """None for whatever stands for a value that is not there. Types are few, so that most columns are not walked."""
    types = set(map(type, items))
    missing = {type_ for type_ in types if type_.__name__ in _MISSING} - {type(None)}
    if missing or any(issubclass(type_, _TIMES) for type_ in types):
        return [None if type(i) in missing or (isinstance(i, _TIMES) and np.isnat(i)) else i for i in items]
    return items


def _kinds(items: Sequence[Any]) -> set[str]:
    """The kinds of all that is neither None nor NaN. Only floats and moments are told by more than their type."""
    kinds = set()
    for type_, example in dict(zip(map(type, items), items, strict=True)).items():
        if issubclass(type_, float):
            if not all(math.isnan(item) for item in items if type(item) is type_):
                kinds.add("number")
        elif issubclass(type_, datetime.datetime):
            naive = {item.tzinfo is None for item in items if type(item) is type_}
            kinds.update("timestamp" if without_zone else "zoned" for without_zone in naive)
        elif example is not None:
            kinds.add(kind_of(example))
    return kinds


def kind_of(item: object) -> str:
    """What an object that is not missing is: values of two kinds in one column have no canonical values."""
    if isinstance(item, (bool, np.bool_)):
        return "boolean"
    if isinstance(item, (datetime.timedelta, np.timedelta64)):  # before numbers: NumPy counts its own among them
        return "duration"
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
    if isinstance(item, (list, tuple, np.ndarray)):
        return "list"
    if isinstance(item, dict):
        return "struct"
    return "unsupported"


def _booleans(items: Sequence[Any], valid: NDArray[np.bool_] | None, physical: str) -> Column:
    return Column("boolean", len(items), valid, np.array(items, np.bool_), physical=physical)


def _numbers(items: Sequence[Any], valid: NDArray[np.bool_] | None, physical: str) -> Column:
    types = set(map(type, items)) - {type(None)}
    if types <= {float, np.float64}:
        floats = np.array([0.0 if item is None else item for item in items], np.float64)
        return Column("float", len(items), valid, floats, physical=physical)
    exact = any(issubclass(type_, decimal.Decimal) for type_ in types)
    if any(issubclass(type_, (float, np.floating)) for type_ in types) or (exact and any(map(_is_infinite, items))):
        return _floats(items, valid, physical)
    if exact:
        return _decimals(items, valid, physical)
    whole = [0 if item is None else int(item) for item in items]
    least, most = min(whole), max(whole)
    if least < -(2**63) or most > (2**64 - 1 if least >= 0 else 2**63 - 1):
        return _decimals(items, valid, physical)
    dtype = np.uint64 if most > 2**63 - 1 else np.int64
    return Column("integer", len(items), valid, np.array(whole, dtype), physical=physical)


def _is_infinite(item: object) -> bool:
    return isinstance(item, decimal.Decimal) and not item.is_finite()


def _floats(items: Sequence[Any], valid: NDArray[np.bool_] | None, physical: str) -> Column:
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


def _decimals(items: Sequence[Any], valid: NDArray[np.bool_] | None, physical: str) -> Column:
    plain = [int(item) if isinstance(item, np.integer) else item for item in items]
    exact = [None if item is None else decimal.Decimal(item) for item in plain]
    scale = max((max(0, -int(item.as_tuple().exponent)) for item in exact if item is not None), default=0)
    check_scale(scale)
    mantissas = []
    with decimal.localcontext(decimal.Context(prec=400, Emax=decimal.MAX_EMAX, Emin=decimal.MIN_EMIN)):
        for item in exact:
            mantissa = 0 if item is None else int(item.scaleb(scale))
            if not -(2**255) <= mantissa < 2**255:
                raise TableError(f"expected decimals of at most 256 bits, found {item}; cast the column to float")
            mantissas.append(mantissa.to_bytes(32, "little", signed=True))
    words = np.frombuffer(b"".join(mantissas), "<u8").astype(np.uint64).reshape(len(items), 4)
    return Column("decimal", len(items), valid, words, scale=scale, physical=physical)


def _texts(items: Sequence[Any], valid: NDArray[np.bool_] | None, physical: str) -> Column:
    texts = items if valid is None else ["" if item is None else item for item in items]
    whole = "".join(texts)
    # a lone surrogate is not Unicode text, but a frame may hold one and must still be read
    data = np.frombuffer(whole.encode("utf-8", "surrogatepass"), np.uint8)
    offsets = _ends(texts)
    if not whole.isascii():
        first_bytes = np.flatnonzero((data & 0xC0) != 0x80)
        offsets = np.append(first_bytes, len(data))[offsets]
    return Column("text", len(items), valid, data, offsets=offsets, physical=physical)


def _binaries(items: Sequence[Any], valid: NDArray[np.bool_] | None, physical: str) -> Column:
    parts = items if valid is None else [b"" if item is None else item for item in items]
    data = np.frombuffer(b"".join(parts), np.uint8)
    return Column("binary", len(items), valid, data, offsets=_ends(parts), physical=physical)


def _ends(parts: Sequence[Any]) -> NDArray[np.int64]:
    """Where each part begins in all of them joined, and where the last ends, shape (n + 1,)."""
    lengths = np.fromiter(map(len, parts), np.int64, len(parts))
    return np.concatenate((np.zeros(1, np.int64), np.cumsum(lengths)))


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
    epoch = _EPOCH if zoned else _EPOCH.replace(tzinfo=None)

    def build(items: Sequence[Any], valid: NDArray[np.bool_] | None, physical: str) -> Column:
        exact: Sequence[int]
        if set(map(type, items)) <= {datetime.datetime, type(None)}:
            spans = (_NO_TIME if item is None else item - epoch for item in items)
            exact = [((d.days * 86_400 + d.seconds) * 10**6 + d.microseconds) * 1000 for d in spans]
        else:
            exact = [0 if item is None else _nanoseconds(item) for item in items]
        small = all(-(2**63) < e < 2**63 for e in exact)
        unit = 1 if small else 1000
        ticks = np.array([e // unit for e in exact], np.int64)
        return Column("timestamp", len(items), valid, ticks, unit=unit, zoned=zoned, physical=physical)

    return build


def _dates(items: Sequence[Any], valid: NDArray[np.bool_] | None, physical: str) -> Column:
    days = [0 if item is None else item.toordinal() - 719_163 for item in items]
    return Column("date", len(items), valid, np.array(days, np.int64), physical=physical)


def _times(items: Sequence[Any], valid: NDArray[np.bool_] | None, physical: str) -> Column:
    def micros(t: datetime.time | None) -> int:
        return 0 if t is None else ((t.hour * 60 + t.minute) * 60 + t.second) * 10**6 + t.microsecond

    return Column(
        "time", len(items), valid, np.array([micros(t) for t in items], np.int64), unit=1000, physical=physical
    )


def _durations(items: Sequence[Any], valid: NDArray[np.bool_] | None, physical: str) -> Column:
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


def _lists(items: Sequence[Any], valid: NDArray[np.bool_] | None, physical: str, depth: int) -> Column:
    flat = [
        child for item in items if item is not None for child in (item.tolist() if hasattr(item, "tolist") else item)
    ]
    lengths = [0 if item is None else len(item) for item in items]
    offsets = np.concatenate(([0], np.cumsum(lengths, dtype=np.int64))).astype(np.int64)
    return Column(
        "list", len(items), valid, offsets=offsets, children=(of_objects(flat, depth=depth),), physical=physical
    )


def _structs(items: Sequence[Any], valid: NDArray[np.bool_] | None, physical: str, depth: int) -> Column:
    named = [{} if item is None else {str(name): value for name, value in item.items()} for item in items]
    names = sorted({name for item in named for name in item})
    children = tuple(of_objects([item.get(name) for item in named], depth=depth) for name in names)
    return Column("struct", len(items), valid, children=children, names=tuple(names), physical=physical)


def _unsupported(items: Sequence[Any], valid: NDArray[np.bool_] | None, physical: str) -> Column:
    found = next(type(item).__name__ for item in items if item is not None)
    return Column("unsupported", len(items), valid, physical=found)


_BUILDERS: dict[str, Callable[..., Column]] = {
    "boolean": _booleans,
    "number": _numbers,
    "text": _texts,
    "binary": _binaries,
    "timestamp": _timestamps(zoned=False),
    "zoned": _timestamps(zoned=True),
    "date": _dates,
    "time": _times,
    "duration": _durations,
    "unsupported": _unsupported,
}
_NESTED: dict[str, Callable[..., Column]] = {"list": _lists, "struct": _structs}
