"""The record of one run: one zip file with readable JSON and a binary fingerprint for each table of each stage.

A record is inert: reading one runs no code, opens no path that it names, and allocates no more than its size allows.
"""

from __future__ import annotations

import contextlib
import datetime
import io
import json
import os
import struct
import tempfile
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import accumulate
from pathlib import Path
from typing import Any

from parityline import privacy
from parityline.errors import FormatError, UsageError
from parityline.fingerprints import Fingerprint, drop_cached
from parityline.kernel import State
from parityline.kernel.encoding import Piece
from parityline.sealing import Sealed
from parityline.sharing import Packing, Pieces, Unpacking
from parityline.stages import KINDS
from parityline.text_forms import TextForms

FORMAT = 2
SHARED_SINCE = 2
"""The first format in which tables share pieces; before, each was a fingerprint as it is."""
MOST_BYTES = 1 << 31
MOST_STAGES = 10_000
_HEADER = struct.Struct("<26sHH")
"""Of a member of a zip file: 26 bytes, then the lengths of its name and of its extra field, which follow."""
_LARGE = 1 << 20
"""Bytes of a table from which on it costs less to decode it again than to keep what was decoded."""
_EPOCH = (1980, 1, 1, 0, 0, 0)


@dataclass
class StageRecord:
    """One stage of a run: facts as JSON values, and the fingerprint of each of its tables.

    tables: by part; a stage with one table calls it "". text_forms: of their hidden texts, by part. sealed: what these
    tables do not show, by part. unchecked: why the stage could not be recorded, else None.
    """

    name: str
    kind: str
    inputs: tuple[str, ...] = ()
    facts: dict[str, Any] = field(default_factory=dict)
    tables: dict[str, Fingerprint] = field(default_factory=dict)
    table_facts: dict[str, dict[str, Any]] = field(default_factory=dict)
    unchecked: str | None = None
    text_forms: dict[str, TextForms] = field(default_factory=dict)
    sealed: dict[str, Sealed] = field(default_factory=dict)

    @property
    def table(self) -> Fingerprint | None:
        """The one table of a stage; None for stages of several parts or none."""
        return self.tables.get("")


