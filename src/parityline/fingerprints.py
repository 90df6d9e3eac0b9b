"""The fingerprint of one table: build, merge, to_bytes, from_bytes, and what a reader wants to know of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from html import escape
from typing import Any

import numpy as np

from parityline.errors import IncomparableError, TableError, UsageError
from parityline.kernel import ColumnState, Parameters, Partition, State, build
from parityline.kernel.cells import Cell, Hashed, LongText, Wide
from parityline.kernel.differences import Differences, differences
from parityline.kernel.sections import Reconciliation
from parityline.kernel.summaries import Digests, Distinct, Distribution, Form, Range, Shape, Totals, Values
from parityline.kernel.summaries.distinct import STANDARD_ERROR
from parityline.tables import Table, open_table


class ColumnFingerprint:
    """What is known of one column. Counts and totals are exact; what is approximate says by how much."""

    def __init__(self, name: str, state: ColumnState) -> None:
        self.name = name
        self.type = state.logical
        self._of = state.summaries

    def _get(self, kind: type[Any]) -> Any:
        return self._of.get(kind) or kind()

    @property
    def shape(self) -> Shape:
        """Exact counts of rows, nulls, NaN, infinities, zeros, negatives and empty texts."""
        return self._get(Shape)  # type: ignore[no-any-return]

    @property
    def digests(self) -> Digests:
        """Digests of the values, and of (key, value) pairs."""
        return self._get(Digests)  # type: ignore[no-any-return]

    @property
    def totals(self) -> Totals:
        """Exact sums."""
        return self._get(Totals)  # type: ignore[no-any-return]

    @property
    def range(self) -> Range:
        """Smallest and largest cell."""
        return self._get(Range)  # type: ignore[no-any-return]

    @property
    def distribution(self) -> Distribution:
        """Counts by bin."""
        return self._get(Distribution)  # type: ignore[no-any-return]

    @property
    def values(self) -> Values:
        """Distinct cells with their counts, all or a sample."""
        return self._get(Values)  # type: ignore[no-any-return]

    @property
    def form(self) -> Form:
        """Counts of forms."""
        return self._get(Form)  # type: ignore[no-any-return]

    @property
    def summarised(self) -> bool:
        """Whether there is more than the shape; not so for ignored columns and types without canonical values."""
        return Digests in self._of

    @property
    def hidden(self) -> bool:
        """Whether its record keeps values as hashes alone."""
        return bool(self.values.vector.hashed)

    @property
    def rows(self) -> int:
        """Rows, nulls included."""
        return self.shape.rows

    @property
    def missing(self) -> int:
        """Rows that are null. NaN is not null; see `shape.nans`."""
        return self.shape.nulls

    @property
    def untyped(self) -> bool:
        """Whether no value tells the type: nothing but nulls, or but NaN, as pandas writes what is missing."""
        nothing = self.shape.nans > 0 and self.shape.nulls + self.shape.nans == self.shape.rows
        return self.type == "null" or (self.type == "number" and nothing)

    @property
    def mean(self) -> float | None:
        """The mean of the finite numbers, correctly rounded; None without any."""
        return self.totals.mean

    @property
    def variance(self) -> float | None:
        """The variance of the finite numbers, dividing by n - 1, correctly rounded; None for fewer than two."""
        return self.totals.variance()

    @property
    def min(self) -> object:
        """The smallest value as a plain Python value; None where there is none."""
        return plain(self.range.minimum)

    @property
    def max(self) -> object:
        """The largest value as a plain Python value; None where there is none."""
        return plain(self.range.maximum)

    def within(self, bound: float) -> bool:
        """Whether no number of the column is further from zero than this; False where the record does not tell."""
        ends = self.min, self.max
        return all(isinstance(end, (int, float)) and abs(end) <= bound for end in ends)

    def quantile(self, q: float) -> float | None:
        """The q-quantile of the finite numbers, q in [0, 1]; its rank is off by at most `rank_error`."""
        return self.distribution.quantile(q)

    def histogram(self, bins: int = 16) -> list[float]:
        """Shares of the numbers in so many equal steps from the first to the last percentile; [] without any.

        The largest share is 1. Numbers outside are left out.
        """
        low, high = self.quantile(0.01), self.quantile(0.99)
        if low is None or high is None or not low < high or not np.isfinite(high - low):
            return []
        left, right = self.distribution.edges()
        weights = np.array(self.distribution.counts, np.float64)
        counts, _ = np.histogram(left + (right - left) / 2, bins=bins, range=(low, high), weights=weights)
        top = float(counts.max())
        return (counts / top).tolist() if top else []

    @property
    def rank_error(self) -> float:
        """The bound on the rank error of a quantile, in [0, 1]; 0 where quantiles are exact."""
        return self.distribution.rank_error

    @property
    def distinct(self) -> float:
        """Distinct non-null values: exact up to 1,024, beyond an estimate with `distinct_error`."""
        exact = self.values.distinct
        if exact is not None:
            return float(exact)
        return min(float(self._get(Distinct).estimate()), float(self.rows - self.missing))

    @property
    def distinct_error(self) -> float:
        """The relative standard error of `distinct`; 0 where it is exact."""
        return 0.0 if self.values.complete else STANDARD_ERROR

    def holds_no_other(self, other: ColumnFingerprint) -> bool:
        """Whether neither column shows a value that the other has not, by all that is kept of their distinct values."""
        if self.values.complete and other.values.complete:
            return self.values.hashes == other.values.hashes
        return bool(self._get(Distinct).registers == other._get(Distinct).registers)

    @property
    def top_values(self) -> list[tuple[object, int]]:
        """The most frequent values with their exact counts; [] where the column has more values than are kept."""
        if not self.values.complete:
            return []
        pairs = zip(self.values.cells, self.values.counts, strict=True)
        return [(plain(cell), count) for cell, count in sorted(pairs, key=lambda p: (-p[1], str(p[0])))][:20]


def drop_cached(own: object) -> None:
    """Drop the values of cached properties; they are made again where they are asked for."""
    for name in [name for name in vars(own) if isinstance(getattr(type(own), name, None), cached_property)]:
        vars(own).pop(name, None)  # another thread may have dropped it


class Fingerprint:
    """All summaries of one table: a function of the multiset of its rows, whatever their order, engine or layout."""

    def __init__(self, state: State) -> None:
        self.state = state
        self.columns: dict[str, ColumnFingerprint] = {n: ColumnFingerprint(n, c) for n, c in state.columns.items()}

    def __reduce__(self) -> tuple[Any, ...]:
        return Fingerprint, (self.state,)

    @cached_property
    def sample_places(self) -> dict[str, int]:
        """The place of each column among the vectors of the row sample."""
        return {name: place for place, name in enumerate(self.state.sampled_columns)}

    @cached_property
    def single_rows(self) -> dict[int, int]:
        """{key hash: sampled row} of the keys that have one row."""
        sample = self.state.sample
        return {sample.keys[o]: row for row, o in enumerate(sample.owner) if sample.rows_per_key[o] == 1}

    @property
    def rows(self) -> int:
        """How many rows were read."""
        return self.state.rows

    @property
    def key(self) -> tuple[str, ...]:
        """The columns that name a row; () without a key."""
        return self.state.parameters.key

    @property
    def partitions(self) -> dict[object, int]:
        """Rows by partition; {} without a partition column."""
        found = self.state.partitions
        return {} if found is None else {plain(cell): rows for _, cell, rows, _ in found.entries}

    def forget(self) -> None:
        """Let go of what can be had again; nothing, where it was not read from a record."""

    def merge(self, other: Fingerprint) -> Fingerprint:
        """The fingerprint of the rows of both. Raises IncomparableError where parameters, columns or types differ."""
        return Fingerprint(self.state.merge(other.state))

    def differences(self, observed: Fingerprint) -> Differences:
        """Which rows `observed` lacks, has more, or holds with another content: at least 1,500 missing or extra or 750
        changed ones exactly and by key; beyond, how many, and a sample of them.

        Raises IncomparableError where seeds or keys differ, or where one side hides its keys.
        """
        a, b = (side.state.section(Reconciliation) for side in (self, observed))
        mine, theirs = self.state.parameters, observed.state.parameters
        if (mine.seed_id, mine.key) != (theirs.seed_id, theirs.key) or mine.seed < 0:
            raise IncomparableError("expected fingerprints of one seed and one key, whose secret is at hand")
        if a is None or b is None or not (a.kept and b.kept):
            raise IncomparableError("the rows of a fingerprint that is strictly private cannot be told")
        if a.by_value != b.by_value:
            raise IncomparableError("expected both sides to keep keys in the same way, found one that hides them")
        return differences(a, b, mine.seed)

    def to_bytes(self) -> bytes:
        """The bytes described in docs/format.md; equal tables give equal bytes."""
        return self.state.to_bytes()

    def pieces(self) -> list[bytes]:
        """The same bytes in pieces, such as one a column, that tables of a record have in common."""
        return self.state.pieces()

    @classmethod
    def from_bytes(cls, data: bytes) -> Fingerprint:
        """The inverse of `to_bytes`. Raises FormatError for anything else."""
        return cls(State.from_bytes(data))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Fingerprint) and self.to_bytes() == other.to_bytes()

    def __hash__(self) -> int:
        return hash((self.state.rows, self.state.digest))

    def __repr__(self) -> str:
        return f"<Fingerprint of {self.rows:,} rows, {len(self.columns)} columns>"

    def sizes(self) -> dict[str, int]:
        """Bytes of each part, the largest first: `column NAME` for the summaries of a column, else a section's name."""
        columns, sections = self.state.sizes()
        parts = {**{f"column {name}": size for name, size in columns.items()}, **sections}
        return dict(sorted(parts.items(), key=lambda part: -part[1]))

    def _repr_html_(self) -> str:
        def cells(column: ColumnFingerprint) -> Iterator[str]:
            yield from (column.name, column.type, f"{column.missing:,}", f"{column.distinct:,.0f}")
            yield from (
                "" if v is None else f"{v:.6g}" if isinstance(v, float) else str(v) for v in self._measures(column)
            )

        head = "".join(
            f"<th>{h}</th>" for h in ("column", "type", "missing", "distinct", "mean", "min", "max", "distribution")
        )
        rows = "".join(
            "<tr>" + "".join(f"<td>{escape(text)}</td>" for text in cells(c)) + f"<td>{_bars(c)}</td></tr>"
            for c in self.columns.values()
        )
        return f"<table><caption>{self.rows:,} rows</caption><tr>{head}</tr>{rows}</table>"

    @staticmethod
    def _measures(column: ColumnFingerprint) -> tuple[object, object, object]:
        return column.mean, column.min, column.max


