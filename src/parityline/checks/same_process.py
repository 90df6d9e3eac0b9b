"""The same query, reader options and files; the same declared totals."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import Any

from parityline.codes import Severity
from parityline.findings import Finding
from parityline.queries import difference
from parityline.records import StageRecord


def same_process(reference: StageRecord, observed: StageRecord, equal: bool) -> Iterator[Finding]:
    """Queries and options agree; where they do not it is a note for equal tables, else a warning that may explain."""
    severity: Severity = "note" if equal else "warning"
    before, after = (side.facts.get("process", {}) for side in (reference, observed))
    for fact, sides in _changed(before, after).items():
        was, now = map(_short, sides)
        sentence = f"the {fact} is another one: {now}; research: {was}"
        expected, found = before.get(fact), after.get(fact)
        yield Finding("process-differs", reference.name, sentence, severity=severity, expected=expected, found=found)


def same_files(reference: StageRecord, observed: StageRecord, equal: bool) -> Iterator[Finding]:
    """The same bytes hold the same rows: other bytes of equal rows are a note, else it is said where rows changed."""
    files = [
        side.table_facts.get("", {}).get("files") or side.facts.get("process", {}).get("files")
        for side in (reference, observed)
    ]
    if files[0] and files[1] and not equal:
        same = files[0]["digest"] == files[1]["digest"]
        sentence = (
            "the files are the same to the byte: they are read otherwise"
            if same
            else "the files are others: the source itself changed, before it was read"
        )
        yield Finding(
            "process-differs", reference.name, sentence, severity="warning", expected=files[0], found=files[1]
        )
    if files[0] and files[1] and files[0]["digest"] != files[1]["digest"] and equal:
        sentence = (
            f"the files have other bytes ({files[0]['size_bytes']:,} -> {files[1]['size_bytes']:,}) and equal rows"
        )
        yield Finding("file-layout", reference.name, sentence, severity="note", expected=files[0], found=files[1])


def _changed(before: dict[str, Any], after: dict[str, Any]) -> dict[str, tuple[object, object]]:
    """What differs of the query and of the options of a reader, for a sentence: the clauses, and the options."""
    found: dict[str, tuple[object, object]] = {}
    queries = before.get("query"), after.get("query")
    if queries[0] != queries[1]:
        clauses = difference(str(queries[0]), str(queries[1])) if all(queries) else queries
        found["query"] = clauses or queries
    options = before.get("options") or {}, after.get("options") or {}
    names = [n for n in sorted({*options[0], *options[1]}) if options[0].get(n) != options[1].get(n)]
    if names:
        sides = [", ".join(f"{n}={own.get(n, 'as it is by default')}" for n in names) for own in options]
        found["options"] = sides[0], sides[1]
    return found


def same_totals(reference: StageRecord, observed: StageRecord) -> Iterator[Finding]:
    """Declared totals by group are equal, exactly, whatever the order of adding."""
    after = observed.facts.get("totals", {})
    for what, own in reference.facts.get("totals", {}).items():
        if what not in after:
            continue
        groups = own["groups"], after[what]["groups"]
        changed = {
            g: [float(Fraction(s[g])) if g in s else None for s in groups]
            for g in sorted({*groups[0], *groups[1]})
            if groups[0].get(g) != groups[1].get(g)
        }
        if changed:
            first, (old, new) = next(iter(changed.items()))
            sentence = f"total of {what}: {len(changed)} of {len(groups[0])} groups differ; {first}: {old} -> {new}"
            column = what.partition(" by ")[0]
            yield Finding(
                "values-differ",
                reference.name,
                sentence,
                column,
                expected=old,
                found=new,
                evidence={"groups": changed, "exact": True},
            )


def _short(value: object) -> str:
    text = "none" if value is None else str(value) or "nothing in its place"
    return text if len(text) <= 120 else text[:117] + "..."
