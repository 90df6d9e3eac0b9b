"""Keys that name several rows, or none: what such rows exchange is a difference, and repeats are counted."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import parityline

ROWS = 3_000
TABLE = pd.DataFrame({"hour": np.arange(ROWS) // 2, "sensor": ["N", "S"] * (ROWS // 2)}).assign(
    v=np.random.default_rng(0).normal(size=ROWS)
)
SWAPPED = TABLE.assign(sensor=TABLE["sensor"].map({"N": "S", "S": "N"}))


def test_values_exchanged_between_rows_of_one_key_differ():
    verdict = parityline.diff(TABLE, SWAPPED, key="hour")
    assert (verdict.status, verdict.first.code) == ("fail", "rows-differ")
    assert "hour does not name one row (up to 2 have the same one)" in verdict.first.sentence


def test_the_same_rows_in_another_order_do_not():
    assert parityline.diff(TABLE, TABLE.sample(frac=1, random_state=1), key="hour").status == "pass"


def test_values_exchanged_between_rows_without_a_key_value_differ():
    ids = pd.array(np.arange(ROWS), dtype="Int64")
    ids[:600] = pd.NA
    table = TABLE.assign(id=ids)
    moved = table.assign(v=np.r_[table["v"][:600][::-1], table["v"][600:]])
    verdict = parityline.diff(table, moved, key="id")
    assert (verdict.status, verdict.first.code) == ("fail", "rows-differ")


@pytest.mark.parametrize("rows", [7_043, 20_000])
def test_rows_that_repeat_hashed_keys_are_told_as_such_beyond_the_sample(rows):
    table = pd.DataFrame({"id": [f"C{i:05d}" for i in range(rows)], "v": np.arange(rows) * 0.5})
    verdict = parityline.diff(table, pd.concat([table, table[1_000:1_500]]), key="id")
    assert [(f.code, f.evidence["rows"]) for f in verdict.findings] == [("duplicate-keys", 500)]


def test_new_keys_beside_repeated_ones_are_no_repeats():
    table = pd.DataFrame({"id": [f"C{i:05d}" for i in range(7_043)], "v": np.arange(7_043) * 0.5})
    new = table[:400].assign(id=[f"D{i:05d}" for i in range(400)])
    verdict = parityline.diff(table, pd.concat([table, table[1_000:1_500], new]), key="id")
    found = {f.code: f.evidence["rows"] for f in verdict.findings}
    assert sum(found.values()) == 900
    assert found["rows-extra"] >= 400


def test_two_runs_of_nothing_are_not_verified():
    with parityline.record("nothing", environment="research") as run:
        pass
    verdict = parityline.verify(run.record, run.record)
    assert (verdict.status, verdict.exit_code) == ("unchecked", 3)
    assert "neither run has a stage" in verdict.unchecked[0].why


def test_new_rows_that_look_up_the_same_dimension_are_new():
    """Customers of another month: the table of all customers is the same, and has the key of the features."""
    customers = pd.DataFrame({"customer": range(2_000), "age": np.arange(2_000) % 70})

    def run(environment, month):
        visits = pd.DataFrame({"visit": np.arange(400) + month * 400, "customer": np.arange(400) + month * 400})
        with parityline.record("visits", environment=environment) as made:
            made.source("visits", visits, key="visit")
            made.source("customers", customers, key="customer")
            table = visits[["customer"]].merge(customers, on="customer")
            made.features("features", table, key="customer", inputs=["visits", "customers"])
        return made.record

    verdict = parityline.verify(run("research", 0), run("production", 1))
    assert {s.name: s.rows_kind for s in verdict.stages} == {"visits": "new", "customers": "same", "features": "new"}
    assert not {"rows-missing", "rows-extra", "rows-lost"} & {f.code for f in verdict.findings}


def test_a_stage_that_keeps_few_of_the_same_rows_is_judged_as_such():
    rows = pd.DataFrame({"id": range(2_000), "x": np.arange(2_000) % 97})

    def run(environment, kept):
        with parityline.record("filters", environment=environment) as made:
            made.source("rows", rows, key="id")
            made.etl("kept", rows[rows["id"] % kept == 0], key="id", inputs=["rows"])
        return made.record

    verdict = parityline.verify(run("research", 2), run("production", 10))
    assert (verdict.stages[1].rows_kind, verdict.first.stage, verdict.first.evidence["rows"]) == ("same", "kept", 800)
