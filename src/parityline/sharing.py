"""The tables of a record in pieces: what a table holds that an earlier one holds too is kept once (docs/format.md)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from parityline.errors import FormatError
from parityline.kernel.encoding import Piece, Reader, Writer


@dataclass(frozen=True)
class Pieces:
    """A table in pieces. whole: all of its bytes, where they lie together."""

    each: list[Piece]
    whole: memoryview | None = None

    def joined(self) -> bytes | memoryview:
        """The bytes of the table."""
        return b"".join(piece.data for piece in self.each) if self.whole is None else self.whole


class Packing:
    """Packs the tables of a record one after the other."""

    def __init__(self) -> None:
        self._places: dict[bytes, int] = {}
        self._kept = 0

    def packed(self, pieces: Sequence[bytes | memoryview]) -> bytes:
        """A table: pieces that an earlier one holds are named by their place, each at most once; the others follow.

        Named once, so that a table is never larger than the file that it is in.
        """
        entries: list[int] = []
        own: list[bytes] = []
        named: set[int] = set()
        for piece in map(bytes, pieces):
            place = self._places.get(piece)
            if place is not None and place < self._kept and place not in named:
                named.add(place)
                entries.append(place << 1 | 1)
            else:
                self._places.setdefault(piece, self._kept + len(own))
                entries.append(len(piece) << 1)
                own.append(piece)
        self._kept += len(own)
        out = Writer()
        out.varint(len(entries))
        out.varints(np.array(entries, np.uint64))
        return b"".join((out.value(), *own))


class Unpacking:
    """The inverse of `Packing`. most_bytes: of all tables together, with what they share counted for each."""

    def __init__(self, most_bytes: int) -> None:
        self._known: list[Piece] = []
        self._left = most_bytes

    def unpacked(self, data: memoryview, what: str) -> Pieces:
        """The pieces of a table. Raises FormatError, also for a piece that no earlier table holds, or named twice."""
        reader = Reader(data, what)
        entries = reader.varints(reader.count()).tolist()
        start = reader.at
        pieces, own = list[Piece](), list[Piece]()
        named: set[int] = set()
        for entry in entries:
            if entry & 1:
                place = entry >> 1
                if place >= len(self._known) or place in named:
                    raise reader.fail("pieces of earlier tables, each once")
                named.add(place)
                pieces.append(self._known[place])
            else:
                if not entry:
                    raise reader.fail("pieces of at least one byte")
                own.append(Piece(reader.raw(entry >> 1)))
                pieces.append(own[-1])
            self._left -= len(pieces[-1].data)
        reader.end()
        if self._left < 0:
            raise FormatError(f"{what}: the tables of this record are together larger than this release reads")
        self._known += own
        return Pieces(pieces, None if named else reader.data[start:])
