"""Every row of a one-hot encoding has a category, where every row of the reference has one."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from parityline.checks.like_reference import AS_CHANCE
from parityline.findings import Finding
from parityline.fingerprints import ColumnFingerprint, Fingerprint
from parityline.pairs import TablePair, sampled
from parityline.performance.dealing import unseen_chance
from parityline.performance.drift import chance_of_one, declared_effects

_ENDS = "_="
"""What stands between a variable and its value in the names that encoders give."""
_MOST_SHOWN = 50


def one_hot(pair: TablePair) -> Iterator[Finding]:
    """Rows of new data whose category the encoder does not know: all columns of the block are 0 there.

    A block are columns of 0 and 1 with a common beginning, such as `carrier_`, of which each row of the reference has
    exactly one. Rows are counted over all rows and not in a sample; as with values that the reference has not, their
    share must be above the declared effect `unseen`. Rows that chance may bring are a warning, unless the reference
    has categories of a single row: then others are to be expected. Blocks that stand beside their own variable are
    left to its causes, and columns that are gone or hold other values to the checks that say so.
    """
    effects, chance = declared_effects(pair.declared), chance_of_one(len(pair.common))
    for name, block in blocks(pair.reference).items():
        columns = [pair.observed.columns.get(own) for own in block]
        if name in pair.common or not all(own is not None and _is_indicator(own) for own in columns):
            continue
        rows = pair.observed.rows
        none = rows - sum(_ones(own) for own in columns if own is not None)
        before = [_ones(pair.reference.columns[own]) for own in block]
        if none <= effects.unseen * rows:
            continue
        known = [count + _ones(own) for count, own in zip(before, columns, strict=True) if own is not None]
        # how many values the rows hold is not known: as many as there are rows is the most that chance could bring
        alarms = unseen_chance([1] * none, known, (pair.reference.rows, rows)) < chance
        if alarms or 1 not in before:
            sentence = f"{pair.where}{none:,} of {rows:,} rows have none of the {len(block)} columns of `{name}` set, "
            sentence += "where every row of the reference has one: what the encoder does not know becomes zeros"
            evidence = {"rows": none, "of": name, "columns": block[:_MOST_SHOWN]}
            yield Finding(
                "unseen-category", pair.stage, sentence if alarms else f"{sentence}; {AS_CHANCE}", block[0],
                severity="error" if alarms else "warning", share=none / rows, evidence=evidence,
            )  # fmt: skip


def blocks(table: Fingerprint) -> dict[str, list[str]]:
    """The columns of each encoded variable, by its name: of 0 and 1, and in each row exactly one of them is set."""
    groups: dict[str, list[str]] = {}
    for name, column in table.columns.items():
        if _is_indicator(column):
            for place in (at for at, letter in enumerate(name) if letter in _ENDS and at):
                groups.setdefault(name[:place], []).append(name)
    found: dict[str, list[str]] = {}
    taken: set[str] = set()
    for name in sorted(groups, key=len, reverse=True):  # a step of a pipeline may be named before the variable
        block = groups[name]
        if len(block) > 1 and taken.isdisjoint(block) and _exactly_one(table, block):
            found[name] = block
            taken.update(block)
    return found


def _exactly_one(table: Fingerprint, block: list[str]) -> bool:
    if not table.rows or sum(_ones(table.columns[name]) for name in block) != table.rows:
        return False
    vectors = [sampled(table, name) for name in block]
    return bool(len(vectors[0])) and bool(np.all(sum(vector.as_floats() for vector in vectors) == 1))


def _is_indicator(column: ColumnFingerprint) -> bool:
    if column.type not in ("number", "boolean") or not column.summarised or column.missing + column.shape.nans:
        return False
    return column.values.complete and set(column.values.cells) <= {0, 1}


def _ones(column: ColumnFingerprint) -> int:
    return column.rows - column.shape.zeros
