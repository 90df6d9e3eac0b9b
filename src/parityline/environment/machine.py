"""The operating system, the processor, and how much of it this process may use."""

from __future__ import annotations

import os
import platform
import sys
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np

from parityline.environment.reading import Readers, token


def release() -> str | None:
    """Name and version of the distribution of the operating system, such as `debian 12`; no kernel, no host."""
    match platform.system():
        case "Linux":
            system = platform.freedesktop_os_release()
            return " ".join(token(system[key]) for key in ("ID", "VERSION_ID") if system.get(key)) or None
        case "Darwin":
            return token(platform.mac_ver()[0])
        case "Windows":
            return token(platform.win32_ver()[0])
    return None


def libc() -> str | None:
    """Name and version of the C library, such as `glibc 2.36`; None where there is no saying."""
    return " ".join(filter(None, platform.libc_ver())) or None


def cpu_features() -> list[str]:
    """The instruction sets that numpy computes with here: those it was built for and those it found."""
    config: dict[str, Any] = np.show_config(mode="dicts")  # type: ignore[assignment]
    found = config["SIMD Extensions"]
    return sorted({token(name) for name in [*found.get("baseline", ()), *found.get("found", ())]})


def cpus() -> int | None:
    """How many processors this process may be scheduled on."""
    if sys.version_info >= (3, 13):
        return os.process_cpu_count()
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count()


def cpu_limit(root: Path = Path("/")) -> float | None:
    """The processors' worth of time that a control group grants, the strictest of all groups that hold this process.

    A container sees every processor of its host in `cpus` and is throttled to this. None without a limit, and on
    systems without control groups.

    Args:
        root: the folder under which `proc` and `sys` lie.
    """
    groups = root / "proc/self/cgroup"
    if not groups.exists():
        return None
    limits: list[float] = []
    for line in groups.read_text().splitlines():
        _, controllers, group = line.split(":", 2)
        if controllers and "cpu" not in controllers.split(","):
            continue
        mount = root / ("sys/fs/cgroup/cpu" if controllers else "sys/fs/cgroup")
        # inside a container the path may be the host's and lead nowhere; the folders above it then still count
        for folder in (PurePosixPath(group), *PurePosixPath(group).parents):
            quota, period = _quota(mount / str(folder).lstrip("/"), version=1 if controllers else 2)
            if quota > 0 and period > 0:
                limits.append(round(quota / period, 3))
    return min(limits, default=None)


def _quota(folder: Path, version: int) -> tuple[int, int]:
    """Microseconds granted in each period of microseconds; (0, 0) where nothing is limited."""
    files = ["cpu.max"] if version == 2 else ["cpu.cfs_quota_us", "cpu.cfs_period_us"]
    if not all((folder / file).is_file() for file in files):
        return 0, 0
    quota, period = " ".join((folder / file).read_text() for file in files).split()
    return (0, 0) if quota in ("max", "-1") else (int(quota), int(period))


FACTS: Readers = {
    "system": platform.system,
    "release": release,
    "machine": platform.machine,
    "libc": libc,
    "cpu_features": cpu_features,
    "cpus": cpus,
    "cpu_limit": cpu_limit,
}