@dataclass
class Record:
    """One run in one environment. stages: by name, in the order in which they were recorded."""

    name: str
    environment: str
    stages: dict[str, StageRecord] = field(default_factory=dict)
    environment_facts: dict[str, Any] = field(default_factory=dict)
    expectations: list[dict[str, Any]] = field(default_factory=list)
    acceptances: list[dict[str, Any]] = field(default_factory=list)
    created: str = ""
    complete: bool = True
    failure: str = ""
    privacy: str = "standard"
    path: str = ""

    @property
    def title(self) -> dict[str, Any]:
        """What a verdict says about a record."""
        title = {"name": self.name, "environment": self.environment, "created": self.created}
        return {**title, "file": os.path.basename(self.path)} if self.path else title

    def to_bytes(self) -> bytes:
        """The bytes of the record file: fixed order and time stamps, members stored; equal runs give equal bytes."""
        members: dict[str, bytes] = {}
        stages = []
        packing = Packing()
        for number, stage in enumerate(self.stages.values()):
            tables = {}
            for part, (name, table) in enumerate(stage.tables.items()):
                member = f"stages/{number:04d}-{part:04d}.fingerprint"
                members[member] = packing.packed(table.pieces())
                tables[name] = {"member": member, **stage.table_facts.get(name, {})}
                forms = stage.text_forms.get(name)
                if forms is not None and forms.columns:
                    tables[name]["forms"] = f"stages/{number:04d}-{part:04d}.forms"
                    members[tables[name]["forms"]] = forms.to_bytes()
                sealed = stage.sealed.get(name)
                if sealed is not None:
                    tables[name]["sealed"] = f"stages/{number:04d}-{part:04d}.sealed"
                    members[tables[name]["sealed"]] = packing.packed(sealed.pieces)
            entry = {"name": stage.name, "kind": stage.kind, "inputs": list(stage.inputs), "facts": stage.facts}
            stages.append({**entry, "tables": tables, "unchecked": stage.unchecked})
        document = {
            "format": FORMAT,
            "name": self.name,
            "environment": self.environment,
            "created": self.created,
            "complete": self.complete,
            "failure": self.failure,
            "privacy": self.privacy,
            "stages": stages,
            "environment_facts": self.environment_facts,
            "expectations": self.expectations,
            "acceptances": self.acceptances,
        }
        text = json.dumps(document, indent=1, sort_keys=True, ensure_ascii=False, allow_nan=False)
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as file:
            for member, data in {"record.json": text.encode("utf-8", "backslashreplace"), **members}.items():
                file.writestr(zipfile.ZipInfo(member, _EPOCH), data)
        return out.getvalue()

    def write(self, path: str | os.PathLike[str]) -> Path:
        """Write the record at once or not at all: a temporary file beside it, synced, then renamed."""
        target = Path(path)
        write_whole(target, self.to_bytes())
        self.path = str(target)
        return target

    @classmethod
    def read(cls, path: str | os.PathLike[str]) -> Record:
        """Read a record file. Raises FormatError for anything that is not one, with the file and what is wrong."""
        name = os.fspath(path)
        try:
            size = os.path.getsize(name)
            if size > MOST_BYTES:
                raise FormatError(f"{name}: expected a record of at most {MOST_BYTES:,} bytes, found {size:,}")
            data = Path(name).read_bytes()
        except IsADirectoryError as error:
            raise FormatError(f"{name}: expected a record file, found a folder") from error
        except FileNotFoundError as error:
            raise FormatError(f"{name}: no such file; record one with `parityline record`") from error
        except OSError as error:
            raise FormatError(f"{name}: cannot be read: {error.strerror}") from error
        return cls.from_bytes(data, name)

    @classmethod
    def from_bytes(cls, data: bytes, name: str = "record") -> Record:
        """The inverse of `to_bytes`."""
        document, file = _document(data, name)
        _check(document, _RECORD_FIELDS, name, "record.json")
        try:
            record = cls(
                document["name"],
                document["environment"],
                environment_facts=document["environment_facts"],
                expectations=document["expectations"],
                acceptances=document["acceptances"],
                created=document["created"],
                complete=document["complete"],
                failure=document["failure"],
                privacy=document["privacy"],
                path=name,
            )
            members = _Members(file, data, name)
            unpacking = Unpacking(MOST_BYTES) if document["format"] >= SHARED_SINCE else None
            for entry in document["stages"][:MOST_STAGES]:
                _check(entry, _STAGE_FIELDS, name, "a stage")
                if not all(isinstance(before, str) for before in entry["inputs"]):
                    raise FormatError(f"{name}: damaged: a stage lacks proper 'inputs'; copy it again, or record again")
                if entry["kind"] not in KINDS:
                    raise FormatError(f"{name}: unknown kind of stage {entry['kind']!r}; upgrade parityline")
                stage = StageRecord(entry["name"], entry["kind"], tuple(entry["inputs"]), entry["facts"])
                stage.unchecked = entry["unchecked"]
                # members are numbered in the order of the parts, which sorted JSON loses
                for part, facts in sorted(entry["tables"].items(), key=lambda table: table[1]["member"]):
                    content, what = members.read(facts.pop("member")), f"{name}: {stage.name}"
                    whole = Pieces([Piece(content)], content)
                    pieces = whole if unpacking is None else unpacking.unpacked(content, what)
                    stage.tables[part] = LazyFingerprint(pieces, what)
                    if "forms" in facts:
                        forms = bytes(members.read(facts.pop("forms")))
                        stage.text_forms[part] = TextForms.from_bytes(forms, f"{name}: forms of {stage.name}")
                    if "sealed" in facts and unpacking is not None:
                        sealed = unpacking.unpacked(members.read(facts.pop("sealed")), f"{what}, sealed")
                        stage.sealed[part] = Sealed(tuple(bytes(piece.data) for piece in sealed.each))
                    stage.table_facts[part] = facts
                record.stages[stage.name] = stage
        except (KeyError, TypeError, AttributeError) as error:
            raise FormatError(f"{name}: damaged: record.json lacks {error}; copy it again, or record again") from error
        return record

    @property
    def seals(self) -> bool:
        """Whether something is kept for those alone who know the secret."""
        return any(stage.sealed for stage in self.stages.values())

    def opened(self) -> Record | None:
        """The same run with what is sealed in place of what is shown; None where this process lacks the secret.

        For a verification alone: what it tells of the values goes through `discretion`.
        """
        known: dict[bytes, Piece] = {}
        stages = {}
        for stage in self.stages.values():
            own = replace(stage, tables=dict(stage.tables), text_forms=dict(stage.text_forms), sealed={})
            for part, sealed in stage.sealed.items():
                what = f"{self.path or self.name}: {stage.name}, sealed"
                found = sealed.opened(known, what)
                if found is None:
                    return None
                own.tables[part] = LazyFingerprint(Pieces(found[0]), what)
                if found[1] is not None:
                    own.text_forms[part] = found[1]
                own.table_facts = {**own.table_facts, part: privacy.unneeded(own.table_facts.get(part, {}))}
            stages[stage.name] = own
        return replace(self, stages=stages)


