"""The same rows in the same parts, and no row in two of them."""

from __future__ import annotations

from collections.abc import Iterator

from parityline.checks.same_values import percent
from parityline.findings import Finding
from parityline.pairs import TablePair
from parityline.records import StageRecord


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
        if rows > before.get(parts, 0) and not by_nature(parts):
            a, b = parts.split(" & ")
            sentence = f"{rows:,} keys are in both {a} and {b}; in the reference {before.get(parts, 0):,}"
            evidence = {"keys": rows, "exact": True}
            yield Finding(
                "split-parts-overlap",
                reference.name,
                sentence,
                expected=before.get(parts, 0),
                found=rows,
                evidence=evidence,
            )
    moved = [pair for pair in pairs if not pair.same_keys]
    if not moved:
        return
    sizes = {p.part: [p.reference.rows, p.observed.rows] for p in pairs}
    told = min(moved, key=lambda p: p.reference.rows)
    evidence = {"sizes": sizes, "exact": False}
    sentence = f"the parts hold other rows: {len(moved)} of {len(pairs)} parts differ"
    if told.keyed:
        missing, extra, looked = told.key_changes
        shared = looked - len(missing) - len(extra)
        total = max(1, sum(p.reference.rows for p in pairs))
        chance = told.reference.rows / total
        of = max(1, looked - len(extra))
        sentence += f"; {percent(shared / of)} of the reference's {told.part} rows are in {told.part} here "
        sentence += f"(chance: {percent(chance)})"
        evidence |= {"shared": shared / of, "chance": chance, "sampled": looked}
    resized = {part: size for part, size in sizes.items() if size[0] != size[1]}
    if resized:
        sentence += "; sizes " + ", ".join(f"{part} {a:,} -> {b:,}" for part, (a, b) in list(resized.items())[:4])
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
    a, b = (part.split() for part in parts.split(" & "))
    return a[0] == b[0] == "fold" and a[1] != b[1] and "train" in (a[-1], b[-1])
