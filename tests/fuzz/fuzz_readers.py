"""Coverage-guided fuzzing of the readers of fingerprints and records: `make soak` runs it for ten minutes.

The first bytes of an input say what it is: a fingerprint, or the text of a record.json. Mutations go into one block of
a fingerprint, or anywhere, and checksums and lengths are made right again, so that they reach the decoders. Bytes must
be refused with a FormatError or be what the state that was read writes again; a state that was read must merge, and a
record compare, or say with a ParitylineError why not.

Usage: python tests/fuzz/fuzz_readers.py FOLDER [options of libFuzzer, such as -max_total_time=60]
FOLDER keeps inputs that reach something new, from one run to the next, and as crash-* those that fail; give the path
of one behind FOLDER to run it again. atheris itself grows by 9 KB an input, so ten runs of a minute are better than
one of ten.
"""

from __future__ import annotations

import contextlib
import json
import random
import sys
from pathlib import Path

import atheris

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

with atheris.instrument_imports(include=["parityline"]):
    import parityline
    from parityline.errors import FormatError, ParitylineError
    from parityline.fingerprints import Fingerprint
    from parityline.records import Record

from hostile import blocks, fingerprints, record, replaced, resealed, with_facts, with_json

RECORD = record()
REFERENCE = Record.from_bytes(RECORD)


def one_input(data: bytes) -> None:
    """Anything but a FormatError, and a state that is not the bytes from which it was read, is a finding."""
    with contextlib.suppress(FormatError):
        if data[:4] == b"PLFP":
            read_fingerprint(data)
        else:
            read_record(data.decode("utf-8", "surrogateescape"))


def read_fingerprint(data: bytes) -> None:
    found = Fingerprint.from_bytes(data)
    assert found.to_bytes() == data
    with contextlib.suppress(ParitylineError):
        found.merge(found)
    for column in found.columns.values():
        for measure in ("min", "max", "mean", "variance", "distinct", "top_values"):
            getattr(column, measure)
        column.histogram()


def read_record(text: str) -> None:
    found = Record.from_bytes(with_json(RECORD, lambda _: text), "fuzzed.parity")
    found.to_bytes()
    with contextlib.suppress(ParitylineError):
        parityline.verify(REFERENCE, found)


def mutated(data: bytes, most: int, seed: int) -> bytes:
    """Half of the mutations of a fingerprint change one block, the others anything between magic and checksum."""
    if data[:4] != b"PLFP":
        return bytes(atheris.Mutate(data, most))
    chance = random.Random(seed)
    with contextlib.suppress(FormatError):
        places = list(blocks(data))
        if chance.random() < 0.5:
            place = chance.choice(places)
            content = atheris.Mutate(data[place[1] : place[2]], place[2] - place[1] + 64)
            return replaced(data, place, bytes(content))[:most]
    return resealed(b"PLFP" + bytes(atheris.Mutate(data[4:-4], max(1, most - 8))))


def corpus(folder: Path) -> None:
    """Small samples with every option."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, data in fingerprints().items():
        (folder / f"sample {name}").write_bytes(data)
    texts: list[str] = []
    with_facts(RECORD, lambda document: texts.append(json.dumps(document)))
    (folder / "sample record").write_text(texts[0])


def main() -> None:
    if len(sys.argv) < 2:
        sys.exit(f"expected a folder, for inputs that reach something new\n\n{__doc__}")
    folder = Path(sys.argv[1])
    corpus(folder)
    given = [argument for argument in sys.argv[2:] if not argument.startswith("-")]
    options = [
        f"-artifact_prefix={folder}/",
        "-timeout=5",
        "-rss_limit_mb=2048",
        "-max_len=65536",
        "-print_final_stats=1",
    ]
    arguments = [sys.argv[0], *options, *[a for a in sys.argv[2:] if a.startswith("-")], *(given or [str(folder)])]
    atheris.Setup(arguments, one_input, custom_mutator=mutated)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
