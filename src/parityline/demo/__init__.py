"""The demo: a small shop's pipeline, broken on purpose, verified, and compared with what is customary."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from parityline.codes import SCENARIOS
from parityline.demo.business import make_business
from parityline.demo.drift import Noticed, customary
from parityline.demo.faults import DEFAULT, FAULTS, Fault, Faulty, faults_named
from parityline.demo.pipeline import run, steps
from parityline.errors import UsageError
from parityline.findings import Verdict

__all__ = ["list_faults", "make_business", "run_demo"]


def list_faults() -> list[Fault]:
    """All faults that the demo can make, in the order of the checklist."""
    return list(FAULTS.values())


def run_demo(
    folder: Path,
    faults: Sequence[str] | None = None,
    seed: int = 0,
    say: Callable[[str], None] = print,
    *,
    rows: int = 40_000,
) -> Verdict:
    """Runs the bundled pipeline as research and, with faults, as production; verifies, and says what came out.

    Args:
        folder: where the records and the report go; made if it is not there.
        faults: their names; None for one at the ETL and one at the split, () for none.
        seed: of the shop's data.
        say: called for each piece of text; the last is the path of the report alone.
        rows: how many orders the shop has.

    Raises UsageError for a fault that is not there, and where pandas or scikit-learn are missing.
    """
    import parityline

    made = faults_named(DEFAULT if faults is None else faults)
    _require("pandas", "sklearn")
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    research, production = folder / "research.parity", folder / "production.parity"

    tables = make_business(seed, rows)
    say(f"A shop with {rows:,} orders. Research runs a pipeline that predicts returns; production runs it again, with")
    for fault in made:
        say(f"  {fault.name} ({fault.scenario} {SCENARIOS[fault.scenario - 1]}): {fault.sentence}")
    if not made:
        say("  no fault at all")
    run(tables, environment="research", to=research)
    run(tables, environment="production", to=production, like=research, change=Faulty(made))
    verdict = parityline.verify(research, production)
    say("")
    say(verdict.to_text())
    if made:
        say("")
        for line in _beside(made, verdict, what_is_customary(tables, made)):
            say(line)
    say("")
    say(str(_report(verdict, folder)))
    return verdict


def what_is_customary(tables: Mapping[str, Any], faults: Sequence[Fault]) -> list[Noticed]:
    """For each fault alone, what a comparison of means and a drift test say of the pipeline's tables."""
    research = Faulty()
    constants = steps(_Unrecorded(), tables, change=research)
    found = []
    for fault in faults:
        production = Faulty([fault])
        steps(_Unrecorded(), tables, change=production, stored=constants)
        found.append(customary(research.tables, production.tables))
    return found


class _Unrecorded:
    """Has the methods of a recorder and records nothing."""

    def tap(self, name: str, value: Any = None, **_: Any) -> Any:
        return value

    source = etl = features = split = model = predictions = outcomes = expect = tap


def _beside(faults: Sequence[Fault], verdict: Verdict, customarily: Sequence[Noticed]) -> list[str]:
    rows = [("what was broken", "parityline", "a comparison of means", "a drift test")]
    for fault, noticed in zip(faults, customarily, strict=True):
        rows.append((fault.name, _found(fault, verdict), _alarms(noticed.means), _alarms(noticed.drift)))
    widths = [max(len(row[place]) for row in rows) for place in range(4)]
    rows.insert(1, ("-" * widths[0], "-" * widths[1], "-" * widths[2], "-" * widths[3]))
    return ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]


def _found(fault: Fault, verdict: Verdict) -> str:
    for finding in verdict.findings:
        if (finding.stage, finding.code) == (fault.stage, fault.code):
            return f"{finding.code} at {finding.stage} ({finding.origin})"
    return "not found"


def _alarms(columns: Sequence[str]) -> str:
    if not columns:
        return "not noticed"
    more = f" and {len(columns) - 1} more" if len(columns) > 1 else ""
    return f"noticed: {columns[0]}{more}"


def _report(verdict: Verdict, folder: Path) -> Path:
    return verdict.to_html(folder / "report.html")


def _require(*modules: str) -> None:
    missing = [module for module in modules if find_spec(module) is None]
    if missing:
        names = " and ".join({"sklearn": "scikit-learn"}.get(module, module) for module in missing)
        raise UsageError(f"the demo needs {names}; pip install 'parityline[demo]'")
