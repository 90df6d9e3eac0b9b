"""One table of the file -> the values of a declaration, each checked by itself, every error said."""

from __future__ import annotations

import datetime
import math
import types
from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Any, Literal, Union, get_args, get_origin

import msgspec

from parityline.configuration.connections import Connection
from parityline.configuration.messages import listed, nearest, shown
from parityline.configuration.problems import Problems

# A name, path, query or reason must say something; a column may well be called "" (an index that pandas wrote).
_NOT_EMPTY = frozenset({"name", "metric", "data", "sql", "from", "parts", "file", "files", "query", "reason"})
_UNPRINTED = frozenset({"sql", "from", "query", "options"})

_PHRASES: dict[object, str] = {
    str: "text",
    Connection: "text",
    bool: "true or false",
    int: "a whole number",
    float: "a number",
    datetime.date: "a date such as 2026-12-31",
}
_SHAPES: dict[str, str] = {  # where the type does not say all
    "ordered": "true, false or a list of texts",
    "ignore": "a list of columns or a table of reasons",
    "derives": "a list of columns or a table of lists",
    "totals": "a table of lists of columns",
    "parts": "a table of paths",
    "options": "a table",
    "classes": "a list of texts, numbers, true or false",
}


@dataclass(frozen=True)
class Draft:
    """What a table says, before it is known to be whole.

    Attributes:
        given: the table, misspelt keys put right.
        values: by key, what could be converted.
        problems: where its errors go.
    """

    declaration: type[msgspec.Struct]
    problems: Problems
    given: dict[str, Any] = field(default_factory=dict)
    values: dict[str, Any] = field(default_factory=dict)

    def made(self) -> Any:
        """The declaration. Only for a draft without errors."""
        names = {known.encode_name: known.name for known in msgspec.structs.fields(self.declaration)}
        return self.declaration(**{names[key]: _made(value) for key, value in self.values.items()})


def _made(value: Any) -> Any:
    if isinstance(value, tuple) and any(isinstance(item, Draft) for item in value):
        return tuple(item.made() for item in value)
    return value


def drafted(
    declaration: type[msgspec.Struct], table: object, problems: Problems, *, likely: Collection[str] = ()
) -> Draft:
    """Reads one table: unknown keys, missing keys and wrong types are errors, and what remains is in `values`.

    Args:
        likely: the keys to suggest first for a misspelt one; by default all that the declaration has.
    """
    draft = Draft(declaration, problems)
    if not isinstance(table, dict):
        problems.add(f"expected a table, found {shown(table)}")
        return draft
    known = {info.encode_name: info for info in msgspec.structs.fields(declaration)}
    draft.given.update(_respelt(table, known, likely or known, problems))
    for key, info in known.items():
        if key in draft.given:
            _convert(draft, key, info.type)
        elif info.required:
            problems.add(f"{key} is missing: expected {_phrase(key, info.type)}; add it")
    return draft


def _respelt(
    table: dict[str, Any], known: Collection[str], likely: Collection[str], problems: Problems
) -> dict[str, Any]:
    """The table with its known keys; what was most likely misspelt is put right, so that it causes no second error."""
    respelt = {key: value for key, value in table.items() if key in known}
    for key, value in table.items():
        if key in known:
            continue
        meant = nearest(key, likely) or nearest(key, known)
        way_out = f"did you mean {shown(meant)}?" if meant else f"the keys here are {listed(likely, 'and')}"
        problems.add(f"unknown key {shown(key)}; {way_out}", key)
        if meant:
            respelt.setdefault(meant, value)
    return respelt


def _convert(draft: Draft, key: str, annotation: Any) -> None:
    value = draft.given[key]
    arms = _arms(annotation)
    struct = next((get_args(arm)[0] for arm in arms if get_origin(arm) is tuple and _is_struct(get_args(arm)[0])), None)
    if struct is not None:
        _convert_tables(draft, key, struct)
        return
    value = _as_list(key, value, arms)
    try:
        converted = msgspec.convert(value, str | None if Connection in arms else annotation)
    except msgspec.ValidationError:
        _explain(draft.problems, key, value, annotation)
        return
    if wrong := _wrong(key, converted, arms):
        draft.problems.add(f"{key}: {wrong}", key)
        return
    draft.values[key] = Connection(converted) if Connection in arms else converted


