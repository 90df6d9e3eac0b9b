"""The form of values: what a number, a text or a time looks like, counted exactly."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from parityline.kernel.cells import PLACES, decimal_places
from parityline.kernel.encoding import Reader, Writer
from parityline.kernel.reading import Reading

LENGTHS = 33
"""Text lengths are counted one by one up to 32 bytes; the last counter holds the longer ones."""

NUMBER_FORMS = (*(f"places_{d}" for d in range(PLACES + 1)), "places_more", "float32")
TEXT_FORMS = (
    "leading_space",
    "trailing_space",
    "upper",
    "lower",
    "non_ascii",
    "decomposed",
    "number",
    "decimal_comma",
    "leading_zero",
    "scientific",
    "date",
    "missing_word",
    "own_name",
)
TIME_FORMS = ("second", "minute", "hour", "day")

MISSING_WORDS = frozenset(
    b"#N/A,#NA,-NaN,-nan,<NA>,N/A,NA,NULL,NaN,None,n/a,na,nan,null,none,NONE,nil,NIL,missing,unknown,?,-,--,.".split(
        b","
    )
)
"""Texts that readers take for missing; compared as they are."""

_NUMBER = re.compile(rb"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
_SCIENTIFIC = re.compile(rb"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)[eE][+-]?[0-9]+")
_COMMA = re.compile(rb"[+-]?[0-9]*,[0-9]+")
_ZERO = re.compile(rb"0[0-9]+")
_DATE = re.compile(
    rb"(?:[0-9]{4}[-/.][0-9]{1,2}[-/.][0-9]{1,2}|[0-9]{1,2}[-/.][0-9]{1,2}[-/.][0-9]{4})(?:[ T].*)?", re.S
)
# combining marks as UTF-8: U+0300-036F, 1AB0-1AFF, 1DC0-1DFF, 20D0-20FF, FE20-FE2F. A fixed list, because what the
# Unicode tables of a library call normalised changes with its version.
_MARK = re.compile(
    rb"\xcc[\x80-\xbf]|\xcd[\x80-\xaf]|\xe1\xaa[\xb0-\xbf]|\xe1\xab[\x80-\xbf]|\xe1\xb7[\x80-\xbf]"
    rb"|\xe2\x83[\x90-\xbf]|\xef\xb8[\xa0-\xaf]"
)
_UPPER, _LOWER, _NON_ASCII = re.compile(rb"[A-Z]"), re.compile(rb"[a-z]"), re.compile(rb"[\x80-\xff]")
_LONGEST = 4096  # bytes of a text that are looked at


@dataclass(frozen=True, slots=True)
class Form:
    """Exact counts of forms by name, and for texts a histogram of lengths in bytes.

    Numbers: decimal places 0 to 6 or more (see `decimal_places`), and exactly representable in float32. Times: whole
    seconds, minutes, hours, days. Texts: see `TEXT_FORMS`; upper and lower speak of ASCII letters, space is U+0020 and
    the ASCII controls 9 to 13; forms look at the first 4,096 bytes. Infinite and missing cells have no form.
    """

    counts: tuple[int, ...] = ()
    lengths: tuple[int, ...] = ()

    @classmethod
    def of(cls, reading: Reading) -> Self:
        if reading.is_number:
            floats = reading.nearest
            places = decimal_places(floats)
            counts = np.bincount(places, minlength=PLACES + 2)
            singles = int(np.count_nonzero(single_precise(floats)))
            for row, (_, exponent) in reading.numbers.wide.items():
                # float64 only comes near this value, so its own digits decide
                nearest = reading.numbers.floats[row : row + 1]
                if not np.isfinite(nearest[0]):
                    continue  # beyond float64, and so not among the counted ones
                counts[decimal_places(nearest)[0]] -= 1
                counts[min(max(0, -exponent), PLACES + 1)] += 1
                singles -= int(single_precise(nearest)[0])
            return cls((*counts.tolist(), singles))
        if reading.is_time and reading.column.kind in ("timestamp", "time", "duration"):
            ticks, wide = reading.instants
            ticks = ticks[reading.present & ~np.isin(np.arange(len(ticks)), list(wide))]
            steps = [10**9 * s for s in (1, 60, 3600, 86400)]
            return cls(
                tuple(
                    int(np.count_nonzero(ticks % step == 0)) + sum(v % step == 0 for v in wide.values())
                    for step in steps
                )
            )
        if reading.column.kind == "text":
            return cls._of_texts(reading)
        return cls()

    @classmethod
    def _of_texts(cls, reading: Reading) -> Self:
        column = reading.column
        assert column.offsets is not None
        assert column.values is not None
        own = reading.name.encode("utf-8", "surrogatepass")
        counts = np.zeros(len(TEXT_FORMS), np.int64)
        lengths = np.zeros(LENGTHS, np.int64)
        rows, repeats = reading.distinct
        for row, count in zip(rows.tolist(), repeats.tolist(), strict=True):
            start, stop = int(column.offsets[row]), int(column.offsets[row + 1])
            lengths[min(stop - start, LENGTHS - 1)] += count
            whole = stop - start <= _LONGEST
            text = column.values[start : stop if whole else start + _LONGEST].tobytes()
            last = column.values[stop - 1 : stop].tobytes()
            counts += count * np.array(_forms(text, last, own, whole), np.int64)
        return cls(tuple(counts.tolist()), tuple(lengths.tolist()))

    def merge(self, other: Self) -> Self:
        return type(self)(_added(self.counts, other.counts), _added(self.lengths, other.lengths))

    def encode(self, out: Writer) -> None:
        for counts in (self.counts, self.lengths):
            out.varint(len(counts))
            out.varints(np.array(counts, np.uint64))

    @classmethod
    def decode(cls, data: Reader) -> Self:
        counts = tuple(data.varints(data.varint(len(TEXT_FORMS))).tolist())
        return cls(counts, tuple(data.varints(data.varint(LENGTHS)).tolist()))

    def named(self) -> dict[str, int]:
        """Counts by name; {} where the type has no forms."""
        for names in (NUMBER_FORMS, TEXT_FORMS, TIME_FORMS):
            if len(names) == len(self.counts):
                return dict(zip(names, self.counts, strict=True))
        return {}


def single_precise(values: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Which finite values float32 holds exactly."""
    with np.errstate(over="ignore"):
        return np.asarray(values.astype(np.float32).astype(np.float64) == values)


def _added(a: tuple[int, ...], b: tuple[int, ...]) -> tuple[int, ...]:
    return tuple(x + y for x, y in zip(a, b, strict=True)) if a and b else a or b


def _forms(text: bytes, last: bytes, own: bytes, whole: bool) -> tuple[bool, ...]:
    space = b" \t\n\v\f\r"
    upper, lower = bool(_UPPER.search(text)), bool(_LOWER.search(text))
    return (
        text[:1] in space and bool(text),
        last in space and bool(text),
        upper and not lower,
        lower and not upper,
        bool(_NON_ASCII.search(text)),
        bool(_MARK.search(text)),
        whole and bool(_NUMBER.fullmatch(text)),
        whole and bool(_COMMA.fullmatch(text)),
        whole and bool(_ZERO.fullmatch(text)),
        whole and bool(_SCIENTIFIC.fullmatch(text)),
        whole and bool(_DATE.fullmatch(text)),
        text in MISSING_WORDS,
        whole and text == own,
    )
