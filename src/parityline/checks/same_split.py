"""The same rows in the same parts, and no row in two of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from parityline.checks.same_values import percent
from parityline.findings import Finding
from parityline.folds import fold_of
from parityline.pairs import TablePair
from parityline.records import StageRecord

SHARED_BY_CHANCE = 7.0
"""Two parts drawn independently that share so many rows on average share none once in a thousand times (e**-7)."""


def overlap(pairs: list[TablePair]) -> float | None:
    """The share of the reference's sampled keys, of all parts together, that some observed part has; None without keys.

    A part alone says nothing: another split of the same rows moves most rows of a small part elsewhere.
    """
    keyed = [pair for pair in pairs if pair.keyed]
    samples = [[table.state.sample for table in (pair.reference, pair.observed)] for pair in keyed]
    limit = min((s.keys[-1] for both in samples for s in both if s.keys and not s.complete), default=1 << 128)
    sides = [{key for both in samples for key in both[side].keys if key <= limit} for side in (0, 1)]
    return len(sides[0] & sides[1]) / len(sides[0]) if sides[0] else None


def same_split(reference: StageRecord, observed: StageRecord, pairs: list[TablePair]) -> Iterator[Finding]:
    """Parts have the same names, keys and sizes, and overlap no more than in the reference."""
    gone = [part for part in reference.tables if part not in observed.tables]
    new = [part for part in observed.tables if part not in reference.tables]
    if gone or new:
        sentence = "the parts are not the same: " + "; ".join(
            f"{what} {', '.join(parts[:5])}" for what, parts in (("gone", gone), ("new", new)) if parts
        )
        yield Finding(
            "split-differs", reference.name, sentence, expected=list(reference.tables), found=list(observed.tables)
        )
    before = reference.facts.get("overlaps", {})
    for parts, rows in observed.facts.get("overlaps", {}).items():
        if rows > before.get(parts, 0) and not by_nature(parts) and not _by_chance(parts, before, reference):
            a, b = parts.split(" & ")
            sentence = f"{rows:,} keys are in both {a} and {b}; in the reference {before.get(parts, 0):,}"
            yield Finding(
                "split-parts-overlap",
                reference.name,
                sentence,
                expected=before.get(parts, 0),
                found=rows,
                evidence={"shared_keys": rows, "exact": True},
            )
    moved = [pair for pair in pairs if not pair.same_keys]
    if not moved:
        return
    sizes = {p.part: [p.reference.rows, p.observed.rows] for p in pairs}
    told = min(moved, key=lambda p: p.reference.rows)
    evidence: dict[str, object] = {"sizes": sizes, "exact": False}
    folds = {fold for pair in pairs if (fold := fold_of(pair.part)) is not None}
    if folds:
        differing = {fold_of(pair.part) for pair in moved} - {None}
        sentence = f"the folds hold other rows: {len(differing)} of {len(folds)} folds differ"
        evidence |= {"folds": len(folds), "folds_differ": len(differing)}
    else:
        sentence = f"the parts hold other rows: {len(moved)} of {len(pairs)} parts differ"
    if told.keyed:
        missing, extra, looked = told.key_changes
        shared = looked - len(missing) - len(extra)
        total = max(1, sum(p.reference.rows for p in pairs if fold_of(p.part) == fold_of(told.part)))
        chance = told.reference.rows / total
        of = max(1, looked - len(extra))
        sentence += f"; {percent(shared / of)} of the reference's {told.part} rows are in {told.part} here "
        sentence += f"(chance: {percent(chance)})"
        evidence |= {"shared": shared / of, "chance": chance, "sampled": looked}
    resized = {part: size for part, size in sizes.items() if size[0] != size[1]}
    if resized:
        sentence += "; sizes " + ", ".join(f"{part} {a:,} -> {b:,}" for part, (a, b) in list(resized.items())[:4])
    changed = _splitter_changes(reference, observed)
    if changed:
        sentence += "; the splitter is another one: " + ", ".join(
            f"`{name}` is {after}, in the reference {before}" for name, (before, after) in list(changed.items())[:4]
        )
        evidence["splitter"] = changed
    yield Finding(
        "split-differs",
        reference.name,
        sentence,
        expected={k: v[0] for k, v in sizes.items()},
        found={k: v[1] for k, v in sizes.items()},
        evidence=evidence,
    )


def by_nature(parts: str) -> bool:
    """Whether these are parts of two folds, of which one trains: they share rows in every splitter."""
    a, b = parts.split(" & ")
    return fold_of(a) is not None and fold_of(b) not in (None, fold_of(a)) and "train" in (a.split()[-1], b.split()[-1])


def _by_chance(parts: str, before: Mapping[str, int], reference: StageRecord) -> bool:
    """Whether the test rows of these two folds are drawn independently, as of two repeats: they share some by chance.

    They do where they shared rows in the reference, and may where chance alone could have kept them apart there.
    """
    a, b = parts.split(" & ")
    if fold_of(a) is None or fold_of(b) in (None, fold_of(a)) or a not in reference.tables or b not in reference.tables:
        return False
    population = sum(table.rows for name, table in reference.tables.items() if fold_of(name) == fold_of(a))
    expected = reference.tables[a].rows * reference.tables[b].rows / max(1, population)
    return before.get(parts, 0) > 0 or expected < SHARED_BY_CHANCE


def _splitter_changes(reference: StageRecord, observed: StageRecord) -> dict[str, list[str]]:
    """What differs between the recorded splitters: their class and parameters, each before and after, as text."""
    sides = [side.facts.get("splitter") or {} for side in (reference, observed)]
    if not all(sides):
        return {}
    told = [{"class": own.get("class"), **(own.get("parameters") or {})} for own in sides]
    names = [name for name in {**told[0], **told[1]} if told[0].get(name) != told[1].get(name)]
    return {name: [str(own.get(name)) for own in told] for name in names}
