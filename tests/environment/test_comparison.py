"""What differs between two environments, and in which order it is told."""

from __future__ import annotations

import json
from itertools import pairwise

import pytest

from parityline.environment import Difference, capture, differences

RESEARCH = {
    "imported": ["attrs", "jinja2", "numpy", "pandas", "scipy"],
    "interpreter": {"version": "3.11.7", "hash_seed": "0", "compiler": "GCC 12", "utf8_mode": True, "bits": 64},
    "libraries": {"loaded": {"numpy": {"openblas": {"version": "0.3.31", "threads": 2}}}},
    "locale": {"numeric": "C"},
    "options": {"pandas": {"mode": {"copy_on_write": True}}},
    "packages": {
        "attrs": "25.1.0",
        "black": "24.1",
        "jinja2": "3.0.1",
        "numpy": "2.4.1",
        "pandas": "2.2.3",
        "scipy": "1.17.0",
    },
    "platform": {"machine": "x86_64", "cpus": 8, "cpu_features": ["AVX2", "FMA3", "SSE41"]},
    "threads": {"OMP_NUM_THREADS": "2"},
    "time_zone": {"name": "Europe/Berlin"},
    "unreadable": {},
}


def changed(**facts: object) -> dict[str, object]:
    """The research environment with other facts, given as `group__fact__...=value`; None takes the fact away."""
    environment = json.loads(json.dumps(RESEARCH))
    for path, value in facts.items():
        *groups, name = path.split("__")
        place = environment
        for group in groups:
            place = place.setdefault(group, {})
        place[name] = value
        if value is None:
            del place[name]
    return environment


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        pytest.param({}, [], id="nothing"),
        pytest.param(
            {"packages__pandas": "3.0.0"}, [("packages.pandas", "2.2.3", "3.0.0", "package")], id="package, major"
        ),
        pytest.param({"packages__black": None}, [("packages.black", "24.1", None, "package")], id="package, missing"),
        pytest.param({"packages__ruff": "0.9"}, [("packages.ruff", None, "0.9", "package")], id="package, added"),
        pytest.param({"packages__black": "24.1.0"}, [], id="the same version, written otherwise"),
        pytest.param(
            {"interpreter__version": "3.12.1"},
            [("interpreter.version", "3.11.7", "3.12.1", "interpreter")],
            id="interpreter",
        ),
        pytest.param(
            {"interpreter__hash_seed": "random"},
            [("interpreter.hash_seed", "0", "random", "hash seed")],
            id="hash seed",
        ),
        pytest.param(
            {"interpreter__utf8_mode": False}, [("interpreter.utf8_mode", True, False, "locale")], id="utf8 mode"
        ),
        pytest.param(
            {"libraries__loaded__numpy__openblas__threads": 8},
            [("libraries.loaded.numpy.openblas.threads", 2, 8, "thread")],
            id="threads of a library",
        ),
        pytest.param(
            {"libraries__loaded__numpy__openblas__version": "0.3.34"},
            [("libraries.loaded.numpy.openblas.version", "0.3.31", "0.3.34", "library")],
            id="version of a library",
        ),
        pytest.param({"platform__cpus": 2}, [("platform.cpus", 8, 2, "thread")], id="processors decide threads"),
        pytest.param({"platform__cpu_limit": 1.5}, [("platform.cpu_limit", None, 1.5, "thread")], id="limit"),
        pytest.param(
            {"platform__cpu_features": ["AVX2", "AVX512F", "FMA3"]},
            [("platform.cpu_features", ["SSE41"], ["AVX512F"], "platform")],
            id="of lists only what the other lacks",
        ),
        pytest.param(
            {"platform__cpu_features": ["AVX2", "FMA3"]},
            [("platform.cpu_features", ["SSE41"], None, "platform")],
            id="a shorter list",
        ),
        pytest.param({"platform__cpu_features": ["SSE41", "FMA3", "AVX2"]}, [], id="another order"),
        pytest.param(
            {"threads__OMP_NUM_THREADS": None}, [("threads.OMP_NUM_THREADS", "2", None, "thread")], id="variable unset"
        ),
        pytest.param({"time_zone": None}, [("time_zone.name", "Europe/Berlin", None, "time zone")], id="group missing"),
        pytest.param({"weather__rain": "heavy"}, [("weather.rain", None, "heavy", "other")], id="unknown group"),
        pytest.param(
            {"imported": ["attrs", "black", "jinja2", "numpy", "pandas", "scipy"]},
            [("imported.black", None, True, "package")],
            id="imported on one side, same version",
        ),
        pytest.param(
            {"imported": ["attrs", "black", "jinja2", "numpy", "pandas", "scipy"], "packages__black": "25.1"},
            [("packages.black", "24.1", "25.1", "package")],
            id="imported on one side, another version",
        ),
        pytest.param(
            {"packages": None, "unreadable": {"packages": "PermissionError"}},
            [("unreadable.packages", None, "PermissionError", "unreadable")],
            id="a group that could not be read is one difference",
        ),
        pytest.param(
            {"packages__black": None, "packages__numpy": "2.5", "unreadable": {"packages": "broken: 1"}},
            [("packages.numpy", "2.4.1", "2.5", "package"), ("unreadable.packages", None, "broken: 1", "unreadable")],
            id="a group that was read in part",
        ),
        pytest.param(
            {"packages__pandas": "not a version"},
            [("packages.pandas", "2.2.3", "not a version", "package")],
            id="no version",
        ),
    ],
)
def test_differences(facts, expected):
    found = differences(RESEARCH, changed(**facts))
    assert [(one.fact, one.reference, one.observed, one.kind) for one in found] == expected


