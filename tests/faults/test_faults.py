"""Every fault of the catalogue is found first at its own stage, under its name; no harmless change is.

`make test` runs them on the bundled business; PARITYLINE_FAULTS=all adds the real data and 20 seeds of each control.
"""

from __future__ import annotations

import os
from collections.abc import Iterator

import misses
import pytest
from catalogue import CONTROLS, CONTROLS_NOT_HERE, FAULTS, LAST, NOT_HERE, Control, Fault
from judging import DATA, business, clean, judged, judged_control, told
from pipelines import LEVELS, REAL, UNSEALED, run

import parityline
from parityline import privacy
from parityline.report import exchange, html
from required import missing

EVERYTHING = os.environ.get("PARITYLINE_FAULTS") == "all"
SEEDS = range(20 if EVERYTHING else 1)
NAMES = ("shop", *REAL) if EVERYTHING else ("shop",)


def there(name: str) -> str:
    """A business whose data are there; else the test is skipped, and fails where everything is required."""
    if name in REAL and not DATA.is_dir():
        missing(f"the real data sets are not there: PARITYLINE_DATA is {DATA}")
    return name


OTHERS = [level for level in LEVELS if level != "standard"]
EXCHANGED = (exchange.junit, exchange.sarif, exchange.markdown)


def _expected(reason: str | None) -> list[pytest.MarkDecorator]:
    return [pytest.mark.xfail(reason=reason, strict=True)] if reason else []


def _faults() -> Iterator[object]:
    for name in NAMES:
        for number, fault in enumerate(FAULTS):
            # in `make test` every fault is tried at `standard`, and at one of the other levels in turn
            for level in LEVELS if EVERYTHING else ("standard", OTHERS[number % len(OTHERS)]):
                reason = misses.reason(str(fault), level, name)
                yield pytest.param(name, fault, level, id=f"{name}-{fault}-{level}", marks=_expected(reason))


@pytest.mark.parametrize(("name", "fault", "level"), list(_faults()))
def test_a_fault_is_found_first_at_its_own_stage(name: str, fault: Fault, level: str) -> None:
    found = judged(there(name), fault, level)
    if level == "standard" and found.verdict.first is not None:
        code, verdict = found.verdict.first.code, found.verdict
        forms = (str(verdict), verdict.to_json(), html.render(verdict), *(write(verdict) for write in EXCHANGED))
        assert all(code in form for form in forms)
    assert not found.misplaced, told(found.verdict)
    assert level == UNSEALED or not found.misnamed, told(found.verdict)


@pytest.mark.parametrize(
    ("name", "control", "level", "seed"),
    [
        pytest.param(
            name, c, level, seed, id=f"{name}-{c}-{level}-{seed}", marks=_expected(misses.CONTROLS.get(f"{c}@{level}"))
        )
        for name in NAMES
        for c in CONTROLS
        for seed in SEEDS
        for level in LEVELS
    ],
)
def test_a_harmless_change_is_a_note(name: str, control: Control, level: str, seed: int) -> None:
    verdict, wrong = judged_control(there(name), control, level, seed)
    assert not wrong, told(verdict)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("level", LEVELS)
def test_a_run_without_a_fault_has_no_finding(name: str, level: str) -> None:
    reference = clean(there(name))
    again = run(business(name), environment="production", constants=reference.constants)
    verdict = parityline.verify(reference.records[level], again.records[level])
    assert (verdict.status, verdict.findings, verdict.unchecked) == ("pass", (), ()), told(verdict)


@pytest.mark.parametrize("name", REAL if EVERYTHING else REAL[:2])
def test_real_data_run_through_the_same_pipeline(name: str) -> None:
    """One fault of every real business; `make soak` takes them all."""
    found = judged(there(name), FAULTS[0], "standard")
    assert found.named, told(found.verdict)


@pytest.mark.parametrize("level", privacy.LEVELS)
def test_a_record_written_for_a_level_is_the_one_that_is_taken_at_it(level: str) -> None:
    """The suite records once and writes three times."""
    written = clean("shop").records[level]
    taken = run(business("shop"), environment="research", taken_at=level).records["as taken"]
    for record in (written, taken):
        record.created = ""
    assert taken.to_bytes() == written.to_bytes()


def test_every_fault_of_the_catalogue_is_accounted_for() -> None:
    here = [fault.number for fault in FAULTS]
    assert len(here) == len(set(here))
    assert sorted({*here, *NOT_HERE}) == list(range(1, LAST + 1))
    assert not {*here} & NOT_HERE.keys()


def test_every_control_of_the_catalogue_is_accounted_for() -> None:
    here = {int(str(control).partition("-")[0][1:]) for control in CONTROLS}
    assert sorted({*here, *CONTROLS_NOT_HERE}) == list(range(1, 15))


def test_every_known_miss_is_of_something_that_is_tested() -> None:
    known = {str(fault) for fault in FAULTS}
    assert {name.partition("@")[0] for name in (*misses.CODES, *misses.PLACES)} <= known
    assert {name.partition("@")[0] for name in misses.CONTROLS} <= {str(control) for control in CONTROLS}
