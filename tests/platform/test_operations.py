"""Every operation of the table: what its method sends, and that nothing of what was recorded as its answer is lost."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import parse_qs, quote, urlsplit

import pytest
from aiohttp.test_utils import BaseTestServer
from pydantic import BaseModel

from criabot import errors
from criabot.platform import ApplicationClient, ContactClient, PlatformClient
from criabot.platform.operations import OPERATIONS, Operation
from tests.platform.cases import CASES, Case, Clients
from tests.platform.conftest import Platform
from tests.platform.recorded_answers import answers_of, refusals_of

ACCOUNT = 3
INBOX = "the-inbox-identifier"
BOT, USER, PLATFORM = "the-bots-token", "the-users-token", "the-platform-apps-token"
HEADER = "Api-Access-Token"

ALL = [(name, case) for name in CASES for case in CASES[name]]


@pytest.fixture
async def clients(server: BaseTestServer) -> AsyncIterator[Clients]:
    url = str(server.make_url(""))
    async with (
        ApplicationClient(url, ACCOUNT, bot_token=BOT, user_token=USER, retries=0) as app,
        ContactClient(url, INBOX, retries=0) as contact,
        PlatformClient(url, token=PLATFORM, retries=0) as platform,
    ):
        yield Clients(app, contact, platform)


def path_of(operation: Operation, case: Case) -> str:
    """The path that a case must ask for."""
    path = operation.path
    places = list(case.places)
    for name in operation.places:
        known: dict[str, int | str] = {"account": ACCOUNT} if operation.access != "platform" else {}
        known |= {"inbox": INBOX} if operation.access == "public" else {}
        value = known[name] if name in known else places.pop(0)
        path = path.replace(f"{{{name}}}", quote(str(value), safe=""), 1)
    assert not places, "a case names more places than its path has"
    return path


def query_of(path: str) -> dict[str, Any]:
    """The query as a case writes it: one value, or a list for ``name[]``."""
    found = parse_qs(urlsplit(path).query, keep_blank_values=True)
    return {name.removesuffix("[]"): values if name.endswith("[]") else values[0] for name, values in found.items()}


@pytest.mark.parametrize(("name", "case"), ALL, ids=[name for name, _ in ALL])
async def test_a_method_sends_what_its_operation_says(
    name: str, case: Case, platform: Platform, clients: Clients
) -> None:
    operation = OPERATIONS[name]
    platform.answer_with(418)
    with pytest.raises(errors.ApiRefused) as refused:
        await case.call(clients)
    is_secret = operation.access == "public"  # in its path: who knows it may read along
    assert refused.value.endpoint == (
        operation.endpoint if is_secret else f"{operation.verb} {path_of(operation, case)}"
    )
    seen = platform.seen[-1]
    assert (seen.method, urlsplit(seen.path).path) == (operation.verb, path_of(operation, case))
    assert query_of(seen.path) == case.query
    if not isinstance(seen.body, dict) or "multipart" not in seen.body:
        assert seen.body == case.json
    assert seen.headers.get(HEADER) == token_of(operation)


def token_of(operation: Operation) -> str | None:
    """Of the two tokens, the one that suffices."""
    if operation.access in ("public", "platform"):
        return PLATFORM if operation.access == "platform" else None
    return BOT if operation.access == "bot" and not operation.bot_since else USER


@pytest.mark.parametrize("name", [name for name in CASES if answers_of(OPERATIONS[name])])
async def test_nothing_of_a_recorded_answer_is_lost(name: str, platform: Platform, clients: Clients) -> None:
    for answer in answers_of(OPERATIONS[name]):
        platform.answer_with(200, text=answer.text)
        found = await CASES[name][0].call(clients)
        if found is not None:  # some calls have nothing to tell
            assert wire(found) == unwrapped(OPERATIONS[name], answer.body), answer.where


def wire(found: Any) -> Any:
    """What a method gave back, as it stood on the wire."""
    match found:
        case BaseModel():
            return found.model_dump(mode="json", by_alias=True, exclude_unset=True)
        case list():
            return [wire(each) for each in found]
        case dict():
            return {key: wire(each) for key, each in found.items()}
    return found


def unwrapped(operation: Operation, body: Any) -> Any:
    """A body without its envelope."""
    for key in operation.envelope.split(".") if operation.envelope else ():
        body = body[key]
    return body


def test_every_operation_is_tested() -> None:
    assert sorted(set(OPERATIONS) - set(CASES)) == []


KINDS: dict[int, type[errors.ApiRefused]] = {
    400: errors.BadRequest,
    401: errors.Unauthorized,
    402: errors.PaymentRequired,
    403: errors.Forbidden,
    404: errors.NotFound,
    422: errors.Unprocessable,
    429: errors.RateLimited,
}


@pytest.mark.parametrize("name", [name for name in CASES if refusals_of(OPERATIONS[name])])
async def test_a_recorded_refusal_is_its_error(name: str, platform: Platform, clients: Clients) -> None:
    for answer in refusals_of(OPERATIONS[name]):
        platform.answer_with(answer.status, text=answer.text)
        with pytest.raises(KINDS.get(answer.status, errors.ServerError)) as refused:
            await CASES[name][0].call(clients)
        assert refused.value.status == answer.status, answer.where
        assert len(answer.text) < 5 or answer.text not in str(refused.value), answer.where
