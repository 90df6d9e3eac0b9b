"""Which column of which stage depends on which source column: learned by changing one source column at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

from parityline.fingerprints import Fingerprint
from parityline.records import Record, StageRecord

Lineage = dict[str, dict[str, frozenset[str]]]
"""By stage and column, the source columns that move it, as `source.column`."""


def source_columns(record: Record) -> Iterator[tuple[str, str]]:
    """The columns whose values can be exchanged among the rows: those of sources, without their keys."""
    for name, stage in record.stages.items():
        if stage.kind == "source" and not stage.unchecked:
            for table in stage.tables.values():
                yield from ((name, column) for column in table.columns if column not in table.key)


def learned(first: Record, rerun: Callable[[str, str], Record | None]) -> Lineage:
    """The lineage of a pipeline.

    Args:
        first: the record of a run in which nothing was changed.
        rerun: runs the pipeline with the values of one column of one source exchanged among its rows, and gives its
            record; None where the column could not be changed, or the run failed: then nothing is learned of it.

    A column that no change moves has no sources. Where a change adds or removes rows, every column of the stage
    depends on it.
    """
    found: dict[str, dict[str, set[str]]] = {
        name: {column: set() for table in stage.tables.values() for column in table.columns}
        for name, stage in first.stages.items()
        if stage.kind != "source"
    }
    for source, column in source_columns(first):
        other = rerun(source, column)
        if other is None:
            continue
        for stage, columns in found.items():
            for moved in _moved(first.stages[stage], other.stages.get(stage)):
                columns.setdefault(moved, set()).add(f"{source}.{column}")
    return {stage: {c: frozenset(of) for c, of in columns.items()} for stage, columns in found.items()}


def _moved(before: StageRecord, after: StageRecord | None) -> set[str]:
    """The columns of a stage that differ between two runs."""
    found: set[str] = set()
    for part, table in before.tables.items():
        other = after.tables.get(part) if after is not None else None
        if other is None or not _same_rows(table, other):
            found |= set(table.columns)
        else:
            found |= {
                n for n, c in table.columns.items() if n not in other.columns or c.digests != other.columns[n].digests
            }
    return found


def _same_rows(table: Fingerprint, other: Fingerprint) -> bool:
    keys = (table.columns[name].digests.values for name in table.key if name in table.columns)
    others = (other.columns[name].digests.values for name in table.key if name in other.columns)
    return table.rows == other.rows and list(keys) == list(others)


def with_lineage(record: Record, lineage: Lineage) -> Record:
    """The record, in which each column says of which columns of its inputs it is made, for attribution to use.

    A column of an input counts if both depend on one source column, and so do keys: that may be more than is true, and
    never less. What the pipeline declared by `derives=` stays as it is.
    """
    stages = {}
    for name, stage in record.stages.items():
        declared = stage.facts.get("derives")
        if name in lineage and stage.inputs and not isinstance(declared, list):
            known = {column: _derived(record, stage, of, lineage) for column, of in lineage[name].items()}
            facts = {**stage.facts, "derives": {**known, **(declared or {})}}
            stages[name] = replace(stage, facts=facts)
        else:
            stages[name] = stage
    return replace(record, stages=stages)


def _derived(record: Record, stage: StageRecord, of: frozenset[str], lineage: Lineage) -> list[str]:
    found = set()
    for name in stage.inputs:
        for table in record.stages[name].tables.values():
            for column in table.columns:
                made = lineage[name].get(column, frozenset()) if name in lineage else {f"{name}.{column}"}
                sources = frozenset(made)
                if column in table.key or sources & of:
                    found.add(f"{name}.{column}")
    return sorted(found)
