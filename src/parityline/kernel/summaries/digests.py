"""Order-free digests of a column: which values it holds, and which value stands beside which key."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np

from parityline.kernel.encoding import Reader, Writer
from parityline.kernel.reading import Reading
from parityline.kernel.xxh3 import Hashes, multiply

MODULUS = 1 << 128


@dataclass(frozen=True, slots=True)
class Digests:
    """Sums modulo 2**128 over all rows, nulls included.

    values: of the cells' hashes. pairs: of hash(cell) * (hash(key) | 1), so a value that moved to another key shows;
    None without a key. Two different random multisets agree with probability 2**-128 (pairs: 2**-127); a forger who
    knows the seed can do better.
    """

    values: int = 0
    pairs: int | None = None

    @classmethod
    def of(cls, reading: Reading, key: Hashes | None = None) -> Self:
        return cls(sum_hashes(reading.hashes), None if key is None else sum_hashes(multiply(reading.hashes, odd(key))))

    def merge(self, other: Self) -> Self:
        pairs = [p for p in (self.pairs, other.pairs) if p is not None]
        return type(self)((self.values + other.values) % MODULUS, sum(pairs) % MODULUS if pairs else None)

    def encode(self, out: Writer) -> None:
        out.u128(self.values)
        out.varint(self.pairs is not None)
        if self.pairs is not None:
            out.u128(self.pairs)

    @classmethod
    def decode(cls, data: Reader) -> Self:
        values = data.u128()
        return cls(values, data.u128() if data.varint(1) else None)


def sum_hashes(hashes: Hashes) -> int:
    """The sum of 128-bit hashes modulo 2**128; fewer than 2**32 of them."""
    total = 0
    for words, shift in ((hashes[1], 0), (hashes[0], 64)):
        low = int((words & np.uint64(0xFFFFFFFF)).sum(dtype=np.uint64))
        high = int((words >> np.uint64(32)).sum(dtype=np.uint64))
        total += (low << shift) + (high << (shift + 32))
    return total % MODULUS


def odd(hashes: Hashes) -> Hashes:
    """Hashes made odd, so that multiplying by them loses nothing."""
    return hashes[0], hashes[1] | np.uint64(1)
