"""Recorded scenarios of a real server: what was asked, what it answered, and which webhooks it sent.

The format is that of ``tests/recordings/README.md``: one JSON object per scenario, in a folder or a ``.tar.xz``.
"""

from __future__ import annotations

import json
import re
import tarfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from itertools import pairwise
from pathlib import Path
from typing import Any

__all__ = ["ATTEMPT", "Hook", "Json", "Scenario", "Step", "in_server_order", "load"]

ABBREVIATED = re.compile(r"(.)\1*… \((\d+) characters\)")
QUIET_MS = 350  # the recorder waited about 500 ms without traffic before it went on
ATTEMPT = "X-Chatwoot-Delivery"
KEYS = {"recorded_at", "secrets", "server_version", "steps"}

Json = dict[str, Any]


@dataclass(eq=False)
class Hook:
    """One webhook, recorded or simulated.

    Attributes:
        sender: ``agent_bot``, ``account``, ``api_inbox``, ``automation_rule`` or ``macro``.
        path: where it was sent to.
        headers: as received.
        raw: the body as it was sent.
        at: seconds since the scenario began.
        step: the number of the step in which it arrived.
        answered: status that the endpoint answered, None for 200 at once; a text when the sender had hung up.
        answered_after: seconds until then.
        is_repeat: an earlier delivery has the same delivery id.
        is_signed: None unsigned, else whether the signature is right.
        order: its number among all that arrived.
    """

    sender: str
    path: str
    headers: dict[str, str]
    raw: str = field(repr=False)
    at: float
    step: int
    answered: int | str | None = None
    answered_after: float = 0.0
    is_repeat: bool = False
    is_signed: bool | None = None
    order: int = 0

    @cached_property
    def body(self) -> Any:
        """The parsed JSON."""
        return json.loads(self.raw)

    @property
    def event(self) -> str:
        """The event's name."""
        return str(self.body.get("event"))

    @property
    def subject(self) -> Any:
        """The id of what it is about; for typing, of the conversation."""
        return self.body.get("id") or (self.body.get("conversation") or {}).get("id")

    @property
    def about(self) -> str:
        """What `subject` is the id of, as paths name it."""
        word = self.event.partition("_")[0]
        return {"message": "messages", "contact": "contacts", "inbox": "inboxes"}.get(word, "conversations")

    @property
    def kind(self) -> tuple[str, str, str]:
        """Who sent what where to."""
        return self.sender, self.path, self.event


@dataclass(eq=False)
class Step:
    """One step; `raw` is its JSON.

    Attributes:
        number: from 0.
        group: number of the first step of a run without a pause: what one of them causes may arrive in another.
        hooks: webhooks that arrived after the step began.
    """

    number: int
    raw: Json = field(repr=False)
    group: int = 0
    hooks: list[Hook] = field(default_factory=list)

    @property
    def label(self) -> str:
        """What it is called."""
        return str(self.raw["step"])

    @property
    def actor(self) -> str:
        """Who does it; ``server`` for the operator, or for waiting."""
        return str(self.raw["actor"])

    @property
    def at(self) -> float:
        """Seconds since the scenario began."""
        return float(self.raw["t_ms"]) / 1000

    @property
    def request(self) -> Json:
        """What was sent; ``does`` tells in prose what the operator did."""
        return self.raw["request"] or {}

    @property
    def does(self) -> str:
        """The operator's action in prose, empty for a request."""
        return str(self.request.get("does") or "")

    @property
    def response(self) -> Json:
        """What was answered."""
        return self.raw.get("response") or {}

    @property
    def provider(self) -> list[Json]:
        """What the channel's provider got."""
        return self.raw.get("provider") or []

    @property
    def frames(self) -> list[Json]:
        """What live sockets got."""
        return self.raw.get("cable") or []

    @property
    def omitted(self) -> int:
        """How many webhooks were left out of the recording."""
        return int(self.raw.get("webhooks_omitted") or 0)

    @property
    def seconds(self) -> float:
        """From its beginning to the last thing that was recorded of it."""
        arrivals = [hook.at - self.at for hook in self.hooks] + [p["arrived_ms"] / 1000 for p in self.provider]
        return float(max([self.ended - self.at, *arrivals]))

    @property
    def ended(self) -> float:
        """When the answer came, in seconds since the scenario began."""
        return self.at + float(self.response.get("elapsed_ms") or 0) / 1000


