"""Groups without rows in the input have no row any more."""

from __future__ import annotations

import numpy as np

from parityline.causes.cause import Case, Rung
from parityline.findings import Finding
from parityline.kernel.values_hash import cell_hashes
from parityline.pairs import sampled, subset

CODE = "empty-groups-dropped"
RUNG = Rung.ROWS


def explain(case: Case) -> Finding | None:
    table = case.table
    if case.finding.code != "rows-missing" or not table.keyed or table.key_changes[1]:
        return None
    gone, sample = set(table.key_changes[0]), table.reference.state.sample
    places = [row for row, owner in enumerate(sample.owner) if sample.keys[owner] in gone]
    if not gone or len(places) < len(gone):
        return None
    seed = table.reference.state.parameters.seed
    for name in table.reference.key:
        whole = sampled(table.reference, name)
        if not len(whole):
            continue
        cells, logical = subset(whole, np.array(places, np.int64)), table.reference.columns[name].type
        hashes = cell_hashes(cells, logical, seed)
        held = np.unique(cells.index).tolist()
        missing = {hashes[i] for i in held}
        if any(cells.distinct[i] is None for i in held):
            continue
        for stage, source in case.inputs().items():
            if name not in source.common or source.reference.columns[name].type != logical:
                continue
            if source.reference.key == table.reference.key:
                continue  # rows of the same things, and no groups of them
            sides = [side.columns[name].values for side in (source.reference, source.observed)]
            if not all(side.complete for side in sides) or any(missing & set(side.hashes) for side in sides):
                continue
            rows = table.reference.rows - table.observed.rows
            which = f"{rows:,} groups without a row in {stage} are gone: their"
            which = which if rows > 1 else f"a group without a row in {stage} is gone: its"
            sentence = f"{which} `{name}` does not occur there, and research kept empty groups"
            return case.found(CODE, sentence, evidence={"of": f"{stage}.{name}", "groups": len(gone), "rows": rows})
    return None
