"""The report and the pages of `parityline ui` in a real Chromium: nothing runs and nothing else is asked for."""

from __future__ import annotations

import shutil

import pytest
from histories import COLUMN, HOSTILE, recorded
from playwright.sync_api import sync_playwright

import parityline
from parityline.findings import Finding, StageResult, Unchecked, Verdict
from parityline.report.html import render
from required import missing

PROGRAMS = ("chromium", "chromium-browser", "google-chrome")


@pytest.fixture(scope="module")
def browser():
    program = next(filter(None, map(shutil.which, PROGRAMS)), None)
    if program is None:
        missing("there is no Chromium on this machine")
    with sync_playwright() as playwright:
        # it refuses to be root inside its own sandbox; what it opens is of this test alone
        own = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        yield own
        own.close()


class Watched:
    """A page, and what it must not do: run a script, open a dialog, ask for anything but itself, complain."""

    def __init__(self, context):
        self.page, self.asked, self.told = context.new_page(), [], []
        self.page.on("request", lambda request: self.asked.append(request.url))
        self.page.on("dialog", lambda dialog: (self.told.append(dialog.message), dialog.dismiss()))
        self.page.on("console", lambda message: self.told.append(message.text))
        self.page.on("pageerror", lambda error: self.told.append(str(error)))


def verdict():
    """12 stages of 500 columns in all; hostile stages, columns, values, paths, keys and reasons."""
    stages = [
        StageResult(name, "etl", 1 + n % 6, "fail", "new", (200, 199), inputs=(HOSTILE[n - 1],) if n else ())
        for n, name in enumerate(HOSTILE[:12])
    ]
    findings = []
    for n in range(500):
        name = HOSTILE[n % 120]
        evidence = {
            "map": {name: name},
            "rows_shown": [{"key": name, "expected": name, "found": {name: name}}],
            "calendar": {"by": name, "partitions": [name, f"2025-01-{1 + n % 28:02d}"], "states": ["missing", "same"]},
            "distributions": {"values": [name, "b"], "expected": [0.5, 0.5], "found": [0.25, 0.75]},
            "query": [name, name],
        }
        few = evidence if n < 60 else {"query": [name, name]}
        severity = ("error", "warning", "note")[n % 3]
        findings.append(Finding("recoded", stages[n % 12].name, f"{name} is another one in /data/{name}", name, 1,
                                severity=severity, evidence=few, remedy=name))  # fmt: skip
    facts = {"facts": {name: [name, name] for name in HOSTILE}}
    findings.append(
        Finding("environment-differs", "environment", HOSTILE[3], None, 2, severity="warning", evidence=facts)
    )
    left = (Unchecked(HOSTILE[0], HOSTILE[1], f"table-unreadable: {HOSTILE[2]}"),)
    title = {"name": HOSTILE[5], "environment": HOSTILE[6], "created": "2026-11-29", "file": f"/tmp/{HOSTILE[7]}"}
    return Verdict("fail", title, title, findings[0], tuple(stages), tuple(findings), left, left)


@pytest.fixture(scope="module")
def report(tmp_path_factory):
    path = tmp_path_factory.mktemp("report") / "report.html"
    path.write_text(render(verdict()), encoding="utf-8")
    assert path.stat().st_size < 500_000
    return path.as_uri()


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without scripts"])
def test_a_hostile_report_opens_from_disk_without_a_network_and_runs_nothing(browser, report, scripts):
    context = browser.new_context(offline=True, java_script_enabled=scripts)
    own = Watched(context)
    own.page.goto(report)
    text = own.page.inner_text("body")
    assert all(name in text for name in HOSTILE[:12])
    assert own.page.locator("script, iframe, img, object, embed, form, link").count() == 0
    assert own.page.locator(".finding").count() == 400  # the rest is said
    own.page.wait_for_timeout(300)
    assert (own.asked, own.told) == ([report], [])
    context.close()


def test_the_findings_can_be_filtered_without_a_script(browser, report):
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(report)
    shown = page.locator(".finding:visible")
    errors = sum(f.severity == "error" for f in verdict().findings[:400])
    assert (shown.count(), errors) == (400, 134)
    page.check("#only-errors")
    assert shown.count() == errors
    page.check("#show-all")
    assert shown.count() == 400
    context.close()


def test_dark_phone_and_paper(browser, report):
    colours = []
    for scheme in ("light", "dark"):
        page = browser.new_context(color_scheme=scheme, viewport={"width": 390, "height": 800}).new_page()
        page.goto(report)
        colours.append(page.evaluate("getComputedStyle(document.documentElement).colorScheme + matchMedia("
                                     "'(prefers-color-scheme: dark)').matches"))  # fmt: skip
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
    assert colours == ["light darkfalse", "light darktrue"]
    page.emulate_media(media="print")
    assert page.locator(".filter").is_hidden()
    assert page.pdf()[:5] == b"%PDF-"


def test_every_page_and_link_of_the_ui(browser, server):
    """Each is opened as a reader would: by its link."""
    home = f"http://127.0.0.1:{server}/"
    context = browser.new_context()
    own = Watched(context)
    left, seen = [home], {}
    while left:
        address = left.pop()
        answer = own.page.goto(address)
        seen[address] = answer.status
        if "html" in answer.headers["content-type"]:
            links = own.page.eval_on_selector_all("a[href]", "links => links.map(link => link.href)")
            assert all(link.startswith(home) for link in links)
            left += [link for link in dict.fromkeys(links) if link not in seen and link not in left]
            assert own.page.evaluate("document.scripts.length") == 0
    assert set(seen.values()) == {200}
    assert {address.removeprefix(home).split("?")[0].rstrip("0123456789") for address in seen} >= {"", "run/", "stage"}
    assert all(address.startswith(home) for address in own.asked)
    assert [line for line in own.told if "favicon" not in line] == []
    context.close()


def test_from_the_runs_to_a_column_and_back(browser, server):
    page = browser.new_context().new_page()
    page.goto(f"http://127.0.0.1:{server}/")
    page.click("a[href='/run/2']")
    assert "stored-as-float32" in page.inner_text(".first")
    assert COLUMN in page.inner_text("body")
    page.click("text=all runs")
    page.click("a[href^='/stage']:has-text('features')")
    assert "features" in page.inner_text("h1")


def test_both_distributions_of_a_column_are_drawn(browser, tmp_path):
    parityline.verify(recorded("research"), recorded("production", faulty=True)).to_html(tmp_path / "a.html")
    page = browser.new_context().new_page()
    page.goto((tmp_path / "a.html").as_uri())
    drawn = page.locator("path.found").first.bounding_box()
    assert drawn["width"] >= 300
    assert drawn["height"] >= 60
