"""The order of rows, where it is recorded."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Self

import numpy as np

from parityline.kernel.encoding import Reader, Writer
from parityline.kernel.parameters import Parameters
from parityline.kernel.reading import TableReading
from parityline.kernel.sections.section import Layout
from parityline.kernel.summaries.digests import MODULUS, sum_hashes
from parityline.kernel.xxh3 import Hashes, multiply, multiply_by

_BASE = 0x9E3779B97F4A7C15F39CC0605CEDC835  # odd; the golden ratio's bits


@dataclass(frozen=True, slots=True)
class Order:
    """A digest of the sequence of rows, which merges in order only.

    The sum of hash(row i) * base**(rows - 1 - i) modulo 2**128.
    """

    rows: int = 0
    digest: int = 0

    @staticmethod
    def wanted(parameters: Parameters) -> bool:
        return parameters.ordered

    @classmethod
    def of(cls, table: TableReading, layout: Layout) -> Self:
        hashes, rows = table.row_hashes, table.rows
        high, low = _powers(1 << max(0, rows - 1).bit_length())
        powers = high[:rows][::-1], low[:rows][::-1]
        return cls(rows, sum_hashes(multiply(hashes, powers)))

    def merge(self, other: Self, layout: Layout) -> Self:
        return type(self)(
            self.rows + other.rows, (self.digest * pow(_BASE, other.rows, MODULUS) + other.digest) % MODULUS
        )

    def encode(self, out: Writer) -> None:
        out.varint(self.rows)
        out.u128(self.digest)

    @classmethod
    def decode(cls, data: Reader, layout: Layout) -> Self:
        return cls(data.varint(), data.u128())


@cache
def _powers(count: int) -> Hashes:
    high, low = np.zeros(1, np.uint64), np.ones(1, np.uint64)
    while len(low) < count:
        more = multiply_by((high, low), pow(_BASE, len(low), MODULUS))
        high, low = np.concatenate([high, more[0]]), np.concatenate([low, more[1]])
    return high, low
