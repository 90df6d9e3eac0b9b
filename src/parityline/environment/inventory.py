"""The list of everything that is captured: what is not on it is never looked at."""

from __future__ import annotations

from parityline.environment import interpreter, libraries, machine, options, packages, settings, time_zone
from parityline.environment.reading import Readers, read

GROUPS: Readers = {
    "imported": packages.imported,
    "interpreter": interpreter.FACTS,
    "libraries": libraries.FACTS,
    "locale": settings.LOCALE_FACTS,
    "options": options.FACTS,
    "packages": packages.installed,
    "platform": machine.FACTS,
    "threads": settings.THREADS,
    "time_zone": time_zone.FACTS,
}


def capture() -> dict[str, object]:
    """The facts of this process that a result can depend on, as nested plain dicts that JSON keeps as they are.

    Groups, all of them always there, sorted by name as their facts are: `imported` (a list of distributions),
    `interpreter`, `libraries` (native ones), `locale`, `options` (of imported libraries), `packages` (normalised
    name -> version of every installed distribution), `platform`, `threads` (allowed environment variables),
    `time_zone`, and `unreadable` (dotted fact -> reason). A fact that does not exist here is left out; one that
    could not be read is left out and listed in `unreadable`. Offsets are minutes east of UTC; `platform.cpu_limit`
    is in processors.

    Looks only at what is listed in `GROUPS`: no other variable, no arguments, paths, addresses, user or host names.
    A variable counts only where its value is a short token.

    Never raises, imports no library, starts no process, and changes nothing.

    Laws: capture() == capture() while nothing is imported, installed or set in between.
    """
    unreadable: dict[str, str] = {}
    facts = read(GROUPS, unreadable)
    empty: dict[str, object] = {name: [] if name == "imported" else {} for name in GROUPS}
    return dict(sorted({**empty, **facts, "unreadable": dict(sorted(unreadable.items()))}.items()))
