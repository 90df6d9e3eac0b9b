"""What a record keeps of a split beside its parts: positions, shared entities and rows, and the splitter."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from sklearn.model_selection import KFold

import parityline
from parityline.errors import UsageError

TABLE = pd.DataFrame({"id": np.arange(100) * 3, "customer": np.arange(100) // 4, "x": np.arange(100) % 50})


def facts(parts, **keywords):
    run = parityline.record("p", environment="here")
    run.split("parts", parts, **keywords)
    return run.record.stages["parts"]


def test_positions_are_counted_and_digested_whatever_their_order():
    stage, other = (
        facts({"a": np.array(places), "b": np.arange(10, 20)}, of=TABLE, key="id")
        for places in ([0, 1, 2, 7], [7, 2, 1, 0])
    )
    assert stage.facts["positions"] == other.facts["positions"]
    assert {k: stage.facts["positions"]["a"][k] for k in ("rows", "runs")} == {"rows": 4, "runs": 2}
    assert stage.facts["positions"]["b"]["runs"] == 1


def test_tables_have_no_positions():
    assert facts({"a": TABLE[:50], "b": TABLE[50:]}, key="id").facts["positions"] == {}


@pytest.mark.parametrize(
    ("cut", "shared"), [pytest.param(48, 0, id="between customers"), pytest.param(50, 1, id="within one")]
)
def test_shared_entities_are_counted(cut, shared):
    parts = {"a": TABLE[:cut], "b": TABLE[cut:]}
    assert facts(parts, key="id", entity="customer").facts["shared_entities"] == {"a & b": shared}
    positions = {"a": np.arange(cut), "b": np.arange(cut, 100)}
    stage = facts(positions, of=TABLE, key="id", entity="customer")
    assert stage.facts["shared_entities"] == {"a & b": shared}


def test_rows_that_are_equal_but_for_the_key_are_counted():
    parts = {"a": TABLE[["id", "x"]][:50], "b": TABLE[["id", "x"]][60:]}
    assert facts(parts, key="id").facts["shared_rows"] == {"a & b": 40}
    assert facts({"a": TABLE[["id"]][:50], "b": TABLE[["id"]][50:]}, key="id").facts["shared_rows"] == {}


def test_a_splitter_names_its_parameters():
    splitter = KFold(5, shuffle=True, random_state=3)
    stage = facts(list(splitter.split(TABLE)), of=TABLE, key="id", by=splitter)
    assert stage.facts["splitter"]["parameters"] == {"n_splits": 5, "random_state": 3, "shuffle": True}


def test_times_keep_their_type_where_parts_are_positions():
    table = TABLE.assign(at=pd.date_range("2024-01-01", periods=100), day=pd.date_range("2024-01-01", periods=100).date)
    for name, logical in (("at", "timestamp"), ("day", "date")):
        stage = facts({"a": np.arange(60), "b": np.arange(60, 100)}, of=table, key="id", time=name)
        ends = stage.tables["a"].columns[name].range, fingerprint_of(table[:60])[name].range
        assert stage.tables["a"].columns[name].type == logical
        assert (ends[0].minimum, ends[0].maximum) == (ends[1].minimum, ends[1].maximum)


def fingerprint_of(table):
    return parityline.fingerprint(table, key="id").columns


@pytest.mark.parametrize(("places", "found"), [([0, 1, 100], "found 100"), ([-1, 4], "found -1")])
def test_positions_outside_the_table_are_refused_at_the_call(places, found):
    run = parityline.record("r", environment="research")
    table = pd.DataFrame({"id": range(100)})
    with pytest.raises(UsageError, match=f"inside the table of 100 rows, {found} in test"):
        run.split("split", {"train": range(50), "test": np.array(places)}, of=table, key="id")
    assert run.record.stages == {}


def test_no_model_is_no_model():
    with pytest.raises(UsageError, match="expected a model or the path of its file, found None"):
        parityline.record("r", environment="research").model("model", None)
