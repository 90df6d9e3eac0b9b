"""Spark: one fingerprint a partition by `mapInArrow`, merged on the executors; no row reaches the driver.

What a failed or repeated task had made is thrown away by Spark with the task, so that no partition counts twice. The
executors need parityline and pyarrow in their Python: see docs/spark.md.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from parityline.errors import ParitylineError, TableError
from parityline.kernel import Parameters, State, build
from parityline.tables import Distributed, Table, streamed

MERGED_BY = 16
"""Partial fingerprints are merged by so many tasks, and theirs by one."""


def table(frame: Any) -> Table:
    """A Spark DataFrame as a table whose rows stay where they are."""
    types = {field.name: field.dataType.simpleString() for field in frame.schema.fields}

    def read() -> Iterator[Any]:
        raise TableError("the rows of a Spark table stay on the cluster; this needs them here: give a table of pandas")

    distributed = Distributed(types, lambda parameters: state(frame, parameters))
    return Table(read, "spark", ordered=False, executed=True, distributed=distributed)


def state(frame: Any, parameters: Parameters) -> State:
    """The fingerprint of a Spark DataFrame: the same bytes as of its rows on one machine.

    Raises TableError where a task fails, for instance because its Python has no parityline.
    """
    from pyspark.sql.pandas.types import to_arrow_schema

    schema = to_arrow_schema(frame.schema)

    def of_partition(batches: Iterable[Any]) -> Iterator[Any]:
        import pyarrow as pa

        reader = pa.RecordBatchReader.from_batches(schema, (_as(schema, batch) for batch in batches))
        yield _row(build(streamed(lambda: iter([("partition", reader)]), "spark", once=True), parameters).to_bytes())

    def merged(batches: Iterable[Any]) -> Iterator[Any]:
        whole: State | None = None
        for batch in batches:
            for part in batch.column(0):
                own = State.from_bytes(part.as_py())
                whole = own if whole is None else whole.merge(own)
        if whole is not None:
            yield _row(whole.to_bytes())

    try:
        parts = frame.mapInArrow(of_partition, "state binary")
        fewer = parts.repartition(MERGED_BY).mapInArrow(merged, "state binary")
        found = fewer.repartition(1).mapInArrow(merged, "state binary").collect()
    except ParitylineError:
        raise
    except Exception as error:  # Py4J and Spark have error types of their own, of which this process knows only one
        reason = next((line.strip() for line in str(error).splitlines() if "Error" in line), type(error).__name__)
        kept = "Spark: a task failed"
        message = f"{kept}: {reason[:300]}; see docs/spark.md for what executors need"
        raise TableError(message, kept=kept) from error
    if not found:
        return build(streamed(lambda: iter([("", schema.empty_table())]), "spark"), parameters)
    return State.from_bytes(bytes(found[0][0]))


def _as(schema: Any, batch: Any) -> Any:
    """The batch with the schema of the whole, of which partitions may know less."""
    return batch if batch.schema == schema else batch.cast(schema)


def _row(state: bytes) -> Any:
    import pyarrow as pa

    return pa.record_batch([pa.array([state], pa.binary())], names=["state"])
