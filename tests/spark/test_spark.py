"""A Spark DataFrame has the fingerprint of its rows on one machine, byte by byte, however it is parted."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

import parityline
from parityline import TableError
from required import missing

pytestmark = [
    pytest.mark.filterwarnings("ignore:PySpark does not yet:FutureWarning"),
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]

KEYWORDS: dict[str, dict[str, Any]] = {
    "with nothing": {},
    "with a key": {"key": "id"},
    "with everything": {"key": "id", "partition": "carrier", "target": "origin", "entity": "tailnum"},
}


@pytest.fixture(scope="module")
def spark() -> Iterator[Any]:
    if shutil.which("java") is None and not os.environ.get("JAVA_HOME"):
        missing("there is no Java, which Spark needs")
    from pyspark.sql import SparkSession

    os.environ["PYSPARK_PYTHON"] = sys.executable
    builder = SparkSession.builder.master("local[2]").appName("parityline")
    settings = {
        "spark.ui.enabled": "false",
        "spark.driver.host": "127.0.0.1",
        "spark.driver.bindAddress": "127.0.0.1",
        "spark.sql.session.timeZone": "UTC",
        "spark.task.maxFailures": "4",
        "spark.sql.shuffle.partitions": "4",
    }
    for name, value in settings.items():
        builder = builder.config(name, value)
    session = builder.getOrCreate()
    session.sparkContext.setLogLevel("OFF")
    yield session
    session.stop()


@pytest.fixture(scope="module")
def path(data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    table = pq.read_table(data / "nycflights13" / "flights.parquet").slice(0, 4_000)
    table = table.append_column("id", [list(range(table.num_rows))])
    found = tmp_path_factory.mktemp("spark") / "flights.parquet"
    pq.write_table(table, found)
    return found


@pytest.mark.parametrize(
    ("parts", "keywords"), [(1, "with nothing"), (1, "with everything"), (7, "with a key"), (64, "with everything")]
)
def test_the_same_bytes_as_on_one_machine(spark, path, parts, keywords):
    frame = spark.read.parquet(str(path)).repartition(parts)
    expected = parityline.fingerprint(path, **KEYWORDS[keywords])
    assert parityline.fingerprint(frame, **KEYWORDS[keywords]).to_bytes() == expected.to_bytes()


def test_rows_in_another_order(spark, path):
    from pyspark.sql.functions import rand

    frame = spark.read.parquet(str(path)).orderBy(rand(3))
    assert parityline.fingerprint(frame, key="id").to_bytes() == parityline.fingerprint(path, key="id").to_bytes()


def test_a_worker_that_is_killed_counts_once(spark, path, tmp_path):
    """The Python of one task ends in the middle; Spark tries it again."""
    mark = str(tmp_path / "killed")

    def fragile(batches: Any) -> Any:
        for batch in batches:
            if not os.path.exists(mark):
                open(mark, "w").close()
                os._exit(9)
            yield batch

    whole = spark.read.parquet(str(path)).repartition(3)
    frame = whole.mapInArrow(fragile, whole.schema)
    from parityline.engines import spark as engine

    try:
        found = parityline.fingerprint(frame, key="id")
    except TableError:
        # a local master does not repeat tasks unless it is told to: nothing was recorded, and the next try is whole
        found = parityline.fingerprint(frame, key="id")
    assert os.path.exists(mark)
    assert engine.MERGED_BY > 1
    assert found.to_bytes() == parityline.fingerprint(path, key="id").to_bytes()


def test_no_rows(spark, path):
    frame = spark.read.parquet(str(path)).limit(0)
    found = parityline.fingerprint(frame, key="id")
    assert found.rows == 0
    assert set(found.columns) == set(parityline.fingerprint(path).columns)


def test_a_task_that_fails_is_said(spark, path):
    def broken(batches: Any) -> Any:
        for _ in batches:
            raise ValueError("planted")
        yield from ()

    whole = spark.read.parquet(str(path))
    with pytest.raises(TableError, match="planted"):
        parityline.fingerprint(whole.mapInArrow(broken, whole.schema))


def test_a_stage_of_a_run(spark, path):
    records = []
    for environment, table in (("research", path), ("production", spark.read.parquet(str(path)))):
        with parityline.record("flights", environment=environment) as run:
            assert run.source("flights", table, key="id") is table
        records.append(run.record)
    verdict = parityline.verify(*records)
    assert verdict.status == "pass", verdict.to_text()
    assert records[1].stages["flights"].table_facts[""]["engine"] == "spark"


def test_what_needs_the_rows_here_says_so(spark, path):
    frame = spark.read.parquet(str(path))
    with parityline.record("flights", environment="research") as run, pytest.warns(parityline.RecordingWarning):
        run.split("split", {"train": frame, "test": frame}, key="id")
    assert "stay on the cluster" in str(run.record.stages["split"].unchecked)
