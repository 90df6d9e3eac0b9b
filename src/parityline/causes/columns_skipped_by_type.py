"""Columns are selected by type, and another type is skipped."""

from __future__ import annotations

from parityline.causes.cause import Case, Rung
from parityline.findings import Finding

CODE = "columns-skipped-by-type"
RUNG = Rung.NAME


def explain(case: Case) -> Finding | None:
    table = case.table
    if case.finding.code != "column-missing" or table.kind not in ("etl", "features"):
        return None
    missing = [name for name in table.reference.columns if name not in table.observed.columns]
    for stage, source in case.inputs().items():
        types = [facts.get("types", {}) for facts in source.facts]
        moves = {name: (types[0].get(name), types[1].get(name)) for name in source.common}
        if not all(name in moves for name in missing):
            continue
        changed = {moves[name] for name in missing}
        kept = {moves[name] for name in table.common if name in moves}
        # exactly the columns of one type that became another are gone, and none of that kind is left
        if len(changed) != 1 or changed & kept:
            continue
        before, after = next(iter(changed))
        if before is None or after is None or before == after:
            continue
        count = f"{len(missing)} columns were" if len(missing) > 1 else "a column was"
        sentence = f"{count} skipped ({', '.join(missing[:4])}): in {stage} their type is {after} here and was {before}"
        return case.found(CODE, sentence, evidence={"columns": missing, "types": [before, after]})
    return None
