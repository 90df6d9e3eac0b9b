"""The pytest plugin in a sample project: the first run records, the second passes, a fault fails with its stage."""

from __future__ import annotations

import subprocess
import sys

import pytest

PROJECT = """
import numpy as np
import pandas as pd

FAULT = {fault}


def test_pipeline(parity):
    table = pd.DataFrame({{"id": range(500), "amount": np.round(np.random.default_rng(1).uniform(1, 99, 500), 2)}})
    with parity("shop") as run:
        orders = run.source("orders", table, key="id")
        features = orders.assign(log=np.log(orders["amount"]).astype("float32" if FAULT else "float64"))
        run.features("features", features, key="id", inputs=["orders"])
"""


def pytest_of(folder, *arguments):
    others = [word for name in ("cacheprovider", "hypothesispytest", "anyio", "xdist") for word in ("-p", f"no:{name}")]
    command = [sys.executable, "-m", "pytest", "-q", *others, str(folder), *arguments]
    done = subprocess.run(command, capture_output=True, text=True, cwd=folder, check=False)
    return done.returncode, done.stdout + done.stderr


@pytest.fixture
def project(tmp_path):
    def written(fault):
        (tmp_path / "test_shop.py").write_text(PROJECT.format(fault=fault))
        return tmp_path

    return written


def test_records_then_passes_then_fails_with_the_first_stage(project):
    code, said = pytest_of(project(False))
    assert code == 0
    assert "wrote" in said
    assert "commit it" in said
    assert (project(False) / "parity" / "shop.parity").is_file()
    code, said = pytest_of(project(False))
    assert (code, "wrote" in said) == (0, False)
    code, said = pytest_of(project(True))
    assert code == 1
    assert "first at features: stored-as-float32: `log`" in said
    assert "--parityline-update" in said
    assert "Traceback" not in said
    code, _ = pytest_of(project(True), "--parityline-update")
    assert code == 0
    assert pytest_of(project(True))[0] == 0


def test_a_run_that_raises_is_not_verified(project):
    folder = project(False)
    pytest_of(folder)
    (folder / "test_shop.py").write_text(PROJECT.format(fault="1 / 0"))
    code, said = pytest_of(folder)
    assert code != 0
    assert "ZeroDivisionError" in said
