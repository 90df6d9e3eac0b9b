"""A record beside a model in MLflow: logged where the model is trained, loaded where it serves."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from parityline.errors import UsageError
from parityline.records import Record

if TYPE_CHECKING:
    from types import ModuleType

FOLDER = "parityline"
FILE = "reference.parity"


def log_record(record: Record | str | os.PathLike[str], *, run_id: str | None = None) -> None:
    """Log a record, or its file, as `parityline/reference.parity` of an MLflow run; without run_id of the active one.

    The run gets the tags `parityline.pipeline` and `parityline.environment`, so that it can be searched for. Raises
    UsageError without MLflow, and where no run is active.
    """
    mlflow, known = _mlflow(), record if isinstance(record, Record) else Record.read(record)
    run = run_id or getattr(getattr(mlflow.active_run(), "info", None), "run_id", None)
    if run is None:
        raise UsageError("log_record: expected an active run of MLflow, found none; give run_id=")
    with tempfile.TemporaryDirectory(prefix="parityline-mlflow-") as folder:
        path = Path(folder) / FILE
        known.write(path)
        client = mlflow.MlflowClient()
        client.log_artifact(run, str(path), FOLDER)
        client.set_tag(run, "parityline.pipeline", known.name)
        client.set_tag(run, "parityline.environment", known.environment)


def load_record(run_id: str) -> Record:
    """The record that was logged with a run. Raises UsageError where there is none, FormatError for a damaged file."""
    mlflow = _mlflow()
    with tempfile.TemporaryDirectory(prefix="parityline-mlflow-") as folder:
        try:
            path = mlflow.artifacts.download_artifacts(run_id=run_id, artifact_path=f"{FOLDER}/{FILE}", dst_path=folder)
        except (mlflow.exceptions.MlflowException, OSError) as error:
            said = str(error).partition("\n")[0]
            raise UsageError(f"run {run_id}: expected the artifact {FOLDER}/{FILE}, found: {said}") from error
        return Record.read(path)


def _mlflow() -> ModuleType | Any:
    try:
        import mlflow
    except ImportError as error:
        raise UsageError("MLflow is not there; install it with: pip install 'parityline[mlflow]'") from error
    return mlflow