# Each line explains more than the next one.
ORDER = [
    ("packages.numpy", {"packages__numpy": "3.0.0"}),
    ("packages.pandas", {"packages__pandas": "2.3.0"}),
    ("packages.attrs", {"packages__attrs": "26.1.0"}),
    ("interpreter.version", {"interpreter__version": "3.12.7"}),
    ("interpreter.hash_seed", {"interpreter__hash_seed": "1"}),
    (
        "libraries.loaded.numpy.openblas.version",
        {"libraries": {"loaded": {"numpy": {"openblas": {"version": "0.3.34", "threads": 2}}}}},
    ),
    ("threads.OMP_NUM_THREADS", {"threads__OMP_NUM_THREADS": "8"}),
    ("options.pandas.mode.copy_on_write", {"options__pandas__mode__copy_on_write": False}),
    ("locale.numeric", {"locale__numeric": "de_DE.UTF-8"}),
    ("time_zone.name", {"time_zone__name": "UTC"}),
    ("packages.scipy", {"packages__scipy": "1.17.1"}),
    ("packages.jinja2", {"packages__jinja2": "4.0"}),
    ("interpreter.compiler", {"interpreter__compiler": "Clang 17"}),
    ("platform.machine", {"platform__machine": "aarch64"}),
    ("packages.black", {"packages__black": "25.1"}),
    ("unreadable.locale.ctype", {"unreadable": {"locale.ctype": "ValueError"}}),
]


def test_differences_are_told_in_the_order_of_what_they_explain():
    everything = {name: value for _, facts in ORDER for name, value in facts.items()}
    found = differences(RESEARCH, changed(**everything))
    assert [difference.fact for difference in found] == [fact for fact, _ in ORDER]
    assert [difference.weight for difference in found] == sorted((one.weight for one in found), reverse=True)


@pytest.mark.parametrize(("more", "less"), [pytest.param(a, b, id=f"{a[0]} before {b[0]}") for a, b in pairwise(ORDER)])
def test_of_two_differences_the_one_that_explains_more_comes_first(more, less):
    found = differences(RESEARCH, changed(**more[1], **less[1]))
    assert [difference.fact for difference in found] == [more[0], less[0]]


@pytest.mark.parametrize(
    ("reference", "observed", "explains_much"),
    [
        pytest.param("2.2.3", "2.2.4", False, id="patch"),
        pytest.param("2.2.3", "2.2.3.post1", False, id="post release"),
        pytest.param("2.2.3", "2.2.3+cu121", False, id="local build"),
        pytest.param("2.2.3", "2.3.0", True, id="minor"),
        pytest.param("2.2.3", "3.0.0rc1", True, id="major, not yet final"),
        pytest.param("2.2.3", "1!2.2.3", True, id="epoch"),
        pytest.param("2.2.3", "unknown", True, id="no version"),
        pytest.param("2.2.3", None, True, id="missing"),
        pytest.param("2", "2.0.1", False, id="short version, patch"),
        pytest.param("2.9", "2.10", True, id="numbers, not text"),
    ],
)
def test_a_release_of_an_imported_package_weighs_more_than_the_time_zone(reference, observed, explains_much):
    before = {"imported": ["pandas"], "packages": {"pandas": reference}, "time_zone": {"name": "UTC"}}
    after = {"imported": [], "packages": {"pandas": observed} if observed else {}, "time_zone": {"name": "Asia/Tokyo"}}
    first = differences(before, after)[0].fact
    assert first == ("packages.pandas" if explains_much else "time_zone.name")


def test_of_two_releases_the_major_one_comes_first():
    before = {"imported": ["attrs", "tqdm"], "packages": {"attrs": "25.1", "tqdm": "4.66"}}
    after = {"imported": ["attrs", "tqdm"], "packages": {"attrs": "25.2", "tqdm": "5.0"}}
    assert [difference.fact for difference in differences(before, after)] == ["packages.tqdm", "packages.attrs"]


def test_exchanging_the_sides_exchanges_the_values_and_nothing_else():
    other = changed(**{name: value for _, facts in ORDER for name, value in facts.items()}, imported=["numpy", "black"])
    there, back = differences(RESEARCH, other), differences(other, RESEARCH)
    assert there == [Difference(one.fact, one.observed, one.reference, one.weight) for one in back]
    assert len(there) == len(ORDER)


def test_an_environment_does_not_differ_from_itself():
    facts = capture()
    assert differences(facts, json.loads(json.dumps(facts))) == []


def test_an_empty_environment_lacks_every_fact():
    found = differences({}, RESEARCH)
    assert found
    assert {difference.reference for difference in found} == {None}


def test_facts_from_a_file_of_another_shape_are_compared_all_the_same():
    odd = {"imported": {"numpy": 1}, "packages": ["numpy"], "unreadable": ["x"], "interpreter": None}
    found = differences(odd, RESEARCH)
    assert ("packages", ["numpy"], None) in [(one.fact, one.reference, one.observed) for one in found]
    assert ("packages.numpy", None, "2.4.1") in [(one.fact, one.reference, one.observed) for one in found]
