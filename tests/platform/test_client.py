"""The Application API client against a server that answers as the platform was recorded to (contract 5)."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from aiohttp.test_utils import BaseTestServer

from criabot import errors
from criabot.platform import ApplicationClient, MessageData, Upload
from tests.platform.conftest import TOKEN, Platform
from tests.recorded import recording

Call = Callable[[ApplicationClient], Awaitable[Any]]

MARKED = {"criabot": {"key": "k1"}}

RECORDED_CALLS: list[tuple[str, str, Call]] = [
    ("01_auth", "version without a token", lambda c: c.server.info()),
    ("01_auth", "profile of admin", lambda c: c.profile.get()),
    ("01_auth", "bot token on GET conversation", lambda c: c.conversations.show(83)),
    ("01_auth", "bot token on GET conversation/labels", lambda c: c.conversations.labels(83)),
    ("09_handoff", "bot says goodbye", lambda c: c.messages.create(22, "Vou chamar uma pessoa. Um instante! 🙂")),
    (
        "09_handoff",
        "bot leaves a note",
        lambda c: c.messages.create(22, "Resumo: quer prazo para Recife", private=True),
    ),
    (
        "09_handoff",
        "bot replies",
        lambda c: c.messages.create(22, "Olá! O prazo é de **2 dias úteis**. 📦", content_attributes=MARKED),
    ),
    (
        "05_invalid",
        "select without value",
        lambda c: c.messages.create(
            59, "inválido?", content_type="input_select", content_attributes={"items": [{"title": "a"}]}
        ),
    ),
    ("16_messages", "latest 20", lambda c: c.messages.list(65)),
    ("16_messages", "before the oldest of the page", lambda c: c.messages.list(65, before=424)),
    ("16_messages", "after", lambda c: c.messages.list(65, after=440)),
    ("16_messages", "after and before", lambda c: c.messages.list(65, after=427, before=433)),
    ("08_toggle_status", "bot: open", lambda c: c.conversations.toggle_status(21, "open")),
    (
        "08_toggle_status",
        "bot: snoozed until (epoch seconds)",
        lambda c: c.conversations.toggle_status(21, "snoozed", snoozed_until=1795357467),
    ),
    ("12_typing", "bot typing on", lambda c: c.conversations.toggle_typing_status(64, True)),
    ("12_typing", "bot typing off", lambda c: c.conversations.toggle_typing_status(64, False)),
    ("12_typing", "bot typing on, private", lambda c: c.conversations.toggle_typing_status(64, True, private=True)),
    ("10_assignment", "user", lambda c: c.conversations.assign(62, agent_id=2)),
    ("10_assignment", "bot assigns itself", lambda c: c.conversations.assign(62, agent_bot_id=1)),
    ("10_assignment", "team", lambda c: c.conversations.assign(62, team_id=1)),
    ("11_labels_attributes", "labels: two labels", lambda c: c.conversations.set_labels(23, ["vip", "billing"])),
    ("11_labels_attributes", "labels: none", lambda c: c.conversations.set_labels(23, [])),
    ("11_labels_attributes", "toggle_priority low", lambda c: c.conversations.toggle_priority(23, "low")),
    ("11_labels_attributes", "toggle_priority None", lambda c: c.conversations.toggle_priority(23, None)),
    (
        "11_labels_attributes",
        "custom_attributes: set",
        lambda c: c.conversations.set_custom_attributes(23, {"pedido": "123", "vip": True, "n": 1.5}),
    ),
]


def answer_as_recorded(platform: Platform, scenario: str, step: str) -> dict[str, Any]:
    """Let the platform answer as in the step; the step's request."""
    recorded = recording(scenario).step(step)
    response = recorded["response"]
    platform.answer_with(response["status"], response.get("body"), text=response.get("body_text"))
    request: dict[str, Any] = recorded["request"]
    return request


