"""The providers of a recording: they answer what was recorded, and what they got is compared."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from urllib.parse import parse_qsl

from criabot.testing.platform import SimulatedPlatform
from criabot.testing.platform.channels.parts import ProviderAnswer, ProviderRequest
from criabot.testing.verify.comparison import MISSING, Difference, differences
from criabot.testing.verify.media import synthetic_file
from criabot.testing.verify.names import Names, masked
from criabot.testing.verify.scenarios import Json, Step

__all__ = ["Providers"]

HOSTS = {"127.0.0.1:9998": "media.example"}  # where the recorder's imitation of the providers kept its files
OFTEN_LEFT_OUT = "/getUserProfilePhotos"  # of the recordings, says their README


class Providers:
    """Stands for every provider during a replay.

    Args:
        platform: the simulator, which asks.
        steps: of the recording; what one of a group of steps causes may reach the provider in the next.
    """

    def __init__(self, platform: SimulatedPlatform, steps: Iterable[Step]) -> None:
        self._steps = list(steps)
        self._waiting: dict[int, list[Json]] = defaultdict(list)
        self._got: dict[int, list[tuple[Step, ProviderRequest]]] = defaultdict(list)
        for step in self._steps:
            self._waiting[step.group] += step.provider
        self.step: Step | None = None
        self.right = 0
        platform.providers.answers = self._answer

    def compare(self, names: Names) -> Iterator[tuple[Step, list[Difference]]]:
        """What differs, by step; `right` counts the requests that do not."""
        for step in self._steps:
            for recorded in step.provider:
                found = list(self._compare_one(step, recorded, names))
                self.right += not found
                yield step, found
        for got in self._got.values():
            for step, request in got:
                if (step.provider or not step.omitted) and OFTEN_LEFT_OUT not in request.path:
                    yield step, [Difference(_title(request.method, request.host), MISSING, request.path)]

    def _compare_one(self, step: Step, recorded: Json, names: Names) -> Iterator[Difference]:
        title, got = _title(recorded["method"], recorded["host"]), self._got[step.group]
        same = next((each for each in got if _question(each[1]) == _recorded_question(recorded)), None)
        if same is None:
            yield Difference(title, recorded["path"], MISSING)
            return
        got.remove(same)
        yield from differences(_asked(recorded["path"]), _asked(same[1].path), names, f"{title} query")
        yield from differences(_plain(recorded["headers"]), _plain(same[1].headers), names, f"{title} headers")
        yield from differences(recorded["body"], same[1].body, names, f"{title} body")

    def _answer(self, request: ProviderRequest) -> ProviderAnswer | None:
        if self.step is None:
            return None
        self._got[self.step.group].append((self.step, request))
        waiting = self._waiting[self.step.group]
        recorded = next((each for each in waiting if _recorded_question(each) == _question(request)), None)
        if recorded is None:
            return None
        waiting.remove(recorded)
        return _answer(recorded["answered"] or {})


def _answer(answered: Json) -> ProviderAnswer:
    body = answered.get("body", answered.get("body_text"))
    if "body_bytes" in answered:
        body = synthetic_file(answered["content_type"], answered["body_bytes"])
    return ProviderAnswer(answered.get("status", 200), body)


def _question(request: ProviderRequest) -> tuple[str, str, str]:
    return HOSTS.get(request.host, request.host), request.method, _route(request.path)


def _recorded_question(recorded: Json) -> tuple[str, str, str]:
    return recorded["host"], recorded["method"], _route(recorded["path"])


def _route(path: str) -> str:
    return masked(path.partition("?")[0])


def _asked(path: str) -> dict[str, str]:
    return dict(parse_qsl(path.partition("?")[2]))


def _plain(headers: Mapping[str, str] | None) -> dict[str, str]:
    """Headers without what follows a semicolon, such as a boundary."""
    return {name.lower(): value.partition(";")[0] for name, value in (headers or {}).items()}


def _title(method: str, host: str) -> str:
    return f"provider {method} {host}"
