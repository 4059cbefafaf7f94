"""The web widget, beside what was recorded."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import FormData

from criabot.testing.platform import Inbox
from tests.testing.platform.office import Office, open_office


@dataclass
class Browser:
    """A visitor's browser with the widget in it."""

    office: Office
    inbox: Inbox
    headers: dict[str, str] = field(default_factory=dict)

    async def ask(self, method: str, path: str, body: Any = None, data: Any = None) -> tuple[int, Any]:
        url = f"{self.office.platform.url}/api/v1/widget/{path}?website_token={self.inbox.channel['website_token']}"
        async with self.office.http.request(method, url, json=body, data=data, headers=self.headers) as response:
            text = await response.text()
        return response.status, json.loads(text) if text else None

    async def open(self) -> str:
        """Load the widget; the visitor's token."""
        _, config = await self.ask("POST", "config", {})
        token: str = config["website_channel_config"]["auth_token"]
        self.headers["X-Auth-Token"] = token
        return token

    async def says(self, text: str) -> dict[str, Any]:
        _, message = await self.ask("POST", "messages", {"message": {"content": text}})
        assert isinstance(message, dict)
        return message


@asynccontextmanager
async def open_browser(**columns: Any) -> AsyncIterator[Browser]:
    async with open_office() as office:
        browser = Browser(office, office.platform.add_inbox("widget", **columns))
        await browser.open()
        yield browser


def proof(inbox: Inbox, identifier: str) -> str:
    return hmac.new(inbox.channel["hmac_token"].encode(), identifier.encode(), hashlib.sha256).hexdigest()


async def test_a_browser_that_kept_its_token_is_the_same_visitor() -> None:
    async with open_browser() as browser:
        await browser.open()
        assert len(browser.office.platform.world.contacts) == 1
        page = f"{browser.office.platform.url}/widget?website_token={browser.inbox.channel['website_token']}"
        async with browser.office.http.get(page) as response:
            assert "window.authToken" in await response.text()
        assert len(browser.office.platform.world.contacts) == 2


async def test_a_token_ends_after_half_a_year() -> None:
    async with open_browser() as browser:
        browser.office.clock.advance(181 * 86400)
        assert (await browser.ask("GET", "messages"))[0] == 404


async def test_an_unknown_page_has_no_widget() -> None:
    async with open_office() as office, office.http.get(f"{office.platform.url}/widget?website_token=x") as response:
        assert (response.status, await response.json()) == (404, {"error": "web widget does not exist"})


async def test_without_a_conversation_there_is_nothing_to_end() -> None:
    async with open_browser() as browser:
        assert await browser.ask("GET", "conversations/toggle_status") == (404, None)
        assert await browser.ask("POST", "conversations/toggle_typing", {"typing_status": "on"}) == (404, None)
        assert await browser.ask("POST", "conversations/update_last_seen", {}) == (200, None)


async def test_the_widget_may_forbid_to_end_a_conversation() -> None:
    async with open_browser(selected_feature_flags=["attachments"]) as browser:
        await browser.says("oi")
        assert (await browser.ask("GET", "conversations/toggle_status"))[0] == 403
        assert browser.office.platform.conversation(1).status == "pending"


async def test_somebody_else_who_logs_in_is_a_new_visitor() -> None:
    async with open_browser() as browser:
        _, first = await browser.ask("PATCH", "contact/set_user", {"identifier": "ana"})
        _, second = await browser.ask("PATCH", "contact/set_user", {"identifier": "rui"})
        assert first["id"] != second["id"]
        browser.headers["X-Auth-Token"] = second["widget_auth_token"]
        assert (await browser.ask("GET", "contact"))[1]["identifier"] == "rui"


async def test_who_proves_who_he_is_goes_on_where_he_was() -> None:
    async with open_browser(hmac_mandatory=True) as browser:
        assert (await browser.ask("PATCH", "contact/set_user", {"identifier": "ana"}))[0] == 401
        login = {"identifier": "ana", "identifier_hash": proof(browser.inbox, "ana")}
        await browser.ask("PATCH", "contact/set_user", login)
        begun = await browser.says("oi")
        browser.headers.clear()
        await browser.open()
        await browser.ask("PATCH", "contact/set_user", login)
        assert (await browser.says("voltei"))["conversation_id"] == begun["conversation_id"]


async def test_a_known_address_in_the_form_is_the_known_contact_with_his_name() -> None:
    async with open_browser() as browser:
        known = browser.office.platform.newcomer("Ana Lima", email="ana@example.com").contact
        about = {"name": "A.", "email": "ANA@example.com", "phone_number": "no number"}
        body = {"contact": about, "message": {"content": "oi", "timestamp": "x"}}
        _, conversation = await browser.ask("POST", "conversations", body)
        assert conversation["contact"]["id"] == known.id
        assert (known.name, known.phone_number) == ("Ana Lima", None)


async def test_a_program_is_no_attachment_not_even_of_the_bot() -> None:
    async with open_browser() as browser:
        form = FormData()
        form.add_field("message[attachments][]", b"MZ", filename="a.exe", content_type="application/x-msdownload")
        told = {"message": "Attachments file type not supported", "attributes": ["attachments.file"]}
        assert await browser.ask("POST", "messages", data=form) == (422, told)
        await browser.says("oi")
        _, upload = await browser.ask("POST", "direct_uploads", {"blob": {"filename": "a.exe"}})
        message = {"content": "veja", "attachments": [upload["signed_id"]]}
        number = max(browser.office.platform.world.conversations)
        _, refused = await browser.office.ask("POST", f"/conversations/{number}/messages", message)
        assert refused == {"error": "Validation failed: Attachments file type not supported"}


async def test_a_label_of_the_page_is_one_that_the_account_has() -> None:
    async with open_browser() as browser:
        await browser.says("oi")
        await browser.office.ask("POST", "/labels", {"label": {"title": "vip"}})
        for label in ("vip", "vip", "other"):
            await browser.ask("POST", "labels", {"label": label})
        assert browser.office.platform.conversation(1).labels == ["vip"]
        await browser.ask("DELETE", "labels/vip")
        assert browser.office.platform.conversation(1).labels == []


async def test_a_browser_s_language_is_told_when_the_widget_opens() -> None:
    async with open_browser() as browser:
        browser.office.platform.connect("http://127.0.0.1:9/bot")
        browser.headers["Accept-Language"] = "pt-BR,pt;q=0.9"
        await browser.ask("POST", "events", {"name": "webwidget.triggered", "event_info": {"referer": "x"}})
        await browser.ask("POST", "events", {"name": "webwidget.other"})
        told = browser.office.sent("webwidget_triggered")
        assert [each["event_info"]["browser_language"] for each in told] == ["pt"]
