"""Writes the golden files that are not there yet: `python tests/golden/write.py`. It never touches one that is."""

from __future__ import annotations

from cases import CASES, FOLDER

import parityline
from parityline.kernel.reference import build
from parityline.tables import open_table


def main() -> None:
    for name, (table, parameters) in CASES.items():
        target = FOLDER / f"{name}.fingerprint"
        if not target.exists():
            target.write_bytes(build(open_table(table).read(), parameters).to_bytes())
    record = FOLDER / "visits-2.parity"
    if not record.exists():
        table = CASES["visits"][0]
        with parityline.record("visits", environment="research", to=record) as run:
            visits = run.source("visits", table, key="id", time="at", entity="customer", totals={"amount": ["town"]})
            run.etl("amounts", visits.select(["id", "amount"]), inputs=["visits"], key="id")


if __name__ == "__main__":
    main()
