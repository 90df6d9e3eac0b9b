"""The form of captured facts: nested plain dicts, addressed by dotted paths such as `packages.pandas`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping


def flatten(facts: Mapping[str, object], under: str = "") -> Iterator[tuple[str, object]]:
    """The leaves of nested facts as (dotted path, value), in the order of the mappings. Lists are leaves."""
    for name, value in facts.items():
        fact = f"{under}.{name}" if under else name
        if isinstance(value, Mapping):
            yield from flatten(value, fact)
        else:
            yield fact, value


def describe(facts: Mapping[str, object]) -> list[tuple[str, str]]:
    """Captured facts for a reader: (dotted fact, text) pairs, sorted by fact.

    Args:
        facts: what `capture` returned, a part of it, or single facts by their dotted path, such as
            `{difference.fact: difference.observed}`. A group without facts has no pair. None reads "absent",
            booleans read "yes" and "no", lists are joined with commas and an empty list reads "none".
    """
    return [(fact, _text(value)) for fact, value in sorted(flatten(facts))]


def _text(value: object) -> str:
    match value:
        case None:
            return "absent"
        case bool():
            return "yes" if value else "no"
        case list() | tuple():
            return ", ".join(map(_text, value)) or "none"
    return str(value)
