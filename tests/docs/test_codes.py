"""The list of codes, the pages, the tests and the source speak of the same codes."""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules

import pytest

import parityline.causes
from parityline import UsageError
from parityline.causes import causes
from parityline.cli import run
from parityline.codes import SCENARIOS, codes, lookup, page
from parityline.findings import Verdict
from parityline.stages import KINDS

ROOT = Path(__file__).resolve().parents[2]
SOURCE = ROOT / "src" / "parityline"
FILES = [
    *sorted((SOURCE / "causes").glob("*.py")),
    *sorted((SOURCE / "checks").glob("*.py")),
    *sorted((SOURCE / "lint").rglob("*.py")),
    SOURCE / "rehearsal" / "judging.py",
    SOURCE / "rehearsal" / "replaying.py",
    SOURCE / "rehearsal" / "stressing.py",
    *sorted((SOURCE / "history").glob("*.py")),
    SOURCE / "verification.py",
]
CODE = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
LIST = (ROOT / "docs" / "codes.md").read_text(encoding="utf-8")
PAGES = sorted((ROOT / "docs" / "codes").glob("*.md"))
every_code = pytest.mark.parametrize("code", sorted(codes()))


def trees() -> Iterator[tuple[Path, ast.Module]]:
    for path in FILES:
        yield path, ast.parse(path.read_text(encoding="utf-8"))


def yielded() -> dict[str, Path]:
    """Codes that the source gives a finding: CODE = "...", and the first argument of Finding."""
    found = {}
    for path, tree in trees():
        for node in ast.walk(tree):
            match node:
                case ast.Assign(targets=[ast.Name("CODE")], value=ast.Constant(str(code))):
                    found[code] = path
                case ast.Call(func=ast.Name("Finding"), args=[ast.Constant(str(code)), *_]):
                    found[code] = path
                case ast.Assign(targets=[ast.Name("code")], value=value):
                    constants = (n.value for n in ast.walk(value) if isinstance(n, ast.Constant))
                    found |= {c: path for c in constants if isinstance(c, str) and "-" in c and CODE.fullmatch(c)}
    return found


def spoken() -> set[str]:
    """Every text in the source of checks, causes, lint, rehearsal and history."""
    nodes = (node for _, tree in trees() for node in ast.walk(tree))
    return {n.value for n in nodes if isinstance(n, ast.Constant) and isinstance(n.value, str)}


def test_every_code_of_the_source_is_listed():
    missing = {code: path.name for code, path in yielded().items() if code not in codes()}
    assert not missing


@every_code
def test_a_listed_code_is_listed_once_and_used(code):
    assert Counter(re.findall(r"^\| `([^`]+)` \|", LIST, re.M))[code] == 1
    assert code in spoken()


def test_no_row_of_the_list_is_misread():
    assert re.findall(r"^\| `([^`]+)` \|", LIST, re.M) == list(codes())


@every_code
def test_a_code_has_its_page(code):
    text = (ROOT / "docs" / "codes" / f"{code}.md").read_text(encoding="utf-8")
    assert text.splitlines()[0] == f"# {code}"
    assert page(code) == text


def test_every_page_is_of_a_listed_code():
    assert sorted(path.stem for path in PAGES) == sorted(codes())


@every_code
def test_explain_prints_the_page(code, capsys):
    assert run(["explain", code]) == 0
    assert capsys.readouterr().out.rstrip() == page(code).rstrip()


def test_explain_lists_every_code(capsys):
    assert run(["explain"]) == 0
    out = capsys.readouterr().out
    assert {line.split()[0] for line in out.splitlines() if line.startswith("  ")} == set(codes())


def test_explain_names_the_nearest_codes(capsys):
    assert run(["explain", "stored-as-flaot32"]) == 2
    assert "stored-as-float32" in capsys.readouterr().err
    with pytest.raises(UsageError, match="stored-as-float32"):
        lookup("stored-as-flaot32")


def test_every_cause_has_its_test_and_bears_its_name():
    modules = [m.name for m in iter_modules(parityline.causes.__path__)]
    named = {m: getattr(import_module(f"parityline.causes.{m}"), "CODE", None) for m in modules}
    for module, code in named.items():
        if code is not None:
            assert code == module.replace("_", "-")
            assert (ROOT / "tests" / "causes" / f"test_{module}.py").is_file(), module
    assert {cause.code for cause in causes()} == {code for code in named.values() if code}


def test_every_check_has_its_test():
    modules = {path.stem for path in (SOURCE / "checks").glob("*.py")} - {"__init__"}
    assert {path.stem for path in (ROOT / "tests" / "checks").glob("test_*.py")} >= {f"test_{m}" for m in modules}


@every_code
def test_a_code_says_what_it_means_and_what_to_do(code):
    known = codes()[code]
    assert known.meaning.endswith(".")
    assert known.remedy.endswith(".")
    assert set(known.scenarios) <= set(range(1, 7))


def test_scenarios_are_the_chapters_of_the_reports():
    empty = Verdict("pass", {"name": "p"}, {"name": "p"}, None, (), ())
    text = [line.split()[1] for line in empty.to_text().splitlines() if re.match(r"[1-6] ", line)]
    assert tuple(text) == SCENARIOS
    from parityline.report.html import render

    assert tuple(re.findall(r"<h3>[1-6] (\w+)</h3>", render(empty))) == SCENARIOS
    assert {stage.scenario for stage in KINDS.values()} <= set(range(1, len(SCENARIOS) + 1))
