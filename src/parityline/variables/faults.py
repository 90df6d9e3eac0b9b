"""Bad values of an input: what is wrong with a column, in words and as a code."""

from __future__ import annotations

from typing import NamedTuple

_WORDS = {
    "missing": "is missing",
    "absent": "is absent",
    "infinite": "is infinite",
    "range": "= {} is outside its range",
    "unseen": "= {} was never seen",
    "type": "= {} is of another type",
}
_CODES = {
    "missing": "null-reached-model",
    "absent": "column-missing",
    "infinite": "range-exceeded",
    "range": "range-exceeded",
    "unseen": "unseen-category",
    "type": "type-differs",
}


class Fault(NamedTuple):
    """Bad values of one column. kind: missing, absent, infinite, range, unseen or type; value: one of them as text."""

    kind: str
    column: str
    value: str
    rows: int

    @property
    def words(self) -> str:
        """For a message, behind the name of the column."""
        return _WORDS[self.kind].format(self.value)

    @property
    def code(self) -> str:
        """The code of a finding about it."""
        return _CODES[self.kind]
