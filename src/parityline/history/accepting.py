"""Known differences, and new references: with a reason and a name, and never in silence."""

from __future__ import annotations

import datetime
import os
from dataclasses import replace
from typing import Any

from parityline.codes import lookup
from parityline.errors import UsageError
from parityline.history.store import History
from parityline.records import Record, now


def accept_difference(
    reference: Record,
    *,
    reason: str,
    by: str,
    until: datetime.date | None = None,
    stage: str | None = None,
    column: str | None = None,
    code: str | None = None,
    history: str | os.PathLike[str] | None = None,
) -> Record:
    """The reference with one more known difference: a note in every verdict until its date, an error again after it.

    At least one of stage, column and code says which. Raises UsageError for none of them, an empty reason or name, a
    stage that the reference does not have, an unknown code, and a date that has passed.
    """
    if not (stage or column or code):
        raise UsageError("expected a stage, a column or a code that says which difference is accepted, found none")
    _check(reason, by)
    if stage is not None and stage not in (*reference.stages, "environment", "process"):
        raise UsageError(f"expected a stage of the reference, found {stage!r}; it has {', '.join(reference.stages)}")
    if code is not None:
        lookup(code)
    if until is not None and until < datetime.datetime.now(datetime.UTC).date():
        raise UsageError(f"expected a date to come, found {until}")
    given = {"stage": stage, "column": column, "code": code, "reason": reason, "by": by}
    known: dict[str, Any] = {name: value for name, value in given.items() if value is not None}
    if until is not None:
        known["until"] = until.isoformat()
    known["on"] = now()[:10]
    if history is not None:
        History(history).accepted(now(), {"difference": known, "reference": reference.title["file"]})
    return replace(reference, acceptances=[*reference.acceptances, known])


def accept_as_reference(
    observed: Record,
    *,
    reason: str,
    by: str,
    environment: str | None = None,
    history: str | os.PathLike[str] | None = None,
) -> Record:
    """A run as the new reference, with the reason and the name in its facts.

    environment: what it is called from now on; None: as it was. Raises UsageError for an empty reason or name, and for
    a run that broke off or has a stage that was not recorded.
    """
    _check(reason, by)
    missing = [name for name, stage in observed.stages.items() if stage.unchecked]
    if not observed.complete or missing:
        what = f"one without {', '.join(missing)}" if missing else "one that broke off"
        raise UsageError(f"expected a whole run as reference, found {what}")
    known = {"reason": reason, "by": by, "on": now()[:10], "of": observed.title}
    if history is not None:
        History(history).accepted(now(), {"reference": known})
    facts = {**observed.environment_facts, "accepted": {n: str(v) for n, v in known.items() if n != "of"}}
    return replace(observed, environment=environment or observed.environment, environment_facts=facts)


def _check(reason: str, by: str) -> None:
    if not reason.strip() or not by.strip():
        raise UsageError("expected a reason and a name of who accepts it, found an empty text")
