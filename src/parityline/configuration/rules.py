"""What must hold inside one table, beyond the types of its keys."""

from __future__ import annotations

import re
from collections.abc import Callable, Hashable, Iterator, Sequence
from typing import get_args

import msgspec

from parityline.configuration.connections import Connection
from parityline.configuration.declarations import Kind, StageConfiguration
from parityline.configuration.drafts import Draft
from parityline.configuration.messages import listed, shown
from parityline.stages import RESERVED

KINDS: tuple[Kind, ...] = get_args(Kind)
STAGE_KEYS = tuple(field.encode_name for field in msgspec.structs.fields(StageConfiguration))

_ROWS: tuple[Kind, ...] = tuple(kind for kind in KINDS if kind != "model")  # a model has no rows
_KINDS_OF_KEY: dict[str, tuple[Kind, ...]] = {
    "parts": ("split",),
    "of": ("split",),
    "by": ("split",),
    "file": ("model",),
    "score": ("predictions",),
    "label": ("predictions",),
    "classes": ("predictions",),
    "actual": ("outcomes",),
    "prediction": ("outcomes",),
    "segments": ("outcomes",),
    "data": _ROWS,
    "sql": _ROWS,
    "from": _ROWS,
    "key": _ROWS,
    "time": _ROWS,
    "partition": _ROWS,
    "ordered": _ROWS,
    "ignore": _ROWS,
    "entity": _ROWS,
    "as_of": _ROWS,
    "window": _ROWS,
    "group_by": _ROWS,
    "conserves": _ROWS,
    "totals": _ROWS,
    "effect": _ROWS,
}
_WAYS_TO_DATA: dict[str, str] = {"model": "file", "split": "parts, data, or sql with from"}
_DATA = ("data", "sql", "parts", "file")

_UNITS = ("day", "month")
_FUNCTION = re.compile(r"[^\W\d]\w*(\.[^\W\d]\w*)*:[^\W\d]\w*(\.[^\W\d]\w*)*")
_CODE = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_URL = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+://")


def keys_of(kind: object) -> tuple[str, ...]:
    """The keys that a stage of the kind takes, in the order of their documentation; all, when it is no kind."""
    return tuple(key for key in STAGE_KEYS if kind not in KINDS or kind in _KINDS_OF_KEY.get(key, KINDS))


def check_top(draft: Draft) -> None:
    """`run`, `predict` and `fit` name a function, `name` says something."""
    for key in ("run", "predict", "fit"):
        text = draft.values.get(key)
        if text is not None and not _FUNCTION.fullmatch(text):
            draft.problems.add(f'{key}: expected "module:function", found {shown(text)}', key)


def check_stage(draft: Draft) -> None:
    """A stage is of one kind, has one place where its rows come from, and its keys agree with each other."""
    kind, values, problems = draft.values.get("kind"), draft.values, draft.problems
    if values.get("name") in RESERVED:
        problems.add(f"name {shown(values['name'])} is reserved for findings about the run; choose another", "name")
    if kind is not None:
        _check_keys_of_kind(draft, kind)
        _check_data(draft, kind)
    if values.get("key") == ():
        problems.add("key: expected at least one column, found an empty list; leave key out if no row has one", "key")
    if values.get("parts") == {}:
        problems.add("parts: expected at least one part, found an empty table; name each with its path", "parts")
    for name, size in _effects(values.get("effect")):
        if not 0 <= size < float("inf"):
            problems.add(f"{name}: expected a number of at least 0, found {shown(size)}", "effect")
    unit = str(values.get("partition", "")).rpartition(":")
    if unit[1] and (unit[2] not in _UNITS or not unit[0]):
        expected = listed(['"column"', *(f'"column:{name}"' for name in _UNITS)])
        problems.add(f"partition: expected {expected}, found {shown(values['partition'])}", "partition")
    for column in sorted({*values.get("private", ())} & {*values.get("open", ())}):
        problems.add(f"column {shown(column)} is both private and open; keep one", "open")
    score, classes = values.get("score", ()), values.get("classes")
    if classes is not None and 1 < len(score) != len(classes):
        problems.add(
            f"classes: expected {len(score)}, one for each column of score, found {len(classes)}; name each", "classes"
        )
    for key, text in _path_texts(draft):
        if _URL.match(text):
            problems.add(f"{key}: expected a path or glob, found the URL {shown(text)}; copy the file to a path", key)
    connection = values.get("from")
    if isinstance(connection, Connection) and connection.variable == "":
        problems.add('from: expected "env:NAME", found no name', "from")
    _check_each(draft, "tolerance", check_tolerance, lambda inner: inner.values.get("column"))
    _check_each(
        draft, "decisions", check_decision, lambda inner: (inner.values.get("column"), inner.values.get("when"))
    )


