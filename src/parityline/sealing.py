"""What `strict` and `private` hide, sealed in the record: enough to name causes, for those alone who know the secret.

A record that shows no cell can still be verified as if it did, by a process that knows `PARITYLINE_SECRET`. What the
verdict then says is told by `discretion`: names of causes and places, never a value.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from typing import Any

from parityline import privacy
from parityline.errors import FormatError
from parityline.kernel import State
from parityline.kernel.encoding import Piece
from parityline.kernel.parameters import SECRET_VARIABLE
from parityline.text_forms import TextForms

_SALT = b"parityline seal 1"
_COST = {"n": 1 << 14, "r": 8, "p": 1}
"""Of scrypt (RFC 7914): 16 MiB and some 50 ms a guess, once in a process."""
_NO_FORMS = b"\0"
NOT_OPENED = (
    f"values-private: sealed under another secret; set {SECRET_VARIABLE} to that of the records to have them named"
)
NOT_SEALED = f"values-private: a strict record seals values only under a secret; set {SECRET_VARIABLE} on both sides"


@dataclass(frozen=True)
class Sealed:
    """The sealed pieces of one table: those of its fingerprint at `standard`, then the forms of its hidden texts.

    Equal pieces are equal when sealed, so that tables still share them.
    """

    pieces: tuple[bytes, ...]

    @classmethod
    def of(
        cls,
        state: State,
        level: privacy.Level,
        private: Iterable[str],
        opened: Iterable[str],
        secret: str | None = None,
    ) -> Sealed | None:
        """Of a whole fingerprint, where its record hides cells; None where it hides none, or there is no secret.

        secret: `PARITYLINE_SECRET` where None.
        """
        key = _key(_secret() if secret is None else secret)
        if key is None or not (level == "strict" or set(private) & state.columns.keys()):
            return None
        shown: privacy.Level = "standard" if level == "strict" else level
        opened = set(opened)
        forms = TextForms.of(state, shown, (), opened)
        pieces = privacy.applied(state, shown, (), opened).pieces()
        seal, _ = _functions()
        return cls(tuple(seal(key, piece) for piece in (*pieces, forms.to_bytes() if forms.columns else _NO_FORMS)))

    def opened(self, known: dict[bytes, Piece], what: str) -> tuple[list[Piece], TextForms | None] | None:
        """The pieces of the fingerprint, and the forms; None where this process does not know the secret.

        known: pieces that were opened before, by what they are sealed as; those of this table are added.
        Raises FormatError for what was sealed and is no table.
        """
        key = _key(_secret())
        if key is None:
            return None
        _, unseal = _functions()
        found: list[Piece] = []
        for sealed in self.pieces:
            if sealed not in known:
                data = unseal(key, sealed)
                if data is None:
                    return None
                known[sealed] = Piece(memoryview(data))
            found.append(known[sealed])
        if not found:
            raise FormatError(f"{what}: damaged: nothing is sealed; copy it again, or record again")
        forms = bytes(found[-1].data)
        return found[:-1], None if forms == _NO_FORMS else TextForms.from_bytes(forms, what)


def _secret() -> str:
    return os.environ.get(SECRET_VARIABLE, "")


@cache
def _key(secret: str) -> bytes | None:
    """The key for a secret; None without one, and where the native kernel, which has the cipher, was not built."""
    if not secret or _functions() is None:
        return None
    return hashlib.scrypt(secret.encode(), salt=_SALT, dklen=32, **_COST)


@cache
def _functions() -> Any:
    try:
        from parityline.kernel import _native
    except ModuleNotFoundError:
        return None
    return _native.seal, _native.unseal
