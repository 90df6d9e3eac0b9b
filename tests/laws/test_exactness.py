"""What is called exact is exact: totals, moments, hashes, decimal places, and which cells are equal."""

from __future__ import annotations

import math
import random
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pyarrow as pa
import pytest
import xxhash
from hypothesis import given
from hypothesis import strategies as st

from parityline.kernel import Parameters, State
from parityline.kernel.canonical import hash_cells
from parityline.kernel.cells import decimal_places
from parityline.kernel.exact import dyadic_parts, from_dyadic
from parityline.kernel.reading import Reading
from parityline.kernel.summaries import Digests, Distinct, Range, Shape, Totals, Values
from parityline.kernel.xxh3 import hash_bytes, hash_fixed, hash_strings
from strategies import BY_NAME, EXAMPLES, NUMBERS, Kind, batches_of, columns_of

# ---------------------------------------------------------------- totals

finite = st.floats(allow_nan=False, allow_infinity=False)
adversarial = st.one_of(
    finite,
    st.sampled_from([1e308, -1e308, 1.7976931348623157e308, 5e-324, -5e-324, 1e16, -1e16, 1.0, 2.0**-1022, 0.1]),
)


def totals_of(kernel, array: pa.Array) -> Totals:
    state = State.from_bytes(kernel(batches_of(pa.table({"x": array})), Parameters()))
    totals = state.columns["x"].summaries[Totals]
    assert isinstance(totals, Totals)
    return totals


def rounded(value: Fraction) -> float:
    """The nearest float64, infinite beyond its range."""
    try:
        return float(value)
    except OverflowError:
        return math.inf if value > 0 else -math.inf


def check(totals: Totals, values: list[Fraction]) -> None:
    n = len(values)
    assert totals.count == n
    assert totals.positive == sum((v for v in values if v > 0), Fraction(0))
    assert totals.negative == sum((v for v in values if v < 0), Fraction(0))
    assert totals.squares == sum((v * v for v in values), Fraction(0))
    mean = sum(values, Fraction(0)) / n if n else None
    assert totals.mean == (None if mean is None else rounded(mean))
    for ddof in (0, 1):
        if n <= ddof:
            assert totals.variance(ddof) is None
            assert totals.deviation(ddof) is None
        else:
            assert mean is not None
            variance = rounded(sum(((v - mean) ** 2 for v in values), Fraction(0)) / (n - ddof))
            assert totals.variance(ddof) == variance
            assert totals.deviation(ddof) == math.sqrt(variance)


@given(values=st.lists(adversarial, max_size=40))
def test_totals_of_floats_are_those_of_fractions(kernel, values):
    check(totals_of(kernel, pa.array(values, pa.float64())), [Fraction(v) for v in values])


@given(values=st.lists(st.floats(-1e300, 1e300), max_size=60), seed=st.integers(0, 999))
def test_the_sum_of_floats_is_what_fsum_says_whatever_their_order(kernel, values, seed):
    shuffled = list(values)
    random.Random(seed).shuffle(shuffled)
    assert float(totals_of(kernel, pa.array(shuffled, pa.float64())).sum) == math.fsum(values)


@given(data=st.data(), kind=st.sampled_from(NUMBERS))
def test_totals_of_every_type_of_number_are_exact(kernel, data, kind: Kind):
    cells = data.draw(kind.lists(20))
    array = kind.build(cells)
    if pa.types.is_floating(kind.type):
        floats = np.frombuffer(array.buffers()[1], f"f{kind.type.bit_width // 8}").astype("f8") if cells else []
        exact = [Fraction(float(v)) for v, c in zip(floats, cells, strict=True) if c is not None and np.isfinite(v)]
    else:
        scale = kind.type.scale if pa.types.is_decimal(kind.type) else 0
        exact = [Fraction(cell) / Fraction(10) ** scale for cell in cells if cell is not None]
    check(totals_of(kernel, array), exact)


SUMS = {
    "cancellation": [1e16, 1.0, -1e16],
    "cancellation of the largest": [1e308, 1e308, -1e308, -1e308, 1.0],
    "one in ten": [0.1] * 10,
    "subnormals": [5e-324] * 3 + [-5e-324],
    "the widest span": [1.7976931348623157e308, 5e-324],
    "alternating": [1e308, -1e308] * 500,
}


