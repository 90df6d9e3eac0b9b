"""An encoder was fitted again on the categories of this batch."""

from __future__ import annotations

import numpy as np

from parityline.causes.beside import Beside, Floats, beside, labelled
from parityline.causes.cause import Case, Rung
from parityline.findings import Finding
from parityline.fingerprints import ColumnFingerprint, plain
from parityline.pairs import ColumnPair, Rows, TablePair

CODE = "encoder-refitted"
RUNG = Rung.BESIDE


def explain(case: Case) -> Finding | None:
    if case.table.kind not in ("features", "etl", "model"):
        return None
    if case.finding.code in ("column-missing", "column-extra"):
        return _one_hot(case)
    column = case.column
    if column is None or column.hidden or column.reference.type != "number" or column.observed.type != "number":
        return None
    for other in beside(case, "text"):
        found = _ranks(case, column, other)
        if found is not None:
            return found
    return None


def _ranks(case: Case, column: ColumnPair, other: Beside) -> Finding | None:
    """Codes are the ranks of the categories, in the batch on this side and elsewhere in the reference."""
    here = ~other.absent
    index = other.pair.cells[0].index[here]
    codes = [side[other.places][here] for side in column.numbers]
    if not all(_one_a_category(side, index) for side in codes):
        return None  # cheap to see, and nearly always so
    if any(np.isnan(side).any() for side in codes) or column.differs[other.places][~here].any():
        return None
    texts = other.pair.cells[0].distinct
    maps: list[dict[object, float]] = []
    for side in codes:
        pairs = set(zip(index.tolist(), side.tolist(), strict=True))
        if len(pairs) != len({a for a, _ in pairs}) or len(pairs) != len({b for _, b in pairs}) or len(pairs) < 3:
            return None  # no code, or too few to tell ranks from anything
        maps.append({texts[a]: b for a, b in pairs})
    batch = other.pair.observed.values
    if not batch.complete or maps[0] == maps[1]:
        return None
    ranks = {cell: float(i) for i, cell in enumerate(sorted(c for c in batch.cells if isinstance(c, bytes)))}
    start = min(maps[1].values()) - min(ranks[cell] for cell in maps[1] if isinstance(cell, bytes))
    if start not in (0.0, 1.0) or any(ranks[cell] + start != own for cell, own in maps[1].items()):  # type: ignore[index]
        return None
    ordered = [maps[0][cell] for cell in sorted(maps[0])]  # type: ignore[type-var]
    if ordered != sorted(ordered):
        return None  # the reference's codes are no ranks at all
    name = labelled(other.stage, other.name)
    moved = sum(maps[0][cell] != own for cell, own in maps[1].items())
    sentence = f"the codes of {name} in `{column.name}` are the ranks of this batch's {len(ranks)} values: {moved} of "
    told = {str(plain(cell)): [maps[0][cell], maps[1][cell]] for cell in list(maps[0])[:50]}  # type: ignore[arg-type]
    return case.found(CODE, f"{sentence}{len(maps[1])} moved", evidence={"of": name.strip("`"), "codes": told})


def _one_a_category(codes: Floats, index: Rows) -> bool:
    """Whether all rows of a category hold one number."""
    if not len(index):
        return False
    number_of = np.zeros(int(index.max()) + 1)
    number_of[index] = codes
    return np.array_equal(number_of[index], codes)


def _one_hot(case: Case) -> Finding | None:
    """A column that is named for a value of an input which this batch lacks, or alone has."""
    name, missing = str(case.finding.column), case.finding.code == "column-missing"
    for stage, source in case.inputs().items():
        for origin in source.common:
            value = _value_of(source, origin, name, missing=missing)
            if value is None and missing:
                value = _never_there(case.table, source, origin, name)
            siblings = [n for n in case.table.common if n.startswith(origin) and n not in source.common]
            if value is None or not siblings:
                continue
            where = "does not occur in this batch" if missing else "occurs in this batch alone"
            sentence = f"the one-hot column `{name}` is {'missing' if missing else 'new'}: {value} of "
            sentence += f"{labelled(stage, origin)} {where}"
            return case.found(CODE, sentence, evidence={"of": f"{stage}.{origin}", "value": value})
    return None


def _never_there(table: TablePair, source: TablePair, origin: str, name: str) -> str | None:
    """A value that no row of this batch has, where the batch has one column for each of its values."""
    batch = source.observed.columns[origin]
    if not name.startswith(origin) or batch.type not in ("text", "number", "boolean") or not batch.values.complete:
        return None
    texts = {str(plain(cell)) for cell in batch.values.cells if cell is not None}
    starts = {other[: -len(text)] for text in texts for other in table.observed.columns if other.endswith(text)}
    for start in (start for start in starts if name.startswith(start) and 0 <= len(start) - len(origin) <= 2):
        marks = {n: own for n, own in table.observed.columns.items() if n.startswith(start) and _is_mark(own)}
        made = {other[len(start) :] for other in marks}
        if _is_mark(table.reference.columns[name]) and made == texts and name[len(start) :] not in texts:
            return name[len(start) :]
    return None


def _is_mark(column: ColumnFingerprint) -> bool:
    """Whether all values are 0 or 1."""
    return (
        column.summarised
        and column.values.complete
        and {cell for cell in column.values.cells if cell is not None} <= {0, 1}
    )


def _value_of(source: TablePair, origin: str, name: str, *, missing: bool) -> str | None:
    if not name.startswith(origin) or name == origin:
        return None
    sides = [source.reference.columns[origin], source.observed.columns[origin]]
    if any(side.type not in ("text", "number", "boolean") or not side.values.complete for side in sides):
        return None
    has, lacks = sides if missing else sides[::-1]
    for own, cell in zip(has.values.hashes, has.values.cells, strict=True):
        text = str(plain(cell))
        if own not in lacks.values.hashes and text and name.endswith(text) and len(name) - len(origin) - len(text) <= 2:
            return text
    return None
