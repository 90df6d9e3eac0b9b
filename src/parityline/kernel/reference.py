"""The specification of the kernel in plain numpy: a table in, one State out. The native twin gives the same bytes."""

from __future__ import annotations

from collections.abc import Iterable

from parityline.errors import TableError
from parityline.kernel.parameters import Parameters
from parityline.kernel.reading import Reading
from parityline.kernel.rows import Order, Partitions, Sample, key_hashes, partition_column, row_hashes
from parityline.kernel.state import ColumnState, State
from parityline.kernel.summaries import SUMMARIES, Digests, Shape
from parityline.kernel.summaries.digests import sum_hashes
from parityline.tables.columns import Batch

ROWS_AT_A_TIME = 1 << 16


def build(batches: Iterable[Batch], parameters: Parameters) -> State:
    """The fingerprint of a table given in batches; at least one batch, which may be empty, says what columns there are.

    Raises TableError where batches disagree in their columns, IncomparableError where they disagree in a type,
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
    seed = parameters.seed
    readings = {name: Reading(name, c, seed) for name, c in sorted(zip(batch.names, batch.columns, strict=True))}
    kept = [reading for name, reading in readings.items() if name not in parameters.ignored]
    keys = key_hashes(readings, parameters.key, seed)
    rows = row_hashes(kept, batch.rows, seed)
    columns: dict[str, ColumnState] = {}
    for name, reading in readings.items():
        state = ColumnState(reading.column.logical)
        if name in parameters.ignored or reading.column.kind == "unsupported":
            state.summaries[Shape] = Shape.of(reading)
        else:
            for kind in SUMMARIES:
                state.summaries[kind] = Digests.of(reading, keys) if kind is Digests else kind.of(reading)
        columns[name] = state
    partitions = None
    if parameters.partition:
        named = readings[parameters.partition.column]
        by = Reading(named.name, partition_column(named.column, parameters.partition), seed)
        partitions = Partitions.of(by, rows)
    limit = parameters.sampled_keys(len(kept))
    return State(
        parameters,
        batch.rows,
        sum_hashes(rows),
        columns,
        Order.of(rows) if parameters.ordered else None,
        partitions,
        Sample.of(kept, rows if keys is None else keys, rows, limit),
    )