@pytest.mark.parametrize("name", SUMS)
def test_sums_that_plain_addition_gets_wrong(kernel, name):
    check(totals_of(kernel, pa.array(SUMS[name])), [Fraction(v) for v in SUMS[name]])


INTEGERS = {
    "uint64 beyond its own range": ([2**64 - 1] * 1000, pa.uint64()),
    "the smallest int64": ([-(2**63)] * 1000 + [2**63 - 1], pa.int64()),
    "odd numbers beyond 2**53": ([2**53 + 1] * 9, pa.int64()),
    "int8 beyond its own range": ([127] * 1000 + [-128] * 3, pa.int8()),
}


@pytest.mark.parametrize("name", INTEGERS)
def test_integers_add_up_beyond_64_bits(kernel, name):
    values, type_ = INTEGERS[name]
    check(totals_of(kernel, pa.array(values, type_)), [Fraction(v) for v in values])


def test_decimals_add_up_beyond_what_a_float_holds(kernel):
    values = [Decimal("12345678901234567890123456.78901"), Decimal("-0.00001"), Decimal("0.1")] * 7
    totals = totals_of(kernel, pa.array(values, pa.decimal128(38, 5)))
    check(totals, [Fraction(v) for v in values])
    assert totals.sum == sum((Fraction(v) for v in values), Fraction(0))


@given(n=st.integers(-(10**40), 10**40), a=st.integers(-300, 300), b=st.integers(0, 60))
def test_fractions_of_twos_and_fives_are_kept_exactly(n, a, b):
    value = Fraction(n) * Fraction(2) ** a / 5**b
    parts = dyadic_parts(value)
    assert from_dyadic(*parts) == value
    assert parts[0] % 2 or parts[0] == 0


# ---------------------------------------------------------------- the hash

SEEDS = (0, 1, 0x9E3779B185EBCA87, 2**64 - 1, 2**32, 0xFFFFFFFF)
LENGTHS = [*range(1101), 2047, 2048, 2049, 4096, 10_000, 65_537]


@pytest.mark.parametrize("seed", SEEDS)
def test_the_hash_is_xxh3_for_every_length(seed):
    rng = np.random.default_rng(seed % 2**32)
    for length in LENGTHS:
        rows = rng.integers(0, 256, (2, length), dtype=np.uint8)
        high, low = hash_fixed(rows, seed)
        for i in range(2):
            expected = xxhash.xxh3_128_intdigest(rows[i].tobytes(), seed=seed)
            assert int(high[i]) << 64 | int(low[i]) == expected, f"length {length}"


@given(texts=st.lists(st.binary(max_size=400), min_size=1, max_size=12), seed=st.integers(0, 2**64 - 1))
def test_the_hash_of_many_strings_is_that_of_each(texts, seed):
    data = np.frombuffer(b"".join(texts), np.uint8)
    lengths = np.array([len(t) for t in texts], np.int64)
    starts = np.cumsum(lengths) - lengths
    high, low = hash_strings(data, starts, lengths, seed)
    for text, h, w in zip(texts, high.tolist(), low.tolist(), strict=True):
        assert h << 64 | w == xxhash.xxh3_128_intdigest(text, seed=seed) == hash_bytes(text, seed)


@given(kind=st.sampled_from(["text", "binary"]), data=st.data())
def test_a_text_has_the_hash_of_its_bytes_under_the_seed_of_its_kind(kind, data):
    cells = [c for c in data.draw(BY_NAME[kind].lists(6)) if c is not None]
    high, low = hash_cells(columns_of(BY_NAME[kind], cells), 5)
    seed = (5 + {"text": 3, "binary": 4}[kind] * 0x9E3779B97F4A7C15) % 2**64
    for cell, h, w in zip(cells, high.tolist(), low.tolist(), strict=True):
        raw = cell.encode("utf-8", "surrogatepass") if isinstance(cell, str) else cell
        assert h << 64 | w == xxhash.xxh3_128_intdigest(raw, seed=seed)


