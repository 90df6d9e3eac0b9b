"""Exact sums: the total of any multiset of floats, integers and decimals as a fraction, whatever their order.

A finite float64 is an integer times a power of two, so the floats of one exponent are added as integers and the few
exponents are joined in Python's unbounded integers; this is Neal's superaccumulator (2015) without its carries.
"""

from __future__ import annotations

from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

_UNIT = 1074  # every finite float64 is an integer multiple of 2**-1074


def _by_exponent(mantissas: list[NDArray[np.uint64]], exponents: NDArray[np.int64]) -> list[tuple[int, int]]:
    """Sums of lanes by exponent; lane i counts 2**(32 i). Each lane is below 2**32, so 2**32 rows cannot overflow."""
    order = np.argsort(exponents, kind="stable")
    distinct, firsts = np.unique(exponents[order], return_index=True)
    sums = [np.add.reduceat(lane[order], firsts) for lane in mantissas]
    return [
        (int(e), sum(int(lane[i]) << (32 * place) for place, lane in enumerate(sums)))
        for i, e in enumerate(distinct.tolist())
    ]


def sum_floats(values: NDArray[np.float64]) -> tuple[Fraction, Fraction]:
    """The exact sum of magnitudes, and of squares, of finite float64 values; (0, 0) for none."""
    values = np.abs(values[values != 0])
    if not len(values):
        return Fraction(0), Fraction(0)
    fractions, exponents = np.frexp(values)
    mantissas = np.ldexp(fractions, 53).astype(np.uint64)  # below 2**53, exact
    exponents = exponents.astype(np.int64) - 53
    low, high = mantissas & np.uint64(0xFFFFFFFF), mantissas >> np.uint64(32)
    total = sum(s << (e + _UNIT + 64) for e, s in _by_exponent([low, high], exponents))
    # (high 2^32 + low)^2 in 32-bit lanes
    ll, lh, hh = low * low, low * high, high * high
    mask = np.uint64(0xFFFFFFFF)
    lanes = [ll & mask, (ll >> np.uint64(32)) + ((lh << np.uint64(1)) & mask), (lh >> np.uint64(31)) + (hh & mask)]
    lanes.append(hh >> np.uint64(32))
    squares = sum(s << (2 * e + 2 * (_UNIT + 64)) for e, s in _by_exponent(lanes, exponents))
    return Fraction(total, 1 << (_UNIT + 64)), Fraction(squares, 1 << (2 * (_UNIT + 64)))


def sum_integers(values: NDArray[np.uint64]) -> tuple[int, int]:
    """The exact sum, and the exact sum of squares, of unsigned 64-bit integers."""
    low, high = values & np.uint64(0xFFFFFFFF), values >> np.uint64(32)
    total = (int(high.sum(dtype=np.uint64)) << 32) + int(low.sum(dtype=np.uint64))
    mask = np.uint64(0xFFFFFFFF)
    squares = 0
    for a, b, shift in ((low, low, 0), (low, high, 33), (high, high, 64)):
        product = a * b
        squares += (int((product >> np.uint64(32)).sum(dtype=np.uint64)) << 32) + int((product & mask).sum()) << shift
    return total, squares


def dyadic_parts(value: Fraction) -> tuple[int, int, int]:
    """(n, a, b) with value = n * 2**a / 5**b: n odd or 0, b as small as can be. The denominator must be 2**i * 5**j."""
    n, d, a, b = value.numerator, value.denominator, 0, 0
    if n == 0:
        return 0, 0, 0
    shift = (d & -d).bit_length() - 1
    d, a = d >> shift, -shift
    if not shift:
        shift = (n & -n).bit_length() - 1
        n, a = n >> shift, shift
    while d > 1:
        d, b = d // 5, b + 1
    return n, a, b


def from_dyadic(n: int, a: int, b: int) -> Fraction:
    """The value of `dyadic_parts`."""
    return Fraction(n << a, 5**b) if a >= 0 else Fraction(n, (1 << -a) * 5**b)
