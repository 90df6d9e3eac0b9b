"""The separator of a CSV file is told by its header and its first row."""

from __future__ import annotations

import gzip
from pathlib import Path

import pyarrow as pa
import pytest

from parityline import fingerprint


@pytest.mark.parametrize("ending", ["csv", "csv.gz"])
@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
def test_the_separator_of_a_csv_file_is_that_of_its_header(separator: str, ending: str, tmp_path: Path) -> None:
    lines = [separator.join(row) for row in (["id", '"a, b; c"', "x"], ["1", '"p|q"', "0.5"], ["2", '"r"', ""])]
    path, data = tmp_path / f"t.{ending}", "\n".join([*lines, ""]).encode()
    path.write_bytes(gzip.compress(data) if ending == "csv.gz" else data)
    expected = pa.table({"id": [1, 2], "a, b; c": ["p|q", "r"], "x": [0.5, None]})
    assert fingerprint(path) == fingerprint(expected)


@pytest.mark.parametrize(
    ("text", "columns"),
    [
        pytest.param('"a;b"\n"1;2"\n', ["a;b"], id="quoted"),
        pytest.param("price|eur\n3.5\n", ["price|eur"], id="in the name alone"),
        pytest.param('a;size 5" x,b\n1,2\n', ['a;size 5" x', "b"], id="a quote that is none"),
        pytest.param("id\rx;y\rz;w\r", ["id"], id="old line ends"),
        pytest.param("a;b\r1;x,y\r", ["a", "b"], id="old line ends and semicolons"),
        pytest.param("\n\na;b\n1;2\n", ["a", "b"], id="empty lines before"),
        pytest.param("a;b\n", ["a", "b"], id="no rows"),
    ],
)
def test_a_separator_is_one_in_the_header_and_in_the_row_below(text: str, columns: list[str], tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_bytes(text.encode())
    assert list(fingerprint(tmp_path / "t.csv").columns) == columns
