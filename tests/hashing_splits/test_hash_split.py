"""A split by the hash of a key is the same everywhere: in pandas, Polars, Arrow, DuckDB and a PostgreSQL server."""

from __future__ import annotations

import csv
import datetime
import io
import subprocess
import uuid
from collections import Counter
from fractions import Fraction

import duckdb
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

import parityline
from parityline import UsageError, hash_split, hash_split_sql
from postgres import server

PARTS = {"train": 0.7, "validation": 0.1, "test": 0.2}
ROWS = 100_000


def keys() -> pd.DataFrame:
    """Whole numbers on both sides of zero, texts of many scripts, and a pair of both."""
    rng = np.random.default_rng(4)
    alphabet = list("abcäøß漢字 '\"\\,😀éI")
    texts = ["".join(rng.choice(alphabet, rng.integers(1, 9))) + str(n) for n in range(ROWS)]
    whole = rng.permutation(ROWS).astype(np.int64) * 7_919 - 300_000_000
    return pd.DataFrame({"whole": whole, "text": texts})


@pytest.fixture(scope="module")
def table() -> pd.DataFrame:
    return keys()


KINDS = pytest.mark.parametrize("key", ["whole", "text", ["whole", "text"]], ids=["int", "text", "composite"])


@KINDS
def test_the_same_in_pandas_polars_arrow_and_duckdb(table, key):
    names = [key] if isinstance(key, str) else key
    expected = hash_split(table[names], PARTS, seed=3)
    assert set(expected) == set(PARTS)
    polars, arrow = pl.from_pandas(table), pa.Table.from_pandas(table)
    assert (hash_split(polars[names], PARTS, seed=3) == expected).all()
    assert (hash_split(arrow.select(names), PARTS, seed=3) == expected).all()
    assert (hash_split([table[n] for n in names], PARTS, seed=3) == expected).all()
    sql = hash_split_sql(key, PARTS, seed=3)
    assert (duckdb.sql(f"SELECT {sql} AS part FROM arrow").fetchnumpy()["part"] == expected).all()


@pytest.fixture(scope="module")
def loaded(table):
    """A real server with the keys in a table."""
    with server() as psql:
        create = "CREATE TABLE t (row int, whole bigint, text text); COPY t FROM STDIN WITH (FORMAT csv);"
        rows = io.StringIO()
        csv.writer(rows).writerows(zip(range(ROWS), table["whole"], table["text"], strict=True))
        subprocess.run([*psql, "-c", create.split(";")[0]], check=True)
        subprocess.run([*psql, "-c", create.split(";")[1]], check=True, input=rows.getvalue().encode())
        yield psql


@KINDS
def test_the_same_on_a_postgresql_server(table, loaded, key):
    names = [key] if isinstance(key, str) else key
    sql = hash_split_sql(key, PARTS, seed=3, dialect="postgresql")
    done = subprocess.run([*loaded, "-c", f"SELECT {sql} FROM t ORDER BY row"], check=True, capture_output=True)
    assert done.stdout.decode().split() == list(hash_split(table[names], PARTS, seed=3))


def test_shares_are_met(table):
    """Each share within five standard deviations of a binomial: one failure in 1.7 million honest hashes."""
    found = Counter(hash_split(table["whole"], PARTS))
    for name, share in PARTS.items():
        assert abs(found[name] - share * ROWS) < 5 * (ROWS * share * (1 - share)) ** 0.5


def test_rows_keep_their_part(table):
    whole = hash_split(table["text"], PARTS)
    shuffled = table.sample(frac=0.5, random_state=1)
    assert (hash_split(shuffled["text"], PARTS) == whole[shuffled.index]).all()
    assert (hash_split(table["text"], PARTS, seed=1) != whole).mean() > 0.3


def test_known_parts():
    """The parts of some keys, so that no release moves a row."""
    assert list(hash_split([1, 2, 3, 4, 5, 6, 7, 8], {"a": 0.5, "b": 0.5})) == list(KNOWN)


KNOWN = "aabbaaba"


def test_nulls_have_no_part():
    parts = {"a": 0.5, "b": 0.5}
    pairs = {"x": [1, None, 3], "y": ["p", "q", None]}
    assert list(hash_split(pairs, parts))[1:] == [None, None]
    assert list(hash_split(pd.Series([1, None]), parts)) == [*hash_split([1], parts), None]
    assert list(hash_split(pd.array([1, None], "Int64"), parts)) == [*hash_split([1], parts), None]
    frame = pd.DataFrame({"x": pd.array([1, None, 3], "Int64"), "y": ["p", "q", None]})
    found = duckdb.sql(f"SELECT {hash_split_sql(['x', 'y'], parts)} FROM frame").fetchall()
    assert [row[0] for row in found] == list(hash_split(frame, parts))


def test_no_rows_have_no_parts():
    assert hash_split([], {"a": 1.0}).shape == (0,)
    assert hash_split(pd.Series([], dtype="int64"), {"a": 0.5, "b": 0.5}).shape == (0,)


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        ([True, False], "BOOLEAN"),
        ([datetime.date(2024, 2, 29), datetime.date(1900, 1, 1)], "DATE"),
        ([uuid.UUID(int=5), uuid.UUID(int=1 << 100)], "UUID"),
        ([-(2**63), 2**63 - 1], "BIGINT"),
        (["", " ", "Ö", "ö"], "VARCHAR"),
    ],
)
def test_keys_of_every_kind_agree_with_duckdb(values, kind):
    parts = {f"p{n}": 1 / 16 for n in range(16)}
    con = duckdb.connect()
    con.execute(f'CREATE TABLE t ("a ""b" {kind}, n INTEGER)')
    con.executemany("INSERT INTO t VALUES (?, ?)", [(v, n) for n, v in enumerate(values)])
    sql = hash_split_sql('a "b', parts)
    assert [r[0] for r in con.execute(f"SELECT {sql} FROM t ORDER BY n").fetchall()] == list(hash_split(values, parts))


@pytest.mark.parametrize(
    ("key", "parts", "said"),
    [
        ([1.5], {"a": 1.0}, "whole numbers"),
        ([datetime.datetime(2024, 1, 1)], {"a": 1.0}, "whole numbers"),
        ([b"x"], {"a": 1.0}, "whole numbers"),
        ([1], {"a": 0.5, "b": 0.6}, "1 together"),
        ([1], {"a": 1.5, "b": -0.5}, "positive shares"),
        ([1], {}, "positive shares"),
        ([[1, 2], [3]], {"a": 1.0}, "one length"),
    ],
)
def test_what_has_no_stable_text_is_refused(key, parts, said):
    with pytest.raises(UsageError, match=said):
        hash_split(key, parts)


def test_unknown_dialects_are_refused():
    with pytest.raises(UsageError, match="duckdb, postgresql or spark"):
        hash_split_sql("id", {"a": 1.0}, dialect="mysql")
    with pytest.raises(UsageError, match="at least one column"):
        hash_split_sql([], {"a": 1.0})


@given(st.lists(st.integers(1, 50), min_size=1, max_size=6), st.lists(st.integers(-9, 9), max_size=30))
def test_parts_follow_from_keys_alone(weights, keys_):
    total = sum(weights)
    parts = {str(n): float(Fraction(weight, total)) for n, weight in enumerate(weights)}
    found = hash_split(keys_, parts)
    assert len({(k, p) for k, p in zip(keys_, found, strict=True)}) == len(set(keys_))


def test_it_is_public():
    assert parityline.hash_split is hash_split
