"""Which rows differ, decoded from the reconciliations of two records, and what their keys are called."""

from __future__ import annotations

import datetime
from dataclasses import dataclass

from parityline.fingerprints import Fingerprint, plain
from parityline.kernel.cells import Cell
from parityline.kernel.differences import Differences
from parityline.kernel.sections.reconciliation import IDS

FEWEST_REPEATED = 3
MOST_NAMED = 1_500
"""Keys that a finding lists; the number of rows is exact beyond."""

_EPOCH = datetime.datetime(1970, 1, 1)


@dataclass(frozen=True)
class Changes:
    """Rows that differ, by the number of their key (see `Element.key`).

    missing, extra, doubled: how many rows fewer or more of a key; doubled keys are in the reference already, extra ones
    are not, as far as the records tell. changed: the columns that differ, None where rows are too many to decode.
    """

    missing: dict[int, int]
    extra: dict[int, int]
    doubled: dict[int, int]
    changed: dict[int, frozenset[str]] | None

    def of_column(self, column: str) -> list[int] | None:
        """The keys whose cells of this column differ; None where they are not known."""
        if self.changed is None:
            return None
        return [key for key, columns in self.changed.items() if column in columns]


def changes(reference: Fingerprint, observed: Fingerprint, found: Differences) -> Changes | None:
    """What differs, exactly; None where the records hold more differences than they can decode."""
    if found.keys is None:
        return None
    missing = {key: -count for key, count in found.keys.items() if count < 0}
    more = {key: count for key, count in found.keys.items() if count > 0}
    known = _known(reference, more)
    if len(known) >= FEWEST_REPEATED and not _fresh(reference, observed) & more.keys():
        known = set(more)  # each that can be looked up repeats a key, and so do those that cannot
    doubled = {key: count for key, count in more.items() if key in known}
    extra = {key: count for key, count in more.items() if key not in known}
    return Changes(missing, extra, doubled, _changed(reference, observed, found))


def _changed(reference: Fingerprint, observed: Fingerprint, found: Differences) -> dict[int, frozenset[str]] | None:
    names = [name for name, _ in reference.state.layout.columns]
    if not found.complete or names != [name for name, _ in observed.state.layout.columns]:
        return None
    marked = all(len(element.marks) == len(names) for element in found.elements)
    if not marked:
        return None
    return {key: frozenset(names[i] for i in found.changed_columns(key)) for key in found.changed()}


def _fresh(reference: Fingerprint, observed: Fingerprint) -> set[int]:
    """The sampled keys of the observed side that the reference is known not to hold."""
    sample = reference.state.sample
    limit = 1 << 128 if sample.complete or not sample.keys else sample.keys[-1]
    before = set(sample.keys)
    return {number for key, number in numbers(observed).items() if key <= limit and key not in before}


def _known(reference: Fingerprint, keys: dict[int, int]) -> set[int]:
    """The keys that the reference is known to hold: sampled ones, and whole numbers of a range without a gap."""
    sample = reference.state.sample
    held = set(numbers(reference).values())
    known = {key for key in keys if key in held}
    if len(reference.key) == 1 and not sample.complete:
        column = reference.columns[reference.key[0]]
        low, high = column.range.minimum, column.range.maximum
        whole = column.type == "number" and column.form.named().get("places_0") == reference.rows
        unique = set(sample.rows_per_key) == {1}
        if whole and unique and isinstance(low, float) and isinstance(high, float) and high - low + 1 == reference.rows:
            values = {key: value_of(key) for key in keys}
            known |= {key for key, value in values.items() if value is not None and low <= value <= high}
    return known


def numbers(table: Fingerprint) -> dict[int, int]:
    """The number of each sampled key, by its hash: a value where keys travel as values, else an id."""
    sample, key = table.state.sample, table.key
    found = {own: (own >> 64) % IDS * 2 + 1 for own in sample.keys}
    names = table.state.sampled_columns
    if len(key) == 1 and not table.state.parameters.hash_keys and sample.columns and key[0] in names:
        cells = sample.columns[names.index(key[0])].tolist()
        kind = table.columns[key[0]].type
        for owner, cell in zip(sample.owner, cells, strict=True):
            number = _number_of(cell, kind)
            if number is not None:
                found[sample.keys[owner]] = number
    return found


def _number_of(cell: object, kind: str) -> int | None:
    value: int | None = None
    if kind == "number" and isinstance(cell, float) and cell.is_integer() and abs(cell) <= 2**53:
        value = int(cell)
    elif kind == "date" and isinstance(cell, int) and abs(cell) <= 2**53:
        value = cell
    elif kind.startswith(("time", "timestamp")) and isinstance(cell, int) and cell % 1000 == 0:
        value = cell // 1000
    if value is None:
        return None
    return 2 * (2 * value if value >= 0 else -2 * value - 1)


def value_of(key: int) -> int | None:
    """The integer that a key number stands for; None for an id."""
    if key % 2:
        return None
    half = key // 2
    return half // 2 if half % 2 == 0 else -(half + 1) // 2


def labels(table: Fingerprint, keys: list[int]) -> list[object]:
    """Keys as they are shown: numbers as they are, times as text, ids as `#` and hexadecimal digits.

    A key that the record holds openly in its sample is shown as its value.
    """
    kind = table.columns[table.key[0]].type if len(table.key) == 1 and table.key[0] in table.columns else ""
    shown: dict[int, object] = {}
    names, sample = table.state.sampled_columns, table.state.sample
    if sample.columns and all(name in names for name in table.key):
        vectors = [sample.columns[names.index(name)] for name in table.key]
        if not any(cells.hashed for cells in vectors):
            named = numbers(table)
            columns = [cells.tolist() for cells in vectors]
            kinds = [table.columns[name].type for name in table.key]
            for row, owner in enumerate(sample.owner):
                parts = [_as_text(cells[row], kind) for cells, kind in zip(columns, kinds, strict=True)]
                shown[named[sample.keys[owner]]] = parts[0] if len(parts) == 1 else parts
    return [shown.get(key, _label(key, kind)) for key in keys]


def _as_text(cell: Cell, kind: str) -> object:
    """A cell as it is shown: dates and instants as texts."""
    if isinstance(cell, int) and kind == "date" and 0 < 719_163 + cell < 3_652_060:
        return datetime.date.fromordinal(719_163 + cell).isoformat()
    if isinstance(cell, int) and kind.startswith("timestamp"):
        try:
            return (_EPOCH + datetime.timedelta(microseconds=cell // 1_000)).isoformat()
        except OverflowError:
            return cell
    return plain(cell)


def _label(key: int, kind: str) -> object:
    value = value_of(key)
    if value is None:
        return f"#{key // 2:015x}"
    if kind == "date":
        return datetime.date.fromordinal(719_163 + value).isoformat() if 0 < 719_163 + value < 3_652_060 else value
    if kind.startswith("timestamp"):
        try:
            return (_EPOCH + datetime.timedelta(microseconds=value)).isoformat()
        except OverflowError:
            return value
    return value
