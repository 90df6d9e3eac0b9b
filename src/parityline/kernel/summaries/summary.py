"""What every summary can do."""

from __future__ import annotations

from typing import Protocol, Self

from parityline.kernel.encoding import Reader, Writer
from parityline.kernel.reading import Reading


class Summary(Protocol):
    """A function of a multiset of cells, of bounded size.

    Laws, on bytes: of(a + b) == of(a).merge(of(b)); merge is associative and commutative; `cls()` changes nothing;
    decode(encode(x)) == x.
    """

    def __init__(self) -> None: ...

    @classmethod
    def of(cls, reading: Reading) -> Self: ...

    def merge(self, other: Self) -> Self: ...

    def encode(self, out: Writer) -> None: ...

    @classmethod
    def decode(cls, data: Reader) -> Self: ...