def _convert_tables(draft: Draft, key: str, struct: type[msgspec.Struct]) -> None:
    """A table or a list of tables, as a tuple of drafts."""
    value = draft.given[key]
    if isinstance(value, dict):
        draft.values[key] = (drafted(struct, value, draft.problems.under(key, label=key)),)
    elif isinstance(value, list):
        draft.values[key] = tuple(
            drafted(struct, table, draft.problems.under(key, number, label=f"{key} {number + 1}"))
            for number, table in enumerate(value)
        )
    else:
        draft.problems.add(f"{key}: expected a table or a list of tables, found {shown(value)}", key)


def _as_list(key: str, value: Any, arms: tuple[Any, ...]) -> Any:
    """One text where a list of them may stand is a list of one, also inside a table; `ignore` becomes a table."""
    if key == "ignore":
        columns = [value] if isinstance(value, str) else value
        if isinstance(columns, list) and all(isinstance(column, str) for column in columns):
            return dict.fromkeys(columns, "")
        return value
    takes_lists = any(get_origin(arm) is tuple for arm in arms)
    if isinstance(value, str) and takes_lists and bool not in arms:
        return [value]
    for arm in arms:
        if isinstance(value, dict) and get_origin(arm) is dict and get_origin(get_args(arm)[1]) is tuple:
            return {name: [item] if isinstance(item, str) else item for name, item in value.items()}
    return value


def _explain(problems: Problems, key: str, value: Any, annotation: Any) -> None:
    """Says which part of the value is not of the type: the items of a list or table that fail alone, else all of it."""
    alone: list[tuple[str | int, Any, Any]] = []
    if isinstance(value, dict) and _fits({}, annotation):
        alone = [(name, item, {name: item}) for name, item in value.items()]
    elif isinstance(value, list) and _fits([], annotation):
        alone = [(number, item, [item]) for number, item in enumerate(value)]
    expected = _phrase(key, annotation)
    failed = [(name, item) for name, item, container in alone if not _fits(container, annotation)]
    for name, item in failed:
        problems.add(f"{key}: expected {expected}, found {_found(key, item)} in it", key, name)
    if not failed:
        problems.add(f"{key}: expected {expected}, found {_found(key, value)}{_hint(value, annotation)}", key)


def _fits(value: Any, annotation: Any) -> bool:
    try:
        msgspec.convert(value, annotation)
    except msgspec.ValidationError:
        return False
    return True


def _found(key: str, value: Any) -> str:
    return "text" if key in _UNPRINTED and isinstance(value, str) else shown(value)


def _hint(value: Any, annotation: Any) -> str:
    legal = [name for arm in _arms(annotation) if get_origin(arm) is Literal for name in get_args(arm)]
    meant = nearest(value, legal) if isinstance(value, str) else None
    return f"; did you mean {shown(meant)}?" if meant else ""


def _wrong(key: str, value: Any, arms: tuple[Any, ...]) -> str | None:
    """What a value of the right type may still have wrong."""
    texts = value.values() if isinstance(value, dict) else value if isinstance(value, tuple) else [value]
    if key in _NOT_EMPTY and any(isinstance(text, str) and not text.strip() for text in texts):
        return "expected text, found none"
    if isinstance(value, tuple):
        twice = next((item for number, item in enumerate(value) if item in value[:number]), None)
        return None if twice is None else f"{shown(twice)} is there twice; keep one"
    numbers = value.values() if isinstance(value, dict) else [value]
    if float in arms and str not in arms:
        wrong = next((n for n in numbers if isinstance(n, float) and not math.isfinite(n)), None)
        return None if wrong is None else f"expected a finite number, found {shown(wrong)}"
    return None


def _phrase(key: str, annotation: Any) -> str:
    """What may stand at the key, in words."""
    if key in _SHAPES:
        return _SHAPES[key]
    arms = _arms(annotation)
    if get_origin(arms[0]) is Literal:
        return listed(get_args(arms[0]))
    if get_origin(arms[0]) is tuple:
        return "text or a list of texts"
    return _PHRASES[arms[0]] if len(arms) == 1 else "text, a number, true or false"


def _arms(annotation: Any) -> tuple[Any, ...]:
    """The types that a union joins, None apart."""
    if get_origin(annotation) in (Union, types.UnionType):
        return tuple(arm for arm in get_args(annotation) if arm is not type(None))
    return (annotation,)


def _is_struct(annotation: Any) -> bool:
    return isinstance(annotation, type) and issubclass(annotation, msgspec.Struct)
