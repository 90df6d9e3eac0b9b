from __future__ import annotations

import pytest

from parityline.checks.served import served
from parityline.findings import Finding
from parityline.records import StageRecord

BASE = {"calls": 500, "rows": 500, "bad_rows": 41, "faults": [], "unseen": [], "exceptions": [], "skipped": []}


def told(**guard):
    stage = StageRecord("p", "predictions", (), facts={"guard": {**BASE, **guard}})
    return [(f.code, f.column, f.severity) if isinstance(f, Finding) else f.why for f in served(stage)]


@pytest.mark.parametrize(
    ("guard", "found"),
    [
        pytest.param({}, [], id="nothing"),
        pytest.param(
            {"exceptions": [["KeyError", "unseen", "home city", "XK", 41]]},
            [("unseen-category", "home city", "error")],
            id="unseen",
        ),
        pytest.param(
            {"exceptions": [["ValueError", "missing", "age", "", 3]]},
            [("null-reached-model", "age", "error")],
            id="null",
        ),
        pytest.param(
            {"exceptions": [["ValueError", "", "", "", 3]]}, [("missing-differs", None, "error")], id="unknown"
        ),
        pytest.param({"faults": [["range", "age", 3]]}, [("range-exceeded", "age", "warning")], id="range"),
        pytest.param({"faults": [["type", "age", 3]]}, [("type-differs", "age", "warning")], id="type"),
        pytest.param({"faults": [["absent", "age", 3]]}, [("column-missing", "age", "warning")], id="absent"),
        pytest.param(
            {"skipped": [["TypeError", 2]]},
            ["fact-unreadable: the guard passed over 2 calls (TypeError)"],
            id="skipped",
        ),
    ],
)
def test_served(guard, found):
    assert told(**guard) == found


def test_predictions_without_a_guard():
    assert list(served(StageRecord("p", "predictions", ()))) == []
