"""The same columns, of the same types, in the same places."""

from __future__ import annotations

from collections.abc import Iterator

from parityline.findings import Finding
from parityline.pairs import TablePair

_TEXT = ("object", "str", "string", "large_string", "string_view", "utf8", "category")


def same_schema(pair: TablePair) -> Iterator[Finding]:
    """Every column of the reference is there, with its logical type; what is new, or of another width, is said.

    A guard need not be given the key of a request: such a record names it among its facts (`served_without`).
    """
    reference, observed = pair.reference.columns, pair.observed.columns
    for name, column in reference.items():
        if name in pair.facts[1].get("served_without", ()):
            continue
        if name not in observed:
            sentence = f"{pair.where}column `{name}` is gone"
            yield Finding("column-missing", pair.stage, sentence, name, expected=column.type)
        elif column.type != observed[name].type and not (name in pair.columns and pair.columns[name].one_type):
            found = observed[name].type
            sentence = f"{pair.where}`{name}` is {found}; the reference holds {column.type}"
            yield Finding("type-differs", pair.stage, sentence, name, expected=column.type, found=found)
    for name, column in observed.items():
        if name not in reference:
            sentence = f"{pair.where}column `{name}` is new"
            yield Finding("column-extra", pair.stage, sentence, name, severity="warning", found=column.type)
    yield from _physical(pair)
    yield from _metadata(pair)
    yield from _places(pair)


def _physical(pair: TablePair) -> Iterator[Finding]:
    types = [facts.get("types", {}) for facts in pair.facts]
    changed: dict[str, list[str]] = {}
    for name in pair.common:
        before, after = (t.get(name, "") for t in types)
        if before != after and pair.reference.columns[name].type == pair.observed.columns[name].type:
            logical = pair.reference.columns[name].type
            code = {"number": "type-widened", "text": "text-type"}.get(logical)
            if logical.startswith(("timestamp", "time", "duration")):
                code = "time-unit"
            if code and pair.columns[name].same:
                changed.setdefault(code, []).append(f"{name}: {before} -> {after}")
    for code, columns in changed.items():
        what = f"{len(columns)} columns are" if len(columns) > 1 else "one column is"
        sentence = f"{pair.where}{what} stored as another type with equal values: {'; '.join(columns[:4])}"
        yield Finding(code, pair.stage, sentence, severity="note", evidence={"columns": columns})


def _metadata(pair: TablePair) -> Iterator[Finding]:
    """What a table carries beside its rows; said where the rows are the same, in one order that the index follows."""
    before, after = (facts.get("metadata", {}) for facts in pair.facts)
    engines = [facts.get("engine") for facts in pair.facts]
    if before == after or engines[0] != engines[1] or not pair.identical or pair.same_order is False:
        return
    plain = "rows counted from 0"
    sentence = f"{pair.where}the rows are equal, and their index is another one: {after.get('index', plain)}; "
    sentence += f"research: {before.get('index', plain)}"
    yield Finding("table-metadata", pair.stage, sentence, severity="note", expected=before, found=after)


def _places(pair: TablePair) -> Iterator[Finding]:
    before, after = (facts.get("columns", []) for facts in pair.facts)
    if before == after or sorted(before) != sorted(after):
        return
    first = next(i for i, (a, b) in enumerate(zip(before, after, strict=True)) if a != b)
    by_place = pair.kind == "model"
    sentence = f"{pair.where}the columns are in another order from place {first + 1} on: `{after[first]}` stands where "
    sentence += f"`{before[first]}` was"
    yield Finding(
        "column-order-changed",
        pair.stage,
        sentence + (", and a model takes columns by place" if by_place else ""),
        severity="error" if by_place else "warning",
        expected=before[:50],
        found=after[:50],
    )