@pytest.mark.parametrize(("scenario", "step", "call"), RECORDED_CALLS, ids=[step for _, step, _ in RECORDED_CALLS])
async def test_a_call_is_the_recorded_request(
    platform: Platform, client: ApplicationClient, scenario: str, step: str, call: Call
) -> None:
    request = answer_as_recorded(platform, scenario, step)
    await call(client)
    (seen,) = platform.seen
    assert (seen.method, seen.path, seen.body) == (request["method"], request["path"], request["body"])
    assert seen.headers.get("Api-Access-Token") == (TOKEN if "api_access_token" in request["headers"] else None)
    if request["body"] is not None:
        assert seen.headers["Content-Type"] == "application/json"


async def test_files_travel_as_the_parts_that_were_recorded(
    platform: Platform, client: ApplicationClient, tmp_path: Path
) -> None:
    note = tmp_path / "nota fiscal nº 42.pdf"
    note.write_bytes(b"%PDF-1.4")
    photo = Upload("foto ação.png", b"\x89PNG", "image/png")
    recorded = answer_as_recorded(
        platform, "07_attachments", "bot sends two files and content_attributes as JSON text"
    )["body"]["multipart"]
    message = await client.messages.create(61, "dois", content_attributes=MARKED, attachments=[photo, note])
    assert message.attachments is not None
    assert [each.file_type for each in message.attachments] == ["image", "file"]
    content, attributes, first, second = platform.seen[0].body["multipart"]
    assert content == recorded[0]
    assert json.loads(attributes["value"]) == json.loads(recorded[1]["value"])
    assert (first["name"], first["filename"], first["content_type"]) == ("attachments[]", "foto ação.png", "image/png")
    assert second["name"] == recorded[3]["name"] == "attachments[]"
    assert (second["filename"], second["content_type"]) == (note.name, "application/pdf")
    assert second["sha256"] == hashlib.sha256(b"%PDF-1.4").hexdigest()


async def test_a_note_with_a_file_and_no_text(platform: Platform, client: ApplicationClient) -> None:
    answer_as_recorded(platform, "07_attachments", "bot sends a private attachment")
    await client.messages.create(61, None, private=True, attachments=[Upload("a.txt", b"a", "text/plain")])
    fields = {part["name"]: part.get("value") for part in platform.seen[0].body["multipart"]}
    assert fields == {"private": "true", "attachments[]": None}


def test_a_filename_cannot_smuggle_a_header() -> None:
    for filename, content_type in (("a\r\nX: 1", "text/plain"), ("a", "text/plain\r\nX: 1")):
        with pytest.raises(ValueError, match="control characters"):
            Upload(filename, b"", content_type)


async def test_the_posted_message_comes_back_with_id_marker_and_names_for_numbers(
    platform: Platform, client: ApplicationClient
) -> None:
    answer_as_recorded(platform, "09_handoff", "bot replies")
    message = await client.messages.create(22, "Olá!", content_attributes=MARKED)
    recorded = recording("09_handoff").step("bot replies")["response"]["body"]
    assert (message.id, message.marker, message.message_type) == (recorded["id"], "k1", "outgoing")
    assert message.sender is not None
    assert message.sender.kind == "agent_bot"
    assert message.status == "sent"


async def test_a_list_of_messages_is_every_kind_of_message(platform: Platform, client: ApplicationClient) -> None:
    answer_as_recorded(platform, "16_messages", "latest 20")
    messages = await client.messages.list(65)
    recorded = recording("16_messages").step("latest 20")["response"]["body"]["payload"]
    assert [message.id for message in messages] == [message["id"] for message in recorded]
    assert {message.message_type for message in messages} >= {"incoming", "outgoing"}
    assert all(isinstance(message, MessageData) for message in messages)


async def test_a_conversation_is_read_with_its_assignee(platform: Platform, client: ApplicationClient) -> None:
    answer_as_recorded(platform, "10_assignment", "state: bot assigns itself")
    conversation = await client.conversations.show(62)
    assert (conversation.id, conversation.account_id) == (62, 1)
    assert conversation.meta is not None
    assert conversation.meta.assignee_kind == "agent_bot"
    assert conversation.last_non_activity_message is not None
    answer_as_recorded(platform, "09_handoff", "status read")
    handed_off = await client.conversations.show(22)
    assert handed_off.meta is not None
    assert handed_off.meta.assignee_kind == "user"


