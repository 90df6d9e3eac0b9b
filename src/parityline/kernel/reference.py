"""The specification of the kernel in plain numpy: a table in, one State out. The native twin gives the same bytes."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from parityline.errors import TableError
from parityline.kernel.parameters import Parameters
from parityline.kernel.reading import TableReading
from parityline.kernel.sections import SECTIONS
from parityline.kernel.state import ColumnState, State
from parityline.kernel.summaries import SUMMARIES, Digests, Shape, Summary
from parityline.kernel.summaries.digests import sum_hashes
from parityline.tables.columns import Batch

ROWS_AT_A_TIME = 1 << 16


def build(batches: Iterable[Batch], parameters: Parameters) -> State:
    """The fingerprint of a table given in batches; at least one batch, which may be empty, says what columns there are.

    Raises IncomparableError where batches disagree in their columns or in a type, TableError for no batch at all,
    UsageError where a key, partition or ignored column is not there.
    """
    state: State | None = None
    for batch in batches:
        for piece in batch.slices(ROWS_AT_A_TIME):
            part = of_batch(piece, parameters)
            state = part if state is None else state.merge(part)
    if state is None:
        raise TableError("expected a table, found no batches and so no columns")
    return state


def of_batch(batch: Batch, parameters: Parameters) -> State:
    """The fingerprint of one batch."""
    parameters.check_columns(batch.names)
    table = TableReading(batch, parameters)
    columns: dict[str, ColumnState] = {}
    for name, reading in table.columns.items():
        summaries: dict[type[Summary], Summary] = {Shape: Shape.of(reading)}
        if name not in parameters.ignored and reading.column.kind != "unsupported":
            for kind in SUMMARIES:
                summaries[kind] = Digests.of(reading, table.key_hashes) if kind is Digests else kind.of(reading)
        columns[name] = ColumnState(reading.column.logical, summaries)
    state = State(parameters, batch.rows, sum_hashes(table.row_hashes), columns)
    layout = state.layout
    return replace(state, sections={kind: kind.of(table, layout) for kind in SECTIONS if kind.wanted(parameters)})
