"""Duplicate keys on one side of a join multiplied rows."""

from __future__ import annotations

from parityline.causes.cause import FEWEST, Case, Rung
from parityline.causes.joins import known_keys, named_keys, right_sides
from parityline.findings import Finding

CODE = "join-fan-out"
RUNG = Rung.ROWS


def explain(case: Case) -> Finding | None:
    """Each key occurs as many times more as the input has rows for the key that it names, and no key is new."""
    table = case.table
    if case.finding.code not in ("duplicate-keys", "rows-extra") or not table.keyed or any(table.key_changes[:2]):
        return None
    before, after = table.reference.state.sample, table.observed.state.sample
    once = dict(zip(before.keys, before.rows_per_key, strict=True))
    for stage, source, names in right_sides(case):
        named, known = named_keys(table.observed, names), known_keys(source.observed, names)
        if named is None or known is None:
            continue
        rows, limit = known
        multiplied, single = set[int](), 0
        for owner, key in zip(after.owner, named, strict=True):
            own = after.keys[owner]
            if own not in once or (key is not None and key > limit):
                continue
            times = max(1, rows.get(key, 0)) if key is not None else 1
            if after.rows_per_key[owner] != once[own] * times:
                break
            single += times == 1
            if times > 1:
                multiplied.add(own)
        else:
            if len(multiplied) < FEWEST:
                continue
            more = table.observed.rows - table.reference.rows
            doubled = sum(count > 1 for count in rows.values())
            about = "" if limit >> 128 else " known"
            joined = ", ".join(f"`{name}`" for name in names)
            sentence = f"the join on {joined} adds {more:,} rows: {stage} has {doubled:,}{about} keys more than once"
            evidence = {"rows": more, "input": stage, "on": list(names), "duplicates": doubled, "left_alone": single}
            return case.found(CODE, sentence, evidence=evidence)
    return None
