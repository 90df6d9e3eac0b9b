"""Partitions of both sides side by side, for the causes that speak of them."""

from __future__ import annotations

import datetime
from dataclasses import dataclass

from parityline.fingerprints import plain
from parityline.kernel.cells import Cell
from parityline.kernel.sections import Partitions
from parityline.kernel.summaries.digests import MODULUS
from parityline.pairs import TablePair


@dataclass(frozen=True)
class Compared:
    """Partitions by hash.

    lost: only in the reference; doubled: exactly twice; changed: otherwise different, and those of `added` among them,
    which only the observed side has. digested: whether their rows were compared and not only counted.
    """

    name: str
    cells: dict[int, Cell]
    rows: dict[int, int]
    lost: list[int]
    doubled: list[int]
    changed: list[int]
    added: list[int]
    equal: int
    digested: bool

    @property
    def is_time(self) -> bool:
        """Whether they are days or months, so that some are later than others."""
        return self.name.endswith((":day", ":month"))

    @property
    def alike(self) -> str:
        """What the equal partitions are."""
        return "identical" if self.digested else "as large as before"

    def labels(self, which: list[int]) -> list[str]:
        """The partitions as text, in their order."""
        return [label(self.cells[own], self.name) for own in sorted(which, key=lambda o: str(self.cells[o]))]


def partitions(table: TablePair) -> Compared | None:
    """None where a side has no partitions, or not all of them.

    Where values differ in rows that both sides have, partitions differ by them: their rows are counted then.
    """
    a, b = table.reference.state.partitions, table.observed.state.partitions
    by = table.reference.state.parameters.partition
    if a is None or b is None or by is None or not (a.complete and b.complete) or table.identical:
        return None
    compared = _compared(str(by), a, b, digested=True)
    if len(compared.changed) > len(compared.added) and (not compared.equal or (table.keyed and table.differing())):
        return _compared(str(by), a, b, digested=False)
    return compared


def _compared(name: str, a: Partitions, b: Partitions, *, digested: bool) -> Compared:
    after = {own: (rows, digest if digested else 0) for own, _, rows, digest in b.entries}
    lost, doubled, changed, equal = [], [], [], 0
    for own, _, rows, whole in a.entries:
        digest = whole if digested else 0
        if own not in after:
            lost.append(own)
        elif after[own] == (rows, digest):
            equal += 1
        elif after[own] == (2 * rows, 2 * digest % MODULUS):
            doubled.append(own)
        else:
            changed.append(own)
    added = list(set(after) - {entry[0] for entry in a.entries})
    changed.extend(added)
    cells = {own: cell for own, cell, _, _ in (*b.entries, *a.entries)}
    counts = {own: rows for own, _, rows, _ in (*b.entries, *a.entries)}
    return Compared(name, cells, counts, lost, doubled, changed, added, equal, digested)


def label(cell: Cell, by: str) -> str:
    """A partition as text: days and months as dates."""
    if isinstance(cell, int) and by.endswith((":day", ":month")):
        day = datetime.date.fromordinal(719_163 + cell).isoformat()
        return day[:7] if by.endswith(":month") else day
    return "null" if cell is None else str(plain(cell))


def described(compared: Compared, which: list[int]) -> str:
    """Partitions for a sentence, with its verb: one, a run of days, or a list."""
    labels = compared.labels(which)
    days = sorted(c for c in (compared.cells[own] for own in which) if isinstance(c, int))
    if len(labels) == 1:
        return (
            f"{compared.name} = {labels[0]} was" if which == compared.doubled else f"{compared.name} = {labels[0]} has"
        )
    if compared.name.endswith(":day") and len(days) == len(which) and days[-1] - days[0] == len(days) - 1:
        verb = "were" if which == compared.doubled else "have"
        first, last = label(days[0], compared.name), label(days[-1], compared.name)
        return f"{len(days)} days in a row, {first} to {last}, {verb}"
    shown = ", ".join(labels[:4]) + (f" and {len(labels) - 4} more" if len(labels) > 4 else "")
    return f"{len(labels)} partitions of {compared.name} ({shown}) " + ("were" if which == compared.doubled else "have")