def _bars(column: ColumnFingerprint) -> str:
    """A histogram as inline SVG."""
    bars = "".join(
        f'<rect x="{4 * i}" y="{16 - 16 * share:.1f}" width="3" height="{16 * share:.1f}"/>'
        for i, share in enumerate(column.histogram())
    )
    return f'<svg width="64" height="16" fill="currentColor" role="img" aria-label="distribution">{bars}</svg>'


def plain(cell: Cell) -> object:
    """A cell as a plain Python value; what is hidden or too long is described."""
    match cell:
        case bytes():
            return cell.decode("utf-8", "backslashreplace")
        case Wide():
            return cell.mantissa if not cell.exponent else cell.nearest
        case LongText():
            return f"{cell.start[:40].decode('utf-8', 'ignore')}... ({cell.length:,} bytes)"
        case Hashed():
            return f"#{cell.hash >> 96:08x}"
        case float() if cell.is_integer() and abs(cell) < 2**53:
            return int(cell)
    return cell


def columns_of(given: str | Sequence[str] | None) -> tuple[str, ...]:
    """A key or list of columns as a tuple; one name is a list of one."""
    if given is None:
        return ()
    return (given,) if isinstance(given, str) else tuple(given)


def parameters_for(
    *,
    key: str | Sequence[str] | None = None,
    like: Fingerprint | Parameters | None = None,
    partition: str | None = None,
    ordered: bool = False,
    ignore: Mapping[str, str] | Sequence[str] = (),
    time: str | None = None,
    window: str | None = None,
    entity: str | Sequence[str] | None = None,
    target: str | None = None,
    totals: Mapping[str, str | Sequence[str]] | None = None,
) -> Parameters:
    """The parameters of a fingerprint; `like` gives all of them."""
    if like is not None:
        return like.state.parameters if isinstance(like, Fingerprint) else like
    return Parameters.with_secret(
        key=columns_of(key),
        ordered=ordered,
        partition=Partition.parse(partition) if partition else None,
        ignored=tuple(sorted(ignore)),
        time=time,
        window=window,
        entity=columns_of(entity),
        target=target,
        totals=tuple(sorted((measure, columns_of(by)) for measure, by in (totals or {}).items())),
    )


