"""The distribution of numbers and times: exact counts of bins whose width follows the data."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from parityline.kernel.encoding import Reader, Writer
from parityline.kernel.reading import Reading

MOST_BINS = 2048


@dataclass(frozen=True, slots=True)
class Distribution:
    """Counts by the leading 64 - shift bits of an order-preserving key of the nearest float64.

    One more bit is dropped for the whole column whenever more than 2,048 bins are in use, so the final shift is the
    smallest at which the whole data fits, whatever the order (uniform collapse, as UDDSketch does in its own base).
    prefixes: (bins,) uint64, ascending; counts: (bins,) uint64. Infinities, NaN and nulls are left out.
    A quantile's rank is off by at most the heaviest bin, `rank_error`; it is exact while shift is 0.
    Source: Epicoco et al. (2020), UDDSketch.
    """

    shift: int = 0
    prefixes: tuple[int, ...] = ()
    counts: tuple[int, ...] = ()

    @classmethod
    def of(cls, reading: Reading) -> Self:
        if not (reading.is_number or reading.is_time):
            return cls()
        keys, counts = np.unique(float_keys(reading.nearest), return_counts=True)
        return cls._collapsed(0, keys, counts.astype(np.uint64))

    @classmethod
    def _collapsed(cls, shift: int, prefixes: NDArray[np.uint64], counts: NDArray[np.uint64]) -> Self:
        while len(prefixes) > MOST_BINS:
            shift += 1
            prefixes, counts = _joined(prefixes >> np.uint64(1), counts)
        return cls(shift, tuple(prefixes.tolist()), tuple(counts.tolist()))

    def merge(self, other: Self) -> Self:
        shift = max(self.shift, other.shift)
        prefixes = [np.array(d.prefixes, np.uint64) >> np.uint64(shift - d.shift) for d in (self, other)]
        counts = [np.array(d.counts, np.uint64) for d in (self, other)]
        order = np.argsort(np.concatenate(prefixes), kind="stable")
        return self._collapsed(shift, *_joined(np.concatenate(prefixes)[order], np.concatenate(counts)[order]))

    def encode(self, out: Writer) -> None:
        prefixes = np.array(self.prefixes, np.uint64)
        out.varint(self.shift)
        out.varint(len(prefixes))
        out.varints(np.concatenate([prefixes[:1], np.diff(prefixes)]))
        out.varints(np.array(self.counts, np.uint64))

    @classmethod
    def decode(cls, data: Reader) -> Self:
        shift = data.varint(63)
        bins = data.varint(MOST_BINS)
        prefixes = np.cumsum(data.varints(bins), dtype=np.uint64)
        counts = data.varints(bins)
        if bins and (np.any(prefixes[1:] <= prefixes[:-1]) or not counts.all() or int(prefixes[-1]) >> (64 - shift)):
            raise data.fail("bins in ascending order, none of them empty")
        return cls(shift, tuple(prefixes.tolist()), tuple(counts.tolist()))

    @property
    def rows(self) -> int:
        """How many numbers were counted."""
        return sum(self.counts)

    @property
    def rank_error(self) -> float:
        """By how much the rank of a quantile may be off, in [0, 1]; 0 while every value has its own bin."""
        return max(self.counts) / self.rows if self.shift and self.counts else 0.0

    def edges(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """The smallest and largest float64 that each bin can hold, shapes (bins,)."""
        low = np.array(self.prefixes, np.uint64) << np.uint64(self.shift)
        return key_floats(low), key_floats(low | np.uint64((1 << self.shift) - 1))

    def quantile(self, q: float) -> float | None:
        """The value at rank ceil(q n), or the middle of its bin; None for no numbers. q in [0, 1]."""
        if not 0 <= q <= 1:
            raise ValueError(f"a quantile lies in [0, 1]; got {q}")
        if not self.counts:
            return None
        ranks = np.cumsum(np.array(self.counts, np.uint64))
        at = int(np.searchsorted(ranks, max(1, int(np.ceil(q * self.rows)))))
        # the outermost bins may reach beyond the finite numbers, which is all that was counted
        largest = np.finfo(np.float64).max
        low, high = (float(np.clip(edges[at], -largest, largest)) for edges in self.edges())
        return low if low == high else low / 2 + high / 2


def _joined(prefixes: NDArray[np.uint64], counts: NDArray[np.uint64]) -> tuple[NDArray[np.uint64], NDArray[np.uint64]]:
    if not len(prefixes):
        return prefixes, counts
    firsts = np.flatnonzero(np.concatenate(([True], prefixes[1:] != prefixes[:-1])))
    return prefixes[firsts], np.add.reduceat(counts, firsts)


def float_keys(values: NDArray[np.float64]) -> NDArray[np.uint64]:
    """A 64-bit key in the order of the values: the bits of the float, flipped where negative. -0.0 counts as 0.0."""
    bits = (values + 0.0).view(np.uint64)
    top = np.uint64(1 << 63)
    return np.where(bits & top, ~bits, bits | top)


def key_floats(keys: NDArray[np.uint64]) -> NDArray[np.float64]:
    """The inverse of `float_keys`; keys beyond the infinities give the infinities."""
    top = np.uint64(1 << 63)
    floats = np.where(keys & top, keys ^ top, ~keys).view(np.float64)
    return np.where(np.isnan(floats), np.where(keys & top, np.inf, -np.inf), floats)
