"""Which rows differ: named from two records alone, and shown where the data is at hand."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner

import parityline
from parityline.cli.commands import cli
from parityline.fetching import MASKED

ROWS = 1_000_000
CHANGED, MISSING, EXTRA = 37, 11, 7


def big() -> pd.DataFrame:
    rng = np.random.default_rng(11)
    return pd.DataFrame({"id": np.arange(ROWS) * 3, "x": rng.normal(0, 1, ROWS), "kind": rng.choice(["a", "b"], ROWS)})


def damaged(table: pd.DataFrame) -> tuple[pd.DataFrame, dict[str, set[int]]]:
    """37 changed values, 11 rows lost, 7 new ones; and the keys of each."""
    rng = np.random.default_rng(12)
    places = rng.choice(ROWS, CHANGED + MISSING, replace=False)
    changed, lost = places[:CHANGED], places[CHANGED:]
    other = table.copy()
    other.loc[changed, "x"] += 1 + rng.random(CHANGED)
    new = pd.DataFrame({"id": np.arange(EXTRA) * 3 + 1, "x": 0.5, "kind": "a"})
    other = pd.concat([other.drop(index=lost), new], ignore_index=True)
    keys = {"values-differ": changed * 3, "rows-missing": lost * 3, "rows-extra": new["id"].to_numpy()}
    return other, {code: set(map(int, own)) for code, own in keys.items()}


@pytest.fixture(scope="module")
def tables() -> tuple[pd.DataFrame, pd.DataFrame, dict[str, set[int]]]:
    table = big()
    return (table, *damaged(table))


def recorded(table: pd.DataFrame, to: Path, key: object, environment: str) -> Path:
    with parityline.record("big", environment=environment, to=to) as run:
        run.source("table", table, key=key)
    return to


def by_plain_code(verdict: parityline.Verdict) -> dict[str, parityline.Finding]:
    """Findings by the code of the difference: a cause names the one that it explains."""
    return {f.explains[0] if f.explains else f.code: f for f in verdict.findings}


def test_all_keys_and_the_column_are_named_from_two_records(tables, tmp_path):
    before, after, keys = tables
    research = recorded(before, tmp_path / "a.parity", "id", "research")
    verdict = parityline.verify(research, recorded(after, tmp_path / "b.parity", "id", "production"))
    found = by_plain_code(verdict)
    assert {code: set(found[code].evidence["keys"]) for code in keys} == keys
    assert found["values-differ"].column == "x"
    assert {f.column for f in verdict.findings} == {None, "x"}
    assert all(found[code].evidence["exact"] for code in keys)


@pytest.mark.parametrize("key", [["name"], ["name", "kind"]], ids=["text", "composite"])
def test_hashed_keys_are_counted_and_named_where_the_data_is(tables, tmp_path, key):
    sides = [t.assign(name="customer " + t["id"].astype(str)).drop(columns="id") for t in tables[:2]]
    records = [recorded(t, tmp_path / f"{i}.parity", key, "here") for i, t in enumerate(sides)]
    found = by_plain_code(parityline.verify(*records))
    for code, own in tables[2].items():
        assert found[code].evidence["rows"] == len(own) == len(set(map(str, found[code].evidence["keys"])))
        assert all(str(label).startswith("#") for label in found[code].evidence["keys"])
    at_hand = by_plain_code(parityline.diff(*sides, key=key))
    for code, own in tables[2].items():
        names = [label if len(key) == 1 else label[0] for label in at_hand[code].evidence["keys"]]
        assert set(names) == {f"customer {number}" for number in own}


def test_two_values_are_shown_where_both_tables_are_at_hand(tables):
    before, after, keys = tables
    finding = by_plain_code(parityline.diff(before, after, key="id"))["values-differ"]
    left, right = before.set_index("id")["x"], after.set_index("id")["x"]
    shown = finding.evidence["rows_shown"]
    assert len(shown) == 20
    assert all((row["expected"], row["found"]) == (left[row["key"]], right[row["key"]]) for row in shown)
    assert {row["key"] for row in shown} <= keys["values-differ"]


def test_doubled_keys_are_told_apart_from_changed_rows():
    table = pd.DataFrame({"id": range(50_000), "x": np.arange(50_000) / 7})
    other = pd.concat([table, table.iloc[[5, 777]]]).reset_index(drop=True)
    other.loc[40_000, "x"] = -1.0
    found = {f.code: f for f in parityline.diff(table, other, key="id").findings}
    assert set(found["duplicate-keys"].evidence["keys"]) == {5, 777}
    changed = next(f for f in found.values() if f.column == "x")
    assert changed.evidence["keys"] == [40_000]


def test_verify_with_data_resolves_keys_and_masks_what_the_record_hides(tmp_path):
    names = [f"person {i}" for i in range(3_000)]
    table = pd.DataFrame({"name": names, "note": [f"told {i} times" for i in range(3_000)], "x": np.arange(3_000) / 3})
    other = table.copy()
    other.loc[[7, 99], "note"] = "secret"
    for frame, folder in ((table, "a"), (other, "b")):
        (tmp_path / folder).mkdir()
        frame.to_parquet(tmp_path / folder / "people.parquet")
        text = 'name = "people"\n[[stage]]\nname = "people"\nkind = "source"\ndata = "people.parquet"\nkey = ["name"]\n'
        (tmp_path / folder / "pipeline.toml").write_text(text)
        arguments = ["record", str(tmp_path / folder / "pipeline.toml"), "--environment", folder]
        assert CliRunner().invoke(cli, [*arguments, "--to", str(tmp_path / f"{folder}.parity")]).exit_code == 0
    arguments = ["verify", str(tmp_path / "a.parity"), str(tmp_path / "b.parity"), "--format", "json"]

    def shown(*more: str) -> list[dict[str, object]]:
        verdict = json.loads(CliRunner().invoke(cli, [*arguments, *more]).output)
        return verdict["findings"][0]["evidence"].get("rows_shown", [])

    assert shown() == []
    data = ["--data", str(tmp_path / "b" / "pipeline.toml")]
    assert {(r["key"], r["found"]) for r in shown(*data)} == {("person 7", MASKED), ("person 99", MASKED)}
    assert {(r["key"], r["found"]) for r in shown(*data, "--unmask")} == {
        ("person 7", "secret"),
        ("person 99", "secret"),
    }


def test_a_repeated_row_changes_only_the_columns_that_follow_from_the_repetition():
    table = big().head(2_000).assign(rows_of_key=1)
    doubled = table.iloc[100:140]
    other = pd.concat([table, doubled], ignore_index=True)
    other["rows_of_key"] = other.groupby("id")["x"].transform("size")
    verdict = parityline.diff(table, other, key="id")
    found = {f.column: f for f in verdict.findings if f.column and f.severity == "error"}
    assert set(found) == {"rows_of_key"}
    assert found["rows_of_key"].evidence["keys"] == sorted(doubled["id"].tolist())