async def test_the_status_is_read_although_success_is_null(platform: Platform, client: ApplicationClient) -> None:
    answer_as_recorded(platform, "08_toggle_status", "bot: open")
    assert recording("08_toggle_status").step("bot: open")["response"]["body"]["payload"]["success"] is None
    assert await client.conversations.toggle_status(21, "open") == "open"


async def test_labels_and_attributes_are_what_the_platform_kept(platform: Platform, client: ApplicationClient) -> None:
    answer_as_recorded(platform, "11_labels_attributes", "labels: duplicates")
    assert await client.conversations.set_labels(23, ["vip", "vip"]) == ["vip"]
    answer_as_recorded(platform, "11_labels_attributes", "labels read")
    assert (
        await client.conversations.labels(23)
        == recording("11_labels_attributes").step("labels read")["response"]["body"]["payload"]
    )
    answer_as_recorded(platform, "11_labels_attributes", "custom_attributes: set")
    kept = await client.conversations.set_custom_attributes(23, {"pedido": "123"})
    assert kept == {"pedido": "123", "vip": True, "n": 1.5}


@pytest.mark.parametrize(
    ("step", "known"), [("user", True), ("team", True), ("unknown user unassigns", False), ("unknown team", False)]
)
async def test_an_unknown_assignee_is_told(
    platform: Platform, client: ApplicationClient, step: str, known: bool
) -> None:
    answer_as_recorded(platform, "10_assignment", step)
    assert await client.conversations.assign(62, agent_id=9999) is known


async def test_calls_that_would_do_harm_are_not_made(platform: Platform, client: ApplicationClient) -> None:
    with pytest.raises(ValueError, match="exactly one"):
        await client.conversations.assign(62)
    with pytest.raises(ValueError, match="exactly one"):
        await client.conversations.assign(62, agent_id=2, team_id=1)
    with pytest.raises(TypeError, match="a list of labels"):
        await client.conversations.set_labels(62, "vip")
    with pytest.raises(ValueError, match="content or attachments"):
        await client.messages.create(62, None)
    assert platform.seen == []


async def test_the_server_and_the_profile_tell_who_they_are_but_show_no_token(
    platform: Platform, client: ApplicationClient
) -> None:
    answer_as_recorded(platform, "01_auth", "version without a token")
    assert (await client.server.info()).version == "4.15.1"
    answer_as_recorded(platform, "01_auth", "profile of admin")
    profile = await client.profile.get()
    assert (profile.id, profile.role, profile.email) == (1, "administrator", "admin@example.com")
    assert [account.id for account in profile.accounts] == [1]
    body = recording("01_auth").step("profile of admin")["response"]["body"]
    assert (profile.access_token, profile.pubsub_token) == (body["access_token"], body["pubsub_token"])
    for shown in (repr(profile), str(profile), f"{[profile]}"):
        for secret in (body["access_token"], body["pubsub_token"], "admin@example.com", "Ada"):
            assert secret not in shown


REFUSALS: list[tuple[str, str, type[errors.ApiRefused]]] = [
    ("19_errors", "malformed JSON", errors.BadRequest),
    ("01_auth", "bot token on GET conversation/messages", errors.NotAllowed),
    ("01_auth", "bot token, account that does not exist", errors.NotFound),
    ("19_errors", "wrong verb", errors.NotFound),
    ("04_bot_text", "message_type unknown", errors.Unprocessable),
    ("19_rate_limit", "POST is throttled, too", errors.RateLimited),
    ("08_toggle_status", 'bot: invalid {"status": "closed"}', errors.ServerError),
]


