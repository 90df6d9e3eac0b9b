"""A vector of cells that is put together of two is the one that their cells give."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from parityline.kernel.cells import Cells, Hashed, LongText, Wide
from parityline.kernel.encoding import Writer

CELLS = st.one_of(
    st.none(),
    st.sampled_from([float("nan"), float("inf"), float("-inf"), 0.0, 2.5]),
    st.floats(-3, 3).map(lambda x: x + 0.0),
    st.integers(-5, 2**62),
    st.binary(max_size=3),
    st.builds(Wide, st.integers(2**64, 2**64 + 3), st.integers(-2, 2)),
    st.builds(LongText, st.just(b"a" * 256), st.integers(257, 259), st.integers(0, 3)),
    st.integers(0, 3).map(Hashed),
)


def to_bytes(cells: Cells) -> bytes:
    out = Writer()
    cells.encode(out)
    return out.value()


@given(
    sides=st.tuples(st.lists(CELLS, max_size=12), st.lists(CELLS, max_size=12)),
    places=st.lists(st.integers(0, 23), max_size=30),
)
def test_rows_of_two_vectors_are_those_of_their_cells(sides, places):
    both = [*sides[0], *sides[1]]
    rows = [place for place in places if place < len(both)]
    joined = Cells.of(sides[0]).joined(Cells.of(sides[1]), np.array(rows, np.int64))
    assert to_bytes(joined) == to_bytes(Cells.of([both[row] for row in rows]))
