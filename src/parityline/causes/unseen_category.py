"""A category that the reference does not know reached an encoder."""

from __future__ import annotations

from parityline.causes.beside import is_absent, known, labelled, upstream
from parityline.causes.cause import FEWEST, Case, Rung
from parityline.findings import Finding
from parityline.fingerprints import ColumnFingerprint, plain
from parityline.kernel.cells import Cell, Hashed

CODE = "unseen-category"
RUNG = Rung.MISSING


def explain(case: Case) -> Finding | None:
    if case.table.kind not in ("features", "predictions") or case.finding.column is None:
        return None
    if case.finding.code == "categories-differ":
        return _one_hot(case)
    return _missing(case) if case.finding.code in ("missing-differs", "values-differ") else None


def _missing(case: Case) -> Finding | None:
    """Values are missing exactly where a text upstream holds a value that is not in the reference."""
    column, context = case.column, case.context
    if column is None or context is None:
        return None
    counts = [side.missing + side.shape.nans for side in (column.reference, column.observed)]
    if counts[1] <= counts[0]:
        return None
    own = known(case.table.observed, column.name)
    bad = [key for key, cell in own.items() if is_absent(cell)]
    good = [key for key, cell in own.items() if not is_absent(cell)]
    for stage, name, _, cells in upstream(case, 1):
        source = context.records[0].stages.get(stage or case.table.stage)
        known_values = _values(source.table.columns.get(name)) if source and source.table else None
        chosen = [cells[key] for key in bad if key in cells]
        rest = [cells[key] for key in good if key in cells]
        if known_values is None or len(chosen) < min(FEWEST, counts[1]) or len(rest) < FEWEST:
            continue
        if any(cell is None or cell in known_values for cell in chosen):
            continue
        if any(cell is not None and cell not in known_values for cell in rest):
            continue
        if any(isinstance(cell, Hashed) for cell in chosen):
            continue
        unseen, where = _shown(chosen), labelled(stage, name)
        sentence = f"{counts[1]:,} values of `{column.name}` are missing, all {len(bad):,} known ones with a value of "
        evidence = {"of": where.strip("`"), "values": unseen, "missing": counts}
        return case.found(
            CODE, f"{sentence}{where} that research never saw: {', '.join(unseen[:5])}", evidence=evidence
        )
    return None


def _one_hot(case: Case) -> Finding | None:
    """Rows with a value that is not in the reference have no one-hot column set."""
    name, table = str(case.finding.column), case.table.observed
    known_values = _values(case.table.reference.columns.get(name))
    block = [n for n in case.table.common if n.startswith(f"{name}_") or n.startswith(f"{name}=")]
    if known_values is None or len(block) < 2:
        return None
    own = known(table, name)
    sums: dict[int, float] = dict.fromkeys(own, 0.0)
    for other in block:
        for key, cell in known(table, other).items():
            if key in sums:
                sums[key] += float(cell) if isinstance(cell, (int, float)) else float("nan")
    unseen = [key for key, cell in own.items() if cell is not None and cell not in known_values]
    seen = [key for key, cell in own.items() if cell in known_values]
    if len(unseen) < FEWEST or len(seen) < FEWEST:
        return None
    if any(sums[key] != 0 for key in unseen) or any(sums[key] != 1 for key in seen):
        return None
    rows = round((case.finding.share or 0.0) * table.rows)
    values = _shown([own[key] for key in unseen])
    sentence = f"{rows:,} rows have no category of `{name}` set: research never saw {', '.join(values[:5])}"
    return case.found(CODE, sentence, evidence={"values": values, "rows": rows, "columns": block[:50]})


def _values(column: ColumnFingerprint | None) -> set[Cell] | None:
    """All values of a text column; None where not all are kept."""
    if column is None or column.type != "text" or not column.values.complete:
        return None
    return set(column.values.cells)


def _shown(cells: list[Cell]) -> list[str]:
    return sorted({str(plain(cell)) for cell in cells})
