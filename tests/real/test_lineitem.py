"""TPC-H lineitem has the same fingerprint in both kernels: 12,000 rows in `make test`, all six million in the soak."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from parityline.kernel import Parameters, Partition, _native, reference
from parityline.tables import open_table

SCALE = os.environ.get("PARITYLINE_LINEITEM_SCALE", "0.002")
EVERYTHING = Parameters(
    key=("l_orderkey", "l_linenumber"),
    ordered=True,
    partition=Partition("l_shipdate", "month"),
    time="l_shipdate",
    entity=("l_suppkey",),
    target="l_returnflag",
    totals=(("l_extendedprice", ("l_shipmode",)),),
)


@pytest.fixture(scope="module")
def lineitem(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The file, made by the generator of the benchmark."""
    folder = tmp_path_factory.mktemp("lineitem")
    command = [Path(sys.executable).with_name("tpchgen-cli"), "parquet", "--no-progress", "-T", "lineitem"]
    subprocess.run([*command, "-s", SCALE, "-o", folder], check=True)
    return folder / "lineitem.parquet"


@pytest.mark.parametrize("parameters", [Parameters(), EVERYTHING], ids=["no options", "everything"])
def test_both_kernels_agree_on_lineitem(lineitem, parameters):
    expected = reference.build(open_table(lineitem).read(), parameters)
    assert expected.rows > 6_000_000 * float(SCALE) * 0.99
    for threads in (1, 2):
        assert bytes(_native.build(open_table(lineitem).read(), parameters, threads)) == expected.to_bytes()
