from __future__ import annotations

import pytest
from pairing import frame, stage

import parityline
from parityline.checks.same_process import same_files, same_process, same_totals

TABLE = frame()


@pytest.mark.parametrize(
    ("before", "after", "found"),
    [
        pytest.param({}, {}, [], id="nothing was said"),
        pytest.param({"query": "select 1"}, {"query": "SELECT\n  1;"}, [], id="another layout of the query"),
        pytest.param({"query": "select 1"}, {"query": "select 2"}, ["process-differs"], id="another query"),
        pytest.param({"query": "select 'A'"}, {"query": "select 'a'"}, ["process-differs"], id="another literal"),
        pytest.param({"options": {"sep": ","}}, {"options": {"sep": ";"}}, ["process-differs"], id="another option"),
        pytest.param({"options": {"a": 1, "b": 2}}, {"options": {"b": 2, "a": 1}}, [], id="another order of options"),
        pytest.param({"options": {"password": "x"}}, {"options": {"password": "y"}}, [], id="credentials are not kept"),
    ],
)
@pytest.mark.parametrize(("equal", "severity"), [(True, "note"), (False, "warning")])
def test_same_process(before, after, found, equal, severity):
    findings = list(same_process(stage(TABLE, **before), stage(TABLE, **after), equal))
    assert [f.code for f in findings] == found
    assert {f.severity for f in findings} <= {severity}


@pytest.mark.parametrize(
    ("compression", "equal", "found"),
    [
        pytest.param("zstd", True, [("file-layout", "note", "have other bytes")], id="other bytes, equal rows"),
        pytest.param("zstd", False, [("process-differs", "warning", "are others")], id="other bytes, other rows"),
        pytest.param("snappy", True, [], id="the same bytes"),
        pytest.param("snappy", False, [("process-differs", "warning", "same to the byte")], id="read otherwise"),
    ],
)
def test_files(tmp_path, compression, equal, found):
    paths = [tmp_path / "a.parquet", tmp_path / "b.parquet"]
    for path, how in zip(paths, ("snappy", compression), strict=True):
        TABLE.to_parquet(path, compression=how)
    sides = [stage(str(path)) for path in paths]
    findings = list(same_files(*sides, equal))
    assert [(f.code, f.severity) for f in findings] == [(code, severity) for code, severity, _ in found]
    assert all(words in f.sentence for f, (_, _, words) in zip(findings, found, strict=True))


@pytest.mark.parametrize(
    ("production", "groups"),
    [
        pytest.param(TABLE, [], id="the same totals"),
        pytest.param(TABLE.sample(frac=1, random_state=1), [], id="added in another order"),
        pytest.param(TABLE.assign(amount=TABLE["amount"] + (TABLE["city"] == "Oslo")), ["Oslo"], id="one group moved"),
        pytest.param(TABLE[TABLE["city"] != "Oslo"], ["Oslo"], id="one group is gone"),
    ],
)
def test_same_totals(production, groups):
    sides = [stage(table, totals={"amount": ["city"]}) for table in (TABLE, production)]
    findings = list(same_totals(*sides))
    assert [f.code for f in findings] == ["values-differ"] * bool(groups)
    assert [g for f in findings for g in f.evidence["groups"]] == groups


def test_totals_that_one_side_has_not_are_not_compared():
    assert list(same_totals(stage(TABLE, totals={"amount": ["city"]}), stage(TABLE))) == []


@pytest.mark.parametrize(("rows", "said"), [("same", True), ("new", False)])
def test_other_files_of_new_rows_go_without_saying(tmp_path, rows, said):
    paths = [tmp_path / "a.parquet", tmp_path / "b.parquet"]
    for path, table in zip(paths, (TABLE, TABLE.assign(amount=TABLE["amount"] + 1)), strict=True):
        table.to_parquet(path)
    records = []
    for path in paths:
        with parityline.record("files", environment=path.name) as run:
            run.source("raw", path, key="id")
        records.append(run.record)
    verdict = parityline.verify(*records, rows=rows)
    assert any(f.code == "process-differs" for f in verdict.findings) == said
