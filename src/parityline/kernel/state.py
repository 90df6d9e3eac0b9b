"""A whole fingerprint as the kernel keeps it, and its bytes. docs/format.md is normative."""

from __future__ import annotations

import re
import zlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any, Generic, Protocol, TypeVar

from parityline.errors import FormatError, IncomparableError
from parityline.kernel.encoding import Piece, Reader, Writer
from parityline.kernel.parameters import Parameters
from parityline.kernel.sections import SECTIONS, Layout, Order, Partitions, Reconciliation, Sample, Section
from parityline.kernel.summaries import SUMMARIES, Summary
from parityline.kernel.summaries.digests import MODULUS

T = TypeVar("T")
S = TypeVar("S", bound=Section)

MAGIC = b"PLFP"
VERSION = 1
MOST_COLUMNS = 1 << 20


class _Encoded(Protocol):
    def encode(self, out: Writer) -> None: ...


E = TypeVar("E", bound=_Encoded)


class Undecoded(Mapping[type[E], E], Generic[E]):
    """Parts of a fingerprint by class, each decoded when it is first asked for: a verdict reads few of them.

    Raises FormatError at that moment for a part that is not what this release would write.
    """

    def __init__(
        self, blocks: dict[type[E], Reader], decode: Callable[[type[E], Reader], E], what: str, *, check: bool
    ) -> None:
        self._blocks, self._decode, self._what, self._check = blocks, decode, what, check
        self._decoded: dict[type[E], E] = {}

    def __getitem__(self, kind: type[E]) -> E:
        if kind not in self._decoded:
            reader = self._blocks[kind].again()  # of its own, as another thread may read the same part
            value = self._decode(kind, reader)
            reader.end()
            if self._check:
                again = Writer()
                value.encode(again)
                if again.value() != reader.data:
                    raise _not_canonical(self._what)
            self._decoded[kind] = value
        return self._decoded[kind]

    def written(self, kind: type[E]) -> memoryview | None:
        """The bytes of a part, where they are known to be those in which it is written."""
        return None if self._check else self._blocks[kind].data

    def __contains__(self, kind: object) -> bool:
        return kind in self._blocks

    def __iter__(self) -> Iterator[type[E]]:
        return iter(self._blocks)

    def __len__(self) -> int:
        return len(self._blocks)


def _not_canonical(what: str) -> FormatError:
    return FormatError(f"{what}: damaged: its bytes are not those in which a fingerprint is written; copy it again")


@dataclass(frozen=True, slots=True, weakref_slot=True)
class ColumnState:
    """One column: its logical type, and its summaries by class. Ignored columns keep the shape alone."""

    logical: str
    summaries: Mapping[type[Summary], Summary] = field(default_factory=dict)

    def merge(self, other: ColumnState, name: str) -> ColumnState:
        if self.logical != other.logical and "null" not in (self.logical, other.logical):
            found = f"one part holds {self.logical}, the other {other.logical}"
            raise IncomparableError(f"{name}: {found}; cast both to one type before merging")
        logical = other.logical if self.logical == "null" else self.logical
        # a null part has every summary, but where the other is of an unsupported type there is a shape alone
        both = {kind: own for kind, own in self.summaries.items() if kind in other.summaries}
        return ColumnState(logical, {kind: own.merge(other.summaries[kind]) for kind, own in both.items()})


