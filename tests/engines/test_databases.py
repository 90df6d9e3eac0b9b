"""Eight real tables through five carriers: one fingerprint, or a loss that the carrier is known for.

PostgreSQL is a server of the test's own, on a socket. Known losses: pandas has no null in numbers and booleans of its
own types, so null becomes NaN there; SQLite has neither booleans nor times.
"""

from __future__ import annotations

import contextlib
import socket
import sqlite3
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import parityline
from parityline import TableError
from parityline.pipelines import record_pipeline
from parityline.tables.databases import query_table
from postgres import server

ROWS = 5_000
TABLES = {
    "flights": "nycflights13/flights.parquet",
    "weather": "nycflights13/weather.parquet",
    "planes": "nycflights13/planes.parquet",
    "airports": "nycflights13/airports.parquet",
    "adult": "adult/adult.parquet",
    "diamonds": "diamonds/diamonds.parquet",
    "bike_hours": "bike_sharing/hour.parquet",
    "churn": "telco_churn/telco_churn.parquet",
}


@pytest.fixture(scope="module")
def uri() -> Iterator[str]:
    with server() as psql:
        folder = psql[psql.index("-h") + 1]
        user = psql[psql.index("-U") + 1] if "-U" in psql else ""
        yield f"postgresql:///postgres?host={folder}" + (f"&user={user}" if user else "")


