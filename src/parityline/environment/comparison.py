"""Two captured environments: what differs, the likeliest explanation of different results first."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from packaging.version import InvalidVersion, Version

from parityline.environment.facts import flatten

# Weights, from the least to the most explanatory.
(
    _UNREADABLE,
    _OTHER,
    _UNUSED_PACKAGE,
    _PLATFORM,
    _INTERPRETER_BUILD,
    _PACKAGE_PATCH,
    _TIME_ZONE,
    _LOCALE,
    _OPTION,
    _THREAD,
    _LIBRARY,
    _HASH_SEED,
    _INTERPRETER_RELEASE,
    _PACKAGE_RELEASE,
    _DEFAULT,
) = range(15)

_KINDS = {
    _UNREADABLE: "unreadable",
    _OTHER: "other",
    _UNUSED_PACKAGE: "package",
    _PLATFORM: "platform",
    _INTERPRETER_BUILD: "interpreter",
    _PACKAGE_PATCH: "package",
    _TIME_ZONE: "time zone",
    _LOCALE: "locale",
    _OPTION: "option",
    _THREAD: "thread",
    _LIBRARY: "library",
    _HASH_SEED: "hash seed",
    _INTERPRETER_RELEASE: "interpreter",
    _PACKAGE_RELEASE: "package",
    _DEFAULT: "default",
}
_GROUPS = {
    "defaults": _DEFAULT,
    "imported": _PACKAGE_PATCH,
    "libraries": _LIBRARY,
    "locale": _LOCALE,
    "options": _OPTION,
    "platform": _PLATFORM,
    "threads": _THREAD,
    "time_zone": _TIME_ZONE,
    "unreadable": _UNREADABLE,
}
# Facts that explain more, or something else, than the rest of their group. How many processors there are decides how
# many threads compute wherever no variable does.
_FACTS = {
    "interpreter.bits": _INTERPRETER_RELEASE,
    "interpreter.free_threaded": _INTERPRETER_RELEASE,
    "interpreter.global_lock": _INTERPRETER_RELEASE,
    "interpreter.hash_seed": _HASH_SEED,
    "interpreter.implementation": _INTERPRETER_RELEASE,
    "interpreter.utf8_mode": _LOCALE,
    "options.torch.threads": _THREAD,
    "platform.cpu_limit": _THREAD,
    "platform.cpus": _THREAD,
}

# Among packages of one weight, those that read, join or compute come before those that only help.
_COMPUTING = frozenset(
    (
        "bottleneck",
        "catboost",
        "duckdb",
        "jax",
        "lightgbm",
        "numba",
        "numexpr",
        "numpy",
        "pandas",
        "polars",
        "pyarrow",
        "pyspark",
        "scikit-learn",
        "scipy",
        "statsmodels",
        "tensorflow",
        "torch",
        "xgboost",
    )
)
# Imported by parityline itself in every recorded process, so that their being imported says nothing of the pipeline.
_OWN = frozenset(("click", "jinja2", "markupsafe", "msgspec", "packaging", "parityline"))


@dataclass(frozen=True, slots=True)
class Difference:
    """One fact that is not the same in two environments.

    `fact` is its dotted path, such as `packages.pandas`. A side that lacks the fact has None. Lists count as sets: each
    side has only what the other lacks, or None. The greater `weight` is, the likelier the fact explains
    different results; weights order differences and mean nothing else.
    """

    fact: str
    reference: object | None
    observed: object | None
    weight: int

    @property
    def kind(self) -> str:
        """What it is about: package, interpreter, hash seed, library, thread, option, locale, time zone ..."""
        return _KINDS[self.weight]


def differences(reference: Mapping[str, object], observed: Mapping[str, object]) -> list[Difference]:
    """The facts that differ between two captured environments, the likeliest explanation first.

    First defaults of library calls that the code of both sides makes, then imported packages of another major or minor
    version, then the interpreter's, the hash seed, native libraries, threads, options, locale, time zone, patch
    releases of imported packages, the interpreter's build, the
    platform, and last packages that neither side imported. "Imported" means on either side. Within a weight: packages
    that compute, then another major version, then by name.

    Args:
        reference: facts as `capture` returns them; groups may be missing.
        observed: the same, of the other environment.

    A fact that one side lacks is None there, unless that side could not read it: then only `unreadable.<fact>`
    differs. Versions that are equal by the rules of Python packaging, such as 1.0 and 1.0.0, are the same. A package
    that is installed on both sides in the same version and imported on one is `imported.<package>`, True there.

    Laws: differences(x, x) == []; differences(y, x) has the same facts, weights and order as differences(x, y),
        with the sides exchanged.
    """
    before, after = _comparable(reference), _comparable(observed)
    imported = _imported(reference) | _imported(observed)
    found = []
    for fact in before.keys() | after.keys():
        left, right = before.get(fact), after.get(fact)
        if _same(fact, left, right) or _unknown(fact, left, reference) or _unknown(fact, right, observed):
            continue
        weight = _weight(fact, left, right, imported)
        found.append(Difference(fact, _without(left, right), _without(right, left), weight))
    moved = {difference.fact for difference in found}
    return sorted((difference for difference in found if not _follows(difference.fact, moved)), key=_place)


def _comparable(facts: Mapping[str, object]) -> dict[str, object]:
    """Every fact by its dotted path, with a fact of its own for each imported distribution."""
    return dict(flatten({**facts, "imported": dict.fromkeys(_imported(facts), True)}))


def _imported(facts: Mapping[str, object]) -> set[str]:
    names = facts.get("imported")
    return {str(name) for name in names} if isinstance(names, list) else set()


def _same(fact: str, left: object, right: object) -> bool:
    if fact.startswith("packages.") and (versions := _versions(left, right)):
        return versions[0] == versions[1]
    return left == right or _without(left, right) is _without(right, left) is None


def _unknown(fact: str, value: object, side: Mapping[str, object]) -> bool:
    """Whether the side lacks the fact because it could not read it, or something that holds it.

    A default is unknown to a side that does not make the call: then the code differs, and not the library.
    """
    if value is None and fact.startswith("defaults."):
        known = side.get("defaults")
        return not (isinstance(known, Mapping) and fact.removeprefix("defaults.").rpartition(".")[0] in known)
    unreadable = side.get("unreadable")
    if value is not None or not isinstance(unreadable, Mapping):
        return False
    return any(fact == name or fact.startswith(f"{name}.") for name in unreadable)


def _without(value: object, other: object) -> object:
    """The value; of two lists, what the first has beyond the second, or None."""
    if isinstance(value, list) and isinstance(other, list):
        return [item for item in value if item not in other] or None
    return value


def _follows(fact: str, moved: set[str]) -> bool:
    """Whether a distribution is imported on one side only, and its version differs anyway."""
    group, _, name = fact.partition(".")
    return group == "imported" and f"packages.{name}" in moved


def _weight(fact: str, left: object, right: object, imported: set[str]) -> int:
    group, _, name = fact.partition(".")
    if fact in _FACTS:
        return _FACTS[fact]
    if group == "packages":
        if name not in imported:
            return _UNUSED_PACKAGE
        return _PACKAGE_RELEASE if name not in _OWN and _is_release(left, right) else _PACKAGE_PATCH
    if group == "interpreter":
        return _INTERPRETER_RELEASE if name == "version" and _is_release(left, right) else _INTERPRETER_BUILD
    if group == "libraries" and name.endswith(".threads"):
        return _THREAD
    return _GROUPS.get(group, _OTHER)


def _is_release(left: object, right: object) -> bool:
    """Whether two versions differ in the major or minor part, or at all where one is missing or no version."""
    versions = _versions(left, right)
    return versions is None or _minor(versions[0]) != _minor(versions[1])


def _is_major(left: object, right: object) -> bool:
    versions = _versions(left, right)
    return versions is None or _minor(versions[0])[:2] != _minor(versions[1])[:2]


def _minor(version: Version) -> tuple[int, int, int]:
    return version.epoch, version.major, version.minor


def _versions(left: object, right: object) -> tuple[Version, Version] | None:
    try:
        return Version(str(left)), Version(str(right))
    except InvalidVersion:
        return None


def _place(difference: Difference) -> tuple[int, bool, bool, bool, str]:
    group, _, name = difference.fact.partition(".")
    computes = group in ("packages", "imported") and name in _COMPUTING
    is_major = group == "packages" and _is_major(difference.reference, difference.observed)
    # a parameter that one release does not have, and the code does not set, seldom matters
    is_gone = group == "defaults" and None in (difference.reference, difference.observed)
    return -difference.weight, is_gone, not computes, not is_major, difference.fact
