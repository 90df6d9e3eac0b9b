"""Texts of few values are read from Parquet as dictionaries: nobody but the clock may see it."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import parityline
from parityline.tables.files import _few_valued_texts

ROWS = 200_000
RNG = np.random.default_rng(4)
TABLE = pa.table(
    {
        "id": np.arange(ROWS),
        "few": pa.array(RNG.choice(["a", "b", "c"], ROWS), mask=RNG.random(ROWS) < 0.1),
        "many": [f"text {i}" for i in RNG.integers(0, 10**6, ROWS)],
    }
)


@pytest.fixture(params=[ROWS, 3_000], ids=["one row group", "many row groups"])
def path(request, tmp_path):
    path = tmp_path / "table.parquet"
    pq.write_table(TABLE, path, row_group_size=request.param)
    return path


def test_only_texts_of_few_values_in_long_row_groups_are_asked_for(tmp_path):
    pq.write_table(TABLE, tmp_path / "long.parquet", row_group_size=ROWS)
    assert _few_valued_texts(pq.ParquetFile(tmp_path / "long.parquet")) == ["few"]
    pq.write_table(TABLE, tmp_path / "short.parquet", row_group_size=3_000)
    assert _few_valued_texts(pq.ParquetFile(tmp_path / "short.parquet")) == []


def test_fingerprint_and_recorded_types_are_those_of_the_table(path):
    assert parityline.fingerprint(path, key="id").to_bytes() == parityline.fingerprint(TABLE, key="id").to_bytes()
    with parityline.record("p", environment="any") as run:
        run.source("s", path, key="id")
    assert run.record.stages["s"].table_facts[""]["types"] == {"id": "int64", "few": "string", "many": "string"}


def test_a_file_that_breaks_off_is_an_error(path):
    from parityline.errors import TableError

    path.write_bytes(path.read_bytes()[:-200_000])
    with pytest.raises(TableError):
        parityline.fingerprint(path)
