"""What a pipeline file declares, as frozen values. Reading and cross checks are elsewhere; nothing here opens a file
but `expand`, which lists folders."""

from __future__ import annotations

import datetime
import glob
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

import msgspec

from parityline.configuration.connections import Connection
from parityline.configuration.messages import shown
from parityline.configuration.places import Places
from parityline.errors import UsageError

Kind = Literal["source", "etl", "features", "split", "model", "predictions", "outcomes"]
Privacy = Literal["standard", "strict", "open"]
Window = Literal["second", "minute", "hour", "day", "month", "year"]
Situation = Literal["missing", "unseen", "extreme", "empty", "wrong-type"]
Action = Literal["default", "reject", "escalate"]
Scalar = str | int | float | bool

# Shown as "..." in a repr: queries and reader options hold credentials as often as connections do.
_UNPRINTED = frozenset({"connection", "sql", "query", "options"})


class Tolerance(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How far a column may move before it is a difference: exactly one of `absolute`, `relative` and `ulp` is given.

    `absolute` is in the unit of the column, `relative` a share of the reference's magnitude, `ulp` a number of
    floating-point steps; none is negative.
    """

    column: str
    absolute: float | None = None
    relative: float | None = None
    ulp: int | None = None
    reason: str


class Decision(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is done with bad values of a column, and who said so.

    Without `action` it is an open question. With one, `owner`, `reason` and `date` are there, and for "default" also
    the `value` that is put in. `when` says for which values; None: for all of them.
    """

    column: str
    when: Situation | None = None
    action: Action | None = None
    value: Scalar | None = None
    owner: str | None = None
    reason: str | None = None
    date: datetime.date | None = None


class Expectation(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What was promised of a metric; at least one of `value`, `at_least` and `at_most` is given.

    `of` is the stage of outcomes that the metric is of. Where the file leaves it out and declares one such stage, it
    is that one.
    """

    metric: str
    of: str | None = None
    value: float | None = None
    at_least: float | None = None
    at_most: float | None = None
    average: str | None = None
    positive: Scalar | None = None
    population: str | None = None
    owner: str | None = None
    valid_until: datetime.date | None = None


class Acceptance(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A known difference, named by at least one of `stage`, `column` and `code`; a note until the day `until` is over.

    `stage` may also be "environment" or "process".
    """

    stage: str | None = None
    column: str | None = None
    code: str | None = None
    reason: str
    by: str | None = None
    until: datetime.date | None = None


class StageConfiguration(
    msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, rename={"connection": "from"}
):
    """One `[[stage]]`. What the file does not say is None or empty.

    Where the file may give one text or a list of them, a tuple is here. Paths are as written, see `Pipeline.paths`.

    Attributes:
        data: path or glob of the table's files. A stage of kind model has `file` instead, one of kind split mostly
            `parts`, by name; `sql` goes with `connection`, the file's `from`.
        partition: a column, or the day or month of a time: "departure:month".
        ordered: whether the order of rows matters, or the columns that give the order.
        privacy: None means that of the file; see `Pipeline.privacy_of`.
        ignore: the reason by column; empty where the file gives none.
        derives: by column, what it is computed from; or a list that holds for every column of the stage.
        totals: by column, the columns within whose groups its total is kept; none means the whole table.
        effect: the smallest movement of new rows that matters: of distributions, or by name of the measure.
        of: of a split, the stage that was split.
        prediction: of outcomes, the stage or column that they are held against.
    """

    name: str
    kind: Kind
    inputs: tuple[str, ...] = ()
    data: str | None = None
    sql: str | None = None
    connection: Connection | None = None
    parts: dict[str, str] = {}
    file: str | None = None
    key: tuple[str, ...] = ()
    time: str | None = None
    partition: str | None = None
    ordered: bool | tuple[str, ...] = False
    privacy: Privacy | None = None
    private: tuple[str, ...] = ()
    open: tuple[str, ...] = ()
    ignore: dict[str, str] = {}
    entity: tuple[str, ...] = ()
    as_of: str | None = None
    target: str | None = None
    window: Window | None = None
    group_by: tuple[str, ...] = ()
    derives: dict[str, tuple[str, ...]] | tuple[str, ...] = ()
    conserves: tuple[str, ...] = ()
    totals: dict[str, tuple[str, ...]] = {}
    tolerance: tuple[Tolerance, ...] = ()
    decisions: tuple[Decision, ...] = ()
    effect: float | dict[Literal["distribution", "mean", "missing", "unseen", "joint"], float] | None = None
    query: str | None = None
    options: dict[str, Any] = {}
    files: tuple[str, ...] = ()
    of: str | None = None
    by: tuple[str, ...] = ()
    score: tuple[str, ...] = ()
    label: str | None = None
    classes: tuple[Scalar, ...] = ()
    actual: str | None = None
    prediction: str | None = None
    segments: tuple[str, ...] = ()

    def __repr__(self) -> str:
        """What the file said, without what may hold a password."""
        given = [
            (field.name, getattr(self, field.name))
            for field in msgspec.structs.fields(self)
            if field.required or getattr(self, field.name) not in (field.default, (), {})
        ]
        return f"{type(self).__name__}({', '.join(f'{n}=...' if n in _UNPRINTED else f'{n}={v!r}' for n, v in given)})"


class Pipeline(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A pipeline file: what it says, where it says it, and where its relative paths lead.

    Attributes:
        stages: in the order of the file, which need not be that of the run.
        run, predict, fit: "module:function", or None.
        folder: of the file, absolute; relative paths start here.
        places: the lines of the file, for messages.
    """

    name: str
    privacy: Privacy | None = None
    run: str | None = None
    predict: str | None = None
    fit: str | None = None
    stages: tuple[StageConfiguration, ...] = ()
    expectations: tuple[Expectation, ...] = ()
    acceptances: tuple[Acceptance, ...] = ()
    folder: Path
    places: Places

    def stage(self, name: str) -> StageConfiguration:
        """The stage of that name.

        Raises:
            UsageError: there is none.
        """
        for stage in self.stages:
            if stage.name == name:
                return stage
        names = ", ".join(stage.name for stage in self.stages) or "none"
        raise UsageError(f"{self.places.file}: no stage {shown(name)}; its stages: {names}")

    def where(self, stage: StageConfiguration, *keys: str | int) -> str:
        """The beginning of a message about a stage, or about a key of it: 'pipeline.toml:12: stage "flights"'."""
        return f"{self.places.at('stage', self.stages.index(stage), *keys)}: stage {shown(stage.name)}"

    def privacy_of(self, stage: StageConfiguration, *, default: Privacy = "standard") -> Privacy:
        """What the stage says, else what the file says, else the default."""
        return stage.privacy or self.privacy or default

    def resolve(self, text: str) -> Path:
        """A path or glob of the file, made absolute by the file's folder. A glob stays one, for `expand`."""
        path = self.folder / text
        if Path(text).is_absolute() or not glob.has_magic(text) or path.exists():
            return path
        return Path(glob.escape(str(self.folder)), text)  # the folder's own brackets are no pattern

    def paths(self, stage: StageConfiguration) -> dict[str, Path]:
        """What the stage reads from files: absolute paths, globs kept, under "data" or "file" or the part's name.

        Empty for a stage that reads from SQL.
        """
        named = {"data": stage.data, "file": stage.file, **stage.parts}
        return {name: self.resolve(text) for name, text in named.items() if text is not None}

    def connect_to(self, stage: StageConfiguration, environment: Mapping[str, str] | None = None) -> str:
        """The URI, or the absolute path, of the database that `sql` is put to. May hold a password: do not print it.

        Args:
            environment: where "env:NAME" is looked up, now and each time; by default `os.environ`.

        Raises:
            UsageError: the stage has no connection, or its variable is not set or is empty.
        """
        if stage.connection is None:
            raise UsageError(f"{self.where(stage)}: expected a connection, found none; add sql and from")
        text = stage.connection.resolve(os.environ if environment is None else environment)
        if not text:
            raise UsageError(
                f"{self.where(stage, 'from')}: environment variable {stage.connection.variable} is not set; "
                "set it to the URI or the path of the database"
            )
        return str(self.folder / text) if Connection(text).is_path else text


def expand(pattern: str | os.PathLike[str], where: str = "") -> list[Path]:
    """The files of a path or glob, sorted by path. `**` stands for any folders.

    A name that exists is itself, even with brackets in it, and even if it is a folder; a glob yields files only.

    Args:
        where: how the message of an error begins; see `Pipeline.where`.

    Raises:
        UsageError: nothing is there.
    """
    text = os.fspath(pattern)
    begin = f"{where}: " if where else ""
    if os.path.lexists(text):
        return [Path(text)]
    if not glob.has_magic(text):
        name = shown(text, whole=True)
        raise UsageError(f"{begin}expected a file, found none at {name}; correct the path, or make the file")
    found = sorted((path for path in map(Path, glob.glob(text, recursive=True)) if path.is_file()), key=Path.as_posix)
    if not found:
        name = shown(text, whole=True)
        raise UsageError(f"{begin}expected files, found none that match {name}; correct the pattern, or make them")
    return found
