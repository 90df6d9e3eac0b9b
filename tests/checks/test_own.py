"""A package of ten lines adds a check, through an entry point, in a fresh process."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "own-checks.md").read_text(encoding="utf-8")
CHECK = PAGE.partition("```python\n")[2].partition("```")[0]
BROKEN = {
    "raises": CHECK.replace("for name in pair.common:", "for name in pair.common.of_no_kind:"),
    "another code": CHECK.replace("Finding(CODE", "Finding('rows-lost'"),
    "a code that is taken": CHECK.replace('"negative-prices"', '"rows-lost"'),
    "no code": CHECK.replace("CODE =", "NAME ="),
    "no remedy": CHECK.replace("REMEDY =", "WAY_OUT ="),
    "no such severity": CHECK + "\nSEVERITY = 'fatal'\n",
    "cannot be imported": "import a_module_that_is_not_there\n",
}


@pytest.fixture
def package(tmp_path):
    """Installs the module with an entry point, as an installer leaves it."""

    def installed(text: str) -> Path:
        site = tmp_path / "site"
        info = site / "shop_checks-1.0.dist-info"
        info.mkdir(parents=True)
        (site / "negative_prices.py").write_text(text, encoding="utf-8")
        (info / "METADATA").write_text("Metadata-Version: 2.1\nName: shop-checks\nVersion: 1.0\n", encoding="utf-8")
        (info / "entry_points.txt").write_text("[parityline.checks]\nprices = negative_prices\n", encoding="utf-8")
        return site

    return installed


def parityline(site: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    path = os.pathsep.join(filter(None, (str(site), os.environ.get("PYTHONPATH", ""))))
    command = [sys.executable, "-m", "parityline", *arguments]
    return subprocess.run(
        command, cwd=site.parent, env={**os.environ, "PYTHONPATH": path}, capture_output=True, text=True, check=False
    )


def tables(folder: Path) -> list[str]:
    before = pd.DataFrame({"id": range(50), "price": [1.5 * i for i in range(50)]})
    for name, table in (("a", before), ("b", before.assign(price=before["price"] - 2))):
        table.to_parquet(folder / f"{name}.parquet")
    return ["diff", "a.parquet", "b.parquet", "--key", "id"]


def test_it_is_in_the_verdict_the_page_and_the_report(package, tmp_path):
    site, compared = package(CHECK), tables(tmp_path)
    done = parityline(site, *compared, "--format", "json")
    told = {f["code"]: f for f in json.loads(done.stdout)["findings"]}
    assert done.returncode == 1
    assert "shifted-by-constant" in told
    found = told["negative-prices"]
    assert (found["column"], found["severity"], found["origin"]) == ("price", "error", "new")
    assert found["remedy"] == "Look for refunds that were booked as sales."
    assert "`price` goes down to -2; research: 0" in parityline(site, *compared, "--format", "html").stdout.replace(
        "&#39;", "'"
    )
    page = parityline(site, "explain", "negative-prices")
    assert page.returncode == 0
    assert "A column of prices holds negative numbers" in page.stdout
    assert found["remedy"] in page.stdout


@pytest.mark.parametrize("text", BROKEN.values(), ids=BROKEN)
def test_a_broken_one_is_unchecked_and_stops_nothing(package, tmp_path, text):
    site = package(text)
    compared = tables(tmp_path)
    verdict = json.loads(parityline(site, *compared, "--format", "json").stdout)
    assert {f["code"] for f in verdict["findings"]} == {"shifted-by-constant"}
    [unchecked] = verdict["unchecked"]
    assert "own check" in unchecked["what"]
    assert unchecked["why"].startswith("check-failed: ")
    same = parityline(site, "diff", "a.parquet", "a.parquet", "--key", "id")
    assert same.returncode == (0 if text in (BROKEN["raises"], BROKEN["another code"]) and "of_no" not in text else 3)