@pytest.mark.parametrize(("scenario", "step", "expected"), REFUSALS, ids=[step for _, step, _ in REFUSALS])
async def test_a_recorded_refusal_is_its_class_and_its_body_stays_out_of_the_error(
    platform: Platform, client: ApplicationClient, scenario: str, step: str, expected: type[errors.ApiRefused]
) -> None:
    answer_as_recorded(platform, scenario, step)
    response = recording(scenario).step(step)["response"]
    with pytest.raises(errors.ApiRefused) as caught:
        await client.messages.create(7, "meu segredo")
    assert type(caught.value) is expected
    assert caught.value.status == response["status"]
    assert caught.value.endpoint == "POST /api/v1/accounts/1/conversations/7/messages"
    assert str(caught.value).startswith(f"{caught.value.endpoint}: answered {response['status']}. ")
    for text in (response.get("body_text"), (response.get("body") or {}).get("error")):
        assert not text or text not in str(caught.value)


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        (301, errors.ApiRefused),
        (307, errors.ApiRefused),
        (400, errors.BadRequest),
        (401, errors.Unauthorized),
        (402, errors.PaymentRequired),
        (403, errors.Forbidden),
        (404, errors.NotFound),
        (413, errors.ApiRefused),
        (422, errors.Unprocessable),
        (429, errors.RateLimited),
        (500, errors.ServerError),
        (502, errors.ServerError),
        (503, errors.ServerError),
        (504, errors.ServerError),
    ],
)
async def test_each_status_has_its_class_whatever_the_body(
    platform: Platform, client: ApplicationClient, status: int, expected: type[errors.ApiRefused]
) -> None:
    for body in ("<html>ana@exemplo.com</html>", "", '{"error":"ana@exemplo.com"}', "ana@exemplo.com"):
        platform.answer_with(status, text=body)
        with pytest.raises(errors.ApiRefused) as caught:
            await client.conversations.toggle_status(7, "open")
        assert type(caught.value) is expected
        assert caught.value.status == status
        assert "ana@" not in str(caught.value)


async def test_a_401_without_a_known_cause_names_all_three(platform: Platform, client: ApplicationClient) -> None:
    platform.answer_with(401, {"error": "Token de acesso inválido"})
    with pytest.raises(errors.Unauthorized) as caught:
        await client.messages.list(7)
    for cause in ("no token arrived", "token is unknown", "may not do this", "contract 4.7"):
        assert cause in str(caught.value)


async def test_a_redirect_is_not_followed_and_the_token_stays_home(
    platform: Platform, client: ApplicationClient, server: BaseTestServer
) -> None:
    platform.answer_with(302, Location=str(server.make_url("/elsewhere")))
    with pytest.raises(errors.ApiRefused, match="Redirects are not followed") as caught:
        await client.conversations.show(7)
    assert "elsewhere" not in str(caught.value)
    assert len(platform.seen) == 1


@pytest.mark.parametrize("body", ["", "<html>Welcome</html>", "[]", "null", '{"id":"x"}', "{}"])
async def test_a_stranger_that_answers_200_is_not_believed(
    platform: Platform, client: ApplicationClient, body: str
) -> None:
    platform.answer_with(200, text=body)
    with pytest.raises(errors.ApiOutcomeUnknown, match="is the base URL right"):
        await client.messages.create(7, "Olá")


async def test_cookies_are_not_kept(platform: Platform, server: BaseTestServer) -> None:
    platform.answer_with(200, {"payload": []}, **{"Set-Cookie": "session=1"})
    # By name: no client keeps the cookies of a bare address.
    async with ApplicationClient(f"http://localhost:{server.port}", 1, user_token=TOKEN, retries=0) as client:
        await client.conversations.labels(7)
        await client.conversations.labels(7)
    assert len(platform.seen) == 2
    assert "Cookie" not in platform.seen[1].headers


@pytest.mark.parametrize("base_url", ["", "app.cria.chat", "ftp://app.cria.chat", "https://"])
def test_a_base_url_that_is_no_address_is_refused_at_once(base_url: str) -> None:
    with pytest.raises(ValueError, match="base_url"):
        ApplicationClient(base_url, 1, user_token=TOKEN, retries=0)


@pytest.mark.parametrize("token", ["", " ", f"{TOKEN}\n", f"{TOKEN} {TOKEN}", f"{TOKEN}é"])
def test_a_token_that_was_copied_badly_is_refused_at_once_and_not_shown(token: str) -> None:
    with pytest.raises(ValueError, match="without blanks") as caught:
        ApplicationClient("https://app.cria.chat", 1, user_token=token)
    assert TOKEN not in str(caught.value)
