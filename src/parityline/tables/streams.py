"""Arrow streams of a table, each with where it comes from: the native kernel reads them, others take their batches."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from parityline.errors import TableError
from parityline.tables.columns import Batch

Streams = Callable[[], Iterator[tuple[str, Any]]]
"""Where a stream comes from ("" for a table at hand), and an object with `__arrow_c_stream__`."""

_EARLY_TYPE = "; a column of a CSV has the type of its first rows: read it as text by like=, or store Parquet"

_BROKE_OFF = "the table broke off while it was read"
"""How the message of both kernels begins."""


@contextmanager
def located(where: str) -> Iterator[None]:
    """Errors of reading say where."""
    try:
        yield
    except TableError as error:
        at = f"{where}: " if where else ""
        way_out = _EARLY_TYPE if "CSV conversion error" in str(error) else ""
        # what a producer says of why may quote a cell
        kept = _BROKE_OFF if error.kept.startswith(_BROKE_OFF) else error.kept
        raise TableError(f"{at}{error}{way_out}", kept=f"{at}{kept}") from error


def reader_of(stream: Any) -> Any:
    """A stream as a pyarrow RecordBatchReader. Raises TableError where pyarrow does not know its types."""
    from parityline.tables import arrow

    pa = arrow.require()
    try:
        return pa.RecordBatchReader.from_stream(stream)
    except Exception as error:  # the producer is foreign code, which may raise anything
        reason = f"{type(error).__name__}: {arrow.first_line(error)}"
        raise TableError(f"expected a table of Arrow's own types, found one that cannot be read: {reason}") from error


def batches_of(streams: Iterator[tuple[str, Any]]) -> Iterator[Batch]:
    """The batches of all streams, read by pyarrow."""
    from parityline.tables import arrow

    for where, stream in streams:
        with located(where):
            yield from arrow.stream_batches(reader_of(stream))
