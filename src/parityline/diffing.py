"""Two tables at hand, compared as two records of one stage would be."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from parityline.findings import Verdict
from parityline.fingerprints import parameters_for, types_of
from parityline.records import Record, StageRecord
from parityline.tables import open_table
from parityline.taps import tapped
from parityline.verification import verify


def diff(
    a: Any, b: Any, *, key: str | Sequence[str] | None = None, ignore: Iterable[str] = (), rows: str = "same"
) -> Verdict:
    """The verdict over two tables, `a` the reference: the same as of two records with one stage, named `table`.

    Args:
        a, b: tables as `fingerprint` takes them; a stream that can be read once is consumed.
        key: the column or columns that name a row; without it multisets are compared.
        ignore: columns that are typed and counted only.
        rows: as in `verify`.

    Raises TableError for what cannot be read, UsageError for a column that is not there.
    """
    reference = _recorded(a, "a", key, tuple(ignore))
    types = types_of(reference.stages["table"].tables[""])
    return verify(reference, _recorded(b, "b", key, tuple(ignore), types), rows=rows)


def _recorded(
    table: Any,
    name: str,
    key: str | Sequence[str] | None,
    ignore: tuple[str, ...],
    types: Mapping[str, str] | None = None,
) -> Record:
    opened = open_table(table, digest_files=True).like(types or {})
    label = os.path.basename(os.fspath(table)) if isinstance(table, (str, os.PathLike)) else name
    parameters = replace(parameters_for(key=key, ignore=ignore), ordered=opened.ordered)
    stage = StageRecord("table", "source", facts={"ordered": False})
    stage.tables[""], stage.table_facts[""] = tapped(opened, parameters)
    record = Record("diff", label)
    record.stages["table"] = stage
    return record
