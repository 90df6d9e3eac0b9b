"""The bundled demo: every fault is found first at its own stage, and without one there is nothing to find."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest

import parityline
from parityline import demo
from parityline.codes import scenario_of
from parityline.demo import list_faults, make_business, run_demo
from parityline.demo.drift import customary, largest_distance, mean_moved
from parityline.demo.faults import DEFAULT, FAULTS, Faulty
from parityline.demo.pipeline import run
from parityline.errors import UsageError
from parityline.stages import KINDS

pd = pytest.importorskip("pandas")
pytest.importorskip("sklearn")

ROWS = 6_000
FAULT_LIST = list_faults()


@pytest.fixture(scope="module")
def tables():
    return make_business(seed=3, rows=ROWS)


@pytest.fixture(scope="module")
def research(tables, tmp_path_factory):
    path = tmp_path_factory.mktemp("research") / "research.parity"
    run(tables, environment="research", to=path)
    return path


@pytest.fixture
def produced(tables, research, tmp_path):
    def verdict_of(*faults):
        path = tmp_path / "production.parity"
        run(tables, environment="production", to=path, like=research, change=Faulty(faults))
        return parityline.verify(research, path)

    return verdict_of


# --- the business ---------------------------------------------------------------------------------------------------


def test_equal_seeds_give_equal_tables():
    first, again, other = (make_business(seed, 1_000) for seed in (1, 1, 2))
    for name in first:
        pd.testing.assert_frame_equal(first[name], again[name])
        assert not first[name].equals(other[name])


def test_the_business_is_a_shop_with_several_sources(tables):
    assert {name: len(table) for name, table in tables.items()} == {
        "orders": ROWS,
        "customers": ROWS // 10,
        "products": ROWS // 100,
        "logistics": 4 * 366,
        "returns": ROWS,
    }
    orders = tables["orders"]
    assert orders["order_id"].is_unique
    assert orders["ordered_at"].dt.year.eq(2024).all()
    assert set(orders["customer_id"]) <= set(tables["customers"]["customer_id"])
    assert set(orders["product_id"]) <= set(tables["products"]["product_id"])
    assert 0.15 < tables["returns"]["returned"].mean() < 0.25
    assert 0 < tables["customers"]["age"].isna().mean() < 0.2


def test_a_shop_needs_orders():
    with pytest.raises(UsageError, match="at least 1,000"):
        make_business(0, 10)


# --- the pipeline, with and without faults --------------------------------------------------------------------------


def test_without_a_fault_there_is_nothing_to_find(produced):
    verdict = produced()
    assert (verdict.status, verdict.exit_code, verdict.first) == ("pass", 0, None)
    assert not verdict.findings
    assert not verdict.unchecked


@pytest.mark.parametrize("fault", FAULT_LIST, ids=str)
def test_a_fault_is_found_first_at_its_own_stage(produced, fault):
    verdict = produced(fault)
    first = verdict.first
    assert (verdict.status, first.stage, first.code) == ("fail", fault.stage, fault.code)
    assert (first.origin, first.scenario) == ("new", fault.scenario)
    names = [stage.name for stage in verdict.stages]
    before = verdict.stages[: names.index(fault.stage)]
    assert {stage.status for stage in before if stage.name not in ("environment", "process")} <= {"pass"}


def test_labels_on_other_orders_cost_the_metric_its_expectation(produced):
    verdict = produced(FAULTS["labels-mixed-up"])
    assert [f.code for f in verdict.findings if f.stage == "returned" and f.origin == "new"] == [
        "values-on-wrong-rows",
        "metric-below-expectation",
    ]


@pytest.mark.parametrize("fault", FAULT_LIST, ids=str)
def test_a_fault_leaves_the_tables_that_it_was_given_untouched(tables, fault):
    if fault.step in tables:
        before = tables[fault.step].copy(deep=True)
        assert not fault.apply(tables[fault.step]).equals(before)
        pd.testing.assert_frame_equal(tables[fault.step], before)


def test_every_scenario_of_the_checklist_has_a_fault():
    assert [f.scenario for f in FAULT_LIST] == sorted(f.scenario for f in FAULT_LIST)
    assert {f.scenario for f in FAULT_LIST} == {1, 2, 3, 4, 5, 6}
    kinds = {"orders": "source", "customers": "source", "products": "source", "logistics": "source", "joined": "etl"}
    kinds |= {"scores": "predictions", "returned": "outcomes"}
    for fault in FAULT_LIST:
        own = KINDS[kinds.get(fault.stage, fault.stage)].scenario
        assert scenario_of(fault.code, own) == fault.scenario, fault.name


def test_a_split_with_another_seed_is_found_behind_the_fault_of_the_etl(produced):
    verdict = produced(*(FAULTS[name] for name in DEFAULT))
    new = {(f.stage, f.code) for f in verdict.findings if f.origin == "new" and f.severity == "error"}
    assert {("joined", "stored-as-float32"), ("split", "split-differs")} <= new


# --- what is customary ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("before", "after", "distance"),
    [
        pytest.param([1.0, 2.0, 3.0], [3.0, 1.0, 2.0], 0.0, id="equal in another order"),
        pytest.param([1.0, 2.0], [3.0, 4.0], 1.0, id="one below the other"),
        pytest.param([1.0, 2.0, 3.0, 4.0], [1.0, 2.0, 3.0, 9.0], 0.25, id="one of four moved"),
        pytest.param([0.0, 0.0, 1.0, 1.0], [0.0, 1.0], 0.0, id="equal shares, other sizes"),
    ],
)
def test_largest_distance(before, after, distance):
    assert largest_distance(np.array(before), np.array(after)) == distance
    assert largest_distance(np.array(after), np.array(before)) == distance


@pytest.mark.parametrize(
    ("before", "after", "moved"),
    [
        pytest.param([10.0, 10.0], [10.05, 10.05], False, id="half a percent"),
        pytest.param([10.0, 10.0], [10.2, 10.2], True, id="two percent"),
        pytest.param([-1.0, 1.0], [-1.0, 1.001], False, id="centred on zero, moved little"),
        pytest.param([-1.0, 1.0], [-1.0, 1.2], True, id="centred on zero, moved"),
    ],
)
def test_mean_moved(before, after, moved):
    assert mean_moved(np.array(before), np.array(after)) is moved


def test_customary_comparisons_notice_what_is_gone():
    before = {"t": pd.DataFrame({"t_id": [1, 2], "x": [1.0, 2.0], "y": [1.0, np.nan], "word": ["a", "b"]}), "u": None}
    before["u"] = pd.DataFrame({"z": [1, 2]})
    after = {"t": pd.DataFrame({"t_id": [8, 9], "y": [np.nan, np.nan], "word": ["c", "d"]})}
    noticed = customary(before, after)
    assert noticed.means == noticed.drift == ("t.x", "t.y", "u.z")
    assert customary(before, before) == type(noticed)()


def test_customary_comparisons_overlook_single_precision_and_the_split(tables):
    faults = [FAULTS[name] for name in ("float32-amount", "rounded-amount", "other-seed", "scaler-refitted")]
    for fault, noticed in zip(faults, demo.what_is_customary(tables, faults), strict=True):
        assert (noticed.means, noticed.drift) == ((), ()), fault.name


# --- the demo -------------------------------------------------------------------------------------------------------


def test_the_demo_names_both_faults_and_ends_with_the_report(tmp_path):
    said: list[str] = []
    verdict = run_demo(tmp_path / "new", say=said.append, rows=ROWS)
    assert verdict.status == "fail"
    assert (verdict.first.stage, verdict.first.code) == ("joined", "stored-as-float32")
    report = tmp_path / "new" / said[-1].rpartition("/")[2]
    assert said[-1] == str(report)
    assert report.is_file()
    assert {"research.parity", "production.parity"} <= {path.name for path in report.parent.iterdir()}
    text = "\n".join(said)
    assert "stored-as-float32 at joined (new)" in text
    assert "split-differs at split (new)" in text
    assert text.count("not noticed") >= 2
    assert verdict.to_text() in text


def test_an_unknown_fault_is_answered_with_the_nearest_names(tmp_path):
    with pytest.raises(UsageError, match="float32-amount"):
        run_demo(tmp_path, faults=["float32-amonut"])
    with pytest.raises(UsageError, match="there are"):
        run_demo(tmp_path, faults=["#"])


def test_without_pandas_the_demo_says_what_to_install(tmp_path, monkeypatch):
    monkeypatch.setattr(demo, "find_spec", lambda name: None)
    with pytest.raises(UsageError, match=r"pandas and scikit-learn; pip install 'parityline\[demo\]'"):
        run_demo(tmp_path)


def test_importing_the_demo_imports_neither_pandas_nor_scikit_learn():
    code = "import sys, parityline.demo; print(sorted({'pandas', 'sklearn'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
