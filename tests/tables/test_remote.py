"""Files behind URLs are read by fsspec, and nothing that a URL hides is shown."""

from __future__ import annotations

import gzip
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, ClassVar

import fsspec
import pyarrow as pa
import pyarrow.csv
import pyarrow.ipc
import pyarrow.parquet as pq
import pytest
from fsspec.spec import AbstractBufferedFile, AbstractFileSystem

from parityline import fingerprint
from parityline.errors import TableError
from parityline.tables import open_table

TABLE = pa.table({"i": [1, 2, 3], "t": ["a", "é", None]})


@pytest.fixture
def memory() -> Iterator[Any]:
    filesystem = fsspec.filesystem("memory")
    filesystem.store.clear()
    yield filesystem
    filesystem.store.clear()


def written(ending: str) -> bytes:
    sink = pa.BufferOutputStream()
    if ending == "parquet":
        pq.write_table(TABLE, sink, row_group_size=2)
    elif ending == "arrow":
        with pa.ipc.new_file(sink, TABLE.schema) as out:
            out.write_table(TABLE)
    elif ending == "ipc":
        with pa.ipc.new_stream(sink, TABLE.schema) as out:
            out.write_table(TABLE)
    elif ending == "jsonl":
        return '{"i": 1, "t": "a"}\n{"i": 2, "t": "é"}\n{"i": 3, "t": null}\n'.encode()
    else:
        pyarrow.csv.write_csv(TABLE, sink)
    data = sink.getvalue().to_pybytes()
    return gzip.compress(data) if ending.endswith(".gz") else data


@pytest.mark.parametrize("ending", ["parquet", "arrow", "ipc", "jsonl", "csv", "csv.gz"])
def test_a_file_of_each_kind(ending: str, memory: Any) -> None:
    memory.pipe(f"/tables/f.{ending}", written(ending))
    url = f"memory://tables/f.{ending}"
    assert fingerprint(url) == fingerprint(TABLE)
    assert [batch.rows for batch in open_table(url).read()]
    assert fingerprint(url) == fingerprint(url)


def test_globs_and_folders_are_read_in_the_order_of_their_names(memory: Any) -> None:
    for name, rows in (("b", TABLE.slice(1)), ("a", TABLE.slice(0, 1))):
        sink = pa.BufferOutputStream()
        pq.write_table(rows, sink)
        memory.pipe(f"/month/{name}.parquet", sink.getvalue().to_pybytes())
    memory.pipe("/month/notes.txt", b"no table")
    expected = fingerprint(TABLE, ordered=True)
    for url in ("memory://month/*.parquet", "memory://month", "memory://**/*.parquet"):
        assert fingerprint(url, ordered=True) == expected


def test_the_facts_of_files_behind_a_url(memory: Any) -> None:
    memory.pipe("/tables/f.parquet", written("parquet"))
    facts = open_table("memory://tables/f.parquet", digest_files=True).files
    assert (facts["names"], facts["size_bytes"]) == (["f.parquet"], len(written("parquet")))


def test_a_file_url_is_a_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pq.write_table(TABLE, tmp_path / "a file#1.parquet")
    monkeypatch.setitem(sys.modules, "fsspec", None)
    assert fingerprint((tmp_path / "a file#1.parquet").as_uri()) == fingerprint(TABLE)
    assert fingerprint(f"file://{tmp_path}/*.parquet") == fingerprint(TABLE)


@pytest.mark.parametrize(
    ("url", "message"),
    [
        pytest.param("memory://nowhere/f.parquet", r"memory://nowhere/f\.parquet: expected files", id="absent"),
        pytest.param("memory://nowhere/*.csv", "expected files to read, found none; look at the URL", id="no match"),
        pytest.param(
            "memory://tables/f.txt", r"memory://.*f\.txt: expected a table, found the ending '\.txt'", id="kind"
        ),
        pytest.param("memory://tables/f.csv", r"memory://.*f\.csv: could not be read as csv", id="broken"),
        pytest.param("nothing://a/b.csv", r"nothing://a/b\.csv: could not be listed: .*nothing", id="protocol"),
    ],
)
def test_what_cannot_be_read_says_why(url: str, message: str, memory: Any) -> None:
    memory.pipe({"/tables/f.txt": b"x", "/tables/f.csv": b""})
    with pytest.raises(TableError, match=message):
        fingerprint(url)


def test_without_fsspec_the_way_out_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "fsspec", None)
    with pytest.raises(TableError, match=r"memory://a/b\.csv: reading a URL needs fsspec.*'parityline\[remote\]'"):
        fingerprint("memory://a/b.csv")


class Buffered(AbstractFileSystem):
    """A file system whose files are those of fsspec, as of S3 and HTTP, which read lines of any length or none."""

    protocol = "buffered"
    files: ClassVar[dict[str, bytes]] = {}

    def info(self, path: str, **_: Any) -> dict[str, Any]:
        return {"name": path, "size": len(self.files[path]), "type": "file"}

    def _open(self, path: str, mode: str = "rb", **_: Any) -> Any:
        content = self.files[path]

        class File(AbstractBufferedFile):
            def _fetch_range(self, start: int, end: int) -> bytes:
                return content[start:end]

        return File(self, path, mode, size=len(content))


@pytest.mark.parametrize("ending", ["csv", "csv.gz", "parquet"])
def test_files_that_are_read_in_blocks(ending: str) -> None:
    fsspec.register_implementation("buffered", Buffered, clobber=True)
    Buffered.files[f"tables/f.{ending}"] = written(ending)
    assert fingerprint(f"buffered://tables/f.{ending}") == fingerprint(TABLE)


@pytest.mark.parametrize(
    "url",
    ["nothing://reader:hunter2@host/f.csv", "nothing://hunter2@host/f.csv", "https://host.invalid/f.csv?token=hunter2"],
)
def test_a_password_or_token_is_not_shown(url: str) -> None:
    with pytest.raises(TableError) as caught:
        fingerprint(url)
    assert "hunter2" not in str(caught.value)
    assert "host" in str(caught.value)


@pytest.mark.parametrize("path", ["C:/tables/f.csv", "a:b.csv", "tables/a::b.csv"])
def test_what_looks_like_a_url_and_is_a_path(path: str) -> None:
    with pytest.raises(TableError, match="expected a file, found none; look at the path"):
        fingerprint(path)
