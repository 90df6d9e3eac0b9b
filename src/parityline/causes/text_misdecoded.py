"""Text was decoded in the wrong encoding."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from parityline.causes.cause import Case, Rung
from parityline.findings import Finding

CODE = "text-misdecoded"
RUNG = Rung.TEXT

_NAMES = {
    "utf-8": "UTF-8",
    "latin-1": "Latin-1",
    "cp1252": "Windows-1252",
    "iso8859-15": "Latin-9",
    "cp850": "DOS 850",
    "cp437": "DOS 437",
    "mac_roman": "Mac Roman",
    "cp1250": "Windows-1250",
    "cp1251": "Windows-1251",
}


def explain(case: Case) -> Finding | None:
    """One wrong decoding turns every text of the reference into the observed one, those that are equal included."""
    column = case.column
    if column is None or not column.holds_texts or column.changes_ascii:
        return None
    changed, pairs = case.changes(), case.pairs()
    if changed is None or pairs is None:
        return None
    texts = [(a, b) for a, b in pairs if isinstance(a, bytes) and isinstance(b, bytes)]
    if not all(isinstance(a, bytes) and isinstance(b, bytes) for a, b in changed):
        return None
    distinct = len({a for a, b in texts if a != b})
    for story, rule, fewest in _rules():
        for backwards in (False, True):
            if distinct < fewest or not all(rule(b) == a if backwards else rule(a) == b for a, b in texts):
                continue
            sentence = f"in the reference of `{column.name}`, not here, {story}" if backwards else ""
            sentence = sentence or f"`{column.name}`: {story}"
            return case.found(CODE, sentence, evidence={"story": story, "distinct": distinct})
    return None


def _rules() -> Iterator[tuple[str, Callable[[bytes], bytes | None], int]]:
    """What happened, the rule, and of how many distinct texts it must be seen; what tells most comes first."""
    others = [code for code in _NAMES if code != "utf-8"]
    for code in others:
        yield f"UTF-8 was read as {_NAMES[code]}", _read("utf-8", code), 1
    yield "UTF-8 was read as Windows-1252, what did not fit replaced", _read("utf-8", "cp1252", "replace"), 2
    for code in others[:2]:
        for errors in ("replace", "ignore"):
            what = "replaced" if errors == "replace" else "left out"
            yield f"{_NAMES[code]} was read as UTF-8, what did not fit {what}", _read(code, "utf-8", errors), 2
    for source in others:
        for target in others:
            if source != target:
                yield f"{_NAMES[source]} was read as {_NAMES[target]}", _read(source, target), 3
    yield "UTF-8 was read as ASCII, what did not fit replaced", _read("utf-8", "ascii", "replace"), 2
    yield "all but ASCII was replaced by question marks", _written("replace"), 2
    yield "all but ASCII was left out", _written("ignore"), 3


def _read(source: str, target: str, errors: str = "strict") -> Callable[[bytes], bytes | None]:
    def rule(text: bytes) -> bytes | None:
        if text.isascii():
            return text
        try:
            raw = text.decode().encode(source)
            return _decoded(raw, target, errors).encode()
        except UnicodeError:
            return None

    return rule


def _decoded(raw: bytes, target: str, errors: str) -> str:
    if target != "cp1252" or errors != "strict":
        return raw.decode(target, errors)
    # browsers, and many readers after them, take the five bytes without a character for control characters
    return "".join(
        chr(byte) if byte in (0x81, 0x8D, 0x8F, 0x90, 0x9D) else bytes([byte]).decode(target) for byte in raw
    )


def _written(errors: str) -> Callable[[bytes], bytes | None]:
    return lambda text: text.decode("utf-8", "replace").encode("ascii", errors)
