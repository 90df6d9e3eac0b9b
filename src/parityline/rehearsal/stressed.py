"""A stress test as it is asked for: from files, a pipeline file, and the name of a function or an address."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec

from parityline import configuration
from parityline.errors import UsageError
from parityline.records import Record
from parityline.rehearsal.serving import Endpoint, Function, Serving, imported
from parityline.rehearsal.stressing import Stress, stress
from parityline.served_rows import stage_of_rows
from parityline.tables.files import separator_of


def stressed(
    reference: str | os.PathLike[str],
    *,
    pipeline: str | os.PathLike[str] | None = None,
    predict: str | None = None,
    endpoint: str | None = None,
    fit: str | None = None,
    stage: str | None = None,
    table: str | os.PathLike[str] | None = None,
    without: Sequence[str] = (),
    time_limit: float = 30.0,
    to: str | os.PathLike[str] | None = None,
    say: Callable[[str], None] = lambda line: None,
) -> Stress:
    """Read what is named, run the stress test, and write the reference with its outage table where that is asked for.

    What the pipeline file says of predict and fit is used where neither is given here. Raises UsageError for what is
    missing or cannot be imported.
    """
    known = Record.read(reference)
    declared = configuration.load(pipeline) if pipeline is not None else None
    folder = Path(pipeline).parent if pipeline is not None else Path(".")
    if declared is not None:
        predict, fit = predict or (None if endpoint else declared.predict), fit or declared.fit
    if bool(predict) == bool(endpoint):
        raise UsageError(
            'expected one of --predict "module:function" and --endpoint URL, or predict in the pipeline file'
        )
    own = stage_of_rows(known, stage)
    decisions = [
        msgspec.to_builtins(d) for s in (declared.stages if declared else ()) for d in s.decisions
    ] or own.facts.get("decisions", [])
    serving: Serving
    if endpoint:
        serving = Endpoint(endpoint, time_limit=time_limit)
    else:
        serving = Function(str(predict), folder=folder, time_limit=time_limit)
    try:
        rows = _table(table) if table is not None else None
        fitted = _function(fit, folder) if fit else None
        answer = stress(
            known,
            serving,
            stage=stage,
            rows=rows,
            decisions=decisions,
            fit=fitted,
            without=without,
            say=say,
        )
    finally:
        serving.close()
    if to is not None:
        facts = {**own.facts, "outages": [row.evidence() for row in answer.outages]}
        replace(known, stages={**known.stages, own.name: replace(own, facts=facts)}).write(to)
    return answer


def _table(path: str | os.PathLike[str]) -> Any:
    import pandas as pd

    text = os.fspath(path)
    if Path(text).suffix not in (".parquet", ".csv") or not Path(text).is_file():
        raise UsageError(f"{text}: expected a file .parquet or .csv")
    return pd.read_parquet(text) if text.endswith(".parquet") else pd.read_csv(text, sep=separator_of(Path(text)))


def _function(target: str, folder: Path) -> Any:
    module, _, name = target.partition(":")
    sys.path.insert(0, str(folder.resolve()))
    try:
        return imported(module, name)
    except (ImportError, AttributeError) as error:
        raise UsageError(f"{target}: expected a function that can be imported, found: {error}") from error
    finally:
        sys.path.remove(str(folder.resolve()))
