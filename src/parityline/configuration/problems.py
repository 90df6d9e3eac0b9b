"""The errors of a pipeline file, gathered by line and raised as one."""

from __future__ import annotations

from parityline.configuration.places import KeyPath, Places
from parityline.errors import UsageError


class Problems:
    """Gathers what is wrong in a file, or in one table of it.

    Args:
        places: the lines of the file.
        path: of the table that this is about.
        label: what its messages begin with, after the line.
    """

    def __init__(self, places: Places, path: KeyPath = (), label: str = "") -> None:
        self.places = places
        self.path = path
        self.label = label
        self._found: list[tuple[int, str]] = []

    def under(self, *keys: str | int, label: str) -> Problems:
        """The same errors, seen from an inner table."""
        inner = Problems(self.places, (*self.path, *keys), f"{self.label}{label}: ")
        inner._found = self._found
        return inner

    def line(self, *keys: str | int) -> int:
        """Where a key of this table stands; the table's own line when it is not there."""
        return self.places.line(*self.path, *keys)

    def add(self, text: str, *keys: str | int) -> None:
        """Adds an error at a key of this table; without a key, at the table."""
        line = self.line(*keys)
        self._found.append((line, f"{self.places.file}:{line}: {self.label}{text}"))

    def raise_if_any(self) -> None:
        """Raises one UsageError with a line for each error, in the order of the file."""
        if self._found:
            raise UsageError("\n".join(text for _, text in sorted(self._found, key=lambda found: found[0])))
