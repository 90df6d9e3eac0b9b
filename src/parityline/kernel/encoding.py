"""Bytes in and out of a fingerprint: variable-length integers, texts, fractions. Every read is checked first."""

from __future__ import annotations

import weakref
from collections.abc import Callable, Mapping
from fractions import Fraction
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from parityline.errors import FormatError
from parityline.kernel.exact import dyadic_parts, from_dyadic

T = TypeVar("T")


class Piece:
    """Bytes that several tables of a record hold, and what they were decoded to, by what it is: while one has it."""

    __slots__ = ("data", "decoded")

    def __init__(self, data: memoryview) -> None:
        self.data = data
        self.decoded: dict[type[Any], weakref.ref[Any]] = {}


class Writer:
    """Grows bytes. Integers are LEB128; signed ones zigzag; everything else is little-endian."""

    def __init__(self) -> None:
        self.parts: list[bytes | memoryview] = []
        self.cuts: list[int] = []

    def value(self) -> bytes:
        return b"".join(self.parts)

    def cut(self) -> None:
        """What follows is a piece of its own, which another table may hold too."""
        self.cuts.append(len(self.parts))

    def pieces(self) -> list[bytes]:
        """The bytes, cut where they may be; no piece is empty."""
        ends = zip([0, *self.cuts], [*self.cuts, len(self.parts)], strict=True)
        return [piece for start, end in ends if (piece := b"".join(self.parts[start:end]))]

    def section(self, inner: Writer) -> None:
        """A block of what another one wrote, with its cuts."""
        self.varint(sum(map(len, inner.parts)))
        self.cuts += [len(self.parts) + cut for cut in inner.cuts]
        self.parts += inner.parts

    def raw(self, data: bytes | memoryview) -> None:
        self.parts.append(data)

    def varint(self, value: int) -> None:
        out = bytearray()
        while value > 0x7F:
            out.append(value & 0x7F | 0x80)
            value >>= 7
        out.append(value)
        self.parts.append(bytes(out))

    def zigzag(self, value: int) -> None:
        self.varint(value << 1 if value >= 0 else ((-value) << 1) - 1)

    def block(self, data: bytes | memoryview) -> None:
        self.varint(len(data))
        self.parts.append(data)

    def text(self, value: str) -> None:
        self.block(value.encode("utf-8", "surrogatepass"))

    def u128(self, value: int) -> None:
        self.parts.append(value.to_bytes(16, "little"))

    def fraction(self, value: Fraction) -> None:
        """n, a, b of n * 2**a / 5**b; the magnitude of n as a block, its sign in the lowest bit of b."""
        n, a, b = dyadic_parts(value)
        magnitude = abs(n)
        self.varint(b << 1 | (n < 0))
        self.zigzag(a)
        self.block(magnitude.to_bytes((magnitude.bit_length() + 7) // 8, "little"))

    def varints(self, values: NDArray[np.uint64]) -> None:
        self.parts.append(encode_varints(values))


class Reader:
    """Reads what `Writer` wrote; anything else is a FormatError, and nothing is allocated beyond the bytes at hand.

    pieces: of the record that the bytes are from, by where they begin; base: where in the record's table `data` does.
    """

    def __init__(
        self,
        data: bytes | memoryview,
        what: str = "fingerprint",
        pieces: Mapping[int, Piece] | None = None,
        base: int = 0,
    ) -> None:
        self.data = memoryview(data)
        self.at = 0
        self.what = what
        self._pieces = pieces or {}
        self._base = base

    def again(self) -> Reader:
        """A reader of the same bytes from their beginning."""
        return Reader(self.data, self.what, self._pieces, self._base)

    def inner(self) -> Reader:
        """A reader of the next block."""
        block = self.block()
        return Reader(block, self.what, self._pieces, self._base + self.at - len(block))

    def shared(self, kind: type[T], decode: Callable[[Piece | None], T]) -> T:
        """What `decode` makes of the bytes from here: once for all tables that hold the piece that begins here."""
        piece, start = self._pieces.get(self._base + self.at), self.at
        if piece is None:
            return decode(None)
        known: T | None = piece.decoded[kind]() if kind in piece.decoded else None
        if known is not None:
            self.raw(len(piece.data))
            return known
        value = decode(piece)
        if self.at - start == len(piece.data):
            piece.decoded[kind] = weakref.ref(value)
        return value

    def fail(self, expected: str) -> FormatError:
        return FormatError(f"{self.what}: damaged at byte {self.at} of {len(self.data)}: expected {expected}")

    def raw(self, size: int) -> memoryview:
        if size < 0 or size > len(self.data) - self.at:
            raise self.fail(f"{size} more bytes")
        self.at += size
        return self.data[self.at - size : self.at]

    def varint(self, limit: int = (1 << 64) - 1) -> int:
        if self.at < len(self.data) and self.data[self.at] <= min(0x7F, limit):  # nearly all are of one byte
            self.at += 1
            return self.data[self.at - 1]
        result = shift = 0
        while True:
            byte = self.raw(1)[0]
            result |= (byte & 0x7F) << shift
            if not byte & 0x80:
                break
            shift += 7
            if shift > 63:
                raise self.fail("an integer of at most 64 bits")
        if result > limit or (shift and not byte):
            raise self.fail(f"an integer of at most {limit} in its shortest form")
        return result

    def count(self, size_bytes: int = 1, most: int = (1 << 64) - 1) -> int:
        """A number of items of at least `size_bytes` each, so it cannot exceed what is left, and at most `most`."""
        return self.varint(min(most, (len(self.data) - self.at) // size_bytes))

    def zigzag(self) -> int:
        value = self.varint()
        return (value >> 1) if not value & 1 else -((value + 1) >> 1)

    def block(self) -> memoryview:
        return self.raw(self.count())

    def text(self) -> str:
        try:
            return bytes(self.block()).decode("utf-8", "surrogatepass")
        except UnicodeDecodeError as error:
            raise self.fail("text in UTF-8") from error

    def u128(self) -> int:
        return int.from_bytes(self.raw(16), "little")

    def fraction(self) -> Fraction:
        mixed, a = self.varint(1 << 12), self.zigzag()
        n = int.from_bytes(self.block(), "little")
        if abs(a) > 8192 or (n == 0 and (mixed or a)) or (n and not n & 1):
            raise self.fail("a fraction in its shortest form")
        return from_dyadic(-n if mixed & 1 else n, a, mixed >> 1)

    def varints(self, count: int) -> NDArray[np.uint64]:
        values, used = decode_varints(self.data[self.at :], count)
        if used < 0:
            raise self.fail(f"{count} integers")
        self.at += used
        return values

    def end(self) -> None:
        if self.at != len(self.data):
            raise self.fail("the end")


def encode_varints(values: NDArray[np.uint64]) -> bytes:
    """LEB128 of each value, one after the other."""
    values = np.asarray(values, np.uint64)
    if not len(values):
        return b""
    longest = max(1, -(-int(values.max()).bit_length() // 7))
    rest = values[:, None] >> (np.arange(longest) * 7).astype(np.uint64)
    used = np.ones(rest.shape, np.bool_)
    used[:, 1:] = rest[:, 1:] != 0
    more = np.zeros(rest.shape, np.uint8)
    more[:, :-1] = used[:, 1:]
    return ((rest & np.uint64(0x7F)).astype(np.uint8) | more << 7)[used].tobytes()


def decode_varints(data: memoryview, count: int) -> tuple[NDArray[np.uint64], int]:
    """`count` values and the bytes that they took; (empty, -1) where the bytes end too early or a value is too long."""
    empty = np.zeros(0, np.uint64)
    if not count:
        return empty, 0
    if count > len(data):
        return empty, -1
    raw = np.frombuffer(data[: min(len(data), 10 * count)], np.uint8)
    if raw[:count].max() < 0x80:  # one byte each, as nearly always
        return raw[:count].astype(np.uint64), count
    ends = np.flatnonzero(raw < 0x80)
    if len(ends) < count:
        return empty, -1
    ends = ends[:count]
    starts = np.concatenate(([0], ends[:-1] + 1))
    lengths = ends - starts + 1
    if lengths.max() > 10 or np.any((lengths > 1) & (raw[ends] == 0)):
        return empty, -1
    values = np.zeros(count, np.uint64)
    for i in range(int(lengths.max())):
        here = lengths > i
        values[here] |= (raw[starts[here] + i] & np.uint8(0x7F)).astype(np.uint64) << np.uint64(7 * i)
    return values, int(ends[-1]) + 1


def zigzag(values: NDArray[np.int64]) -> NDArray[np.uint64]:
    """Signed to unsigned, small magnitudes first."""
    return ((values << 1) ^ (values >> 63)).view(np.uint64)


def unzigzag(values: NDArray[np.uint64]) -> NDArray[np.int64]:
    """The inverse of `zigzag`."""
    return ((values >> np.uint64(1)) ^ (np.uint64(0) - (values & np.uint64(1)))).view(np.int64)


def pack_bits(indices: NDArray[np.int64], width: int) -> bytes:
    """Indices below 2**width, `width` bits each, at most 57, lowest bit first."""
    if not width:
        return b""
    words = indices.astype("<i8").view(np.uint8).reshape(-1, 8)
    return np.packbits(np.unpackbits(words, axis=1, count=width, bitorder="little"), bitorder="little").tobytes()


def unpack_bits(data: memoryview, count: int, width: int) -> NDArray[np.int64]:
    """The inverse of `pack_bits`."""
    if not width:
        return np.zeros(count, np.int64)
    starts = np.arange(count) * width
    # a word of 8 bytes at every byte: it holds whatever begins there, up to 57 bits of it
    words = np.ndarray(len(data) + 1, "<u8", bytes(data) + bytes(8), strides=(1,))
    shifted = words[starts >> 3] >> (starts & 7).astype(np.uint64)
    return np.asarray(shifted & np.uint64((1 << width) - 1), np.int64)
