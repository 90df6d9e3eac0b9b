"""The real data, and what research recorded of it: once a session."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import flights
import pandas as pd
import pytest

SUBSET_ROWS = 60_000


def there(folder: Path) -> Path:
    """A folder of the real data; without it the test is skipped, and fails where everything is required."""
    if not folder.is_dir():
        why = f"no real data at {folder}: set PARITYLINE_DATA to the folder that holds it"
        if os.environ.get("PARITYLINE_REQUIRE_ALL"):
            pytest.fail(why)
        pytest.skip(why)
    return folder


@pytest.fixture(scope="session")
def flights_data() -> flights.Tables:
    """All 336,776 flights and their lookup tables."""
    # tzdata is imported with the first zone; a record says what was imported, so both sides must have it
    pd.Timestamp("2013-01-01").tz_localize("America/New_York")
    return flights.read(there(flights.FLIGHTS))


@pytest.fixture(scope="session")
def flights_subset(flights_data: flights.Tables) -> flights.Tables:
    """About 60,000 flights from all over the year: enough for most faults."""
    return flights_data.subset(SUBSET_ROWS)


@pytest.fixture(scope="session")
def research_full(flights_data: flights.Tables, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The reference record over all flights."""
    return flights.record(flights_data, tmp_path_factory.mktemp("full") / "research.parity")


@pytest.fixture(scope="session")
def research(flights_subset: flights.Tables, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The reference record over the subset."""
    return flights.record(flights_subset, tmp_path_factory.mktemp("subset") / "research.parity")


@pytest.fixture
def production(flights_subset: flights.Tables, tmp_path: Path) -> Callable[[flights.Change], Path]:
    """Records the subset once more, with a change."""

    def recorded(change: flights.Change) -> Path:
        return flights.record(flights_subset, tmp_path / "production.parity", change, environment="production")

    return recorded


@pytest.fixture(scope="session")
def italy_folder() -> Path:
    """Regions and days of the Italian epidemic: variables that come and go."""
    return there(flights.DATA / "italy_covid_regions")