class _Members:
    """The members of a record file; each is read once, lest a small file fills the memory."""

    def __init__(self, file: zipfile.ZipFile, data: bytes, name: str) -> None:
        self._file, self._data, self._name = file, data, name
        self._seen: set[str] = set()

    def read(self, member: str) -> memoryview:
        """Raises FormatError for one that is not there, damaged or read already."""
        if member in self._seen:
            raise FormatError(f"{self._name}: damaged: two tables are kept in {member!r}; record again")
        self._seen.add(member)
        return _member(self._file, self._data, member, self._name)


class LazyFingerprint(Fingerprint):
    """A fingerprint that is decoded when it is first asked: a verdict reads stages one at a time.

    What a piece is decoded to is shared with the other tables of the record that hold it.
    """

    def __init__(self, pieces: Pieces, what: str) -> None:
        self._pieces, self._what = pieces, what

    @cached_property
    def state(self) -> State:  # type: ignore[override]
        ends = accumulate(len(piece.data) for piece in self._pieces.each)
        pieces = {end - len(piece.data): piece for end, piece in zip(ends, self._pieces.each, strict=True)}
        return State.from_bytes(self._pieces.joined(), self._what, lazy=True, pieces=pieces)

    @cached_property
    def columns(self) -> Any:  # type: ignore[override]
        return Fingerprint(self.state).columns

    def forget(self) -> None:
        if sum(len(piece.data) for piece in self._pieces.each) >= _LARGE:
            drop_cached(self)

    def to_bytes(self) -> bytes:
        return bytes(self._pieces.joined())

    def pieces(self) -> list[bytes]:
        # a table of the first format is one piece
        each = self._pieces.each
        return self.state.pieces() if len(each) == 1 else [bytes(piece.data) for piece in each]


