"""A partition behind the last one is new; all others are equal."""

from __future__ import annotations

from parityline.causes.cause import Case, Rung
from parityline.causes.partitions import Compared, described, partitions
from parityline.findings import Finding

CODE = "partition-appended"
RUNG = Rung.ROWS


def explain(case: Case) -> Finding | None:
    """Every partition of the reference is there as it was, and each new one is of a later time than all of them."""
    compared = partitions(case.table)
    if case.column or case.finding.code != "rows-extra" or compared is None or not compared.added:
        return None
    if (
        compared.lost
        or compared.doubled
        or set(compared.changed) != set(compared.added)
        or not (compared.equal and compared.digested)
    ):
        return None
    if not _behind(compared, case.table.facts[1].get("periods")):
        return None
    rows = sum(compared.rows[own] for own in compared.added)
    sentence = f"{described(compared, compared.added)} {rows:,} rows that research did not have; all "
    sentence += f"{compared.equal:,} partitions of the reference are {compared.alike}"
    evidence = {"partitions": compared.labels(compared.added), "rows": rows, "exact": True}
    return case.found(CODE, sentence, severity="note", evidence=evidence)


def _behind(compared: Compared, periods: list[str] | None) -> bool:
    """Whether every new partition is of a later time than all others.

    periods: the hashes of all partitions in the order of time, where the record hides them.
    """
    if periods is not None:
        place: dict[int, int] = {int(own, 16): at for at, own in enumerate(periods)}
    else:
        place = {own: cell for own, cell in compared.cells.items() if compared.is_time and isinstance(cell, int)}
    kept = [place[own] for own in compared.cells.keys() - set(compared.added) if own in place]  # null has no place
    return all(own in place and place[own] > max(kept, default=place[own]) for own in compared.added)
