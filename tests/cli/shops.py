"""A small pipeline of shops as its files: Parquet and CSV tables, a model, and the `pipeline.toml` that names them."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet

from parityline.cli import run

Columns = dict[str, Any]
Change = Callable[[str, Columns], Columns]
"""What another environment does otherwise: given the name of a table and its columns, the columns to write."""

ROWS = 300
STAGES = ("orders", "shops", "joined", "features", "split", "model", "scores", "actuals")

PIPELINE = """\
name = "shops"

[[stage]]
name = "orders"
kind = "source"
data = "orders.parquet"
key = ["order_id"]
time = "ordered"

[[stage]]
name = "shops"
kind = "source"
data = "shops.csv"
key = ["shop_id"]

[[stage]]
name = "joined"
kind = "etl"
data = "joined.parquet"
key = ["order_id"]
inputs = ["orders", "shops"]

[[stage]]
name = "features"
kind = "features"
data = "features.parquet"
key = ["order_id"]
inputs = ["joined"]

[[stage]]
name = "split"
kind = "split"
parts = { train = "train.csv", test = "test.csv" }
key = ["order_id"]
inputs = ["features"]

[[stage]]
name = "model"
kind = "model"
file = "model.bin"
inputs = ["split"]

[[stage]]
name = "scores"
kind = "predictions"
data = "scores.parquet"
key = ["order_id"]
score = "p_back"
inputs = ["features", "model"]

[[stage]]
name = "actuals"
kind = "outcomes"
data = "actuals.parquet"
key = ["order_id"]
actual = "came_back"
prediction = "scores"

[[expect]]
metric = "auc"
of = "actuals"
at_least = 0.6
"""


def unchanged(_: str, columns: Columns) -> Columns:
    return columns


def tables() -> dict[str, Columns]:
    """The tables of the pipeline by name; always the same."""
    random = np.random.default_rng(7)
    keys = np.arange(ROWS)
    shop, amount = keys % 5, np.round(random.gamma(2.0, 20.0, ROWS), 2) + 0.1
    ordered = np.datetime64("2024-03-01T08:00", "s") + keys * 7200
    region = np.array(["north", "south", "east", "west", "north"])
    centred = (amount - amount.mean()) / amount.std()
    p_back = 1 / (1 + np.exp(-centred))
    features = {"order_id": keys, "amount": centred, "shop": shop.astype(np.float64)}
    train = keys % 3 > 0
    return {
        "orders": {"order_id": keys, "shop_id": shop, "ordered": ordered, "amount": amount},
        "shops": {"shop_id": np.arange(5), "region": region},
        "joined": {"order_id": keys, "shop_id": shop, "amount": amount, "region": region[shop]},
        "features": features,
        "train": {name: values[train] for name, values in features.items()},
        "test": {name: values[~train] for name, values in features.items()},
        "scores": {"order_id": keys, "p_back": p_back},
        "actuals": {"order_id": keys, "came_back": (random.random(ROWS) < p_back).astype(np.int64)},
    }


ENDINGS = {name: "csv" if name in ("shops", "train", "test") else "parquet" for name in tables()}


def write_table(path: Path, columns: Columns) -> Path:
    """One table, as the ending of the path says."""
    table = pa.table(columns)
    if path.suffix == ".csv":
        pyarrow.csv.write_csv(table, path)
    else:
        pyarrow.parquet.write_table(table, path)
    return path


def write_shops(folder: Path, change: Change = unchanged, pipeline: str = PIPELINE) -> Path:
    """Writes all files into a new folder; returns the path of its `pipeline.toml`."""
    folder.mkdir()
    for name, columns in tables().items():
        write_table(folder / f"{name}.{ENDINGS[name]}", change(name, columns))
    (folder / "model.bin").write_bytes(b"a model that nobody loads")
    (folder / "pipeline.toml").write_text(pipeline, encoding="utf-8")
    return folder / "pipeline.toml"


def record_shops(folder: Path, to: Path, environment: str, change: Change = unchanged) -> Path:
    """Writes and records the pipeline; returns the record."""
    code = run(["record", str(write_shops(folder, change)), "--environment", environment, "--to", str(to)])
    assert code == 0
    return to


def halved(table: str, columns: Columns) -> Columns:
    """A fault at `joined`: amounts are stored in single precision."""
    return columns if table != "joined" else {**columns, "amount": columns["amount"].astype(np.float32)}


def command(*arguments: str | Path) -> list[str]:
    """The words that start a process of its own."""
    return [sys.executable, "-m", "parityline", *map(str, arguments)]


def started(*arguments: str | Path, cwd: Path | None = None, **environment: str) -> subprocess.CompletedProcess[str]:
    """`python -m parityline` in a process of its own, run to its end."""
    return subprocess.run(
        command(*arguments),
        capture_output=True,
        text=True,
        timeout=120,
        cwd=cwd,
        env={**os.environ, **environment},
    )


def state_of(folder: Path) -> dict[str, bytes | None]:
    """Every path below a folder with its bytes, None for a folder; equal before and after: nothing changed."""
    paths = sorted(folder.rglob("*"))
    return {str(p.relative_to(folder)): p.read_bytes() if p.is_file() else None for p in paths}
