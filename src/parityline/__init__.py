"""parityline proves that a machine-learning pipeline does in production what it did in research - or names the first
stage where it does not, and why."""

from parityline.diffing import diff
from parityline.errors import (
    BadInputError,
    DifferenceError,
    FormatError,
    IncomparableError,
    ParitylineError,
    TableError,
    UsageError,
)
from parityline.findings import Finding, Verdict
from parityline.fingerprints import Fingerprint, fingerprint
from parityline.guards import guard
from parityline.integrations.scikit_learn import tap
from parityline.recording import Recorder, RecordingWarning, record
from parityline.records import Record
from parityline.splitting import hash_split, hash_split_sql
from parityline.verification import verify

__version__ = "0.1.0"

__all__ = [
    "BadInputError",
    "DifferenceError",
    "Finding",
    "Fingerprint",
    "FormatError",
    "IncomparableError",
    "ParitylineError",
    "Record",
    "Recorder",
    "RecordingWarning",
    "TableError",
    "UsageError",
    "Verdict",
    "__version__",
    "diff",
    "fingerprint",
    "guard",
    "hash_split",
    "hash_split_sql",
    "record",
    "tap",
    "verify",
]
