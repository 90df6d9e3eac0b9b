"""How facts are read: each by a function of its own, so that one that fails costs nothing but itself."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from parityline.errors import ParitylineError

# A reader returns a JSON value, or None where the fact does not exist. Tables of readers nest as the facts do.
Reader = Callable[[], object]
Readers = Mapping[str, "Reader | Readers"]

TOKEN = re.compile(r"[A-Za-z0-9_.,:+-]{1,40}")


class UnreadableError(ParitylineError):
    """A fact could not be read. The message is recorded, so it quotes nothing of what was found.

    `rest` is what could be read nevertheless.
    """

    def __init__(self, reason: str, rest: object = None) -> None:
        super().__init__(reason)
        self.rest = rest


def token(text: str, pattern: re.Pattern[str] = TOKEN) -> str:
    """The text, if all of it has the form that the fact is known to have.

    Whoever sets a variable decides what stands in it; a form without blanks, slashes and `@` keeps addresses,
    passwords in addresses and paths out of a record.
    """
    if not pattern.fullmatch(text):
        raise UnreadableError("has another form than such a value has, so it is not recorded")
    return text


def read(readers: Readers, unreadable: dict[str, str], under: str = "") -> dict[str, object]:
    """The facts of a table of readers, sorted by name; what fails goes into `unreadable`, dotted fact -> reason."""
    facts: dict[str, object] = {}
    for name, reader in sorted(readers.items()):
        fact = f"{under}.{name}" if under else name
        value = _value(reader, fact, unreadable) if callable(reader) else read(reader, unreadable, fact) or None
        if value is not None:
            facts[name] = value
    return facts


def _value(reader: Reader, fact: str, unreadable: dict[str, str]) -> object:
    try:
        return _plain(reader())
    except UnreadableError as error:
        unreadable[fact] = str(error)
        return error.rest
    except Exception as error:
        # the name of the error alone: messages of the system and of libraries quote paths and values
        unreadable[fact] = type(error).__name__
        return None


def _plain(value: object) -> object:
    """The value, if it is one that JSON keeps as it is."""
    match value:
        case None | bool() | int() | float() | str():
            return value
        case list():
            return [_plain(item) for item in value]
        case dict():
            return {str(name): _plain(value[name]) for name in sorted(value)}
    raise UnreadableError(f"is a {type(value).__name__}, which is not a plain value")
