"""The providers behind the channels: what they got of the platform, and what they answer."""

from __future__ import annotations

import itertools
import mimetypes
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from random import Random
from typing import TypeAlias
from urllib.parse import parse_qs, unquote, urlsplit

from criabot.testing.platform.channels.limits import refused
from criabot.testing.platform.channels.parts import Json, ProviderAnswer, ProviderRequest

__all__ = ["MEDIA", "Answers", "Providers"]

Answers: TypeAlias = Callable[[ProviderRequest], "ProviderAnswer | None"]

MEDIA = "https://media.example/"
BEGINNINGS = {  # by which a file's kind is told
    "image/png": b"\x89PNG\r\n\x1a\n",
    "image/jpeg": b"\xff\xd8\xff\xe0",
    "image/webp": b"RIFF\x00\x00\x00\x00WEBP",
    "audio/ogg": b"OggS" + bytes(24) + b"OpusHead",
    "application/pdf": b"%PDF-1.4\n",
}


@dataclass(slots=True)
class Providers:
    """All providers of one platform, in process.

    Attributes:
        requests: what they got, in order; a mail is host ``smtp``.
        answers: what to answer instead of the usual, which keeps to the limits of WhatsApp and Telegram; None for that.
        files: what can be downloaded, by its address; any other file is made up.
        one_lock_per_customer: WhatsApp messages of a customer that arrive at the same moment wait for each other, and
            are shuffled by it, as on the real server (contract 3.9).
        locks: until when a customer of an inbox has it (epoch seconds).
        chance: how long the others wait; the same in every run.
    """

    requests: list[ProviderRequest] = field(default_factory=list)
    answers: Answers = lambda _request: None
    files: dict[str, bytes] = field(default_factory=dict)
    one_lock_per_customer: bool = False
    locks: dict[tuple[int, str], float] = field(default_factory=dict)
    chance: Random = field(default_factory=lambda: Random(1))  # noqa: S311 - a wait, not a secret
    numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1001))

    def ask(self, request: ProviderRequest) -> ProviderAnswer:
        """Send a request to its provider."""
        self.requests.append(request)
        return self.answers(request) or refused(request) or self._usual(request)

    def _usual(self, request: ProviderRequest) -> ProviderAnswer:
        path = request.path.partition("?")[0]
        match request.host:
            case "graph.facebook.com" | "graph.instagram.com":
                return self._meta(request, path)
            case "api.telegram.org":
                return self._telegram(request, path)
            case "messaging.bandwidth.com":
                return ProviderAnswer(202, {"id": f"bw{next(self.numbers)}"})
            case "smtp":
                return ProviderAnswer(250)
        return self._file(f"https://{request.host}{path}")

    def _meta(self, request: ProviderRequest, path: str) -> ProviderAnswer:
        last, number = path.rpartition("/")[2], next(self.numbers)
        if request.method == "GET" and last == "message_templates":
            return ProviderAnswer(body={"data": []})
        if request.method == "GET" and request.host == "graph.instagram.com":
            return ProviderAnswer(body={"id": last, "name": "Customer", "username": f"customer.{last}"})
        if request.method == "GET":
            wanted = path.lstrip("/").partition("/")[2]
            known: Json = {"url": f"{MEDIA}{wanted}"}
            return ProviderAnswer(body=known) if wanted else ProviderAnswer(404, {"error": {"code": 100}})
        if last == "messages" and "/me/" not in path and request.host == "graph.facebook.com":
            return ProviderAnswer(body={"messaging_product": "whatsapp", "messages": [{"id": f"wamid.{number}"}]})
        return ProviderAnswer(body={"message_id": f"m_{number}"} if last == "messages" else {"success": True})

    def _telegram(self, request: ProviderRequest, path: str) -> ProviderAnswer:
        if path.startswith("/file/"):
            return self._file(MEDIA + path.split("/", 3)[3])
        return ProviderAnswer(body={"ok": True, "result": self._result(path.rpartition("/")[2], request.path)})

    def _result(self, method: str, path: str) -> object:
        match method:
            case "getMe":
                return {"id": 1, "is_bot": True, "first_name": "Example", "username": "example_bot"}
            case "getUserProfilePhotos":
                return {"total_count": 0, "photos": []}
            case "getFile":
                return {"file_path": parse_qs(urlsplit(path).query)["file_id"][0]}
            case "sendMediaGroup":
                return [{"message_id": next(self.numbers)}]
            case "deleteWebhook" | "setWebhook":
                return True
        return {"message_id": next(self.numbers)}

    def _file(self, url: str) -> ProviderAnswer:
        if url in self.files:
            return ProviderAnswer(body=self.files[url])
        name = unquote(PurePosixPath(urlsplit(url).path).name)
        beginning = BEGINNINGS.get(mimetypes.guess_type(name)[0] or "", b"")
        return ProviderAnswer(body=beginning + name.encode())
