"""A run recorded from a pipeline file: the tables are there already, in files or databases."""

from __future__ import annotations

import os
import warnings
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import msgspec

from parityline.configuration import Pipeline, StageConfiguration, load
from parityline.configuration import expand as expand_files
from parityline.errors import TableError, UsageError
from parityline.recording import Recorder, RecordingWarning
from parityline.records import Record
from parityline.served_rows import keep_rows, stage_of_rows
from parityline.tables import Table, databases, files, files_table
from parityline.tables.columns import Batch

_TABLE_KEYS = (
    *(
        "key",
        "time",
        "partition",
        "ordered",
        "ignore",
        "derives",
        "group_by",
        "effect",
        "conserves",
        "totals",
        "query",
        "options",
    ),
    *("entity", "as_of", "target", "window", "private", "open"),
)


def record_pipeline(
    path: str | os.PathLike[str],
    *,
    environment: str,
    to: str | os.PathLike[str] | None = None,
    like: str | os.PathLike[str] | Record | None = None,
    replay: str | os.PathLike[str] | None = None,
    progress: Callable[[str], None] = lambda _: None,
) -> Record:
    """Record every stage that a pipeline file declares, inputs first.

    A table that cannot be read leaves its stage `unchecked`. replay: a Parquet file to write, of up to 10,000 real rows
    of what the model is given, for `parityline replay`. Raises UsageError for a wrong file or argument.
    """
    pipeline = load(path)
    if replay is not None and not any(stage.kind == "features" for stage in pipeline.stages):
        raise UsageError(f"{pipeline.places.file}: expected a stage of kind features to keep rows of, found none")
    if replay is not None and not Path(replay).parent.is_dir():
        raise UsageError(f"{replay}: expected a folder that exists, found none at {Path(replay).parent}; make it first")
    recorder = Recorder(
        pipeline.name, environment=environment, to=to, like=like, privacy_level=pipeline.privacy or "standard"
    )
    for stage in _in_order(pipeline):
        progress(stage.name)
        try:
            _tap(recorder, pipeline, stage)
        except UsageError as error:
            if str(error).startswith(pipeline.places.file):
                raise
            raise UsageError(f"{pipeline.where(stage)}: {error}") from error
    with recorder:  # not sooner: the tables are still there, so a run that breaks off is repeated and leaves nothing
        for expectation in pipeline.expectations:
            recorder.expect(**_given(expectation))
        recorder.record.acceptances = [msgspec.to_builtins(a) for a in pipeline.acceptances]
        if replay is not None:
            _keep_rows(recorder, pipeline, replay)
    return recorder.record


def _keep_rows(recorder: Recorder, pipeline: Pipeline, to: str | os.PathLike[str]) -> None:
    """A replay set of the features; where they cannot be read, the record goes without one, and that is said."""
    if not any(stage.kind == "features" and stage.table is not None for stage in recorder.record.stages.values()):
        warnings.warn("no rows are kept for a replay: no features were recorded", RecordingWarning, stacklevel=3)
        return
    given = stage_of_rows(recorder.record, None)
    try:
        keep_rows(given, _data(pipeline, pipeline.stage(given.name)), to)
    except TableError as error:
        warnings.warn(f"no rows are kept for a replay: {error}", RecordingWarning, stacklevel=3)


def tables_of(path: str | os.PathLike[str]) -> dict[str, Table]:
    """The tables that a pipeline file declares, by stage, without those of parts; read when they are asked for."""
    pipeline = load(path)
    return {s.name: _data(pipeline, s) for s in pipeline.stages if s.kind not in ("split", "model")}


def _given(value: msgspec.Struct) -> dict[str, Any]:
    return {n: v for n in value.__struct_fields__ if (v := getattr(value, n)) is not None}


def _in_order(pipeline: Pipeline) -> list[StageConfiguration]:
    done: dict[str, StageConfiguration] = {}

    def visit(stage: StageConfiguration) -> None:
        if stage.name in done:
            return
        for name in (*stage.inputs, *([stage.prediction] if stage.prediction else [])):
            if any(other.name == name for other in pipeline.stages):
                visit(pipeline.stage(name))
        done[stage.name] = stage

    for stage in pipeline.stages:
        visit(stage)
    return list(done.values())


def _tap(recorder: Recorder, pipeline: Pipeline, stage: StageConfiguration) -> None:
    keywords: dict[str, Any] = {name: getattr(stage, name) for name in _TABLE_KEYS if getattr(stage, name)}
    keywords["tolerance"] = [msgspec.to_builtins(t) for t in stage.tolerance]
    keywords["decisions"] = [msgspec.to_builtins(d) for d in stage.decisions]
    keywords = {name: value for name, value in keywords.items() if value}
    if stage.privacy:
        keywords["privacy"] = stage.privacy
    if stage.files:
        keywords["files"] = [str(pipeline.resolve(text)) for text in stage.files]
    if stage.kind == "split":
        parts = {name: _table(path) for name, path in pipeline.paths(stage).items()}
        recorder.split(stage.name, parts, inputs=stage.inputs, **keywords)
    elif stage.kind == "model":
        recorder.model(stage.name, pipeline.paths(stage)["file"], inputs=stage.inputs)
    elif stage.kind == "predictions":
        keywords |= {"score": stage.score or None, "label": stage.label, "classes": stage.classes}
        recorder.predictions(stage.name, _data(pipeline, stage), inputs=stage.inputs, **keywords)
    elif stage.kind == "outcomes":
        keywords |= {"actual": stage.actual or "", "prediction": stage.prediction, "segments": stage.segments}
        recorder.outcomes(stage.name, _data(pipeline, stage), inputs=stage.inputs, **keywords)
    elif stage.kind == "source":
        recorder.source(stage.name, _data(pipeline, stage), **keywords)
    else:
        tap = recorder.etl if stage.kind == "etl" else recorder.features
        tap(stage.name, _data(pipeline, stage), inputs=stage.inputs, **keywords)


def _data(pipeline: Pipeline, stage: StageConfiguration) -> Table:
    if stage.sql is not None:
        return databases.query_table(stage.sql, pipeline.connect_to(stage))
    return _table(pipeline.paths(stage)["data"])


def _table(path: os.PathLike[str]) -> Table:
    """The table of a path; one that is not there fails when it is read, which leaves its stage unchecked."""
    try:
        found = expand_files(path)
        paths = [file for one in found for file in (files.expand(one) if one.is_dir() else [one])]
        return files_table(paths, files.facts(paths))
    except (UsageError, TableError, OSError) as error:
        return Table(partial(_failing, str(error)), "files")


def _failing(message: str) -> Iterator[Batch]:
    raise TableError(message)
