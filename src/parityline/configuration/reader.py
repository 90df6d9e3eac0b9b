"""A pipeline file -> `Pipeline`. All errors that do not follow from each other are reported at once, by line."""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec

from parityline.configuration.declarations import Acceptance, Expectation, Pipeline, Privacy, StageConfiguration
from parityline.configuration.drafts import Draft, drafted
from parityline.configuration.graph import check_graph
from parityline.configuration.messages import redacted, shown
from parityline.configuration.places import KeyPath, Places, lines_of_keys
from parityline.configuration.problems import Problems
from parityline.configuration.rules import check_acceptance, check_expectation, check_stage, check_top, keys_of
from parityline.errors import UsageError

_IN_PYPROJECT: KeyPath = ("tool", "parityline")
_WHERE = re.compile(r" \(at (?:line (\d+), column (\d+)|end of document)\)$")  # how a message of tomllib ends


class _Top(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    name: str
    privacy: Privacy | None = None
    run: str | None = None
    predict: str | None = None
    fit: str | None = None
    stage: Any = None
    expect: Any = None
    accept: Any = None


def load(path: str | os.PathLike[str]) -> Pipeline:
    """The pipeline that a file declares: a `pipeline.toml`, or the table `[tool.parityline]` of a `pyproject.toml`.

    Nothing that the file names is opened, looked up or run.

    Raises:
        UsageError: the file cannot be read, is not TOML, or does not keep to the contract. The message has one line
            for each error, in the order of the file, such as
            `pipeline.toml:12: stage "flights": unknown key "partiton"; did you mean "partition"?`
    """
    file = os.fspath(path) or "."
    text = _text_of(file)
    document, lines = _parsed(text, file)
    prefix = _IN_PYPROJECT if Path(file).name == "pyproject.toml" else ()
    table: Any = document
    for key in prefix:
        table = table.get(key) if isinstance(table, dict) else None
    if table is None:
        raise UsageError(f"{file}: expected a table [tool.parityline], found none; add it, or write a pipeline.toml")

    problems = Problems(Places(file, lines, prefix))
    top = drafted(_Top, table, problems)
    check_top(top)
    stages = _drafts_of(top, "stage", _stage)
    expectations = _drafts_of(top, "expect", _expectation)
    acceptances = _drafts_of(top, "accept", _acceptance)
    if stages is not None:
        check_graph(stages, expectations or [], acceptances or [])
    problems.raise_if_any()
    return Pipeline(
        **{key: top.values[key] for key in ("name", "privacy", "run", "predict", "fit") if key in top.values},
        stages=tuple(draft.made() for draft in stages or []),
        expectations=tuple(draft.made() for draft in expectations or []),
        acceptances=tuple(draft.made() for draft in acceptances or []),
        folder=Path(file).absolute().parent,
        places=problems.places,
    )


def _text_of(file: str) -> str:
    try:
        content = Path(file).read_bytes()
    except FileNotFoundError as error:
        raise UsageError(f"{file}: expected a pipeline file, found nothing; correct the path, or write it") from error
    except IsADirectoryError as error:
        raise UsageError(f"{file}: expected a pipeline file, found a folder; name the file in it") from error
    except (OSError, ValueError) as error:  # ValueError: a path with a null character
        raise UsageError(f"{file!r}: the file cannot be read ({error}); make it readable") from error
    try:
        return content.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        byte = f"0x{content[error.start]:02x}"
        raise UsageError(f"{file}:{line}: expected UTF-8, found the byte {byte}; save the file as UTF-8") from error


def _parsed(text: str, file: str) -> tuple[dict[str, Any], dict[KeyPath, int]]:
    try:
        return tomllib.loads(text), lines_of_keys(text)
    except tomllib.TOMLDecodeError as error:
        what, line = str(error), text.rstrip("\n").count("\n") + 1
        if place := _WHERE.search(what):
            what = what[: place.start()]
            if place[1]:
                what, line = f"{what} in column {place[2]}", int(place[1])
        what = f"{what[:1].lower()}{what[1:]}"
        raise UsageError(f"{file}:{line}: expected TOML, found an error: {redacted(what)}; correct the line") from error
    except RecursionError as error:
        raise UsageError(f"{file}: lists or tables are nested too deeply; flatten them") from error
    except ValueError as error:  # an integer with more digits than Python converts
        raise UsageError(f"{file}: a value cannot be read ({error}); correct it") from error


def _drafts_of(top: Draft, key: str, read: Callable[[Any, int, Problems], Draft]) -> list[Draft] | None:
    """The tables of `[[key]]`; none when there is no such key, None when it is something else, which is an error."""
    tables = top.given.get(key, [])
    if isinstance(tables, list):
        return [read(table, number, top.problems) for number, table in enumerate(tables)]
    top.problems.add(f"{key}: expected tables, each under [[{key}]], found {shown(tables)}; write [[{key}]]", key)
    return None


def _stage(table: Any, number: int, problems: Problems) -> Draft:
    inner = problems.under("stage", number, label=f"stage {_named(table, 'name', number)}")
    draft = drafted(
        StageConfiguration, table, inner, likely=keys_of(table.get("kind") if isinstance(table, dict) else None)
    )
    if draft.given:
        check_stage(draft)
    return draft


def _expectation(table: Any, number: int, problems: Problems) -> Draft:
    inner = problems.under("expect", number, label=f"expect {_named(table, 'metric', number)}")
    draft = drafted(Expectation, table, inner)
    if draft.given:
        check_expectation(draft)
    return draft


def _acceptance(table: Any, number: int, problems: Problems) -> Draft:
    draft = drafted(Acceptance, table, problems.under("accept", number, label=f"accept {number + 1}"))
    if draft.given:
        check_acceptance(draft)
    return draft


def _named(table: Any, key: str, number: int) -> str:
    """What the table calls itself, else its number from 1."""
    name = table.get(key) if isinstance(table, dict) else None
    return shown(name) if isinstance(name, str) and name else str(number + 1)
