"""Every run of this suite knows one secret, as the two environments of a careful user do."""

from __future__ import annotations

import pytest
from pipelines import SECRET


@pytest.fixture(autouse=True)
def secret(monkeypatch) -> None:
    for name, value in SECRET.items():
        monkeypatch.setenv(name, value)
