"""Files of the first version are read for ever, give their bytes back, and come from the same tables (README.md)."""

from __future__ import annotations

import hashlib

import pytest
from cases import CASES, FOLDER

import parityline
from parityline.kernel import State
from parityline.records import Record
from strategies import batches_of

DIGESTS = {
    "every-type-keyed.fingerprint": "ca6650e0250fe805",
    "every-type.fingerprint": "f3bc328e9bd32a2e",
    "no-rows.fingerprint": "53acfdca74e0f355",
    "seeded.fingerprint": "e249671f32754a7c",
    "visits-by-day.fingerprint": "308e8d565b4bf8eb",
    "visits.fingerprint": "208b96bb3a909158",
    "visits-2.parity": "bed8ee5ca3c0b025",
    "visits.parity": "9e228c7affbaa372",
}
"""BLAKE2b-64 of each file, so that none is edited unnoticed."""


def data_of(name: str) -> bytes:
    return (FOLDER / name).read_bytes()


def test_no_file_was_edited():
    files = [path for path in FOLDER.iterdir() if path.suffix in (".fingerprint", ".parity")]
    found = {path.name: hashlib.blake2b(path.read_bytes(), digest_size=8).hexdigest() for path in files}
    assert found == DIGESTS


@pytest.mark.parametrize("name", CASES)
def test_a_golden_fingerprint_is_read_and_gives_its_bytes_back(name):
    data = data_of(f"{name}.fingerprint")
    assert State.from_bytes(data).to_bytes() == data


@pytest.mark.parametrize("name", CASES)
def test_the_same_table_has_the_golden_fingerprint(kernel, name):
    table, parameters = CASES[name]
    assert kernel(batches_of(table), parameters) == data_of(f"{name}.fingerprint")


@pytest.mark.parametrize("name", ["visits.parity", "visits-2.parity"])
def test_a_golden_record_is_read(name):
    record = Record.read(FOLDER / name)
    assert (record.name, record.environment) == ("visits", "research")
    assert list(record.stages) == ["visits", "amounts"]
    visits = record.stages["visits"].tables[""]
    assert (visits.rows, visits.key, visits.columns["amount"].missing) == (1100, ("id",), 27)
    assert visits.columns["amount"].mean == pytest.approx(float(_mean()), rel=1e-15)
    found = parityline.verify(FOLDER / "visits.parity", FOLDER / name)
    assert found.exit_code == 0


def test_a_record_of_the_first_format_is_written_in_the_present_one():
    record = Record.read(FOLDER / "visits.parity")
    again = Record.from_bytes(record.to_bytes())
    tables = [stage.tables[""].to_bytes() for stage in record.stages.values()]
    assert [stage.tables[""].to_bytes() for stage in again.stages.values()] == tables
    assert len(record.to_bytes()) < len(data_of("visits.parity"))


def _mean() -> float:
    amounts = [v for v in CASES["visits"][0]["amount"].to_pylist() if v is not None]
    return sum(amounts) / len(amounts)
