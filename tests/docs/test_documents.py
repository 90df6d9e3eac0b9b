"""The pages are true: examples run, commands and keys are described, constants agree with the code, links resolve."""

from __future__ import annotations

import os
import re
import shlex
import struct
import subprocess
import sys
import zlib
from collections import Counter
from fractions import Fraction
from itertools import accumulate
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import xxhash

import parityline
from parityline import records
from parityline.cli import run
from parityline.cli.commands import cli
from parityline.configuration import declarations, load
from parityline.configuration.rules import STAGE_KEYS
from parityline.kernel import canonical, cells, parameters, state
from parityline.kernel.sections import (
    SECTIONS,
    classes,
    compact,
    entities,
    group_totals,
    order,
    rare,
    reconciliation,
    windows,
)
from parityline.kernel.summaries import SUMMARIES, distinct, distribution, form, values
from parityline.recording import _TABLE_KEYWORDS

ROOT = Path(__file__).resolve().parents[2]
PAGES = [ROOT / name for name in ("README.md", "CHANGELOG.md", "CONTRIBUTING.md")]
PAGES += sorted(page for page in (ROOT / "docs").glob("*.md") if page.name != "codes.md")
IDS = [page.relative_to(ROOT).as_posix() for page in PAGES]
BLOCK = re.compile(r"^```([^\n]*)\n(.*?)^```$", re.M | re.S)


def page(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def blocks(text: str) -> list[tuple[str, str]]:
    """The fenced blocks of a page as (info, content)."""
    return [(info.strip(), body) for info, body in BLOCK.findall(text)]


def ran(command: list[str], folder: Path) -> subprocess.CompletedProcess[str]:
    """A finished process, its output as text of 80 columns without colours."""
    environment = {**os.environ, "COLUMNS": "80", "NO_COLOR": "1", "PYTHONUTF8": "1"}
    return subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, encoding="utf-8", timeout=60, check=False
    )


def masked(text: str) -> str:
    """Without what changes from run to run or from machine to machine: dates, durations and sizes of files."""
    text = re.sub(r"circumstances, \d+ s$", "circumstances, N s", text, flags=re.M)
    return re.sub(r"[\d,]+ bytes", "N bytes", re.sub(r"\d{4}-\d\d-\d\d", "YYYY-MM-DD", text))


def commands_of(body: str) -> list[tuple[str, str]]:
    """(command, output shown) of a console block."""
    return [tuple(part.split("\n", 1)) for part in re.split(r"^\$ ", body, flags=re.M)[1:]]  # type: ignore[misc]


def check_shown(shown: str, output: str) -> None:
    """What the page shows is the output; a line `...` stands for any lines."""
    rest = masked(output)
    for part in re.split(r"^\.\.\.\n", masked(shown), flags=re.M):
        assert part in rest, f"the page shows:\n{part}\nthe command prints:\n{rest}"
        rest = rest[rest.index(part) + len(part) :]
    if "...\n" not in shown:
        assert shown.count("\n") == output.count("\n")


