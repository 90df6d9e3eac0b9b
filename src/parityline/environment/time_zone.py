"""The time zone that naive times are taken to be in."""

from __future__ import annotations

import os
import re
import time
import zoneinfo
from pathlib import Path

from parityline.environment.reading import Readers, UnreadableError, token

IANA = re.compile(r"[A-Za-z][A-Za-z0-9_+-]{0,30}(?:/[A-Za-z0-9_+-]{1,30}){0,2}")
# a zone spelt out, such as CET-1CEST,M3.5.0,M10.5.0/3 or <+03>-3
_NAME = r"(?:[A-Za-z]{3,5}|<[+-]?[0-9A-Z]{2,5}>)"
_OFFSET = r"[+-]?\d{1,3}(?::\d\d){0,2}"
_RULE = rf",(?:M\d\d?\.\d\.\d|J?\d{{1,3}})(?:/{_OFFSET})?"
SPELT_OUT = re.compile(f"{_NAME}{_OFFSET}(?:{_NAME}(?:{_OFFSET})?(?:{_RULE}{_RULE})?)?")
UTC = ("UCT", "UTC", "Universal", "Zulu")


def name(link: Path = Path("/etc/localtime")) -> str | None:
    """The zone by its IANA name, with one spelling for UTC; None where the system does not tell.

    `TZ` comes first, and counts only where it names a zone of this machine or spells one out. A copied
    `/etc/localtime` has no name. Aliases other than those of UTC are kept as they stand.

    Args:
        link: the symbolic link that carries the name on systems that have it.
    """
    variable = os.environ.get("TZ")
    if variable is not None:
        # set to nothing it means UTC
        zone = _one_spelling_of_utc(_inside_zoneinfo(variable.removeprefix(":")) or "UTC")
        return zone if zone == "UTC" or _exists(zone) else token(zone, SPELT_OUT)
    if not link.is_symlink():
        return None
    zone = _inside_zoneinfo(os.readlink(link))
    if not IANA.fullmatch(zone):
        raise UnreadableError("the link of the local time leads outside the time zone database")
    return _one_spelling_of_utc(zone)


def _inside_zoneinfo(path: str) -> str:
    return path.rpartition("zoneinfo/")[2]


def _exists(zone: str) -> bool:
    return bool(IANA.fullmatch(zone)) and any((Path(folder) / zone).is_file() for folder in zoneinfo.TZPATH)


def _one_spelling_of_utc(zone: str) -> str:
    return "UTC" if zone.removeprefix("Etc/") in UTC else zone


def _daylight_offset_minutes() -> int | None:
    return -time.altzone // 60 if time.daylight else None


# Both offsets of the year rather than the one of today: a record of July is compared with one of January.
FACTS: Readers = {
    "name": name,
    "standard_offset_minutes": lambda: -time.timezone // 60,
    "daylight_offset_minutes": _daylight_offset_minutes,
}
