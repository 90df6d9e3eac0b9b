"""The real data, and what research recorded of it: once a session."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import flights
import pytest
import tzdata  # noqa: F401  verify imports it where it looks for time zones, and a record says what was imported

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


@pytest.fixture(scope="session")
def production(
    flights_subset: flights.Tables, tmp_path_factory: pytest.TempPathFactory
) -> Callable[[flights.Change], Path]:
    """Records the subset once more, with a change; the same change once a session."""
    known: dict[int, tuple[flights.Change, Path]] = {}

    def recorded(change: flights.Change) -> Path:
        if id(change) not in known:
            path = tmp_path_factory.mktemp("production") / "production.parity"
            known[id(change)] = change, flights.record(flights_subset, path, change, environment="production")
        return known[id(change)][1]

    return recorded


@pytest.fixture(scope="session")
def italy_folder() -> Path:
    """Regions and days of the Italian epidemic: variables that come and go."""
    return there(flights.DATA / "italy_covid_regions")