@pytest.mark.parametrize("path", PAGES, ids=IDS)
def test_the_examples_of_a_page_run_in_its_order(path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    namespace: dict[str, object] = {"__name__": "example"}
    code = 0
    for info, body in blocks(path.read_text(encoding="utf-8")):
        if info.startswith("python") and info.endswith(".py"):  # a file, for the commands below it
            (tmp_path / info.split()[1]).write_text(body, encoding="utf-8")
        elif info.startswith("python"):
            example = compile(body, f"{path.name}: example", "exec")
            if "no-run" not in info.split():
                exec(example, namespace)
        elif info == "toml":
            (tmp_path / "pipeline.toml").write_text(body, encoding="utf-8")
            assert load(tmp_path / "pipeline.toml").stages
        elif info == "console":
            for command, shown in commands_of(body):
                if command == "echo $?":
                    assert shown.strip() == str(code)
                    continue
                name, *arguments = shlex.split(command)
                assert name in ("parityline", "python")
                module = ["-m", "parityline"] if name == "parityline" else []
                process = ran([sys.executable, *module, *arguments], tmp_path)
                code = process.returncode
                assert code in (0, 1, 3), process.stderr
                check_shown(shown, process.stdout)


def test_an_exit_code_is_said_after_every_verdict_of_the_readme() -> None:
    for _, body in (b for b in blocks(page("README.md")) if b[0] == "console"):
        asked = [command for command, _ in commands_of(body)]
        for command, following in zip(asked, [*asked[1:], ""], strict=True):
            assert command.split()[:2] not in (["parityline", "verify"], ["parityline", "diff"]) or (
                following == "echo $?"
            )


@pytest.mark.parametrize("name", [None, *sorted(cli.commands)], ids=lambda name: name or "parityline")
def test_a_command_has_its_section_with_its_help_and_exit_codes(
    name: str | None, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    assert run([*([name] if name else []), "-h"]) == 0
    text = page("docs/commands.md")
    section = text.split("\n## ")[0]
    if name:
        assert f"\n## parityline {name}\n" in text
        section = text.split(f"\n## parityline {name}\n")[1].split("\n## ")[0]
        assert "Exit codes: " in section
    shown = [body for info, body in blocks(section) if info == ""]
    assert shown == [capsys.readouterr().out]


def test_the_page_of_commands_names_no_other_command() -> None:
    assert sorted(re.findall(r"^## parityline (\S+)$", page("docs/commands.md"), re.M)) == sorted(cli.commands)


def keys_of_table(section: str) -> set[str]:
    """The names in the first cells of the tables of a section of docs/pipeline-toml.md."""
    found = page("docs/pipeline-toml.md").split(f"\n## {section}\n")[1].split("\n## ")[0]
    return {name for cell in re.findall(r"^\| (`[^|]*) \|", found, re.M) for name in re.findall(r"`([^`]+)`", cell)}


def test_every_key_of_a_stage_is_described_and_no_other() -> None:
    assert keys_of_table("Keys of a stage") == set(STAGE_KEYS)


def test_every_keyword_of_a_tap_is_described() -> None:
    assert not {name for name in _TABLE_KEYWORDS if f"`{name}`" not in page("docs/pipeline-toml.md")}


@pytest.mark.parametrize(
    ("section", "declaration"),
    [("Keys of an expectation", declarations.Expectation), ("Keys of an acceptance", declarations.Acceptance)],
    ids=["expect", "accept"],
)
def test_every_key_of_expect_and_accept_is_described(section: str, declaration: type) -> None:
    assert keys_of_table(section) == set(declaration.__struct_fields__)  # type: ignore[attr-defined]


def slug(heading: str) -> str:
    """The anchor that GitHub gives a heading."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


@pytest.mark.parametrize("path", PAGES, ids=IDS)
def test_links_between_pages_resolve(path: Path) -> None:
    text = BLOCK.sub("", path.read_text(encoding="utf-8"))
    for target in re.findall(r"\]\(([^)]+)\)", text):
        if re.match(r"[a-z]+:", target):
            continue
        name, _, anchor = target.partition("#")
        found = path.parent / name if name else path
        assert found.exists(), f"{target} leads nowhere"
        if anchor:
            headings = re.findall(r"^#+ (.*)$", found.read_text(encoding="utf-8"), re.M)
            assert anchor in map(slug, headings), f"{target} names no heading"


@pytest.mark.parametrize("path", PAGES, ids=IDS)
def test_no_page_names_a_path_of_a_machine(path: Path) -> None:
    assert not re.findall(r"(?<![\w.])/(?:work|home|root|tmp|Users|usr)\b", path.read_text(encoding="utf-8"))


@pytest.mark.parametrize(
    "said",
    [
        f"| magic | raw(4) | `{state.MAGIC.decode()}` |",
        f"| version | varint | {state.VERSION} |",
        f"| `format` | integer | {records.FORMAT} |",
        f"at most {state.MOST_COLUMNS:,}",
        f"| a record file | {records.MOST_BYTES:,} bytes |",
        f"| stages of a record that are read | {records.MOST_STAGES:,} |",
        f"| text of a cell as it is | {canonical.LONG_TEXT} bytes |",
        f"A scale of 0 to {cells.PLACES} says",
        f"A scale of {cells.PLACES + 1} says",
        f"min({parameters.SAMPLED_KEYS:,}, floor({parameters.SAMPLED_CELLS:,} / columns))",
        f"the {parameters.ROWS_PER_KEY} distinct rows",
        f"At most {parameters.MOST_PARTITIONS:,}, those",
        f"at most {distribution.MOST_BINS:,} bins",
        f"with {distinct.REGISTERS:,} registers",
        f"the leading {distinct.PRECISION} name",
        f"varint {distinct.REGISTERS + 1}, raw({distinct.REGISTERS})",
        f"at most {values.MOST_COMPLETE:,} distinct cells",
        f"of others the {values.SAMPLED} with",
        f"`own_name` | {form.LENGTHS} |",
        f"0x{order._BASE:032X}",
        f"`places_0` to `places_{cells.PLACES}`, `places_more`, `float32`",
        ", ".join(f"`{name}`" for name in form.TEXT_FORMS),
        ", ".join(f"`{name}`" for name in form.TIME_FORMS),
        *(f"| {domain.name} | {domain.value} | " for domain in canonical.Domain),
        *(f"| {tag} | {kind.__name__} | 6.{tag} |" for tag, kind in enumerate(SUMMARIES, start=1)),
        *(f"| {tag} | {kind.__name__} | 7.{tag + (tag > 6)} |" for tag, kind in enumerate(SECTIONS, start=1)),
        f"min({rare.MOST_RARE}, floor(250,000 / (4 * columns^2)))",
        f"the first {entities.ROWS_PER_ENTITY} distinct rows",
        f"tables of more than {compact.MOST_GROUPED} such columns",
        f"at most {compact.MOST_VALUES} distinct ones",
        f"that all groups share, at most {compact.MOST_BINS}:",
        f"with at most {windows.MOST_WINDOWS} windows",
        f"with at most {windows.MOST_GIVEN_WINDOWS:,}, beginning",
        f"at most {classes.MOST_CLASSES} values",
        f"at most {group_totals.MOST_GROUPS}, those with",
        f"| row table | {reconciliation.ROW_CELLS:,} cells",
        f"| key table | only with a key: {reconciliation.KEY_CELLS:,} cells",
        f"| levels | {reconciliation.LEVELS} tables of {reconciliation.LEVEL_CELLS} cells",
    ],
)
def test_a_constant_of_the_format_is_that_of_the_code(said: str) -> None:
    assert said in " ".join(page("docs/format.md").split())


def test_the_counters_of_numbers_are_those_of_the_code() -> None:
    places = tuple(f"places_{places}" for places in range(cells.PLACES + 1))
    assert (*places, "places_more", "float32") == form.NUMBER_FORMS


def test_the_missing_words_of_the_format_are_those_of_the_code() -> None:
    after = page("docs/format.md").split("The missing words, compared as they are:\n\n")[1]
    listed = [word for line in after.split("\n\n")[0].splitlines() for word in line.split()]
    assert (len(listed), {word.encode() for word in listed}) == (len(set(listed)), set(form.MISSING_WORDS))


@pytest.mark.parametrize(
    ("counter", "pattern"),
    [
        ("number", form._NUMBER),
        ("decimal_comma", form._COMMA),
        ("leading_zero", form._ZERO),
        ("scientific", form._SCIENTIFIC),
        ("date", form._DATE),
    ],
)
def test_the_patterns_of_the_format_are_those_of_the_code(counter: str, pattern: re.Pattern[bytes]) -> None:
    found = re.search(rf"^\| `{counter}` \| `(.*?)`", page("docs/format.md"), re.M)
    assert found
    assert found[1].replace(r"\|", "|") == pattern.pattern.decode().replace("(?:", "(")


class AnotherReader:
    """A fingerprint read by what docs/format.md says, and by nothing of parityline."""

    def __init__(self, data: bytes) -> None:
        self.data, self.at = data, 0

    def raw(self, size: int) -> bytes:
        self.at += size
        assert self.at <= len(self.data)
        return self.data[self.at - size : self.at]

    def varint(self) -> int:
        value = shift = 0
        while True:
            byte = self.raw(1)[0]
            value |= (byte & 0x7F) << shift
            shift += 7
            if byte < 0x80:
                return value

    def varints(self, count: int) -> list[int]:
        return [self.varint() for _ in range(count)]

    def zigzag(self) -> int:
        value = self.varint()
        return -(value + 1) // 2 if value % 2 else value // 2

    def section(self) -> AnotherReader:
        return AnotherReader(self.raw(self.varint()))

    def text(self) -> str:
        return self.raw(self.varint()).decode()

    def u128(self) -> int:
        return int.from_bytes(self.raw(16), "little")

    def hashes(self, count: int) -> list[int]:
        return [int.from_bytes(self.raw(16), "big") for _ in range(count)]

    def steps(self, count: int) -> list[int]:
        return list(accumulate(self.varints(count)))

    def deltas(self, count: int) -> list[int]:
        found = [self.zigzag()]
        for step in self.varints(count - 1):
            found.append((found[-1] + step + 2**63) % 2**64 - 2**63)
        return found

    def fraction(self) -> Fraction:
        mixed, a, n = self.varint(), self.zigzag(), int.from_bytes(self.raw(self.varint()), "little")
        return Fraction(-n if mixed & 1 else n) * Fraction(2) ** a / 5 ** (mixed >> 1)

    def cells(self) -> list[object]:
        count, flags = self.varint(), self.varint()
        distinct: list[object] = [None] * (flags & 1) + ["NaN"] * (flags >> 1)
        if numbers := self.varint():
            scale = self.varint()
            plain = struct.unpack(f"<{numbers}d", self.raw(8 * numbers)) if scale == 7 else self.deltas(numbers)
            distinct += [x if scale == 7 else x / 10**scale for x in plain]
        if integers := self.varint():
            step = self.varint()
            distinct += [step * x for x in self.deltas(integers)]
        before = b""
        for _ in range(self.varint()):
            before = before[: self.varint()] + self.raw(self.varint())
            distinct.append(before)
        for _ in range(self.varint()):
            is_number, wide = self.varint(), self.raw(34)
            exponent, mantissa = (int.from_bytes(part, "little", signed=True) for part in (wide[:2], wide[2:]))
            distinct.append(Fraction(mantissa) * Fraction(10) ** exponent if is_number else mantissa)
        distinct += [(self.raw(256), self.varint(), self.u128()) for _ in range(self.varint())]
        distinct += [self.u128() for _ in range(self.varint())]
        width = (len(distinct) - 1).bit_length() if distinct else 0
        bits = int.from_bytes(self.raw((count * width + 7) // 8), "little")
        return [distinct[bits >> i * width & (1 << width) - 1] for i in range(count)]

    def summary(self, tag: int) -> object:
        match tag:
            case 1:
                return self.varints(8)
            case 2:
                return self.u128(), self.u128() if self.varint() else None
            case 3:
                return self.varint(), self.fraction(), self.fraction(), self.fraction()
            case 4:
                return self.cells(), self.varints(4)
            case 5:
                shift, bins = self.varints(2)
                return shift, self.steps(bins), self.varints(bins)
            case 6:
                used = self.varint()
                places = range(4096) if used == 4097 else self.steps(used)
                return {i: register for i, register in zip(places, self.raw(len(places)), strict=True) if register}
            case 7:
                complete, found = self.varint(), self.cells()
                high, low = (struct.unpack(f"<{len(found)}Q", self.raw(8 * len(found))) for _ in range(2))
                return complete, found, [h << 64 | w for h, w in zip(high, low, strict=True)], self.varints(len(found))
        return self.varints(self.varint()), self.varints(self.varint())

    def used(self, places: int) -> list[int]:
        bits = int.from_bytes(self.raw(places // 8), "little")
        return [i for i in range(places) if bits >> i & 1]

    def invertible(self, cells: int, marks: int = 0, *, rows: bool = True) -> dict[int, list[int]]:
        used = self.used(cells)
        widths = "I" + "Q" * (1 + rows) + "I"
        fields = [struct.unpack(f"<{len(used)}{w}", self.raw(len(used) * (4 if w == "I" else 8))) for w in widths]
        if not rows:
            fields.insert(2, (0,) * len(used))
        found = {at: list(own) for at, own in zip(used, zip(*fields, strict=True), strict=True)}
        for own in found.values():
            own += struct.unpack(f"<{marks}H", self.raw(2 * marks))
        return found

    def end(self) -> None:
        assert self.at == len(self.data)


def digest_of(data: bytes, domain: int) -> int:
    """XXH3-128 in a domain of the public seed."""
    return int(xxhash.xxh3_128_intdigest(data, seed=domain * 0x9E3779B97F4A7C15 % 2**64))


def test_a_reader_that_is_written_from_the_page_finds_every_value() -> None:
    random = np.random.default_rng(0)
    count = 3000
    table = {
        "id": np.arange(count) // 2,
        "x": random.normal(size=count),
        "text": [f"text {i % 1500}" if i % 7 else None for i in range(count - 1)] + ["z" * 300],
        "day": np.datetime64("2024-01-01", "D") + random.integers(0, 900, count),
        "ignored": np.arange(count),
    }
    options = {"key": "id", "partition": "day:month", "ordered": True, "ignore": ["ignored"]}
    data = parityline.fingerprint(table, **options).to_bytes()
    assert (data[:4], zlib.crc32(data[:-4])) == (b"PLFP", int.from_bytes(data[-4:], "little"))
    reader = AnotherReader(data[4:-4])
    assert reader.varint() == 1
    own = reader.section()
    assert (own.raw(8), [own.text() for _ in range(own.varint())]) == (bytes(8), ["id"])
    assert ([own.text() for _ in range(own.varint())], own.varint(), own.text()) == (["ignored"], 1, "day:month")
    assert [(own.text(), own.varint()) for _ in range(3)] == [("", 0)] * 3
    assert own.varints(2) == [0, 0]
    own.end()

    days = table["day"].astype("int64").tolist()
    domains = {"id": 1, "x": 1, "text": 3, "day": 8}
    canonical_bytes = {
        "id": [struct.pack("<d", v) for v in table["id"]],
        "x": [struct.pack("<d", v) for v in table["x"]],
        "text": [v if v is None else v.encode() for v in table["text"]],
        "day": [struct.pack("<q", v) for v in days],
    }
    hashes = {
        name: [digest_of(bytes(8), 15) if v is None else digest_of(v, domains[name]) for v in column]
        for name, column in canonical_bytes.items()
    }
    multipliers = {name: digest_of(name.encode(), 17) | 1 for name in hashes}
    row_hashes = []
    for i in range(count):
        total = sum(hashes[name][i] * multipliers[name] for name in hashes) % 2**128
        row_hashes.append(digest_of(total.to_bytes(16, "little"), 18))
    assert (reader.varint(), reader.u128()) == (count, sum(row_hashes) % 2**128)

    found: dict[str, dict[int, Any]] = {}
    types: dict[str, str] = {}
    for _ in range(reader.varint()):
        name = reader.text()
        types[name] = reader.text()
        found[name] = {}
        for _ in range(reader.varint()):
            tag, own = reader.varint(), reader.section()
            found[name][tag] = own.summary(tag)
            own.end()
    assert types == {"id": "number", "x": "number", "text": "text", "day": "date", "ignored": "number"}
    assert {name: len(summaries) for name, summaries in found.items()} == {**dict.fromkeys(hashes, 8), "ignored": 1}
    for name, column in hashes.items():
        pairs = sum(h * (k | 1) for h, k in zip(column, hashes["id"], strict=True)) % 2**128
        assert found[name][2] == (sum(column) % 2**128, pairs)
        present = Counter(h for h, v in zip(column, canonical_bytes[name], strict=True) if v is not None)
        kept = sorted(present)[: 1024 if len(present) <= 1024 else 256]
        assert found[name][7][2:] == (kept, [present[h] for h in kept])
        ranks: dict[int, set[int]] = {}
        for h in present:
            ranks.setdefault(h >> 116, set()).add(53 - (h >> 64 & (1 << 52) - 1).bit_length())
        registers = {i: 4 * max(r) + 2 * (max(r) - 1 in r) + (max(r) - 2 in r) for i, r in ranks.items()}
        assert found[name][6] == registers
    x = list(map(Fraction, table["x"].tolist()))
    assert found["x"][3] == (count, sum(v for v in x if v > 0), sum(v for v in x if v < 0), sum(v * v for v in x))
    bits = [struct.unpack("<Q", struct.pack("<d", v))[0] for v in table["x"]]
    keys = [b ^ (2**64 - 1) if b >> 63 else b | 1 << 63 for b in bits]
    shift = next(s for s in range(64) if len({k >> s for k in keys}) <= 2048)
    bins = Counter(k >> shift for k in keys)
    assert found["x"][5] == (shift, sorted(bins), [bins[b] for b in sorted(bins)])
    assert found["text"][4][0][1][0] == b"z" * 256

    assert reader.varints(2) == [5, 1]
    own, ordered = reader.section(), 0
    for h in row_hashes:
        ordered = (ordered * 0x9E3779B97F4A7C15F39CC0605CEDC835 + h) % 2**128
    assert (own.varint(), own.u128()) == (count, ordered)
    assert reader.varint() == 2
    own = reader.section()
    assert own.varint() == 1
    months = table["day"].astype("M8[M]").astype("M8[D]").astype("int64").tolist()
    for month in own.cells():
        there = [h for h, m in zip(row_hashes, months, strict=True) if m == month]
        entry = digest_of(struct.pack("<q", month), 8), len(there), sum(there) % 2**128
        assert (own.u128(), own.varint(), own.u128()) == entry
    own.end()
    assert reader.varint() == 3
    own = reader.section()
    assert own.varints(2) == [1, count // 2]
    sampled = sorted(set(hashes["id"]))
    order = sorted(range(count), key=lambda i: (hashes["id"][i], row_hashes[i]))
    assert (own.hashes(count // 2), own.varints(count // 2), own.varint()) == (sampled, [2] * (count // 2), count)
    assert own.steps(count) == [sampled.index(hashes["id"][i]) for i in order]
    assert (own.varint(), own.hashes(count), own.varints(count)) == (0, [row_hashes[i] for i in order], [1] * count)
    assert own.cells() == [days[i] for i in order]
    assert own.cells() == table["id"][order].tolist()
    texts = own.cells()
    assert [v for v in texts if not isinstance(v, tuple)] == [
        v for i in order if (v := canonical_bytes["text"][i]) != b"z" * 300
    ]
    assert own.cells() == table["x"][order].tolist()
    assert (own.varint(), own.varints(count)) == (count, order)
    own.end()

    assert reader.varint() == 4
    own = reader.section()
    assert own.varints(3) == [1, 1, 4]
    keys = [4 * int(value) for value in table["id"]]
    contents = [h % 2**64 % (2**61 - 1) for h in row_hashes]
    marks = [[hashes[name][i] % 2**16 for name in sorted(hashes)] for i in range(count)]
    elements = [digest_of(struct.pack("<QQ", *pair), 20) for pair in zip(keys, contents, strict=True)]
    owners = [digest_of(struct.pack("<Q", k), 21) for k in keys]
    assert own.invertible(2728, marks=4) == invertible(2728, elements, keys, contents, marks)
    assert own.invertible(2048, rows=False) == invertible(2048, owners, keys, [0] * count)
    for signs in (elements, owners):
        expected = Counter[int]()
        for h in signs:
            expected[h >> 116] += 1 if h % 2 else -1
        used = own.used(4096)
        assert dict(zip(used, [own.zigzag() for _ in used], strict=True)) == {i: n for i, n in expected.items() if n}
    rows, sums = Counter[int](), Counter[int]()
    for h, r in zip(hashes["id"], row_hashes, strict=True):
        rows[h >> 116] += 1
        sums[h >> 116] += r % 2**32
    used = own.used(4096)
    assert dict(zip(used, own.varints(len(used)), strict=True)) == rows
    assert list(struct.unpack(f"<{len(used)}I", own.raw(4 * len(used)))) == [sums[i] % 2**32 for i in used]
    for level in range(1, 13):
        there = [i for i in range(count) if hashes["id"][i] % 4**level == 0]
        chosen = ([column[i] for i in there] for column in (elements, keys, contents))
        assert own.invertible(256) == invertible(256, *chosen)
    own.end()

    assert reader.varint() == 5
    own = reader.section()
    special = {
        "id": {3: [0, 1]},
        "text": {0: [i for i in range(count) if canonical_bytes["text"][i] is None]},
        "x": {4: [i for i in range(count) if table["x"][i] < 0]},
    }
    pair = {i: (hashes["id"][i], row_hashes[i]) for i in range(count)}
    chosen_rows = {
        (name, kind): sorted(pair[i] for i in rows)[:16] for name, by in special.items() for kind, rows in by.items()
    }
    whole = sorted({own for rows in chosen_rows.values() for own in rows})
    flat = own.varint() and own.hashes(2 * len(whole))
    assert list(zip(flat[::2], flat[1::2], strict=True)) == whole
    for name in sorted(hashes):
        for kind in range(9):
            assert [whole[i] for i in own.steps(own.varint())] == chosen_rows.get((name, kind), [])
    place = {own: i for i, own in pair.items()}
    assert own.cells() == [days[place[at]] for at in whole]
    assert own.cells() == [float(table["id"][place[at]]) for at in whole]
    texts = own.cells()
    assert texts[0] == canonical_bytes["text"][place[whole[0]]]
    assert own.cells() == [table["x"][place[at]] for at in whole]
    own.end()
    reader.end()


def invertible(
    cells: int, elements: list[int], keys: list[int], rows: list[int], marks: list[list[int]] | None = None
) -> dict[int, list[int]]:
    """The cells of a table that are not all zeros: count, key, row, check, marks."""
    found: dict[int, list[int]] = {}
    field, checks = 2**61 - 1, 2**31 - 1
    for i, (h, key, row) in enumerate(zip(elements, keys, rows, strict=True)):
        words = [h >> shift & 2**32 - 1 for shift in (96, 64, 32, 0)]
        check = ((h >> 64) + h) * 0x9E3779B97F4A7C15 % 2**64 // 2**33 % checks
        own = [1, key, row, check, *(marks[i] if marks else [])]
        moduli = [2**32, field, field, checks] + [2**16] * (len(own) - 4)
        for quarter, word in enumerate(words):
            place = quarter * cells // 4 + word * (cells // 4) // 2**32
            before = found.get(place, [0] * len(own))
            found[place] = [(a + b) % m for a, b, m in zip(before, own, moduli, strict=True)]
    return found


def test_the_pages_make_a_site_in_which_every_link_leads_somewhere(tmp_path: Path) -> None:
    """Without `--quiet`, which silences the warnings that `--strict` counts."""
    process = ran(
        [
            sys.executable,
            "-m",
            "mkdocs",
            "build",
            "--strict",
            "-d",
            str(tmp_path),
            "-f",
            str(ROOT / "mkdocs.yml"),
        ],
        tmp_path,
    )
    assert process.returncode == 0, process.stderr
    assert (tmp_path / "index.html").is_file()
    assert len(list((tmp_path / "codes").rglob("index.html"))) > 100