# ---------------------------------------------------------------- decimal places


def slow_places(value: float) -> int:
    """The definition, one value at a time in exact arithmetic."""
    if not math.isfinite(value):
        return 7
    if value == math.floor(value):
        return 0
    for d in range(1, 7):
        nearest = round(Fraction(value) * 10**d)
        if abs(nearest) < 2**51 and float(Fraction(nearest, 10**d)) == value:
            return d
    return 7


def test_decimal_places_are_those_of_the_definition():
    rng = np.random.default_rng(51)
    n = max(200, 2 * EXAMPLES)
    values = [rng.integers(-(10**e), 10**e, n) / 10.0**d for e in (3, 6, 9, 12, 15, 18) for d in range(8)]
    values += [rng.normal(0, 10.0**e, n) for e in (-9, -3, 0, 3, 6, 9, 12, 15, 200)]
    values.append(rng.integers(0, 2**64, n, dtype=np.uint64).view("f8"))
    values.append(
        np.array([0.0, math.inf, -math.inf, math.nan, 5e-324, 1e308, 3e9 + 0.5, 2.0**51 + 0.5, 2.0**50 + 0.5])
    )
    values.append(np.array([2.0**51 / 10**d for d in range(7)]))
    flat = np.concatenate(values)
    flat = np.concatenate([flat, np.nextafter(flat, np.inf), np.nextafter(flat, -np.inf)])
    found = decimal_places(flat)
    wrong = [(v, int(p), slow_places(v)) for v, p in zip(flat.tolist(), found, strict=True) if p != slow_places(v)]
    assert wrong == []
    assert set(found.tolist()) == set(range(8))


@pytest.mark.parametrize(
    ("value", "places"),
    [
        pytest.param(0.1, 1, id="a tenth"),
        pytest.param(19.99, 2, id="a price"),
        pytest.param(2_500_000_000.25, 2, id="money beyond 2**51 millionths"),
        pytest.param(3_000_000_000.5, 1, id="a half beyond 2**51 millionths"),
        pytest.param(0.1 + 0.2, 7, id="a sum that is off by a bit"),
        pytest.param(1e-7, 7, id="seven places"),
        pytest.param(1e300, 0, id="a large whole number"),
        pytest.param(-0.000001, 6, id="a negative millionth"),
    ],
)
def test_decimal_places_of(value, places):
    assert decimal_places(np.array([value])).tolist() == [places]


# ---------------------------------------------------------------- equal cells

NAN = np.array([0x7FF8000000000000, 0xFFF8000000000001, 0x7FF0000000000001], np.uint64).view("f8")
FAR = datetime(9999, 12, 31, 23, 59, 59)


def one(value: object, type_: pa.DataType) -> pa.Array:
    return pa.array([value], type_)


def raw(bits: int, kind: str) -> pa.Array:
    return BY_NAME[kind].build([bits])