@pytest.fixture(scope="module")
def tables(data: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The first rows of each table, dictionaries as plain text, as a Parquet file."""
    folder, found = tmp_path_factory.mktemp("tables"), {}
    for name, path in TABLES.items():
        table = pq.read_table(data / path).slice(0, ROWS)
        for at, field in enumerate(table.schema):
            if pa.types.is_dictionary(field.type):
                table = table.set_column(at, field.name, table.column(at).cast(pa.string()))
        found[name] = folder / f"{name}.parquet"
        pq.write_table(table, found[name])
    return found


def _postgres(path: Path, uri: str) -> Any:
    import adbc_driver_postgresql.dbapi as driver

    with driver.connect(uri) as connection, connection.cursor() as cursor:
        cursor.adbc_ingest(path.stem, pq.read_table(path), mode="replace")
        connection.commit()
    return query_table(f'SELECT * FROM "{path.stem}"', uri)


def _sqlite(path: Path, _: str) -> Any:
    file = path.with_suffix(".sqlite")
    table = pq.read_table(path)
    with sqlite3.connect(file) as connection:
        names = ", ".join(f'"{n}"' for n in table.column_names)
        connection.execute("DROP TABLE IF EXISTS t")
        connection.execute(f"CREATE TABLE t ({names})")
        marks = ", ".join("?" * table.num_columns)
        rows = zip(*(column.to_pylist() for column in table.columns), strict=True)
        plain = ([str(v) if hasattr(v, "isoformat") else v for v in row] for row in rows)
        connection.executemany(f"INSERT INTO t VALUES ({marks})", plain)
    connection.close()
    return query_table("SELECT * FROM t", str(file))


def _duckdb(path: Path, _: str) -> Any:
    file = path.with_suffix(".duckdb")
    if not file.exists():
        with duckdb.connect(str(file)) as connection:
            connection.sql(f"CREATE TABLE t AS SELECT * FROM '{path}'")
    return query_table("SELECT * FROM t", str(file))


CARRIERS: dict[str, Callable[[Path, str], Any]] = {
    "Parquet": lambda path, _: pq.read_table(path),
    "PostgreSQL": _postgres,
    "SQLite": _sqlite,
    "DuckDB": _duckdb,
    "pandas": lambda path, _: pd.read_parquet(path),
}


@pytest.mark.parametrize("carrier", CARRIERS)
@pytest.mark.parametrize("name", TABLES)
def test_one_table_has_one_fingerprint(name, carrier, tables, uri):
    path = tables[name]
    expected = parityline.fingerprint(path)
    found = parityline.fingerprint(CARRIERS[carrier](path, uri))
    assert (found.rows, list(found.columns)) == (expected.rows, list(expected.columns))
    for column, own in expected.columns.items():
        other = found.columns[column]
        if carrier == "SQLite" and (own.type == "boolean" or own.type.startswith(("timestamp", "date"))):
            assert other.type != own.type or other.digests == own.digests
            continue
        if carrier == "pandas" and own.missing and other.shape.nans == own.missing:
            assert (other.totals, other.range, other.distribution) == (own.totals, own.range, own.distribution), column
            continue
        assert other.digests.values == own.digests.values, column
        assert (other.type, other.missing, other.mean) == (own.type, own.missing, own.mean), column
    if carrier in ("PostgreSQL", "DuckDB"):
        assert found.to_bytes() == expected.to_bytes()


def test_numbers_of_any_size_are_decimals(uri):
    table = query_table("SELECT 12.50::numeric AS a, 1e20::numeric AS b, NULL::numeric AS c, 7::bigint AS d", uri)
    found = parityline.fingerprint(table)
    assert [found.columns[n].min for n in "abd"] == [12.5, 1e20, 7]
    assert found.columns["c"].missing == 1


@pytest.mark.parametrize(
    ("sql", "words"),
    [
        pytest.param("SELECT * FROM nowhere", 'relation "nowhere" does not exist', id="no such table"),
        pytest.param("SELECT 1/0 AS x", "division by zero", id="fails"),
        pytest.param("SELECT 'NaN'::numeric AS x", "cast it in the query", id="a numeric that is NaN"),
        pytest.param("DROP TABLE flights", "read-only", id="writes"),
    ],
)
def test_a_query_that_fails_is_said(uri, sql, words):
    with pytest.raises(TableError, match=words):
        parityline.fingerprint(query_table(sql, uri))


def test_a_server_that_is_not_there_is_said_without_its_address():
    table = query_table("SELECT 1", "postgresql://ann:canary-pass@127.0.0.1:9/canary-base?connect_timeout=2")
    with pytest.raises(TableError) as caught:
        parityline.fingerprint(table)
    assert "canary" not in str(caught.value)


@pytest.mark.parametrize("engine", ["postgresql", "duckdb", "sqlite"])
def test_a_cell_that_an_engine_quotes_is_not_kept_in_the_record(engine, uri, tmp_path, monkeypatch):
    """The user is told, and the record keeps that the query failed."""
    sql = {
        "postgresql": "SELECT 'Canary Anna'::integer AS x",
        "duckdb": "SELECT CAST('Canary Anna' AS INTEGER) AS x",
        "sqlite": """SELECT json_extract('{"a": 1}', 'Canary Anna') AS x""",
    }[engine]
    duckdb.connect(str(tmp_path / "a.duckdb")).close()
    sqlite3.connect(tmp_path / "a.sqlite").close()
    where = {"postgresql": uri}.get(engine, str(tmp_path / f"a.{engine}"))
    with (
        parityline.record("shop", environment="production") as run,
        pytest.warns(parityline.RecordingWarning, match="Canary Anna"),
    ):
        run.source("people", query_table(sql, where))
    assert "the query failed" in str(run.record.stages["people"].unchecked)
    assert b"Canary" not in run.record.to_bytes()


class Proxy:
    """Between a client and the server; ends each connection after so many bytes from the server."""

    def __init__(self, folder: Path, target: str, after: int) -> None:
        self.listening = socket.socket(socket.AF_UNIX)
        self.listening.bind(str(folder / ".s.PGSQL.5432"))
        self.listening.listen()
        self.target, self.left = target, after
        threading.Thread(target=self.run, daemon=True).start()

    def run(self) -> None:
        try:
            while True:
                client, _ = self.listening.accept()
                upstream = socket.socket(socket.AF_UNIX)
                upstream.connect(self.target)
                threading.Thread(target=self.pump, args=(client, upstream, None), daemon=True).start()
                self.pump(upstream, client, self.left)
        except OSError:
            return

    @staticmethod
    def pump(source: socket.socket, to: socket.socket, left: int | None) -> None:
        try:
            while block := source.recv(4096 if left is None else min(4096, left)):
                to.sendall(block)
                left = None if left is None else left - len(block)
                if left == 0:
                    break
        except OSError:
            ...  # the other end went away
        for own in (source, to):
            with contextlib.suppress(OSError):
                own.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        self.listening.close()


def test_a_connection_that_is_lost_leaves_the_stage_unchecked(uri, tables, tmp_path, monkeypatch, recwarn):
    """At 20 points of the answer, from the first bytes to the last: not recorded, never half; the next try is whole."""
    _postgres(tables["planes"], uri)
    folder = uri.partition("host=")[2].partition("&")[0]
    (tmp_path / "pipeline.toml").write_text(
        'name = "shop"\n[[stage]]\nname = "planes"\nkind = "source"\nsql = "SELECT * FROM planes"\nfrom = "env:SHOP"\n'
    )
    whole = parityline.fingerprint(query_table("SELECT * FROM planes", uri)).rows
    for point in range(20):
        place = tmp_path / f"p{point}"
        place.mkdir()
        proxy = Proxy(place, f"{folder}/.s.PGSQL.5432", 40 + point * 9_000)
        try:
            monkeypatch.setenv("SHOP", uri.replace(folder, str(place)))
            record = record_pipeline(tmp_path / "pipeline.toml", environment="production")
        finally:
            proxy.close()
        stage = record.stages["planes"]
        assert stage.unchecked is not None, point
        assert not stage.tables
    monkeypatch.setenv("SHOP", uri)
    record = record_pipeline(tmp_path / "pipeline.toml", environment="production")
    assert record.stages["planes"].table.rows == whole
    recwarn.clear()


@pytest.mark.parametrize("gone", ["", "counted"])
def test_outputs_of_three_engines_in_one_pipeline_have_a_line_each(gone, uri, tmp_path):
    """pandas, DuckDB and PostgreSQL, one after the other, without an orchestrator; one is missing in production."""
    orders = pd.DataFrame(
        {"id": range(300), "shop": [n % 7 for n in range(300)], "amount": [n / 4 for n in range(300)]}
    )
    orders.to_parquet(tmp_path / "orders.parquet")
    _postgres(tmp_path / "orders.parquet", uri)

    def run(environment, left=""):
        with parityline.record("shops", environment=environment) as made:
            made.source("orders", orders, key="id")
            made.etl("priced", orders.assign(amount=orders["amount"] * 2), key="id", inputs=["orders"])
            relation = duckdb.sql("SELECT shop, sum(amount) AS amount FROM orders GROUP BY shop")
            made.etl("summed", relation, key="shop", inputs=["priced"])
            if left != "counted":
                query = query_table("SELECT shop, count(*) AS n FROM orders GROUP BY shop", uri)
                made.etl("counted", query, key="shop", inputs=["orders"])
        return made.record

    verdict = parityline.verify(run("research"), run("production", gone))
    assert {stage.name: stage.status for stage in verdict.stages} == {
        **dict.fromkeys(("orders", "priced", "summed"), "pass"), "counted": "unchecked" if gone else "pass",
    }  # fmt: skip
    assert verdict.exit_code == (3 if gone else 0)
    assert all(f" {name} " in str(verdict) for name in ("orders", "priced", "summed", "counted"))


def test_a_large_result_of_sqlite_is_read_in_batches_with_the_bytes_of_one(tmp_path, monkeypatch):
    """Nulls come first, a column is mixed only at its end, and whole numbers become fractions on the way."""
    rows = [(i, None if i < 150 else i * 0.5, "text" if i == 499 else i, f"name {i % 7}") for i in range(500)]
    with contextlib.closing(sqlite3.connect(tmp_path / "a.db")) as database:
        database.execute("CREATE TABLE t (id, late, mixed, name)")
        database.executemany("INSERT INTO t VALUES (?, ?, ?, ?)", rows)
        database.commit()
    table = query_table("SELECT * FROM t ORDER BY id", str(tmp_path / "a.db"))
    whole = parityline.fingerprint(table, key="id")
    monkeypatch.setattr("parityline.tables.databases.BATCH_ROWS", 100)
    assert [batch.rows for batch in table.read()] == [100] * 5
    assert parityline.fingerprint(table, key="id").to_bytes() == whole.to_bytes()
    assert {n: c.summarised for n, c in whole.columns.items()} == {
        "id": True,
        "late": True,
        "mixed": False,
        "name": True,
    }
