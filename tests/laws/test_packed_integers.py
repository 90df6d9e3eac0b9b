"""Integers in bytes: as docs/format.md defines them, one by one, and read back."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from parityline.kernel.encoding import Writer, decode_varints, encode_varints, pack_bits, unpack_bits

varied = st.integers(0, 64).flatmap(lambda bits: st.integers(0, (1 << bits) - 1))


@given(st.lists(varied))
def test_many_varints_are_the_bytes_of_each(values):
    out = Writer()
    for value in values:
        out.varint(value)
    written = encode_varints(np.array(values, np.uint64))
    assert written == out.value()
    read, used = decode_varints(memoryview(written), len(values))
    assert (read.tolist(), used) == (values, len(written))


@given(st.integers(0, 57).flatmap(lambda w: st.tuples(st.just(w), st.lists(st.integers(0, (1 << w) - 1)))))
def test_packed_bits_are_one_number_lowest_first(given_bits):
    width, values = given_bits
    whole = sum(value << width * place for place, value in enumerate(values))
    packed = pack_bits(np.array(values, np.int64), width)
    assert packed == whole.to_bytes((len(values) * width + 7) // 8, "little")
    assert unpack_bits(memoryview(packed), len(values), width).tolist() == values