EQUAL = {
    "5 = 5.0": (one(5, pa.int64()), one(5.0, pa.float64())),
    "5 = 5.00": (one(5, pa.int8()), one(Decimal("5.00"), pa.decimal128(9, 2))),
    "5.0 = 5.00": (one(5.0, pa.float32()), one(Decimal("5.00"), pa.decimal256(70, 2))),
    "0.5 in float16 = 0.5 in decimal": (one(np.float16(0.5), pa.float16()), one(Decimal("0.5"), pa.decimal32(5, 3))),
    "-0.0 = 0.0": (one(-0.0, pa.float64()), one(0.0, pa.float64())),
    "-0.0 = 0": (one(-0.0, pa.float32()), one(0, pa.uint8())),
    "2**63 in uint64 = in float64": (one(2**63, pa.uint64()), one(2.0**63, pa.float64())),
    "2**53 + 1 in int64 = in decimal": (one(2**53 + 1, pa.int64()), one(Decimal(2**53 + 1), pa.decimal128(20, 3))),
    "1E+5 = 100000": (raw(100, "decimal128(20,-3)"), one(100_000, pa.int32())),
    "NaN = NaN of another payload": (pa.array(NAN[:1]), pa.array(NAN[1:2])),
    "NaN = signalling NaN": (pa.array(NAN[:1]), pa.array(NAN[2:])),
    "NaN in float64 = in float32": (pa.array(NAN[:1]), raw(0x7FC00001, "float32")),
    "NaN in float32 = in float16": (raw(0xFFC00000, "float32"), raw(0x7E01, "halffloat")),
    "text = large text": (one("é", pa.string()), one("é", pa.large_string())),
    "text = view": (one("é" * 20, pa.string()), one("é" * 20, pa.string_view())),
    "text = dictionary": (one("a", pa.string()), one("a", pa.string()).dictionary_encode()),
    "binary = binary of fixed size": (one(b"abc", pa.binary()), one(b"abc", pa.binary(3))),
    "date32 = date64": (one(date(1969, 12, 31), pa.date32()), one(date(1969, 12, 31), pa.date64())),
    "one instant in s = in ns": (one(10, pa.timestamp("s")), one(10**10, pa.timestamp("ns"))),
    "9999-12-31 in s = in us": (one(FAR, pa.timestamp("s")), one(FAR, pa.timestamp("us"))),
    "one instant in two zones": (one(0, pa.timestamp("ms", "UTC")), one(0, pa.timestamp("ms", "Asia/Tokyo"))),
    "noon in s = in ns": (one(time(12), pa.time32("s")), one(time(12), pa.time64("ns"))),
    "an hour in s = in us": (one(timedelta(hours=1), pa.duration("s")), one(timedelta(hours=1), pa.duration("us"))),
    "list = large list": (one([1, None], pa.list_(pa.int64())), one([1, None], pa.large_list(pa.int8()))),
    "list = list of fixed size": (one([1, 2], pa.list_(pa.int64())), one([1.0, 2.0], pa.list_(pa.float64(), 2))),
    "null of int = null of float": (one(None, pa.int64()), one(None, pa.float64())),
}

DIFFERENT = {
    "5 and 5.000001": (one(5, pa.int64()), one(5.000001, pa.float64())),
    "2**53 and 2**53 + 1": (one(2**53, pa.int64()), one(2**53 + 1, pa.int64())),
    "2**53 + 1 and its float": (one(2**53 + 1, pa.int64()), one(float(2**53 + 1), pa.float64())),
    "0.1 and its float32": (one(0.1, pa.float64()), one(0.1, pa.float32())),
    "0.1 and decimal 0.1": (one(0.1, pa.float64()), one(Decimal("0.1"), pa.decimal128(5, 1))),
    "NaN and null": (pa.array(NAN[:1]), one(None, pa.float64())),
    "0 and null": (one(0, pa.int64()), one(None, pa.int64())),
    "infinity and its negative": (one(math.inf, pa.float64()), one(-math.inf, pa.float64())),
    "infinity and NaN": (one(math.inf, pa.float64()), pa.array(NAN[:1])),
    "an empty text and null": (one("", pa.string()), one(None, pa.string())),
    "an empty list and null": (one([], pa.list_(pa.int8())), one(None, pa.list_(pa.int8()))),
    "an empty list and a list of null": (one([], pa.list_(pa.int8())), one([None], pa.list_(pa.int8()))),
    "true and 1": (one(True, pa.bool_()), one(1, pa.int64())),
    "false and null": (one(False, pa.bool_()), one(None, pa.bool_())),
    "1 and text 1": (one(1, pa.int64()), one("1", pa.string())),
    "text and binary": (one("a", pa.string()), one(b"a", pa.binary())),
    "composed and decomposed": (one("é", pa.string()), one("e\u0301", pa.string())),
    "a text and its padded self": (one("a", pa.string()), one("a ", pa.string())),
    "naive and zoned": (one(0, pa.timestamp("s")), one(0, pa.timestamp("s", "UTC"))),
    "a date and midnight": (one(date(2024, 1, 1), pa.date32()), one(datetime(2024, 1, 1), pa.timestamp("s"))),
    "a time and a duration": (one(time(1), pa.time32("s")), one(timedelta(hours=1), pa.duration("s"))),
    "a nanosecond apart": (one(0, pa.timestamp("ns")), one(1, pa.timestamp("ns"))),
    "two far instants": (one(2**62, pa.timestamp("s")), one(2**62 + 1, pa.timestamp("s"))),
    "two long texts that begin alike": (one("z" * 299 + "a", pa.string()), one("z" * 299 + "b", pa.string())),
    "a list and a deeper one": (one([1], pa.list_(pa.int8())), one([[1]], pa.list_(pa.list_(pa.int8())))),
    "items in another order": (one([1, 2], pa.list_(pa.int8())), one([2, 1], pa.list_(pa.int8()))),
    "fields of other names": (
        one({"a": 1}, pa.struct([("a", pa.int8())])),
        one({"b": 1}, pa.struct([("b", pa.int8())])),
    ),
}