def _effects(given: float | dict[str, float] | None) -> list[tuple[str, float]]:
    if isinstance(given, dict):
        return [(f"effect.{name}", size) for name, size in given.items()]
    return [] if given is None else [("effect", given)]


def check_tolerance(draft: Draft) -> None:
    """One measure, not negative."""
    measures = ("absolute", "relative", "ulp")
    given = [key for key in measures if key in draft.given]
    if len(given) != 1:
        draft.problems.add(
            f"expected exactly one of {listed(measures)}, found {listed(given, 'and') if given else 'none'}; "
            + ("keep one" if given else "add one"),
            *given[1:2],
        )
    for key in given:
        if draft.values.get(key, 0) < 0:
            draft.problems.add(f"{key}: expected a number of at least 0, found {shown(draft.values[key])}", key)


def check_decision(draft: Draft) -> None:
    """A decision has an owner, a reason and a date; putting in a default needs the default."""
    action = draft.values.get("action")
    if action is None and "action" in draft.given:
        return  # no action that there is, which has been said
    needed = () if action is None else ("owner", "reason", "date", *(("value",) if action == "default" else ()))
    missing = [key for key in needed if key not in draft.given]
    if missing:
        draft.problems.add(f"action {shown(action)} needs {listed(missing, 'and')}; add what is missing")
    if "value" in draft.given and action != "default":
        draft.problems.add('value goes with action "default"; leave it out, or add the action', "value")


def check_expectation(draft: Draft) -> None:
    """There is something to hold the metric against."""
    limits = ("value", "at_least", "at_most")
    if not draft.given.keys() & set(limits):
        draft.problems.add(f"expected {listed(limits)}, found none; add one")
    low, high = draft.values.get("at_least"), draft.values.get("at_most")
    if low is not None and high is not None and low > high:
        draft.problems.add(f"at_least {shown(low)} is above at_most {shown(high)}; exchange them", "at_least")


def check_acceptance(draft: Draft) -> None:
    """It says what is accepted: everything would be too much."""
    names = ("stage", "column", "code")
    if not draft.given.keys() & set(names):
        draft.problems.add(f"expected {listed(names)}, found none; add what is accepted")
    code = draft.values.get("code")
    if code is not None and not _CODE.fullmatch(code):
        draft.problems.add(f"code: expected a code such as rows-lost, found {shown(code)}", "code")


def _check_keys_of_kind(draft: Draft, kind: Kind) -> None:
    for key in draft.given:
        owners: Sequence[str] = _KINDS_OF_KEY.get(key, KINDS)
        if kind not in owners:
            belongs = f"kind {listed(owners)}" if len(owners) < len(KINDS) - 1 else f"every kind but {kind}"
            draft.problems.add(
                f'key "{key}" belongs to {belongs}, not to kind {kind}; leave it out, or correct the kind', key
            )


def _check_data(draft: Draft, kind: Kind) -> None:
    problems = draft.problems
    given = [key for key in draft.given if key in _DATA]
    legal = [key for key in given if key in keys_of(kind)]
    if not given and "from" not in draft.given:
        problems.add(f"no data: add {_WAYS_TO_DATA.get(kind, 'data, or sql with from')}")
    elif len(legal) > 1:
        legal.sort(key=problems.line)
        problems.add(f"{'both' if len(legal) == 2 else 'all of'} {listed(legal, 'and')} are given; keep one", legal[1])
    if legal == ["sql"] and "from" not in draft.given:
        problems.add('sql needs from; add the database, such as from = "env:NAME" or a path', "sql")
    if "from" in draft.given and "sql" not in given and "from" in keys_of(kind):
        problems.add("from goes with sql; add the query, or leave from out", "from")


def _path_texts(draft: Draft) -> Iterator[tuple[str, str]]:
    for key in ("data", "file", "parts", "files"):
        value = draft.values.get(key, ())
        texts = [value] if isinstance(value, str) else value.values() if isinstance(value, dict) else value
        yield from ((key, text) for text in texts)


def _check_each(draft: Draft, key: str, check: Callable[[Draft], None], subject: Callable[[Draft], Hashable]) -> None:
    seen: set[Hashable] = set()
    for inner in draft.values.get(key, ()):
        if inner.given:
            check(inner)
        if "column" in inner.values and subject(inner) in seen:
            inner.problems.add(f"column {shown(inner.values['column'])} has one already; keep one", "column")
        seen.add(subject(inner))
