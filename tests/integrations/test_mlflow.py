"""A record travels with a model through MLflow."""

from __future__ import annotations

import warnings

import pandas as pd
import pytest

import parityline
from parityline.errors import UsageError

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    import mlflow

from parityline.integrations.mlflow import load_record, log_record

pytestmark = [pytest.mark.filterwarnings("ignore::FutureWarning"), pytest.mark.filterwarnings("ignore::UserWarning")]
TABLE = pd.DataFrame({"id": range(50), "x": range(50)})


@pytest.fixture(autouse=True)
def store(tmp_path, monkeypatch):
    monkeypatch.setenv("MLFLOW_ALLOW_FILE_STORE", "true")
    monkeypatch.chdir(tmp_path)
    mlflow.set_tracking_uri((tmp_path / "runs").as_uri())


def recorded(environment, table=TABLE):
    with parityline.record("shop", environment=environment, to=f"{environment}.parity") as run:
        run.source("orders", table, key="id")
    return run.record


@pytest.mark.parametrize("as_file", [True, False])
def test_what_is_logged_in_research_is_verified_in_production(as_file):
    reference = recorded("research")
    with mlflow.start_run() as active:
        log_record("research.parity" if as_file else reference)
    back = load_record(active.info.run_id)
    assert back.to_bytes() == reference.to_bytes()
    assert parityline.verify(back, recorded("production")).status == "pass"
    assert parityline.verify(back, recorded("production", TABLE.assign(x=0))).first.column == "x"
    assert mlflow.get_run(active.info.run_id).data.tags["parityline.pipeline"] == "shop"


def test_without_a_run_and_without_a_record():
    with pytest.raises(UsageError, match="expected an active run"):
        log_record(recorded("research"))
    with mlflow.start_run() as active:
        pass
    with pytest.raises(UsageError, match="expected the artifact parityline/reference"):
        load_record(active.info.run_id)
