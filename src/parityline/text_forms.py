"""Hashed canonical forms of hidden texts: enough to say how texts changed that a record does not show.

Beside the first sampled rows of a column of which only hashes are kept stand hashes of its texts trimmed, case-folded,
composed, repaired, cut, and as a spreadsheet shows long numbers. Texts that differ and agree in one of them differ by
nothing else.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from decimal import Decimal

import numpy as np
from numpy.typing import NDArray

from parityline.kernel import State
from parityline.kernel.cells import Cell, Cells, LongText
from parityline.kernel.encoding import Reader, Writer
from parityline.kernel.values_hash import cell_hashes
from parityline.privacy import hidden_texts

ROWS = 256
"""Sampled rows of which forms are kept: those of the keys with the smallest hashes, the same on both sides."""
MOST_COLUMNS = 64
CUTS = (4, 8, 16, 20, 32, 50, 64, 100, 128, 255)
SCIENTIFIC = (2, 5)
"""Decimals with which spreadsheets show whole numbers of LONG_NUMBER digits and more."""
LONG_NUMBER = 12

Hashes32 = NDArray[np.uint32]


def _repaired(encoding: str) -> Callable[[str], str]:
    """Undoes reading UTF-8 in a narrow encoding; a text that was not misread is as before."""

    def repair(text: str) -> str:
        try:
            return text.encode(encoding).decode("utf-8")
        except (UnicodeDecodeError, UnicodeEncodeError):
            return text

    return repair


def _scientific(text: str, digits: int) -> str:
    """A long whole number as a spreadsheet shows it; other texts are as before."""
    if not (text.isascii() and text.isdigit() and len(text) >= LONG_NUMBER):
        return text
    mantissa, exponent = f"{Decimal(text):.{digits}E}".split("E")
    return f"{mantissa}E{int(exponent):+03d}"


def _digits(text: str, most: int) -> str:
    """A whole number with zeros in place of all but its first digits; other texts are as before."""
    if not (text.isascii() and text.isdigit() and len(text) > most):
        return text
    return text[:most] + "0" * (len(text) - most)


FORMS: dict[str, Callable[[str], str]] = {
    "same": lambda text: text,
    "stripped": str.strip,
    "folded": str.casefold,
    "turkish": lambda text: text.replace("\u0130", "i").replace("I", "\u0131").casefold(),
    "composed": lambda text: unicodedata.normalize("NFC", text),
    "latin1": _repaired("latin-1"),
    "cp1252": _repaired("cp1252"),
    "unzeroed": lambda text: text.lstrip("0"),
    "stripped_folded": lambda text: text.strip().casefold(),
    **{f"first_{n}": lambda text, n=n: text[:n] for n in CUTS},  # type: ignore[misc]
    **{f"scientific_{n}": lambda text, n=n: _scientific(text, n) for n in SCIENTIFIC},  # type: ignore[misc]
    "digits_15": lambda text: _digits(text, 15),
}
"""Each form by name, in the order of its bytes in a record; `same` is the text itself."""


@dataclass(frozen=True)
class TextForms:
    """The forms of the hidden texts of one table. columns: by name and form, 32 bits of the hash of each of `rows`
    sampled rows, 0 where the cell is null or too long. A form that equals `same` in every row is left out."""

    rows: int
    columns: dict[str, dict[str, Hashes32]]

    @classmethod
    def of(cls, state: State, level: str, private: Iterable[str], opened: Iterable[str]) -> TextForms:
        """Of a whole fingerprint, for the columns that a record of this level will keep as hashes."""
        hidden = [name for name in hidden_texts(state, level, private, opened) if state.columns[name].logical == "text"]
        sample, seed = state.sample, state.parameters.seed
        rows = min(ROWS, len(sample.owner))
        columns: dict[str, dict[str, Hashes32]] = {}
        vectors = dict(zip(state.sampled_columns, sample.columns, strict=bool(sample.columns)))
        for name in [name for name in hidden if name in vectors][:MOST_COLUMNS]:
            cells = vectors[name].take(np.arange(rows))
            columns[name] = _forms(cells, seed)
        return cls(rows, columns)

    @classmethod
    def shown(cls, column: str, cells: Cells, seed: int) -> TextForms:
        """Of the sampled texts of one column that a record shows, to hold them against hidden ones."""
        rows = min(ROWS, len(cells))
        return cls(rows, {column: _forms(cells.take(np.arange(rows)), seed)})

    def get(self, column: str, form: str) -> Hashes32 | None:
        """The hashes of a form, shape (rows,); None for a column without forms."""
        own = self.columns.get(column)
        return None if own is None else own.get(form, own["same"])

    def to_bytes(self) -> bytes:
        out = Writer()
        out.varint(self.rows)
        out.varint(len(self.columns))
        for name, forms in sorted(self.columns.items()):
            out.text(name)
            out.varint(len(forms))
            for tag, form in enumerate(FORMS):
                if form in forms:
                    out.varint(tag)
                    out.raw(forms[form].astype("<u4").tobytes())
        return out.value()

    @classmethod
    def from_bytes(cls, data: bytes, what: str) -> TextForms:
        """Raises FormatError for anything else."""
        reader, names = Reader(data, what), list(FORMS)
        rows = reader.varint(ROWS)
        columns: dict[str, dict[str, Hashes32]] = {}
        for _ in range(reader.varint(MOST_COLUMNS)):
            name = reader.text()
            columns[name] = {}
            for _ in range(reader.varint(len(FORMS))):
                tag = reader.varint(len(FORMS) - 1)
                columns[name][names[tag]] = np.frombuffer(bytes(reader.raw(4 * rows)), "<u4").astype(np.uint32)
            if "same" not in columns[name]:
                raise reader.fail("the texts themselves among their forms")
        reader.end()
        return cls(rows, columns)


def _forms(cells: Cells, seed: int) -> dict[str, Hashes32]:
    distinct = cells.distinct
    found: dict[str, Hashes32] = {}
    for form, function in FORMS.items():
        texts = [_formed(cell, form, function) for cell in distinct]
        known = [place for place, text in enumerate(texts) if text is not None]
        table = np.zeros(len(distinct), np.uint32)
        hashes = _hashes([texts[place] or b"" for place in known], seed)
        table[known] = hashes
        own = table[cells.index]
        if form == "same" or not np.array_equal(own, found["same"]):
            found[form] = own
    return found


def _formed(cell: Cell, form: str, function: Callable[[str], str]) -> bytes | None:
    if isinstance(cell, LongText):
        # of a long text the beginning is known, which is all that a cut asks for
        start = cell.start.decode("utf-8", "ignore")
        return start[: int(form[6:])].encode() if form.startswith("first_") and len(start) >= int(form[6:]) else None
    if not isinstance(cell, bytes):
        return None
    try:
        return function(cell.decode("utf-8")).encode("utf-8")
    except UnicodeError:
        return cell


def _hashes(texts: list[bytes], seed: int) -> Hashes32:
    cells = Cells.of(texts)
    table = cell_hashes(cells, "text", seed)
    low = np.array([max(1, own & 0xFFFFFFFF) for own in table], np.uint32)
    return low[cells.index] if len(texts) else np.zeros(0, np.uint32)
