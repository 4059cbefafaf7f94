"""Traffic of a real server, as ``tests/recordings/README.md`` describes it.

>>> for recording in recordings("v4.15.1"):
...     for delivery in recording:
...         verify(delivery.raw, recording.secret_for(delivery))
"""

from __future__ import annotations

import json
import tarfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache, cached_property
from pathlib import Path
from typing import Any, Literal

Version = Literal["v4.15.1", "v4.5.0"]
VERSIONS: tuple[Version, ...] = ("v4.15.1", "v4.5.0")

ARCHIVES = Path(__file__).with_name("recordings")


@dataclass(frozen=True, slots=True)
class Delivery:
    """One webhook as it arrived: ``raw`` are the exact bytes, ``step`` the label of the step it belongs to."""

    sender: str
    path: str
    headers: Mapping[str, str]
    raw: bytes = field(repr=False)
    step: str

    @property
    def body(self) -> Any:
        return json.loads(self.raw)


class Recording:
    """One scenario; iterating gives its deliveries in the order of their arrival."""

    def __init__(self, name: str, text: bytes) -> None:
        self.name = name
        self._text = text

    @cached_property
    def _data(self) -> dict[str, Any]:
        data: dict[str, Any] = json.loads(self._text)
        return data

    @property
    def scenario(self) -> str:
        return str(self._data["scenario"])

    @property
    def steps(self) -> list[dict[str, Any]]:
        """The steps as they are in the file: ``request``, ``response``, ``webhooks``, …"""
        steps: list[dict[str, Any]] = self._data["steps"]
        return steps

    def step(self, label: str) -> dict[str, Any]:
        """The first step with this label."""
        return next(step for step in self.steps if step["step"] == label)

    @property
    def secrets(self) -> dict[str, str | None]:
        """The keys of the inboxes and senders, by name."""
        return {name: each for name, each in self._data["secrets"].items() if name != "by_path"}

    def secret_for(self, delivery: Delivery) -> str | None:
        """The key that signed the delivery; None where its sender does not sign."""
        secrets = self._data["secrets"]
        by_path = secrets.get("by_path") or {}
        secret: str | None = by_path.get(delivery.path, secrets.get(delivery.sender))
        return secret

    def __iter__(self) -> Iterator[Delivery]:
        for step in self.steps:
            for webhook in step["webhooks"]:
                raw = webhook["raw_body"].encode()
                yield Delivery(webhook["sender"], webhook["path"], webhook["headers"], raw, step["step"])

    def __repr__(self) -> str:
        return f"Recording({self.name!r})"


@cache
def recordings(version: Version) -> list[Recording]:
    """All scenarios of a server version, by name; unpacked once per process, parsed when first used."""
    with tarfile.open(ARCHIVES / f"{version}.tar.xz") as archive:
        return [Recording(member.name, _content(archive, member)) for member in archive.getmembers()]


def recording(scenario: str, version: Version = "v4.15.1") -> Recording:
    """One scenario by its file's name without the suffix, such as ``04_bot_text``."""
    return next(each for each in recordings(version) if each.name == f"{scenario}.json")


def _content(archive: tarfile.TarFile, member: tarfile.TarInfo) -> bytes:
    file = archive.extractfile(member)
    assert file is not None
    return file.read()
