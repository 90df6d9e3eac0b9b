"""The errors that parityline raises on purpose: what was expected, what was found, where, and the way out."""

from __future__ import annotations


class ParitylineError(Exception):
    """Base of every error that parityline raises on purpose."""


class UsageError(ParitylineError, ValueError):
    """An argument or a configuration is wrong."""


class TableError(ParitylineError):
    """A table could not be read, or is of a kind that cannot be fingerprinted.

    kept: what a record may keep of it; the message itself, unless that may quote a cell of the data.
    """

    def __init__(self, message: str, *, kept: str | None = None) -> None:
        super().__init__(message)
        self.kept = message if kept is None else kept


class FormatError(ParitylineError):
    """Bytes are not a fingerprint or a record, or are of a version that this release does not read."""


class IncomparableError(ParitylineError):
    """Two fingerprints were made with different parameters, so they can be neither merged nor compared."""


class DifferenceError(ParitylineError, AssertionError):
    """Raised by `Verdict.raise_for_status` when a verdict is not `pass`."""


class BadInputError(ParitylineError):
    """An input that the reference would not have, where a guard was asked to reject it."""
