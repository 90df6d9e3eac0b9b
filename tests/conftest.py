"""What all tests share: budgets of the property tests, the two kernels, and where the real data lie."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from parityline.kernel import Parameters, reference
from parityline.tables.columns import Batch
from required import missing, native_kernel
from strategies import EXAMPLES

Build = Callable[[Iterable[Batch], Parameters], bytes]

ROOT = Path(__file__).resolve().parents[1]

settings.register_profile(
    "parityline",
    max_examples=EXAMPLES,
    derandomize=True,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
    print_blob=True,
)
settings.load_profile("parityline")


def _reference(batches: Iterable[Batch], parameters: Parameters) -> bytes:
    # not parityline.kernel.build, which is the native one where that was built
    return reference.build(batches, parameters).to_bytes()


@pytest.fixture(scope="session", params=["reference", "native"])
def kernel(request: pytest.FixtureRequest) -> Build:
    """Batches and parameters to the bytes of a fingerprint, by each kernel that there is."""
    if request.param == "reference":
        return _reference
    native = native_kernel()
    return lambda batches, parameters: bytes(native.build(batches, parameters))


@pytest.fixture(scope="session")
def data() -> Path:
    """The folder of the real data sets, from PARITYLINE_DATA (relative to the root of the repository)."""
    folder = (ROOT / os.environ.get("PARITYLINE_DATA", "../shared/data")).resolve()
    if not folder.is_dir():
        missing(f"the real data sets are not there: PARITYLINE_DATA is {folder}")
    return folder
