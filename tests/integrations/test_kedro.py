"""A Kedro pipeline is recorded by hooks: its datasets are stages, its nodes say what they are made of."""

from __future__ import annotations

import pandas as pd
import pytest
from kedro.framework.hooks.manager import _create_hook_manager
from kedro.io import DataCatalog, MemoryDataset
from kedro.pipeline import node, pipeline
from kedro.runner import SequentialRunner

import parityline
from parityline import Record
from parityline.integrations.kedro import ParityHooks

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")
ORDERS = pd.DataFrame({"id": range(200), "cents": range(200)})


def priced(orders, number):
    return orders.assign(amount=(orders["cents"] / 7).astype(number))


def features(table):
    if len(table) < 10:
        raise ValueError("too few orders")
    return table[["id", "amount"]], {"rows": len(table)}


PIPELINE = pipeline([
    node(priced, ["orders", "params:number"], "priced"),
    node(features, "priced", ["features", "facts"]),
])  # fmt: skip
KEYS = {"orders": {"key": "id"}, "priced": {"key": "id"}, "features": {"key": "id", "kind": "features"}}


def run(folder, environment, number="float64", orders=ORDERS, datasets=KEYS):
    path = folder / f"{environment}.parity"
    hooks = ParityHooks("shop", environment=environment, to=path, datasets=datasets)
    manager = _create_hook_manager()
    manager.register(hooks)
    catalog = DataCatalog({"orders": MemoryDataset(orders), "params:number": MemoryDataset(number)})
    # as a session of Kedro does around its runner
    try:
        SequentialRunner().run(PIPELINE, catalog, hook_manager=manager)
    except ValueError as error:
        manager.hook.on_pipeline_error(
            error=error, run_params={}, pipeline=PIPELINE, catalog=catalog
        )  # fmt: skip
    else:
        manager.hook.after_pipeline_run(run_params={}, run_result={}, pipeline=PIPELINE, catalog=catalog)
    return Record.read(path)


def test_datasets_are_stages_in_their_graph(tmp_path):
    found = run(tmp_path, "research")
    assert {n: (s.kind, s.inputs) for n, s in found.stages.items()} == {
        "orders": ("source", ()),
        "priced": ("etl", ("orders",)),
        "features": ("features", ("priced",)),
    }
    assert all(stage.table.key == ("id",) for stage in found.stages.values())


def test_the_first_stage_that_differs_is_named(tmp_path):
    reference, observed = run(tmp_path, "research"), run(tmp_path, "production", number="float32")
    verdict = parityline.verify(reference, observed)
    assert (verdict.first.stage, verdict.first.code) == ("priced", "stored-as-float32")
    assert parityline.verify(reference, run(tmp_path, "again")).status == "pass"


def test_a_run_that_fails_keeps_what_was_reached(tmp_path):
    with pytest.raises(parityline.FormatError, match="no such file"):
        run(tmp_path, "production", orders=ORDERS[:5])
    found = Record.read(tmp_path / "production.parity.incomplete")
    assert list(found.stages) == ["orders", "priced"]
    assert not found.complete


def test_without_a_choice_every_table_is_recorded(tmp_path):
    assert list(run(tmp_path, "research", datasets=None).stages) == ["orders", "priced", "features"]
