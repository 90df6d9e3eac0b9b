"""XXH3-128 with a seed, over many byte strings at once, in numpy.

Source: the xxHash specification, frozen since release 0.8.0. The tests hold it against an independent implementation.
A hash is a pair of uint64 arrays (high, low); sums of hashes are Python integers modulo 2**128.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

U64 = NDArray[np.uint64]
Hashes = tuple[U64, U64]

_M32 = np.uint64(0xFFFFFFFF)
_P32_1, _P32_2, _P32_3 = np.uint64(0x9E3779B1), np.uint64(0x85EBCA77), np.uint64(0xC2B2AE3D)
_P64_1, _P64_2, _P64_3 = np.uint64(0x9E3779B185EBCA87), np.uint64(0xC2B2AE3D27D4EB4F), np.uint64(0x165667B19E3779F9)
_P64_4, _P64_5 = np.uint64(0x85EBCA77C2B2AE63), np.uint64(0x27D4EB2F165667C5)
_AVALANCHE = np.uint64(0x165667919E3779F9)
_RRMXMX = np.uint64(0x9FB21C651E98DF25)

_SECRET = np.frombuffer(
    bytes.fromhex(
        "b8fe6c3923a44bbe7c01812cf721ad1cded46de9839097db7240a4a4b7b3671fcb79e64eccc0e578825ad07dccff7221"
        "b8084674f743248ee03590e6813a264c3c2852bb91c300cb88d0658b1b532ea371644897a20df94e3819ef46a9deacd8"
        "a8fa763fe39c343ff9dcbbc7c70b4f1d8a51e04bcdb45931c89f7ec9d9787364eac5ac8334d3ebc3c581a0fffa1363eb"
        "170ddd51b7f0da49d316552629d4689e2b16be587d47a1fc8ff8b8d17ad031ce45cb3a8f95160428afd7fbcabb4b407e"
    ),
    np.uint8,
)


def _u64(value: int) -> np.uint64:
    return np.uint64(value & 0xFFFFFFFFFFFFFFFF)


def _secret64(offset: int, secret: NDArray[np.uint8] = _SECRET) -> np.uint64:
    return np.uint64(int.from_bytes(secret[offset : offset + 8].tobytes(), "little"))


def _secret32(offset: int) -> int:
    return int.from_bytes(_SECRET[offset : offset + 4].tobytes(), "little")


def multiply_wide(a: Any, b: Any) -> Hashes:
    """The 128-bit product of unsigned 64-bit numbers, as (high, low)."""
    a0, a1, b0, b1 = a & _M32, a >> np.uint64(32), b & _M32, b >> np.uint64(32)
    p00, p01, p10, p11 = a0 * b0, a0 * b1, a1 * b0, a1 * b1
    middle = (p00 >> np.uint64(32)) + (p01 & _M32) + (p10 & _M32)
    high = p11 + (p01 >> np.uint64(32)) + (p10 >> np.uint64(32)) + (middle >> np.uint64(32))
    return high, a * b


def _fold(a: Any, b: Any) -> Any:
    high, low = multiply_wide(a, b)
    return high ^ low


def _rotate32(x: int, r: int) -> int:
    return ((x << r) | (x >> (32 - r))) & 0xFFFFFFFF


def _swap32(x: Any) -> Any:
    x = np.asarray(x, np.uint64)
    return (
        ((x & np.uint64(0xFF)) << np.uint64(24))
        | ((x & np.uint64(0xFF00)) << np.uint64(8))
        | ((x >> np.uint64(8)) & np.uint64(0xFF00))
        | ((x >> np.uint64(24)) & np.uint64(0xFF))
    )


def _swap64(x: U64) -> U64:
    return np.asarray(x, np.uint64).byteswap()


def _avalanche(h: Any) -> Any:
    h = h ^ (h >> np.uint64(37))
    h = h * _AVALANCHE
    return h ^ (h >> np.uint64(32))


def _avalanche64(h: Any) -> Any:
    h = h ^ (h >> np.uint64(33))
    h = h * _P64_2
    h = h ^ (h >> np.uint64(29))
    h = h * _P64_3
    return h ^ (h >> np.uint64(32))


def hash_fixed(rows: NDArray[np.uint8], seed: int) -> Hashes:
    """XXH3-128 of each row of a matrix of bytes, shape (n, length); any length, n may be 0."""
    n, length = rows.shape
    if n == 0:
        return np.zeros(0, np.uint64), np.zeros(0, np.uint64)
    with np.errstate(over="ignore"):
        if length == 0:
            return _hash_empty(n, seed)
        if length <= 3:
            return _hash_1_to_3(rows, seed)
        if length <= 8:
            return _hash_4_to_8(rows, seed)
        if length <= 16:
            return _hash_9_to_16(rows, seed)
        if length <= 128:
            return _hash_17_to_128(rows, seed)
        if length <= 240:
            return _hash_129_to_240(rows, seed)
        return _hash_long(rows, seed)


def hash_words(words: U64, seed: int) -> Hashes:
    """XXH3-128 of each 8-byte little-endian word."""
    return hash_fixed(np.ascontiguousarray(words.astype("<u8")).view(np.uint8).reshape(-1, 8), seed)


def hash_strings(data: NDArray[np.uint8], starts: NDArray[np.int64], lengths: NDArray[np.int64], seed: int) -> Hashes:
    """XXH3-128 of the byte strings data[start : start + length]; strings of one length are hashed together."""
    high, low = np.zeros(len(starts), np.uint64), np.zeros(len(starts), np.uint64)
    order = np.argsort(lengths, kind="stable")
    sizes, firsts = np.unique(lengths[order], return_index=True)
    for size, members in zip(sizes.tolist(), np.split(order, firsts[1:]), strict=True):
        # a block of at most 16 MiB at a time, so that long texts do not multiply memory
        step = max(1, (1 << 24) // max(1, size))
        for first in range(0, len(members), step):
            part = members[first : first + step]
            rows = (
                data[starts[part][:, None] + np.arange(size)[None, :]] if size else np.zeros((len(part), 0), np.uint8)
            )
            high[part], low[part] = hash_fixed(np.ascontiguousarray(rows), seed)
    return high, low


def hash_bytes(data: bytes, seed: int) -> int:
    """XXH3-128 of one byte string, as an integer below 2**128."""
    high, low = hash_fixed(np.frombuffer(data, np.uint8).reshape(1, -1), seed)
    return int(high[0]) << 64 | int(low[0])


def _read64(rows: NDArray[np.uint8], offset: int) -> U64:
    word = np.ascontiguousarray(rows[:, offset : offset + 8]).view("<u8")[:, 0]
    return word.astype(np.uint64, copy=False)


def _read32(rows: NDArray[np.uint8], offset: int) -> U64:
    return np.ascontiguousarray(rows[:, offset : offset + 4]).view("<u4")[:, 0].astype(np.uint64)


def _hash_empty(n: int, seed: int) -> Hashes:
    low = _avalanche64(_u64(seed) ^ (_secret64(64) ^ _secret64(72)))
    high = _avalanche64(_u64(seed) ^ (_secret64(80) ^ _secret64(88)))
    return np.full(n, high, np.uint64), np.full(n, low, np.uint64)


def _hash_1_to_3(rows: NDArray[np.uint8], seed: int) -> Hashes:
    length = rows.shape[1]
    c1, c2, c3 = (rows[:, i].astype(np.uint64) for i in (0, length >> 1, length - 1))
    low32 = (c1 << np.uint64(16)) | (c2 << np.uint64(24)) | c3 | np.uint64(length << 8)
    swapped = _swap32(low32)
    high32 = ((swapped << np.uint64(13)) | (swapped >> np.uint64(19))) & _M32
    flip_low = np.uint64(_secret32(0) ^ _secret32(4)) + _u64(seed)
    flip_high = np.uint64(_secret32(8) ^ _secret32(12)) - _u64(seed)
    return _avalanche64(high32 ^ flip_high), _avalanche64(low32 ^ flip_low)


def _hash_4_to_8(rows: NDArray[np.uint8], seed: int) -> Hashes:
    length = rows.shape[1]
    mixed_seed = _u64(seed ^ (int(_swap32(seed & 0xFFFFFFFF)) << 32))
    word = _read32(rows, 0) + (_read32(rows, length - 4) << np.uint64(32))
    flip = (_secret64(16) ^ _secret64(24)) + mixed_seed
    high, low = multiply_wide(word ^ flip, _P64_1 + np.uint64(length << 2))
    high = high + (low << np.uint64(1))
    low = low ^ (high >> np.uint64(3))
    low = low ^ (low >> np.uint64(35))
    low = low * _RRMXMX
    low = low ^ (low >> np.uint64(28))
    return _avalanche(high), low


def _hash_9_to_16(rows: NDArray[np.uint8], seed: int) -> Hashes:
    length = rows.shape[1]
    flip_low = (_secret64(32) ^ _secret64(40)) - _u64(seed)
    flip_high = (_secret64(48) ^ _secret64(56)) + _u64(seed)
    first, last = _read64(rows, 0), _read64(rows, length - 8)
    high, low = multiply_wide(first ^ last ^ flip_low, _P64_1)
    low = low + np.uint64((length - 1) << 54)
    last = last ^ flip_high
    high = high + last + (last & _M32) * (_P32_2 - np.uint64(1))
    low = low ^ _swap64(high)
    out_high, out_low = multiply_wide(low, _P64_2)
    out_high = out_high + high * _P64_2
    return _avalanche(out_high), _avalanche(out_low)


def _mix16(rows: NDArray[np.uint8], offset: int, secret: int, seed: np.uint64) -> U64:
    a, b = _read64(rows, offset), _read64(rows, offset + 8)
    return np.asarray(_fold(a ^ (_secret64(secret) + seed), b ^ (_secret64(secret + 8) - seed)), np.uint64)


def _mix32(acc: Hashes, rows: NDArray[np.uint8], first: int, second: int, secret: int, seed: np.uint64) -> Hashes:
    high, low = acc
    low = low + _mix16(rows, first, secret, seed)
    low = low ^ (_read64(rows, second) + _read64(rows, second + 8))
    high = high + _mix16(rows, second, secret + 16, seed)
    high = high ^ (_read64(rows, first) + _read64(rows, first + 8))
    return high, low


def _finish_middle(acc: Hashes, length: int, seed: np.uint64) -> Hashes:
    high, low = acc
    out_low = low + high
    out_high = low * _P64_1 + high * _P64_4 + (np.uint64(length) - seed) * _P64_2
    return np.uint64(0) - _avalanche(out_high), _avalanche(out_low)


def _hash_17_to_128(rows: NDArray[np.uint8], seed: int) -> Hashes:
    n, length = rows.shape
    s = _u64(seed)
    acc: Hashes = (np.zeros(n, np.uint64), np.full(n, np.uint64(length) * _P64_1, np.uint64))
    for i in reversed(range((length - 1) // 32 + 1)):
        acc = _mix32(acc, rows, 16 * i, length - 16 * (i + 1), 32 * i, s)
    return _finish_middle(acc, length, s)


def _hash_129_to_240(rows: NDArray[np.uint8], seed: int) -> Hashes:
    n, length = rows.shape
    s = _u64(seed)
    acc: Hashes = (np.zeros(n, np.uint64), np.full(n, np.uint64(length) * _P64_1, np.uint64))
    for i in range(4):
        acc = _mix32(acc, rows, 32 * i, 32 * i + 16, 32 * i, s)
    acc = (_avalanche(acc[0]), _avalanche(acc[1]))
    for i in range(4, length // 32):
        acc = _mix32(acc, rows, 32 * i, 32 * i + 16, 3 + 32 * (i - 4), s)
    acc = _mix32(acc, rows, length - 16, length - 32, 136 - 17 - 16, np.uint64(0) - s)
    return _finish_middle(acc, length, s)


def _seeded_secret(seed: int) -> NDArray[np.uint8]:
    words = _SECRET.view("<u8").astype(np.uint64)
    words[0::2] += _u64(seed)
    words[1::2] -= _u64(seed)
    return words.astype("<u8").view(np.uint8)


def _accumulate(acc: NDArray[np.uint64], stripe: NDArray[np.uint64], secret: U64) -> None:
    keyed = stripe ^ secret
    acc += stripe[:, [1, 0, 3, 2, 5, 4, 7, 6]]
    acc += (keyed & _M32) * (keyed >> np.uint64(32))


def _merge(acc: NDArray[np.uint64], secret: U64, start: np.uint64) -> U64:
    result = np.full(len(acc), start, np.uint64)
    for i in range(4):
        result = result + _fold(acc[:, 2 * i] ^ secret[2 * i], acc[:, 2 * i + 1] ^ secret[2 * i + 1])
    return np.asarray(_avalanche(result), np.uint64)


def _hash_long(rows: NDArray[np.uint8], seed: int) -> Hashes:
    n, length = rows.shape
    secret = _seeded_secret(seed) if seed else _SECRET
    stripes_per_block = (len(secret) - 64) // 8
    block = 64 * stripes_per_block

    def words(offset: int) -> U64:
        return np.ascontiguousarray(secret[offset : offset + 64]).view("<u8").astype(np.uint64)

    def stripe(offset: int) -> NDArray[np.uint64]:
        return np.ascontiguousarray(rows[:, offset : offset + 64]).view("<u8").astype(np.uint64)

    start = [_P32_3, _P64_1, _P64_2, _P64_3, _P64_4, _P32_2, _P64_5, _P32_1]
    acc = np.tile(np.array(start, np.uint64), (n, 1))
    blocks = (length - 1) // block
    scramble = words(len(secret) - 64)
    for b in range(blocks):
        for s in range(stripes_per_block):
            _accumulate(acc, stripe(b * block + 64 * s), words(8 * s))
        acc = ((acc ^ (acc >> np.uint64(47))) ^ scramble) * _P32_1
    for s in range((length - 1 - block * blocks) // 64):
        _accumulate(acc, stripe(blocks * block + 64 * s), words(8 * s))
    _accumulate(acc, stripe(length - 64), words(len(secret) - 64 - 7))
    low = _merge(acc, words(11), np.uint64(length) * _P64_1)
    high = _merge(acc, words(len(secret) - 64 - 11), ~(np.uint64(length) * _P64_2))
    return high, low


def multiply(a: Hashes, b: Hashes) -> Hashes:
    """Products modulo 2**128, element by element."""
    with np.errstate(over="ignore"):
        high, low = multiply_wide(a[1], b[1])
        return high + a[0] * b[1] + a[1] * b[0], low


def multiply_by(a: Hashes, factor: int) -> Hashes:
    """Products modulo 2**128 with one number."""
    return multiply(a, (np.array([factor >> 64], np.uint64), np.array([factor & 0xFFFFFFFFFFFFFFFF], np.uint64)))


def add(a: Hashes, b: Hashes) -> Hashes:
    """Sums modulo 2**128, element by element."""
    low = a[1] + b[1]
    return a[0] + b[0] + (low < a[1]).astype(np.uint64), low
