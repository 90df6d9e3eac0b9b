"""The same rows: none missing, none extra, no key doubled, no partition changed."""

from __future__ import annotations

from collections.abc import Iterator

from parityline.changes import MOST_NAMED, labels
from parityline.findings import Finding
from parityline.pairs import TablePair


def same_rows(pair: TablePair) -> Iterator[Finding]:
    """Both sides hold the same keys as often; without a key, the same multiset of rows."""
    reference, observed = pair.reference, pair.observed
    counts = {"rows": [reference.rows, observed.rows]}
    if pair.identical or pair.same_keys:
        # rows are digested whole: those of other columns say nothing about each other
        alike = reference.columns.keys() == observed.columns.keys()
        if not pair.identical and alike and not pair.differing():
            sentence = "the rows are not the same"
            if pair.keyed:
                sentence = f"beside each key stand the same values, combined into other rows: {_repeated(pair)}"
            yield Finding("rows-differ", pair.stage, f"{pair.where}{sentence}", evidence=counts)
        return
    if not pair.keyed:
        missing = max(0, reference.rows - observed.rows)
        extra = max(0, observed.rows - reference.rows)
        if missing or extra:
            code = "rows-missing" if missing else "rows-extra"
            what = f"{missing:,} rows fewer" if missing else f"{extra:,} rows more"
            sentence = f"{pair.where}{what}: {observed.rows:,}, the reference has {reference.rows:,}"
            share = (missing or extra) / max(1, reference.rows)
            yield Finding(
                code, pair.stage, sentence, share=share, expected=reference.rows, found=observed.rows, evidence=counts
            )
        return
    if pair.changes is not None:
        yield from _decoded(pair)
        return
    missing_keys, extra_keys, looked = pair.key_changes
    doubled = _doubled(pair)
    if missing_keys or (not extra_keys and not doubled and observed.rows < reference.rows):
        yield _counted(
            pair, "rows-missing", len(missing_keys), looked, reference.rows - observed.rows, bool(extra_keys or doubled)
        )
    if extra_keys or (not missing_keys and not doubled and observed.rows > reference.rows):
        yield _counted(
            pair, "rows-extra", len(extra_keys), looked, observed.rows - reference.rows, bool(missing_keys or doubled)
        )
    if doubled:
        sentence = f"{pair.where}{doubled:,} of {looked:,} sampled keys repeat that are unique in the reference"
        yield Finding(
            "duplicate-keys", pair.stage, sentence, share=doubled / looked, evidence={**counts, "sampled": looked}
        )
    if not (missing_keys or extra_keys or doubled) and observed.rows == reference.rows:
        sentence = f"{pair.where}a few keys are not the same; none of {looked:,} sampled ones is among them"
        yield Finding("rows-differ", pair.stage, sentence, evidence={**counts, "sampled": looked})


def _repeated(pair: TablePair) -> str:
    sample, key = pair.reference.state.sample, ", ".join(pair.reference.key)
    most = max(sample.rows_per_key, default=1)
    return f"{key} does not name one row (up to {most:,} have the same one)" if most > 1 else f"{key} is no unique key"


def _decoded(pair: TablePair) -> Iterator[Finding]:
    """Every key that is missing, extra or doubled, from the two records alone."""
    assert pair.changes is not None
    kinds = (
        ("rows-missing", pair.changes.missing, "rows are missing"),
        ("rows-extra", pair.changes.extra, "rows are extra"),
        ("duplicate-keys", pair.changes.doubled, "rows repeat a key of the reference"),
    )
    for code, keys, words in kinds:
        if not keys:
            continue
        rows = sum(keys.values())
        of = f" of {pair.reference.rows:,}" if code == "rows-missing" else ""
        side = pair.reference if code == "rows-missing" else pair.observed
        named = labels(side, sorted(keys)[:MOST_NAMED])
        yield Finding(
            code,
            pair.stage,
            f"{pair.where}{rows:,}{of} {words}",
            share=rows / max(1, pair.reference.rows),
            expected=pair.reference.rows,
            found=pair.observed.rows,
            evidence={"rows": rows, "exact": True, "keys": named, "sampled": pair.key_changes[2]},
        )


def _doubled(pair: TablePair) -> int:
    a, b = pair.reference.state.sample, pair.observed.state.sample
    before = dict(zip(a.keys, a.rows_per_key, strict=True))
    return sum(before.get(key) == 1 and rows > 1 for key, rows in zip(b.keys, b.rows_per_key, strict=True))


def _counted(pair: TablePair, code: str, sampled: int, looked: int, net: int, both: bool) -> Finding:
    """Exact where one kind of change alone explains the number of rows, or where every key was looked at."""
    base = max(1, pair.reference.rows)
    of = f" of {pair.reference.rows:,}" if code == "rows-missing" else ""
    word = "are missing" if code == "rows-missing" else "are extra"
    if not both or pair.complete:
        count = sampled if pair.complete else net
        sentence = f"{pair.where}{count:,}{of} rows {word}"
        evidence = {"rows": count, "exact": True, "sampled": looked}
        return Finding(
            code,
            pair.stage,
            sentence,
            share=count / base,
            expected=pair.reference.rows,
            found=pair.observed.rows,
            evidence=evidence,
        )
    share = sampled / looked
    sentence = f"{pair.where}about {share:.2%} of the keys {word} ({sampled:,} of {looked:,} sampled)"
    evidence = {"sampled": looked, "sampled_changed": sampled, "exact": False}
    return Finding(
        code,
        pair.stage,
        sentence,
        share=share,
        expected=pair.reference.rows,
        found=pair.observed.rows,
        evidence=evidence,
    )
