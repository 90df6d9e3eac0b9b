"""One look at a pipeline in production: verified against the reference, held against earlier runs, and kept."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping, Sequence
from dataclasses import replace

from parityline.codes import lookup
from parityline.findings import Finding, Verdict
from parityline.history.store import Entry, History
from parityline.records import Record, StageRecord, now
from parityline.stages import KINDS
from parityline.verification import verify

STALE = "stale-data"
MOST_LOOKED_AT = 200
"""So many earlier runs are looked at for data that came before."""


def watch(reference: Record, observed: Record, history: str | os.PathLike[str]) -> tuple[Verdict, Entry]:
    """Verify a run, look for data of earlier runs in it, and append the verdict to the history.

    Args:
        reference, observed: records; `observed` of the window that is looked at.
        history: the file; made if it is not there.

    A look that is repeated over the same two records changes nothing. Returns the verdict and its entry.
    """
    store = History(history)
    digests = digests_of(observed)
    ids = _id(reference), _id(observed)
    earlier = [e for e in store.entries(observed.name, last=MOST_LOOKED_AT) if e.observed != ids[1]]
    verdict = with_stale(verify(reference, observed), stale(observed, digests, earlier))
    errors = [finding for finding in verdict.findings if finding.severity == "error"]
    entry = Entry(
        number=0,
        at=now(),
        pipeline=observed.name,
        environment=observed.environment,
        created=observed.created,
        reference=ids[0],
        observed=ids[1],
        status=verdict.status,
        stage=verdict.first.stage if verdict.first else None,
        code=verdict.first.code if verdict.first else None,
        errors=len(errors),
        warnings=sum(finding.severity == "warning" for finding in verdict.findings),
        digests=digests,
    )
    return verdict, store.append(entry, verdict.to_dict())


def digests_of(record: Record) -> dict[str, str]:
    """A digest of what each stage holds, by its name; a stage that was not recorded has none."""
    found = {}
    for name, stage in record.stages.items():
        if stage.tables and not stage.unchecked:
            digest = hashlib.blake2b(digest_size=16)
            for part, table in sorted(stage.tables.items()):
                digest.update(part.encode() + b"\0" + table.to_bytes())
            found[name] = digest.hexdigest()
    return found


def stale(record: Record, digests: Mapping[str, str], earlier: Sequence[Entry]) -> list[Finding]:
    """Stages that hold what an earlier run held, although what they are made of is new.

    A source counts only if it used to change from run to run, and if another source is new or a day went by: a run
    that is repeated over the same data is not stale.
    """
    found: list[Finding] = []
    for name, stage in record.stages.items():
        of = [entry for entry in earlier if name in digests and entry.digests.get(name) == digests[name]]
        if not of:
            continue
        last = of[-1]
        if stage.kind == "source":
            is_stale = _used_to_change(name, earlier) and _is_new_run(record, digests, last)
            why = "and it used to change from run to run"
        else:
            moved = [i for i in stage.inputs if i in digests and last.digests.get(i) not in (None, digests[i])]
            is_stale, why = bool(moved) and _new_sources(record, digests, last), f"although {', '.join(moved)} is new"
        if is_stale and not _follows(stage, record, found):
            sentence = f"the data is that of run {last.number} of {last.created[:10]}, {why}"
            evidence = {"run": last.number, "digest": digests[name]}
            scenario = KINDS[stage.kind].scenario
            found.append(Finding(STALE, name, sentence, None, scenario, evidence=evidence, remedy=lookup(STALE).remedy))
    return found


def _follows(stage: StageRecord, record: Record, found: Sequence[Finding]) -> bool:
    """Whether a stage is stale because one of its inputs is."""
    told = {finding.stage for finding in found}
    return bool(told & set(stage.inputs)) and not any(
        i not in told for i in stage.inputs if record.stages[i].kind != "source"
    )


def _used_to_change(name: str, earlier: Sequence[Entry]) -> bool:
    return len({entry.digests[name] for entry in earlier if name in entry.digests}) > 1


def _new_sources(record: Record, digests: Mapping[str, str], last: Entry) -> bool:
    """Whether a source holds other data than in `last`; True without any source, which leaves the inputs to tell.

    Where none does, it is the code that changed, and what came out the same is no older for it.
    """
    sources = [name for name, stage in record.stages.items() if stage.kind == "source" and name in digests]
    return not sources or any(last.digests.get(name) != digests[name] for name in sources)


def _is_new_run(record: Record, digests: Mapping[str, str], last: Entry) -> bool:
    """Whether a run is another one than `last`, and not the same once more."""
    return _new_sources(record, digests, last) or record.created[:10] != last.created[:10]


def with_stale(verdict: Verdict, found: Sequence[Finding]) -> Verdict:
    """A verdict with further errors: it fails, and a stage that held is no longer `pass`."""
    if not found:
        return verdict
    order = {stage.name: place for place, stage in enumerate(verdict.stages)}
    bad = {finding.stage for finding in found}
    stages = tuple(replace(s, status="fail", origin="new") if s.name in bad else s for s in verdict.stages)
    first = min([*found, *([verdict.first] if verdict.first else [])], key=lambda f: order.get(f.stage, 0))
    return replace(verdict, status="fail", first=first, stages=stages, findings=(*found, *verdict.findings))


def _id(record: Record) -> str:
    return hashlib.blake2b(record.to_bytes(), digest_size=16).hexdigest()