def fingerprint(
    table: Any,
    *,
    key: str | Sequence[str] | None = None,
    like: Fingerprint | None = None,
    partition: str | None = None,
    ordered: bool = False,
    ignore: Mapping[str, str] | Sequence[str] = (),
    time: str | None = None,
    window: str | None = None,
    entity: str | Sequence[str] | None = None,
    target: str | None = None,
    totals: Mapping[str, str | Sequence[str]] | None = None,
) -> Fingerprint:
    """The fingerprint of a table in one pass.

    Args:
        table: a pandas, Polars, Arrow or DuckDB table, a mapping of names to arrays, the path or glob of files. A
            stream that can be read once is consumed.
        key: the column or columns that name a row.
        like: take the key and all of what follows from this fingerprint; a column of a CSV or of JSON lines that is
            text there is read as text.
        partition: `column`, `column:day` or `column:month`: rows and digest are kept for each value.
        ordered: keep a digest of the order of rows; such fingerprints merge in order only.
        ignore: columns that are typed and counted only.
        time: a date or timestamp by whose windows every column is summarised: the finest of second, minute, hour, day,
            month and year of which at most 120 are in use.
        window: one of these units, of which up to 1,024 may then be in use before coarser ones are taken.
        entity: the column or columns that name what has a history, such as a customer: of some, the first 64 rows by
            `time` are kept whole.
        target: the column that is predicted, by whose classes (at most 8) every column is summarised, and whose exact
            totals are kept by each value of columns with at most 256.
        totals: for a number, the columns whose values name the groups of which its exact total is kept: all, or those
            256 with the smallest hashes.

    A table of no rows has a fingerprint; one without columns raises TableError. Raises UsageError for a column that is
    not there, TableError for what cannot be read.
    """
    if like is not None and (key or partition or ordered or ignore or time or window or entity or target or totals):
        raise UsageError("like= takes all parameters from the other fingerprint; leave them out")
    parameters = parameters_for(
        key=key,
        like=like,
        partition=partition,
        ordered=ordered,
        ignore=ignore,
        time=time,
        window=window,
        entity=entity,
        target=target,
        totals=totals,
    )
    opened = open_table(table)
    return Fingerprint(build_state(opened if like is None else opened.like(types_of(like)), parameters))


def types_of(fingerprint: Fingerprint) -> dict[str, str]:
    """The logical types of the columns of a fingerprint."""
    return {name: column.type for name, column in fingerprint.columns.items()}


def build_state(table: Table, parameters: Parameters) -> State:
    """One pass over a table. Raises TableError for a table without columns."""
    state = build(table, parameters)
    if not state.columns:
        raise TableError("expected a table with columns, found one without any")
    return state
