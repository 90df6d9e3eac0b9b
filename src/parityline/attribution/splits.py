"""Parts of a split that hold other rows: whether they follow from the rows, the order or the values of its inputs.

A splitter with a fixed seed is a function of how many rows it gets, of their order, and, where it stratifies or keeps
groups together, of their values.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from parityline.attribution.answer import Answer
from parityline.attribution.rows import BY_CHANCE, changed, moved
from parityline.pairs import TablePair
from parityline.records import StageRecord

_MOST_CLASSES = 50
"""A column of more values is no stratum; a group may be one of many, and is declared as `entity=`."""


def of_split(
    sides: tuple[StageRecord, StageRecord],
    parts: Sequence[TablePair],
    inputs: Mapping[str, TablePair],
    dirty: Sequence[str],
) -> Answer | None:
    """The answer for a split whose inputs `dirty` differ; None where nothing but the graph speaks.

    sides: the stage in the reference and in the observed run; inputs: those that hold one table.
    """
    splitters: list[Mapping[str, Any]] = [side.facts.get("splitter") or {} for side in sides]
    if splitters[0] != splitters[1]:
        return Answer("new", None, "the splitter is another one, or has other parameters")
    places = [side.facts.get("positions") or {} for side in sides]
    known = [inputs[name] for name in dirty if name in inputs]
    if len(known) < len(dirty):
        return None
    first = dirty[0]
    if places[0] and places[0] == places[1] and not all(pair.same_keys and pair.same_order for pair in known):
        return Answer("inherited", first, f"the same places are taken in both runs, and {first} has other rows there")
    repeats = repeatable(splitters[0])
    what = "the splitter, its parameters and its seed are the same"
    if not all(pair.keyed and pair.same_keys for pair in known):
        return Answer("inherited", first, f"{what}; {first} has other rows") if repeats else None
    moved_order = [name for name in dirty if inputs[name].same_order is False]
    if moved_order:
        how = f"{moved_order[0]} has its rows in another order"
        return Answer("inherited" if repeats else "undecided", moved_order[0], f"{what}; {how}" if repeats else how)
    if splitters[0] and not _asks_values(splitters[0]):
        return Answer("new", None, "its inputs hold the same keys in the same order, and the splitter asks no values")
    followed = _of_changed_rows(parts, inputs, dirty)
    if followed is not None:
        return followed
    if repeats:
        return Answer("inherited", first, f"{what}, and it asks for values, which differ in {first}")
    if not splitters[0] and any(_of_few_values(pair) for pair in known):
        how = (
            "its inputs hold the same keys in the same order, and a splitter that was not recorded (`by=`) may ask for "
        )
        return Answer("undecided", first, f"{how}the values of {first}")
    return Answer("new", None, "its inputs hold the same keys in the same order on both sides; only values differ")


def repeatable(splitter: Mapping[str, Any]) -> bool:
    """Whether a recorded splitter gives the same parts of the same rows: no shuffling, or with a seed."""
    parameters = splitter.get("parameters")
    if not isinstance(parameters, Mapping):
        return False
    shuffles = parameters.get("shuffle", "random_state" in parameters)
    return not shuffles or isinstance(parameters.get("random_state"), int)


def _of_few_values(pair: TablePair) -> bool:
    """Whether a column that differs may be what a split is stratified by."""
    sides = [(pair.columns[name].reference, pair.columns[name].observed) for name in pair.differing()]
    return any(min(a.distinct, b.distinct) <= _MOST_CLASSES for a, b in sides)


def _asks_values(splitter: Mapping[str, Any]) -> bool:
    name = str(splitter.get("class", "")).rpartition(".")[2]
    return "Stratified" in name or "Group" in name


def _of_changed_rows(
    parts: Sequence[TablePair], inputs: Mapping[str, TablePair], dirty: Sequence[str]
) -> Answer | None:
    """Rows that went to another part because of what they hold: all of them are among those that an input changed."""
    rows = frozenset().union(*(moved(part, exact=False) for part in parts if part.keyed))
    if not rows or not all(part.keyed for part in parts):
        return None
    for name in dirty:
        own, of = changed(inputs[name], exact=False)
        if own and rows <= own:
            by_chance = (len(own) / max(1, of)) ** len(rows) > BY_CHANCE
            how = f"the rows that went to another part are among those that {name} changed"
            return Answer("undecided" if by_chance else "inherited", name, how)
    return None
