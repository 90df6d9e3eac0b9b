"""Which distributions are installed, and which of them this process has imported."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterator
from functools import cache
from importlib.metadata import Distribution, distributions

from parityline.environment.reading import UnreadableError

NAME = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]{0,98}[A-Za-z0-9])?")
VERSION = re.compile(r"[A-Za-z0-9_.!+-]{1,60}")

MODULE_SUFFIXES = (".py", ".so", ".pyd")
# what the files `*.pth` of a virtual environment import at every start, before anything is asked for
STARTUP = ("_distutils_hack", "__editable__")


def installed() -> dict[str, str]:
    """Normalised name -> version of every distribution on the path; of two with one name, the one that is imported."""
    versions: dict[str, str] = {}
    broken = 0
    for distribution in distributions():
        match _name_and_version(distribution):
            case None:
                broken += 1
            case name, version:
                versions.setdefault(name, version)
    versions = dict(sorted(versions.items()))
    if broken:
        raise UnreadableError(f"distributions without a readable name and version: {broken}", versions)
    return versions


def imported() -> list[str]:
    """Normalised names of the distributions of which a module is loaded now.

    Told by the files of the loaded modules, not by their names: `google` belongs to many distributions. Only a
    distribution that lists no modules (an editable one) is told by the names of its modules.
    """
    modules = dict(sys.modules)
    files = [file for module in modules.values() if (file := _file(module))]

    @cache
    def files_under(folder: str) -> set[str]:
        start = os.path.join(os.path.abspath(folder), "")
        return {file.removeprefix(start).replace(os.sep, "/") for file in files if file.startswith(start)}

    names = set()
    for distribution in distributions():
        if listed := list(_listed_modules(distribution)):
            is_imported = not files_under(str(distribution.locate_file(""))).isdisjoint(listed)
        else:
            is_imported = any(name in modules for name in _module_names(distribution))
        if is_imported and (found := _name_and_version(distribution)):
            names.add(found[0])
    return sorted(names)


def _listed_modules(distribution: Distribution) -> Iterator[str]:
    for line in (distribution.read_text("RECORD") or "").splitlines():
        path = line.partition(",")[0]
        if path.endswith(MODULE_SUFFIXES) and not path.startswith(STARTUP):
            yield path


def _module_names(distribution: Distribution) -> list[str]:
    names = (distribution.read_text("top_level.txt") or "").split()
    if not names and (found := _name_and_version(distribution)):
        names = [found[0].replace("-", "_")]
    return names


def _file(module: object) -> str | None:
    # around the module's own attribute access, which in a module that loads itself late would be its first use
    try:
        file = object.__getattribute__(module, "__dict__").get("__file__")
    except AttributeError:
        return None
    return file if isinstance(file, str) else None


def _name_and_version(distribution: Distribution) -> tuple[str, str] | None:
    """Read from the head of the metadata: parsing all of it, descriptions included, takes ten times as long."""
    try:
        # the third is a lone file `*.egg-info`, which is its own metadata
        text = next(filter(None, map(distribution.read_text, ("METADATA", "PKG-INFO", ""))), "")
    except (OSError, UnicodeDecodeError):
        return None
    head: dict[str, str] = {}
    for line in text.splitlines():
        key, colon, value = line.partition(":")
        if not colon or len(head) == 2:
            break
        if key in ("Name", "Version"):
            head[key] = value.strip()
    name, version = head.get("Name", ""), head.get("Version", "")
    if not NAME.fullmatch(name) or not VERSION.fullmatch(version):
        return None
    return re.sub(r"[-_.]+", "-", name).lower(), version