@dataclass(frozen=True, slots=True)
class State:
    """All summaries of one table. columns: by name, ascending; the place of a column is not part of a fingerprint."""

    parameters: Parameters
    rows: int = 0
    digest: int = 0
    columns: dict[str, ColumnState] = field(default_factory=dict)
    sections: Mapping[type[Section], Section] = field(default_factory=dict)

    def __reduce__(self) -> tuple[Any, ...]:
        return _restored, (self.parameters, self.to_bytes())

    @property
    def sampled_columns(self) -> list[str]:
        """The columns of the row sample, in its order."""
        return [name for name in self.columns if name not in self.parameters.ignored]

    @property
    def layout(self) -> Layout:
        """What bounds and shapes the sections."""
        columns = tuple((name, self.columns[name].logical) for name in self.sampled_columns)
        return Layout(self.parameters, columns)

    def section(self, kind: type[S]) -> S | None:
        """One of the sections; None where these parameters have none."""
        found = self.sections.get(kind)
        assert found is None or isinstance(found, kind)
        return found

    def with_sections(self, *changed: Section) -> State:
        """The same fingerprint with other sections in the place of some."""
        return replace(self, sections={**self.sections, **{type(section): section for section in changed}})

    @property
    def order(self) -> Order | None:
        return self.section(Order)

    @property
    def partitions(self) -> Partitions | None:
        return self.section(Partitions)

    @property
    def sample(self) -> Sample:
        return self.section(Sample) or Sample()

    def merge(self, other: State) -> State:
        """The fingerprint of the rows of both; `other` follows where the order is recorded.

        Raises IncomparableError where parameters, columns or types differ.
        """
        if self.parameters.identity() != other.parameters.identity():
            found = _differing(self.parameters, other.parameters)
            raise IncomparableError(f"expected fingerprints made with the same parameters, found {found}")
        if self.columns.keys() != other.columns.keys():
            odd = sorted(self.columns.keys() ^ other.columns.keys())
            raise IncomparableError(f"expected the same columns in both parts, found {', '.join(odd[:5])} in one only")
        whole = State(
            self.parameters,
            self.rows + other.rows,
            (self.digest + other.digest) % MODULUS,
            {name: own.merge(other.columns[name], name) for name, own in self.columns.items()},
        )
        layout = whole.layout
        sections = {kind: own.merge(other.sections[kind], layout) for kind, own in self.sections.items()}
        return replace(whole, sections=sections)

    def to_bytes(self) -> bytes:
        return b"".join(self.pieces())

    def pieces(self) -> list[bytes]:
        """The bytes in pieces, such as the summaries of a column, that tables with equal columns have in common."""
        out = Writer()
        out.raw(MAGIC)
        out.varint(VERSION)
        self._section(out, self.parameters.encode)
        out.varint(self.rows)
        out.u128(self.digest)
        out.varint(len(self.columns))
        for name, column in self.columns.items():
            out.text(name)
            out.cut()
            out.text(column.logical)
            out.varint(len(column.summaries))
            for tag, kind in enumerate(SUMMARIES, start=1):
                if kind in column.summaries:
                    out.varint(tag)
                    out.block(_written(column.summaries, kind))
            out.cut()
        out.varint(len(self.sections))
        for tag, section_kind in enumerate(SECTIONS, start=1):
            if section_kind in self.sections:
                out.varint(tag)
                self._section(out, self.sections[section_kind].encode)
        out.cut()
        checksum = 0
        for part in out.parts:
            checksum = zlib.crc32(part, checksum)
        out.raw(checksum.to_bytes(4, "little"))
        return out.pieces()

    def sizes(self) -> tuple[dict[str, int], dict[str, int]]:
        """Bytes of each column's summaries, and of each section, by name."""

        def size(part: Summary | Section) -> int:
            out = Writer()
            part.encode(out)
            return len(out.value())

        columns = {name: sum(map(size, column.summaries.values())) for name, column in self.columns.items()}
        return columns, {_words(kind.__name__): size(section) for kind, section in self.sections.items()}

    @staticmethod
    def _section(out: Writer, encode: Callable[[Writer], None]) -> None:
        inner = Writer()
        inner.cut()
        encode(inner)
        out.section(inner)

    @classmethod
    def from_bytes(
        cls,
        data: bytes | memoryview,
        what: str = "fingerprint",
        *,
        own: bool = False,
        lazy: bool = False,
        pieces: Mapping[int, Piece] | None = None,
    ) -> State:
        """Raises FormatError for anything but the bytes of one fingerprint of a version that this release reads.

        own: the bytes come from the kernel of this process, so that it need not be checked that they are canonical.
        lazy: summaries and sections are decoded, and refused, when they are asked for.
        pieces: of a record, by where they begin; only with `lazy`.
        """
        if data[:4] != MAGIC:
            raise FormatError(f"{what}: expected a fingerprint, which begins with {MAGIC!r}, found {bytes(data[:4])!r}")
        reader = Reader(memoryview(data)[4:-4] if len(data) > 8 else b"", what, pieces, 4)
        version = reader.varint()
        if version != VERSION:
            raise FormatError(
                f"{what}: format version {version}, this release reads {VERSION}; upgrade parityline, or record again"
            )
        if zlib.crc32(data[:-4]) != int.from_bytes(data[-4:], "little"):
            raise FormatError(f"{what}: damaged: the checksum over its {len(data)} bytes does not agree; copy it again")
        parameters = cls._whole(reader, Parameters.decode, what)
        rows, digest = reader.varint(), reader.u128()
        columns: dict[str, ColumnState] = {}
        for _ in range(reader.count(3, MOST_COLUMNS)):
            name = reader.text()
            if columns and name <= next(reversed(columns)):
                raise reader.fail("columns in ascending order")
            columns[name] = reader.shared(ColumnState, partial(cls._column, reader, lazy))
        layout = cls(parameters, rows, digest, columns).layout
        found = {SECTIONS[tag - 1]: reader.inner() for tag in cls._tags(reader, len(SECTIONS))}
        if set(found) != {kind for kind in SECTIONS if kind.wanted(parameters)}:
            raise reader.fail("the sections that its parameters ask for")
        reader.end()
        if Reconciliation in found and Reconciliation.hides_keys(found[Reconciliation].data):
            parameters = replace(parameters, hash_keys=True)
        sections = Undecoded(found, partial(_section, layout), what, check=lazy)
        state = cls(parameters, rows, digest, columns, sections)
        if lazy or own:
            return state
        columns = {name: ColumnState(c.logical, dict(c.summaries)) for name, c in columns.items()}
        state = cls(parameters, rows, digest, columns, dict(sections))
        # one state has one byte string: whatever a decoder lets pass is found by writing it again
        if not own and state.to_bytes() != data:
            raise _not_canonical(what)
        return state

    @classmethod
    def _column(cls, reader: Reader, lazy: bool, _: Piece | None) -> ColumnState:
        logical = reader.text()
        # in a part of the bytes without pieces: a column is one
        blocks = {SUMMARIES[tag - 1]: Reader(reader.block(), reader.what) for tag in cls._tags(reader, len(SUMMARIES))}
        return ColumnState(logical, Undecoded(blocks, _summary, reader.what, check=lazy))

    @staticmethod
    def _tags(reader: Reader, most: int) -> Iterator[int]:
        """The tags of what follows, each to be read before the next: ascending, from 1."""
        before = 0
        for _ in range(reader.varint(most)):
            tag = reader.varint(most)
            if tag <= before:
                raise reader.fail("ascending tags")
            yield tag
            before = tag

    @staticmethod
    def _whole(reader: Reader, decode: Callable[[Reader], T], what: str) -> T:
        inner = Reader(reader.block(), what)
        value = decode(inner)
        inner.end()
        return value


def _restored(parameters: Parameters, data: bytes) -> State:
    """A state that was pickled; its bytes do not hold a secret that its parameters hold."""
    return replace(State.from_bytes(data, own=True), parameters=parameters)


def _written(summaries: Mapping[type[Summary], Summary], kind: type[Summary]) -> bytes | memoryview:
    written = summaries.written(kind) if isinstance(summaries, Undecoded) else None
    if written is not None:
        return written
    inner = Writer()
    summaries[kind].encode(inner)
    return inner.value()


def _summary(kind: type[Summary], reader: Reader) -> Summary:
    return kind.decode(reader)


def _section(layout: Layout, kind: type[Section], reader: Reader) -> Section:
    return kind.decode(reader, layout)


def _differing(a: Parameters, b: Parameters) -> str:
    names = ("seed_id", "key", "ordered", "partition", "ignored")
    return "; ".join(f"{n} {getattr(a, n)!r} and {getattr(b, n)!r}" for n in names if getattr(a, n) != getattr(b, n))


def _words(name: str) -> str:
    """The name of a class as words."""
    return re.sub(r"(?<!^)(?=[A-Z])", " ", name).lower()
