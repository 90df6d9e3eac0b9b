"""The frame of SARIF 2.1.0 (OASIS Standard, 2020) around results of lint and of verification."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Sequence
from pathlib import PurePath
from typing import Any
from urllib.parse import quote

from parityline import __version__
from parityline.codes import codes

_SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"


def document(results: Sequence[dict[str, Any]], notices: Sequence[dict[str, Any]]) -> str:
    """One run of parityline. results: as `result` makes them; notices: of what was not checked, as `notice` does."""
    used = sorted({result["ruleId"] for result in results})
    run = {
        "tool": {
            "driver": {
                "name": "parityline",
                "version": __version__,
                "rules": [_rule(code) for code in used],
            }
        },
        "columnKind": "unicodeCodePoints",
        "invocations": [{"executionSuccessful": True, "toolExecutionNotifications": list(notices)}],
        "results": [{**result, "ruleIndex": used.index(result["ruleId"])} for result in _identified(results)],
    }
    return json.dumps({"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}, indent=2, ensure_ascii=False)


def result(code: str, severity: str, text: str, place: dict[str, Any], identity: str) -> dict[str, Any]:
    """One result. identity: what stays the same of it from run to run; equal ones are counted."""
    return {
        "ruleId": code,
        "level": severity,
        "message": {"text": text},
        "locations": [place],
        "partialFingerprints": {"parityline/v1": identity},
    }


def notice(text: str, place: dict[str, Any]) -> dict[str, Any]:
    """Something that was not checked."""
    return {"level": "warning", "message": {"text": text}, "locations": [place]}


def location(path: str, region: dict[str, int] | None = None, logical: str = "") -> dict[str, Any]:
    """A place in a file, or a part of it with a name of its own."""
    pure = PurePath(path)
    uri = pure.as_uri() if pure.is_absolute() else quote(pure.as_posix())
    physical: dict[str, Any] = {"artifactLocation": {"uri": uri}}
    if region is not None:
        physical["region"] = region
    found: dict[str, Any] = {"physicalLocation": physical}
    if logical:
        found["logicalLocations"] = [{"name": logical, "kind": "module"}]
    return found


def _identified(results: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """The results with a digest of their identity, in which equal ones are numbered."""
    seen: Counter[str] = Counter()
    found = []
    for one in results:
        identity = one["partialFingerprints"]["parityline/v1"]
        seen[identity] += 1
        stable = hashlib.sha256(f"{identity}\0{seen[identity]}".encode()).hexdigest()[:32]
        found.append({**one, "partialFingerprints": {"parityline/v1": stable}})
    return found


def _rule(code: str) -> dict[str, Any]:
    known = codes()[code]
    return {
        "id": code,
        "shortDescription": {"text": known.meaning},
        "help": {"text": known.remedy},
        "defaultConfiguration": {"level": known.severity},
    }
