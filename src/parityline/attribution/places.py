"""Columns that an input holds in other places: whether a stage that differs reads them by place."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from parityline.attribution.answer import Answer
from parityline.attribution.columns import FollowedColumns
from parityline.attribution.seen import MOVED_PLACES, Seen
from parityline.findings import Finding
from parityline.fingerprints import Fingerprint
from parityline.pairs import TablePair
from parityline.records import StageRecord
from parityline.relations import still_holds

BY_PLACE = ("model", "predictions")
"""Kinds of stages that may take the columns of their inputs as a matrix."""


def moved_places(pair: TablePair) -> dict[str, str]:
    """{column: the other column that stands where it stood}; {} where all stand as before, or others came or went."""
    before, after = (facts.get("columns", []) for facts in pair.facts)
    if sorted(before) != sorted(after):
        return {}
    return {a: b for a, b in zip(before, after, strict=True) if a != b}


def inputs_with_moved_places(
    stage: StageRecord, seen: Mapping[str, Seen], tables: Mapping[str, TablePair]
) -> dict[str, dict[str, str]]:
    """{input: `moved_places`} of those inputs of a stage of which it was said."""
    said = [n for n in stage.inputs if n in tables and any(f.code == MOVED_PLACES for f in seen[n].findings)]
    return {name: moved for name in said if (moved := moved_places(tables[name]))}


def of_place(
    finding: Finding,
    pair: TablePair | None,
    inputs: Mapping[str, dict[str, str]],
    follow: FollowedColumns,
    kind: str,
) -> Answer | None:
    """Inherited where it is shown that the stage took what stands in the old places, undecided where it may have.

    inputs: the inputs with columns in other places, as `inputs_with_moved_places` gives them.
    """
    for name, moved in inputs.items():
        source = follow.tables[name]
        if finding.code == MOVED_PLACES and pair is not None and (kind == "predictions" or _same_move(pair, source)):
            return Answer("inherited", name, f"the columns of {name} are in this order too")
        if finding.column in moved and pair is not None and _taken(finding.column, pair, name, moved, follow):
            how = f"`{finding.column}` is what stands in {name} where that column stood: {finding.stage} reads by place"
            return Answer("inherited", name, how)
        if pair is None and _in_other_order(finding.evidence.get("changed")):
            return Answer("inherited", name, f"the model learned the columns of {name} in the order that they have")
        if kind in BY_PLACE and finding.code != MOVED_PLACES:
            return Answer("undecided", name, f"{name} has its columns in other places, and {finding.stage} may read so")
    return None


def _same_move(pair: TablePair, source: TablePair) -> bool:
    """Whether the columns that two tables share stand in one order in both, on each side."""
    for own, other in zip(pair.facts, source.facts, strict=True):
        names, there = own.get("columns", []), other.get("columns", [])
        both = set(names) & set(there)
        if [n for n in names if n in both] != [n for n in there if n in both]:
            return False
    return True


def _taken(column: str, pair: TablePair, name: str, moved: Mapping[str, str], follow: FollowedColumns) -> bool:
    """Whether a column equals that of its name in the reference, and the one in its old place on the observed side."""
    source = follow.tables[name]
    if _equal(pair.reference, column, source.reference, column):
        return _equal(pair.observed, column, source.observed, moved[column])
    before = follow.exactly(pair.reference, column, source.reference, column)
    if before is None or moved[column] not in source.observed.columns:
        return False
    after = follow.exactly(pair.observed, column, source.observed, moved[column])
    if after is None:
        return False
    rows = follow.mapped(pair.observed, source.observed)
    return bool(still_holds(after, pair.observed, column, source.observed, rows))


def _equal(table: Fingerprint, column: str, source: Fingerprint, name: str) -> bool:
    """Whether two columns hold the same values beside the same keys, by digests alone, which every record keeps."""
    if not table.key or table.key != source.key or column not in table.columns or name not in source.columns:
        return False
    return table.columns[column].digests == source.columns[name].digests


def _in_other_order(changed: Any) -> bool:
    """Whether the names that a model learned are the same in another order; changed: {fact: both sides}."""
    if not isinstance(changed, Mapping):
        return False
    for fact, sides in changed.items():
        if fact.endswith("features") and all(isinstance(side, Sequence) for side in sides):
            return sorted(map(str, sides[0])) == sorted(map(str, sides[1]))
    return False
