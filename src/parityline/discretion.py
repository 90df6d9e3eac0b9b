"""What may be told of a verdict over values that the records hide: names, places and shares, and no value.

The verdict over the records as they show themselves knows no hidden value, so all of its words may be told. Of the one
over the opened records only what comes from a fixed list is: which code, stage, column and origin, how large a share.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace

from parityline.checks.same_values import percent
from parityline.codes import lookup
from parityline.findings import Finding, Origin, Unchecked, Verdict

_ORIGINS: dict[Origin, str] = {
    "new": "the sealed values show that it begins here",
    "inherited": "the sealed values show that it follows from there",
    "undecided": "the sealed values do not show whether it only follows from there",
}


def discreet(opened: Verdict, shown: Verdict) -> Verdict:
    """The verdict over opened records, told in the words of the one over the same records as they are."""
    words = _Words(shown)
    told = [words.of(finding) for finding in opened.findings]
    first = next((own for own, was in zip(told, opened.findings, strict=True) if was is opened.first), None)
    remarks = {stage.name: stage.remark for stage in shown.stages}
    stages = [replace(stage, remark=remarks.get(stage.name, "")) for stage in opened.stages]
    return replace(
        opened,
        first=first,
        stages=tuple(stages),
        findings=tuple(told),
        unchecked=_reasons(opened.unchecked, shown.unchecked),
        limits=_reasons(opened.limits, shown.limits),
    )


class _Words:
    """The findings of the shown verdict by what they are about; each lends its words once."""

    def __init__(self, shown: Verdict) -> None:
        self._same: dict[tuple[str, ...], list[Finding]] = defaultdict(list)
        self._plain: dict[tuple[str, str, str | None], Finding] = {}
        for finding in reversed(shown.findings):
            self._same[_about(finding)].append(finding)
            self._plain[finding.stage, finding.code, finding.column] = finding

    def of(self, finding: Finding) -> Finding:
        """The finding in words that may be told."""
        same = self._same[_about(finding)]
        if same:
            return replace(same.pop(), explains=finding.explains)
        plainer = (self._plain.get((finding.stage, code, finding.column)) for code in finding.explains)
        plain = next((own for own in plainer if own is not None), None)
        return replace(
            finding,
            sentence=_sentence(finding, plain),
            expected=plain.expected if plain else None,
            found=plain.found if plain else None,
            evidence={**(plain.evidence if plain else {}), "origin": _ORIGINS[finding.origin], "sealed": True},
        )


def _about(finding: Finding) -> tuple[str, ...]:
    about = (finding.stage, finding.code, finding.column, finding.severity, finding.origin, finding.inherited_from)
    return tuple(map(str, about))


def _sentence(finding: Finding, plain: Finding | None) -> str:
    """The meaning of the code, and what of it is known without the values."""
    where = f"`{finding.column}`: " if finding.column else ""
    meaning = lookup(finding.code).meaning.rstrip(".")
    if plain is not None and not finding.column:
        meaning += f"; {plain.sentence}"
    elif finding.share is not None:
        meaning += f", in {percent(finding.share)} of rows"
    return f"{where}{meaning} (told from sealed values)"


def _reasons(opened: Sequence[Unchecked], shown: Sequence[Unchecked]) -> tuple[Unchecked, ...]:
    """What could not be checked, with its reason alone where the shown verdict does not say the same."""
    known = set(shown)
    return tuple(own if own in known else replace(own, why=_reason(own.why)) for own in opened)


def _reason(why: str) -> str:
    """The reason of the catalogue that a text begins with, and nothing of the words behind it."""
    reason, _, words = why.partition(":")
    return reason if words and " " not in reason else "values-private"
