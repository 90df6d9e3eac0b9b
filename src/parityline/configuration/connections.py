"""Where a query is put to. A connection may hold a password, so it shows itself without one."""

from __future__ import annotations

import re
from collections.abc import Mapping

from parityline.configuration.messages import redacted

_VARIABLE = "env:"
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+:")  # of two letters or more: C: is a drive
_PAIRS = re.compile(r"\s*\w+\s*=")


class Connection:
    """`from` of a stage: a URI, a path, key=value pairs of a driver, or "env:NAME".

    Equal by text. Neither its repr nor its str holds a password, and msgspec refuses to encode it.
    """

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    @property
    def variable(self) -> str | None:
        """NAME of "env:NAME", else None."""
        return self._text.removeprefix(_VARIABLE) if self._text.startswith(_VARIABLE) else None

    @property
    def is_path(self) -> bool:
        """Whether it is a path: no variable, no URI, no key=value pairs, and not ":memory:"."""
        return not (_SCHEME.match(self._text) or _PAIRS.match(self._text) or self._text.startswith(":"))

    def resolve(self, environment: Mapping[str, str]) -> str:
        """The text itself, or the value of the variable; empty if that is not set. Looked up at each call."""
        return self._text if self.variable is None else environment.get(self.variable, "")

    def __eq__(self, other: object) -> bool:
        return self._text == other._text if isinstance(other, Connection) else NotImplemented

    def __hash__(self) -> int:
        return hash(self._text)

    def __repr__(self) -> str:
        if self.variable is not None or self.is_path:
            return f"Connection({redacted(self._text)!r})"
        scheme = _SCHEME.match(self._text)
        return f"Connection({(scheme[0] if scheme else '') + '...'!r})"
