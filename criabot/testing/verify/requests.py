"""The recorded requests, asked of the simulator."""

from __future__ import annotations

import json
from typing import Any

from aiohttp import ClientResponse, ClientSession, FormData
from yarl import URL

from criabot.testing.verify.media import synthetic_file
from criabot.testing.verify.names import Names
from criabot.testing.verify.scenarios import Json, Step

__all__ = ["Requests"]

PLATFORM = "http://127.0.0.1:3000"
ENDPOINT = "http://127.0.0.1:9999"
OTHER_TOKEN = "throw-away"  # noqa: S105  a provider's, a platform app's: nobody looks at it


class Requests:
    """Asks the simulator what a recorded step asked.

    Attributes:
        tokens: the simulator's token for each placeholder, such as ``<bot-token>``.
    """

    def __init__(self, session: ClientSession, url: str, names: Names, tokens: dict[str, str]) -> None:
        self._session = session
        self._url = url
        self._names = names
        self.tokens = tokens

    async def ask(self, step: Step) -> Json:
        """The answer, shaped as a recording has it."""
        request = step.request
        headers = {name: self._filled(value, step) for name, value in (request["headers"] or {}).items()}
        is_form = "multipart" in str(headers.get("Content-Type"))
        body = self._form(request["body"]["multipart"]) if is_form else self._body(request["body"])
        if is_form:
            del headers["Content-Type"]
        url = URL(self._url + self._names.path(self._filled(request["path"], step)), encoded=True)
        async with self._session.request(
            request["method"], url, data=body, headers=headers, allow_redirects=False
        ) as response:
            return await _answer(response)

    def text(self, recorded: str) -> str:
        """A recorded text with the simulator's names in it."""
        return self._names.text(recorded)

    def _filled(self, text: str, step: Step) -> str:
        for placeholder, token in self.tokens.items():
            if placeholder in text:
                is_broken = placeholder == "<widget-auth-token>" and "broken" in step.label
                text = text.replace(placeholder, f"{token}{'x' * is_broken}")
        return self._names.text(text)

    def _body(self, body: Any) -> bytes | None:
        if body is None:
            return None
        if isinstance(body, dict) and body.keys() == {"raw"}:
            return self._names.text(body["raw"]).encode()
        if isinstance(body, dict) and body.keys() == {"raw_hex"}:
            return bytes.fromhex(body["raw_hex"])
        return self._names.text(json.dumps(self._names.json(body), ensure_ascii=False)).encode()

    def _form(self, parts: list[Json]) -> FormData:
        form = FormData(quote_fields=False, default_to_multipart=True)
        for part in parts:
            if "filename" in part:
                content = synthetic_file(part["content_type"], part["size"])
                form.add_field(part["name"], content, filename=part["filename"], content_type=part["content_type"])
            else:
                form.add_field(part["name"], self._names.text(part["value"]))
        return form


async def _answer(response: ClientResponse) -> Json:
    content = await response.read()
    answer: Json = {"status": response.status, "headers": {name.lower(): v for name, v in response.headers.items()}}
    try:
        answer["body"] = json.loads(content) if content else None
    except ValueError:
        answer["body_text"] = content.decode("utf-8", "replace")
    answer["bytes"] = len(content)
    return answer