def state_of(kernel, array: pa.Array) -> State:
    return State.from_bytes(kernel(batches_of(pa.table({"x": array})), Parameters()))


@pytest.mark.parametrize("name", EQUAL)
def test_cells_that_are_equal_in_any_type(kernel, name):
    a, b = EQUAL[name]
    assert state_of(kernel, a).to_bytes() == state_of(kernel, b).to_bytes()


@pytest.mark.parametrize("name", DIFFERENT)
def test_cells_that_are_not_equal(kernel, name):
    a, b = (state_of(kernel, array) for array in DIFFERENT[name])
    digests = [state.columns["x"].summaries[Digests] for state in (a, b)]
    assert a.digest != b.digest
    assert digests[0] != digests[1]


def test_special_values_are_counted_apart(kernel):
    values = [math.nan, math.inf, math.inf, -math.inf, -0.0, 0.0, -1.5, None, 3.0]
    state = state_of(kernel, pa.array(values, pa.float64())).columns["x"]
    assert state.summaries[Shape] == Shape(
        rows=9, nulls=1, nans=1, plus_infinities=2, minus_infinities=1, zeros=2, negatives=2
    )
    totals = state.summaries[Totals]
    assert isinstance(totals, Totals)
    assert (totals.count, totals.mean) == (4, 0.375)  # one NaN does not poison the mean of the rest
    span = state.summaries[Range]
    assert isinstance(span, Range)
    assert (span.minimum, span.maximum, span.at_minimum, span.at_maximum) == (-math.inf, math.inf, 1, 2)


def test_ranges_of_numbers_beyond_float64_are_exact(kernel):
    span = (
        state_of(kernel, pa.array([2**53, 2**53 + 1, 2**53 + 1, 2**53 + 2], pa.int64())).columns["x"].summaries[Range]
    )
    assert isinstance(span, Range)
    assert (span.minimum, span.maximum) == (2.0**53, 2.0**53 + 2)
    span = state_of(kernel, pa.array([2**60 + 1, 2**60 + 3, 2**60 + 2], pa.int64())).columns["x"].summaries[Range]
    assert isinstance(span, Range)
    assert [cell.value for cell in (span.minimum, span.maximum)] == [2**60 + 1, 2**60 + 3]  # type: ignore[union-attr]


def test_the_value_table_counts_exactly(kernel):
    table = state_of(kernel, pa.array(["b", "a", None, "b", ""])).columns["x"].summaries[Values]
    assert isinstance(table, Values)
    assert dict(zip(table.cells, table.counts, strict=True)) == {b"a": 1, b"b": 2, b"": 1}
    assert table.distinct == 3


def test_an_instant_has_the_hash_of_its_nanoseconds():
    moment = datetime(2024, 2, 29, 12, tzinfo=UTC)
    column = Reading("x", batches_of(pa.table({"x": [moment]}))[0].columns[0], 0)
    nanoseconds = int(moment.timestamp()) * 10**9
    expected = xxhash.xxh3_128_intdigest(nanoseconds.to_bytes(8, "little"), seed=7 * 0x9E3779B97F4A7C15 % 2**64)
    assert int(column.hashes[0][0]) << 64 | int(column.hashes[1][0]) == expected
    assert Distinct.of(column).estimate() == pytest.approx(1, abs=0.01)
