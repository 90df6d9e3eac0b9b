"""A verdict for other programs: JUnit, Markdown and SARIF that hold whatever the data is called."""

from __future__ import annotations

import json
import re
from xml.etree import ElementTree

import jsonschema
import numpy as np
import pandas as pd
import pytest

import parityline
from parityline.cli import run
from parityline.report import exchange
from schemas import sarif

HOSTILE = [
    "<script>alert(1)</script>",
    "a|b",
    "`tick`",
    "]]>",
    "\x00\x1b[31m",
    "[x](javascript:1)",
    "new\nline",
    "&amp;",
    "ä\u202e",
]


def recorded(factor: float, *, hostile: bool = False, unread: bool = False) -> parityline.Record:
    names = HOSTILE if hostile else ["x"]
    table = pd.DataFrame({"id": range(40), **{name: [i * factor for i in range(40)] for name in names}})
    with parityline.record(HOSTILE[0] if hostile else "shop", environment="research") as recorder:
        recorder.source("raw", table[["id"]], key="id")
        recorder.features(HOSTILE[1] if hostile else "made", table, key="id", inputs=["raw"])
        recorder.etl("late", table[["id"]], key="id")
    if unread:
        recorder.record.stages["late"].unchecked = "source-unreadable: gone"
    return recorder.record


@pytest.fixture(scope="module", params=[False, True], ids=["plain", "hostile"])
def verdict(request):
    sides = recorded(1.0, hostile=request.param), recorded(2.5, hostile=request.param, unread=True)
    return parityline.verify(*sides)


def test_junit_counts_what_it_holds(verdict):
    text = exchange.junit(verdict)
    suite = ElementTree.fromstring(text).find("testsuite")
    cases = suite.findall("testcase")
    assert int(suite.get("tests")) == len(cases) == len(verdict.stages)
    assert int(suite.get("failures")) == len(suite.findall("testcase/failure")) == 1
    assert int(suite.get("skipped")) == len(suite.findall("testcase/skipped")) == 1
    failure = suite.find("testcase/failure")
    assert failure.get("type") == verdict.first.code
    assert len(failure.text.splitlines()) == sum(f.severity == "error" for f in verdict.findings)


def test_junit_of_a_verdict_that_holds():
    suite = ElementTree.fromstring(exchange.junit(parityline.verify(recorded(1.0), recorded(1.0)))).find("testsuite")
    assert (suite.get("failures"), suite.get("skipped")) == ("0", "0")


def test_markdown_has_a_row_a_stage_and_no_live_sign(verdict):
    text = exchange.markdown(verdict)
    rows = [line for line in text.splitlines() if line.startswith("| ")][1:]
    assert len(rows) == len(verdict.stages)
    assert all(len(re.findall(r"(?<!\\)\|", row)) == 5 for row in rows)
    assert "**DIFFERS**" in text
    assert not re.search(r"(?<!\\)<(?!/?details>|/?summary>)", text)
    assert not re.search(r"(?<!\\)\]\(", text)
    assert "\x1b" not in text


def test_markdown_says_how_many_more():
    wide = {f"c{i}": range(40) for i in range(30)}
    records = []
    for shift in (0, 1):
        table = pd.DataFrame(
            {"id": range(40), **{n: [v * v + shift * v for v in values] for n, values in wide.items()}}
        )
        with parityline.record("wide", environment="x") as recorder:
            recorder.source("raw", table, key="id")
        records.append(recorder.record)
    text = exchange.markdown(parityline.verify(*records))
    assert "- and 10 more" in text


@pytest.fixture(scope="module")
def schema():
    return sarif()


def test_sarif_validates_against_its_schema(verdict, schema):
    content = json.loads(exchange.sarif(verdict))
    jsonschema.validate(content, schema)
    results = content["runs"][0]["results"]
    assert [r["ruleId"] for r in results] == [f.code for f in verdict.findings]
    assert len({r["partialFingerprints"]["parityline/v1"] for r in results}) == len(results)
    assert len(content["runs"][0]["invocations"][0]["toolExecutionNotifications"]) == len(verdict.unchecked)


@pytest.mark.parametrize("form", ["json", "junit", "sarif", "markdown", "html"])
def test_the_command_writes_every_form(form, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    recorded(1.0).write("a.parity")
    recorded(2.5).write("b.parity")
    assert run(["verify", "a.parity", "b.parity", "--format", form, "--to", "out"]) == 1
    assert (tmp_path / "out").stat().st_size > 300
    assert run(["verify", "a.parity", "a.parity", "--format", form]) == 0


def test_the_report_is_a_page(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    recorded(1.0).write("a.parity")
    recorded(2.5).write("b.parity")
    assert run(["report", "a.parity", "b.parity"]) == 1
    assert capsys.readouterr().out == "parityline.html: fail\n"
    assert "<html" in (tmp_path / "parityline.html").read_text()


def test_a_stage_that_only_follows_is_no_failure_of_its_own():
    table = pd.DataFrame({"id": range(300), "x": np.arange(300) / 7})

    def run(environment, number):
        with parityline.record("two", environment=environment) as made:
            rows = made.source("rows", table.astype({"x": number}), key="id")
            made.features("features", rows, key="id", inputs=["rows"])
        return made.record

    verdict = parityline.verify(run("research", "float64"), run("production", "float32"))
    suite = ElementTree.fromstring(exchange.junit(verdict)).find("testsuite")
    assert (suite.get("failures"), suite.get("skipped")) == ("1", "1")
    assert suite.find("testcase[@name='features']/skipped").get("message") == "follows from rows; nothing new"
    assert "| features | follows | follows from rows; nothing new |" in exchange.markdown(verdict)
    assert "Inherited, behind rows." in exchange.sarif(verdict)
