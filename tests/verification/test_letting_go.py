"""A verdict lets go of large tables that no later stage asks for, and says the same."""

from __future__ import annotations

import numpy as np
import pandas as pd

import parityline
from parityline import Record, records

ROWS = 400
TABLE = pd.DataFrame({"id": np.arange(ROWS), "x": np.arange(ROWS) / 7, "city": np.tile(["Oslo", "Bergen"], ROWS // 2)})


def written(path, environment, changed):
    with parityline.record("shop", environment=environment, to=str(path)) as run:
        run.source("a", TABLE.assign(x=TABLE["x"] + changed * (TABLE["city"] == "Oslo")), key="id")
        run.etl("b", TABLE.assign(x=2 * TABLE["x"] + changed), key="id", inputs=["a"])
        run.etl("c", TABLE.assign(x=TABLE["x"] - 1), key="id", inputs=["a"])
        run.features("d", TABLE.assign(x=TABLE["x"] + 3 * changed), key="id", inputs=["b", "c"])
    return path


def test_the_verdict_is_that_of_tables_that_are_kept(tmp_path, monkeypatch):
    paths = [written(tmp_path / f"{name}.parity", name, i) for i, name in enumerate(("research", "production"))]
    kept = parityline.verify(*paths).to_json()
    monkeypatch.setattr(records, "_LARGE", 0)
    sides = [Record.read(path) for path in paths]
    assert parityline.verify(*sides).to_json() == kept
    assert '"fail"' in kept
    # pictures of the findings are made at the end, so that tables without one are let go of for good
    assert all("state" not in vars(side.stages["c"].table) for side in sides)


def test_small_tables_are_kept(tmp_path):
    sides = [Record.read(written(tmp_path / f"{i}.parity", "research", 0)) for i in range(2)]
    parityline.verify(*sides)
    assert all("state" in vars(side.stages["c"].table) for side in sides)