class Scenario:
    """One recorded scenario."""

    def __init__(self, raw: Json, name: str = "") -> None:
        self.raw = raw
        self.name = name or str(raw["scenario"])

    @property
    def version(self) -> str:
        """The server's version."""
        return str(self.raw["server_version"]).removeprefix("v")

    @property
    def began(self) -> float:
        """Epoch seconds."""
        return datetime.fromisoformat(self.raw["recorded_at"].replace("Z", "+00:00")).timestamp()

    @property
    def secrets(self) -> Json:
        """Keys and identifiers; values may be None."""
        secrets: Json = self.raw["secrets"]
        return secrets

    @cached_property
    def steps(self) -> list[Step]:
        """The steps in time order, each with the webhooks that arrived while it was the newest."""
        steps = [Step(number, _written_out(raw)) for number, raw in enumerate(self.raw["steps"])]
        for hook in self._hooks(steps):
            steps[hook.step].hooks.append(hook)
        for before, step in pairwise(steps):
            is_pause = step.at - before.at - before.seconds > QUIET_MS / 1000
            step.group = step.number if is_pause else before.group
        return steps

    @property
    def hooks(self) -> list[Hook]:
        """All webhooks, by arrival."""
        return [hook for step in self.steps for hook in step.hooks]

    def _hooks(self, steps: list[Step]) -> Iterator[Hook]:
        seen: set[str] = set()
        hooks = [_hook(step, raw) for step in steps for raw in step.raw["webhooks"]]
        for hook in sorted(hooks, key=lambda each: each.at):
            while hook.step and hook.at < steps[hook.step].at:
                hook.step -= 1
            attempt = hook.headers.get(ATTEMPT, "")
            hook.is_repeat = attempt in seen
            seen |= {attempt} - {""}
            yield hook


def _written_out(value: Any) -> Any:
    """With every text of one repeated character in full, which the recordings abbreviate."""
    if isinstance(value, dict):
        return {key: _written_out(each) for key, each in value.items()}
    if isinstance(value, list):
        return [_written_out(each) for each in value]
    if isinstance(value, str) and (found := ABBREVIATED.fullmatch(value)):
        return found[1] * int(found[2])
    return value


def in_server_order(steps: list[Step]) -> list[Step]:
    """The steps, those that ran at the same time by the ids that the server gave them."""
    runs: list[list[Step]] = []
    for step in steps:
        last = runs[-1][-1] if runs else None
        if last is not None and isinstance(_id(step), int) and isinstance(_id(last), int) and step.at < last.ended:
            runs[-1].append(step)
        else:
            runs.append([step])
    return [step for run in runs for step in (sorted(run, key=_id) if len(run) > 1 else run)]


def _id(step: Step) -> Any:
    """The id of the message that it made, if any."""
    body = step.response.get("body")
    return body.get("id") if isinstance(body, dict) and "message_type" in body else None


def _hook(step: Step, raw: Json) -> Hook:
    return Hook(
        raw["sender"],
        raw["path"],
        raw["headers"],
        raw["raw_body"],
        step.at + raw["arrived_ms"] / 1000,
        step.number,
        raw.get("answered"),
        (raw.get("answered_after_ms") or 0) / 1000,
    )


def load(place: Path, version: str = "") -> list[Scenario]:
    """The scenarios of a folder, of its version folders, or of its archives, by version and name.

    Args:
        place: the folder, one ``.json`` or one ``.tar.xz``.
        version: only of this server version, such as ``4.15`` or ``4.15.1``.

    Raises:
        FileNotFoundError: there is none.
        ValueError: a file is no recorded scenario.
    """
    found = [scenario for path in _places(place) for scenario in _read(path)]
    wanted = [
        each for each in found if f"{each.version}.".startswith(f"{version.removeprefix('v')}." if version else "")
    ]
    if not wanted:
        raise FileNotFoundError(f"no recorded scenario{f' of version {version}' if version else ''} in {place}")
    return sorted(wanted, key=lambda each: (each.version, each.name))


def _places(place: Path) -> list[Path]:
    if not place.exists():
        raise FileNotFoundError(f"there is no {place}")
    if not place.is_dir():
        return [place]
    return [path for pattern in ("*.json", "v*/*.json", "*.tar.xz") for path in sorted(place.glob(pattern))]


def _read(path: Path) -> Iterator[Scenario]:
    if path.suffix == ".json":
        yield _parsed(path.read_bytes(), path)
        return
    with tarfile.open(path) as archive:
        for member in archive.getmembers():
            if (file := archive.extractfile(member)) is not None:
                yield _parsed(file.read(), Path(member.name))


def _parsed(text: bytes, path: Path) -> Scenario:
    try:
        raw = json.loads(text)
    except ValueError as error:
        raise ValueError(f"{path} is no JSON: {error}") from None
    missing = sorted(KEYS - raw.keys()) if isinstance(raw, dict) else ["everything"]
    if missing or not raw["steps"]:
        raise ValueError(f"{path} is no recorded scenario: it lacks {', '.join(missing) or 'steps'}")
    return Scenario(raw, path.stem)
