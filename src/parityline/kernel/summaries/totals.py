"""Exact totals of numbers: nothing is rounded until somebody asks for a float."""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction
from typing import Self

import numpy as np

from parityline.kernel.encoding import Reader, Writer
from parityline.kernel.exact import sum_floats, sum_integers
from parityline.kernel.reading import Reading

SINGLE, DOUBLE = Fraction(1, 1 << 24), Fraction(1, 1 << 53)
"""Unit roundoffs of float32 and float64."""


@dataclass(frozen=True, slots=True)
class Totals:
    """Exact sums over the finite numbers of a column, whatever their order, type or number.

    count: how many there are; positive, negative: sums of the positive and of the negative ones (negative <= 0);
    squares: sum of squares. Null, NaN and infinite cells are left out; they are counted in `Shape`.
    Source: Neal (2015), Fast exact summation using small and large superaccumulators.
    """

    count: int = 0
    positive: Fraction = Fraction(0)
    negative: Fraction = Fraction(0)
    squares: Fraction = Fraction(0)

    @classmethod
    def of(cls, reading: Reading) -> Self:
        if not reading.is_number:
            return cls()
        numbers, finite = reading.numbers, reading.finite
        if reading.column.kind == "integer":
            assert reading.column.values is not None
            values = reading.column.values[finite]
            below, above = values[values < 0], values[values > 0].astype(np.uint64)
            # 0 - (two's complement) is the magnitude, also of the smallest int64
            parts = [sum_integers(above), sum_integers(np.uint64(0) - below.astype(np.int64).view(np.uint64))]
            sums = [(Fraction(total), Fraction(squares)) for total, squares in parts]
        else:
            exact = finite.copy()
            exact[list(numbers.wide)] = False
            floats = numbers.floats[exact]
            sums = [sum_floats(floats[floats > 0]), sum_floats(floats[floats < 0])]
            for mantissa, exponent in numbers.wide.values():
                value = Fraction(mantissa) * Fraction(10) ** exponent
                side = int(value < 0)
                sums[side] = (sums[side][0] + abs(value), sums[side][1] + value * value)
        return cls(int(np.count_nonzero(finite)), sums[0][0], -sums[1][0], sums[0][1] + sums[1][1])

    def merge(self, other: Self) -> Self:
        return type(self)(
            self.count + other.count,
            self.positive + other.positive,
            self.negative + other.negative,
            self.squares + other.squares,
        )

    def encode(self, out: Writer) -> None:
        out.varint(self.count)
        for value in (self.positive, self.negative, self.squares):
            out.fraction(value)

    @classmethod
    def decode(cls, data: Reader) -> Self:
        return cls(data.varint(), data.fraction(), data.fraction(), data.fraction())

    @property
    def sum(self) -> Fraction:
        """The exact sum."""
        return self.positive + self.negative

    @property
    def magnitude(self) -> Fraction:
        """The exact sum of the absolute values."""
        return self.positive - self.negative

    def error_of_sum(self, unit: Fraction = DOUBLE) -> Fraction:
        """How far a sum of these numbers as floats may be off, in any order: (count - 1) u times their magnitude.

        unit: the unit roundoff u, of float64 or `SINGLE`. Source: Higham (2002), Accuracy and Stability of Numerical
        Algorithms, 4.2, to first order in u.
        """
        return max(0, self.count - 1) * unit * self.magnitude

    @property
    def mean(self) -> float | None:
        """The mean, correctly rounded; None where there are no numbers."""
        return _to_float(self.sum / self.count) if self.count else None

    def variance(self, ddof: int = 1) -> float | None:
        """The variance, correctly rounded, dividing by count - ddof; None where that is not positive."""
        if self.count <= ddof:
            return None
        return _to_float((self.squares - self.sum * self.sum / self.count) / (self.count - ddof))

    def deviation(self, ddof: int = 1) -> float | None:
        """The square root of the variance; None where there is none."""
        variance = self.variance(ddof)
        return None if variance is None else math.sqrt(variance)


def _to_float(value: Fraction) -> float:
    try:
        return float(value)
    except OverflowError:
        return math.inf if value > 0 else -math.inf
