"""The Redis that keeps the conversations: can it lose what the bot has acknowledged?"""

from __future__ import annotations

import os
import re
from collections.abc import AsyncIterator, Iterator, Mapping
from pathlib import Path
from typing import Any, cast

from redis import exceptions as redis_errors
from redis.asyncio import Redis

from criabot.engine.embedded import start_embedded
from criabot.engine.pipeline import connect, store_error
from criabot.errors import ConfigurationError, StoreError
from criabot.setup.checks.finding import Finding, failed, ok, warning
from criabot.setup.known import Known, text_of

__all__ = ["store"]

ABOUT = "Redis"
OLDEST = (6, 2)
SECONDS = 5.0
EMBEDDED_SECONDS = 8.0
FULL, FILLING = 0.8, 0.6
"""Parts of maxmemory: above the first new events are refused."""
MOUNTS = Path("/proc/self/mounts")
FLEETING = {"tmpfs": "in memory", "ramfs": "in memory", "overlay": "in the container itself"}


async def store(known: Known) -> AsyncIterator[Finding]:
    """Look into the bot's Redis; without a URL its own Valkey is started, or visited if the bot runs here."""
    if url := text_of(known.redis_url):
        async for finding in _server(url):
            yield finding
        return
    try:
        server = await start_embedded(known.data_dir, binary=known.redis_bin, timeout=EMBEDDED_SECONDS)
    except ConfigurationError as error:
        yield failed(ABOUT, f"the bot's own Valkey cannot be used: {error}", "see docs/run.md")
        return
    try:
        yield ok(ABOUT, f"the bot's own Valkey ({server.how}) in {server.directory}")
        yield _directory(server.directory)
        async for finding in _server(server.url):
            yield finding
    finally:
        await server.stop()


def _directory(directory: Path) -> Finding:
    """Whether what is written there is still there after a restart of the machine or container."""
    kind = _file_system(directory)
    if kind in FLEETING:
        what = f"{directory} is {FLEETING[kind]} ({kind}): a new container or machine starts without it"
        return warning(ABOUT, what, "put CRIABOT_DATA_DIR on a volume, or use CRIABOT_REDIS_URL")
    return ok(ABOUT, f"{directory} is on a disk{f' ({kind})' if kind else ''}")


def _file_system(directory: Path) -> str:
    """Its kind, empty where the system does not tell."""
    try:
        rows = [line.split()[1:3] for line in MOUNTS.read_text("utf-8").splitlines()]
    except OSError:
        return ""
    place = os.fspath(directory)
    fitting = [(mount, kind) for mount, kind in rows if place == mount or place.startswith(f"{mount.rstrip('/')}/")]
    return max(fitting, key=lambda row: len(row[0]), default=("", ""))[1]


async def _server(url: str) -> AsyncIterator[Finding]:
    try:
        client = connect(url, timeout=SECONDS, retries=0)
    except ConfigurationError as error:
        yield failed(ABOUT, str(error), "correct CRIABOT_REDIS_URL")
        return
    try:
        info = await _ask(client, "INFO", "everything")
        config = await _config(client)
    except StoreError as error:
        yield failed(ABOUT, str(error), "check CRIABOT_REDIS_URL, and that the server runs")
        return
    finally:
        await client.aclose()
    for finding in (_version(info), *_durable(info, config), *_memory(info)):
        yield finding


async def _ask(client: Redis, *command: str) -> Any:
    try:
        return await cast("Any", client).execute_command(*command)
    except (redis_errors.RedisError, OSError, TimeoutError) as error:
        raise store_error(error) from None


async def _config(client: Redis) -> Mapping[str, str]:
    """The settings that INFO does not tell; empty where the server keeps them to itself, as hosted ones do."""
    found: dict[str, str] = {}
    try:
        for name in ("save", "appendfsync"):
            found |= _pairs(await _ask(client, "CONFIG", "GET", name))
    except StoreError:
        return {}
    return found


def _pairs(answer: Any) -> dict[str, str]:
    """As redis-py gives them: a mapping, or a flat list."""
    pairs = answer.items() if isinstance(answer, Mapping) else zip(answer[::2], answer[1::2], strict=False)
    return {_text(name): _text(value) for name, value in pairs}


def _text(value: Any) -> str:
    return value.decode(errors="replace") if isinstance(value, bytes) else str(value)


def _version(info: Mapping[str, Any]) -> Finding:
    name = "Valkey" if info.get("valkey_version") else "Redis"
    version = str(info.get("valkey_version") or info.get("redis_version") or "")
    numbers = re.match(r"(\d+)\.(\d+)", version)
    if numbers is None or tuple(map(int, numbers.groups())) < OLDEST:
        return failed(ABOUT, f"{name} {version or 'of unknown version'} is too old", "use 6.2 or newer")
    if info.get("role") not in (None, "master"):
        return failed(ABOUT, f"{name} {version} is a read-only replica", "point CRIABOT_REDIS_URL at the primary")
    return ok(ABOUT, f"{name} {version} answers")


def _durable(info: Mapping[str, Any], config: Mapping[str, str]) -> Iterator[Finding]:
    """Whether what was acknowledged is still there after a crash of the server."""
    advice = "turn the append-only file on: appendonly yes in its configuration (CONFIG SET lasts until its restart)"
    if not info.get("aof_enabled"):
        what = "the append-only file is off: a crash of Redis loses"
        if config.get("save"):
            yield failed(ABOUT, f"{what} what came since its last snapshot, acknowledged or not", advice)
        elif config:
            yield failed(ABOUT, f"{what} everything, acknowledged or not", advice)
        else:
            yield warning(ABOUT, f"{what} messages, unless whoever hosts it keeps them otherwise", advice)
    elif "err" in (info.get("aof_last_write_status"), info.get("aof_last_bgrewrite_status")):
        yield failed(ABOUT, "it cannot write its append-only file", "look at its log and the space on its disk")
    elif config.get("appendfsync") == "no":
        what = "the append-only file is on, but flushed when the system likes (appendfsync no)"
        yield warning(ABOUT, what, "set appendfsync everysec")
    else:
        yield ok(ABOUT, "the append-only file is on; keep the server's data on a disk that outlives it")


def _memory(info: Mapping[str, Any]) -> Iterator[Finding]:
    policy = str(info.get("maxmemory_policy", "noeviction"))
    if policy != "noeviction":
        what = f"it may evict keys, that is lose messages (maxmemory-policy {policy})"
        yield failed(ABOUT, what, "set maxmemory-policy noeviction")
    limit, used = int(info.get("maxmemory") or 0), int(info.get("used_memory") or 0)
    words = f"{_megabytes(used)} used" + (f" of {_megabytes(limit)}" if limit else ", without a limit of its own")
    if limit and used > FULL * limit:
        yield failed(ABOUT, f"{words}: new events are refused above {FULL:.0%}", "raise maxmemory, or remove data")
    elif limit and used > FILLING * limit:
        yield warning(ABOUT, f"{words}: new events are refused above {FULL:.0%}", "raise maxmemory soon")
    elif policy == "noeviction":
        yield ok(ABOUT, f"evicts nothing; {words}")


def _megabytes(size: int) -> str:
    return f"{size / 1024**2:.0f} MB"