def _document(data: bytes, name: str) -> tuple[dict[str, Any], zipfile.ZipFile]:
    try:
        file = zipfile.ZipFile(io.BytesIO(data))
        infos = file.infolist()
    except (zipfile.BadZipFile, ValueError, OverflowError, NotImplementedError, EOFError) as error:
        raise FormatError(f"{name}: not a whole record file: {error}; copy it again, or record again") from error
    if any(info.compress_type != zipfile.ZIP_STORED or info.file_size > len(data) for info in infos):
        raise FormatError(f"{name}: expected stored members, found compressed ones; this is not a record of parityline")
    if sum(info.file_size for info in infos) > len(data):
        raise FormatError(f"{name}: damaged: its members overlap; copy it again, or record again")
    raw = bytes(_member(file, data, "record.json", name))
    try:
        document = json.loads(raw.decode("utf-8"), parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:
        raise FormatError(
            f"{name}: damaged: record.json is not JSON: {error}; copy it again, or record again"
        ) from error
    version = document.get("format") if isinstance(document, dict) else None
    if not isinstance(version, int) or isinstance(version, bool):
        raise FormatError(f"{name}: expected a record with a format version, found none")
    if not 1 <= version <= FORMAT:
        raise FormatError(
            f"{name}: format version {version}, this release reads 1 to {FORMAT}; upgrade parityline, or record again"
        )
    return document, file


_RECORD_FIELDS: dict[str, type | tuple[type, ...]] = {
    **dict.fromkeys(("name", "environment", "created", "failure", "privacy"), str),
    **dict.fromkeys(("stages", "expectations", "acceptances"), list),
    "environment_facts": dict,
    "complete": bool,
}
_STAGE_FIELDS: dict[str, type | tuple[type, ...]] = {
    **dict.fromkeys(("name", "kind"), str),
    **dict.fromkeys(("facts", "tables"), dict),
    "inputs": list,
    "unchecked": (str, type(None)),
}


def _check(found: Any, fields: dict[str, type | tuple[type, ...]], name: str, what: str) -> None:
    """Raise FormatError where a field is missing or of another type than this release writes."""
    for field_name, kind in fields.items():
        if not isinstance(found, dict) or not isinstance(found.get(field_name), kind):
            raise FormatError(f"{name}: damaged: {what} lacks a proper {field_name!r}; copy it again, or record again")


def _refuse_constant(text: str) -> None:
    raise ValueError(f"{text} is not JSON")


def _member(file: zipfile.ZipFile, data: bytes, member: str, name: str) -> memoryview:
    """A stored member as a part of the file's bytes, which are not copied."""
    try:
        info = file.getinfo(member)
        with file.open(info):  # refuses a header that is not that of the directory
            pass
        start = info.header_offset + _HEADER.size + sum(_HEADER.unpack_from(data, info.header_offset)[1:])
        found = memoryview(data)[start : start + info.file_size]
        if len(found) != info.file_size or zlib.crc32(found) != info.CRC:
            raise zipfile.BadZipFile("its checksum does not agree")
        return found
    except struct.error as error:
        raise FormatError(f"{name}: damaged at {member}: {error}; copy it again, or record again") from error
    except (KeyError, zipfile.BadZipFile, EOFError, ValueError, NotImplementedError, RuntimeError, OSError) as error:
        raise FormatError(f"{name}: damaged at {member}: {error}; copy it again, or record again") from error


def write_whole(target: Path, data: bytes) -> None:
    """Old or new, never half: write beside the target, sync, rename, sync the folder. Raises UsageError."""
    folder = target.parent
    try:
        handle, temporary = tempfile.mkstemp(prefix=f".{target.name}.", dir=folder)
    except OSError as error:
        raise UsageError(f"{target}: cannot be written: {error.strerror}; name a folder that exists") from error
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.chmod(temporary, 0o644)
        os.replace(temporary, target)
    except BaseException as error:
        with contextlib.suppress(OSError):
            os.unlink(temporary)
        if isinstance(error, OSError):
            raise UsageError(f"{target}: cannot be written: {error.strerror}") from error
        raise
    with contextlib.suppress(OSError):  # some file systems cannot sync a folder
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def now() -> str:
    """The present time in UTC, to the second."""
    return datetime.datetime.now(datetime.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def combine(paths: list[str | os.PathLike[str]]) -> Record:
    """Partial records of one run as one. Raises UsageError where runs differ in name, or a stage occurs twice."""
    records = [Record.read(path) for path in paths]
    if not records:
        raise UsageError("expected at least one record to combine, found none")
    first = records[0]
    whole = Record(first.name, first.environment, environment_facts=first.environment_facts, privacy=first.privacy)
    whole.created = max(record.created for record in records)
    origin: dict[str, str] = {}
    for record in records:
        if (record.name, record.environment) != (first.name, first.environment):
            found = f"{record.name} ({record.environment}) in {record.path}"
            raise UsageError(f"expected records of {first.name} ({first.environment}), found {found}")
        for name, stage in record.stages.items():
            if name in origin:
                raise UsageError(f"stage {name!r} is in both {origin[name]} and {record.path}; record it once")
            origin[name] = record.path
            whole.stages[name] = stage
        whole.expectations += record.expectations
        whole.acceptances += [a for a in record.acceptances if a not in whole.acceptances]
        whole.complete = whole.complete and record.complete
    missing = sorted({i for stage in whole.stages.values() for i in stage.inputs} - whole.stages.keys())
    if missing:
        raise UsageError(f"inputs that no record holds: {', '.join(missing)}; give their records too")
    whole.stages = {name: whole.stages[name] for name in in_order(whole.stages)}
    return whole


def in_order(stages: dict[str, StageRecord]) -> list[str]:
    """Stage names with inputs before what is made of them; otherwise as recorded."""
    done: dict[str, None] = {}

    def visit(name: str) -> Iterator[str]:
        if name in done or name not in stages:
            return
        done[name] = None
        for before in stages[name].inputs:
            yield from visit(before)
        yield name

    return [name for start in stages for name in visit(start)]
