"""What is not a webhook of the platform: refused with one clear line, nothing stored, nobody's data in the log."""

from __future__ import annotations

import asyncio
import gzip
import io
import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from aiohttp import ClientSession

from criabot.platform import sign
from tests.bots import PATH_SECRET, BotProcess
from tests.crash.outcome import is_quiet, until
from tests.platforms import FakePlatform
from tests.replay.player import ANSWERING
from tests.servers import ValkeyServer

TEXT, EMAIL, PHONE = "my wife must not know", "ana@example.com", "+55 81 99999-0000"
SECRET, TOKEN = "a-signing-secret", "a-bot-token"
PRIVATE = (TEXT, EMAIL, PHONE, SECRET, TOKEN, PATH_SECRET)
CONVERSATION = 7

Body = Callable[[dict[str, Any]], bytes]
Headers = Callable[[bytes], dict[str, str]]


def dumped(event: object) -> bytes:
    return json.dumps(event).encode()


def changed(**changes: object) -> Body:
    """A customer's message with some keys changed."""
    return lambda event: dumped({**event, **changes})


def fixed(raw: bytes) -> Body:
    return lambda _event: raw


def whole(event: dict[str, Any]) -> bytes:
    return dumped(event)


def signed(*, secret: str = SECRET, age: float = 0, stamp: str | None = None, packed: bool = False) -> Headers:
    def headers(raw: bytes) -> dict[str, str]:
        timestamp = stamp or str(int(time.time() - age))
        encoding = {"Content-Encoding": "gzip"} if packed else {}
        return {"X-Chatwoot-Timestamp": timestamp, "X-Chatwoot-Signature": sign(secret, timestamp, raw), **encoding}

    return headers


def unsigned(_raw: bytes) -> dict[str, str]:
    return {}


def signed_for(other: bytes) -> Headers:
    return lambda _raw: signed()(other)


@dataclass(frozen=True)
class Case:
    """One request: what it is, how it is answered, the words of answer and log, or (`logs`) of the log alone."""

    name: str
    body: Body
    status: int
    says: str = ""
    headers: Headers = field(default_factory=signed)
    path: str = f"/webhooks/{PATH_SECRET}/agent-bot"
    logs: str = ""
    method: str = "POST"


NOT_JSON = "the body is not JSON in UTF-8"
ADVICE = "Check that only CriaChat posts to this URL"
WRONG_PATH = "its path on the platform must be /webhooks/, CRIABOT_WEBHOOK_PATH_SECRET"
WRONG_SECRET = "wrong signature: compare CRIABOT_AGENT_BOT_SECRET with the sender's secret"
CLOCK = "compare this machine's clock with the platform's"

REFUSED = [
    # Malformed
    Case("nothing", fixed(b""), 400, NOT_JSON),
    Case("text", fixed(TEXT.encode()), 400, NOT_JSON),
    Case("half of it", lambda event: dumped(event)[:-40], 400, NOT_JSON),
    Case("not UTF-8", lambda event: dumped(event).replace(b"my wife", b"my \xff"), 400, NOT_JSON),
    Case("half an emoji", lambda event: dumped(event).replace(b"my wife", b"\\ud83d"), 400, NOT_JSON),
    Case("no number", lambda event: dumped({**event, "id": float("nan")}), 400, NOT_JSON),
    Case("too deep", fixed(b'{"event":"x","a":' + b"[" * 9000 + b"]" * 9000 + b"}"), 400, NOT_JSON),
    Case("a list", lambda event: dumped([event]), 400, "not an object"),
    Case("null", fixed(b"null"), 400, "not an object"),
    # Wrong types
    Case("no event", changed(event=None), 400, "has no text 'event'"),
    Case("event is a number", changed(event=5), 400, "has no text 'event'"),
    Case("no conversation", changed(conversation=None), 400, "'conversation' must be an object"),
    Case("conversation is a text", changed(conversation=EMAIL), 400, "'conversation' must be an object"),
    Case("conversation without id", changed(conversation={}), 400, "'conversation.id' is missing"),
    Case("id is a text", changed(id=EMAIL), 400, "'id' must be a whole number"),
    Case("id is true", changed(id=True), 400, "'id' must be a whole number"),
    Case("id is negative", changed(id=-1), 400, "'id' must be in range"),
    Case("id is huge", changed(id=10**40), 400, "'id' must be in range"),
    Case("text is a list", changed(content=[TEXT]), 400, "'content' must be text"),
    Case("sender is a text", changed(sender=PHONE), 400, "'sender' must be"),
    # Oversized
    Case("too large", changed(pad=TEXT * 60_000), 413, "larger than 1000000 bytes (CRIABOT_MAX_BODY)"),
    Case(
        "too large when unpacked",
        lambda event: gzip.compress(dumped({**event, "pad": "x" * 30_000_000})),
        413,
        "larger than 1000000 bytes (CRIABOT_MAX_BODY)",
        signed(packed=True),
    ),
    Case("not packed as it says", whole, 400, "the body broke off", signed(packed=True)),
    # Unsigned, stale, of somebody else
    Case("unsigned", whole, 401, "no signature: look whether a proxy drops", unsigned),
    Case("another's secret", whole, 401, WRONG_SECRET, signed(secret="guessed")),
    Case("another body's signature", whole, 401, WRONG_SECRET, signed_for(b"{}")),
    Case("stale", whole, 401, CLOCK, signed(age=301)),
    Case("from the future", whole, 401, CLOCK, signed(age=-360)),
    Case("no time", whole, 401, WRONG_SECRET, signed(stamp=EMAIL)),
    Case("malformed and unsigned", fixed(b"{"), 401, "no signature", unsigned),
    Case(
        "a sender without a secret",
        whole,
        401,
        "nothing can verify this sender: set CRIABOT_ACCOUNT_SECRET",
        path=f"/webhooks/{PATH_SECRET}/account",
    ),
    # Wrong paths
    Case("wrong path secret", whole, 404, WRONG_PATH, path="/webhooks/guessed/agent-bot"),
    Case("path secret of no text", whole, 404, WRONG_PATH, path="/webhooks/%ff%fe/agent-bot"),
    Case("unknown sender", whole, 404, WRONG_PATH, path=f"/webhooks/{PATH_SECRET}/somebody"),
]

NOT_FOR_US = [
    Case("no path", whole, 404, path="/"),
    Case("a forged log line", whole, 404, path=f"/webhooks/{PATH_SECRET}/x%0aERROR"),
    Case("GET", fixed(b""), 405, method="GET"),
    Case("an event that nobody knows", changed(event="something.new"), 200),
    Case("another account's message", changed(account={"id": 2, "name": "x"}), 200, logs="CRIABOT_ACCOUNT_ID"),
    Case("somebody types", changed(event="conversation_typing_on"), 200),
]


class Desk:
    """A running bot, its store and the platform: where the cases are tried."""

    def __init__(self, platform: FakePlatform, bot: BotProcess, store: ValkeyServer, session: ClientSession) -> None:
        self._platform = platform
        self._bot = bot
        self._store = store
        self._session = session

    async def try_out(self, case: Case) -> None:
        """Send the request: its answer and its log line are clear, it leaves nothing, and a good message works."""
        before, told = self._stored(), len(self._bot.log)
        event = self._platform.message(CONVERSATION, f"{TEXT} {EMAIL} {PHONE}")
        status, answer = await self._send(case, case.body(event))
        assert status == case.status, f"{case.name}: {answer}"
        assert case.says in answer, case.name
        # On a busy machine the watchdog may have a word, too: it is not about the request.
        lines = [line for line in self._bot.log[told:].splitlines() if '"criabot.watchdog"' not in line]
        told_of = case.logs or case.says
        assert [told_of in line for line in lines] == [True] * bool(told_of), f"{case.name}: {lines}"
        assert self._stored() == before, case.name
        await self.good_message()

    async def good_message(self) -> None:
        """A customer's message is answered."""
        answered = len(self._platform.conversation(CONVERSATION).said)
        assert await self._platform.customer(CONVERSATION, TEXT) == 200
        await until(lambda: len(self._platform.conversation(CONVERSATION).said) > answered and is_quiet(self._store))

    async def _send(self, case: Case, raw: bytes) -> tuple[int, str]:
        headers: Mapping[str, str] = case.headers(raw)
        async with self._session.request(
            case.method, self._bot.url + case.path, data=io.BytesIO(raw), headers=headers
        ) as response:
            return response.status, await response.text()

    def _stored(self) -> dict[bytes, bytes]:
        with self._store.client() as client:
            return {key: client.dump(key) for key in client.keys("*") if not key.endswith(b":alive")}


async def test_whatever_is_wrong_is_said_clearly_stores_nothing_and_harms_nobody() -> None:
    with ValkeyServer() as store:
        async with (
            FakePlatform(secret=SECRET, token=TOKEN) as platform,
            BotProcess(ANSWERING, platform, store.url) as bot,
            ClientSession() as session,
        ):
            desk = Desk(platform, bot, store, session)
            await desk.good_message()
            for case in REFUSED + NOT_FOR_US:
                await desk.try_out(case)
            log = bot.log
    answered = len(REFUSED + NOT_FOR_US) + 1
    assert (
        len(platform.conversation(CONVERSATION).said) == len(set(platform.conversation(CONVERSATION).said)) == answered
    )
    assert_discreet(log)


async def test_a_replayed_webhook_is_taken_and_forgotten() -> None:
    with ValkeyServer() as store:
        async with (
            FakePlatform(secret=SECRET, token=TOKEN) as platform,
            BotProcess(ANSWERING, platform, store.url) as bot,
            ClientSession() as session,
        ):
            raw = dumped(platform.message(CONVERSATION, TEXT))
            headers = signed()(raw)
            for _ in range(3):
                async with session.post(bot.webhook, data=raw, headers=headers) as response:
                    assert response.status == 200
                await until(lambda: is_quiet(store))
    assert len(platform.conversation(CONVERSATION).said) == 1


async def test_a_message_from_the_future_does_not_make_the_bot_deaf() -> None:
    """Its time is the newest that the lane has seen: what comes later must not look too old to be new."""
    with ValkeyServer() as store:
        async with (
            FakePlatform(secret=SECRET, token=TOKEN) as platform,
            BotProcess(ANSWERING, platform, store.url) as bot,
            ClientSession() as session,
        ):
            desk = Desk(platform, bot, store, session)
            for moment in ("2999-12-31T23:59:59Z", "yesterday"):
                event = {**platform.message(CONVERSATION, TEXT), "created_at": moment}
                assert await platform.deliver(event) == 200
                await desk.good_message()
    assert len(platform.conversation(CONVERSATION).said) == 4


NOISE = {
    "no HTTP": f"{TEXT} {EMAIL}\r\n\r\n",
    "a header without an end": "POST / HTTP/1.1\r\nHost: x\r\nX-A: " + f"{TEXT} {EMAIL} " * 400 + "\r\n\r\n",
    "a wrong chunk": "POST {path} HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nZZ\r\n" + TEXT,
    "a wrong length": "POST {path} HTTP/1.1\r\nHost: x\r\nContent-Length: -4\r\n\r\n" + TEXT,
    "cut off": "POST {path} HTTP/1.1\r\nHost: x\r\nContent-Length: 4000\r\n\r\n" + TEXT,
}


async def test_who_does_not_speak_http_gets_a_line_and_no_traceback() -> None:
    with ValkeyServer() as store:
        async with (
            FakePlatform(secret=SECRET, token=TOKEN) as platform,
            BotProcess(ANSWERING, platform, store.url) as bot,
            ClientSession() as session,
        ):
            desk = Desk(platform, bot, store, session)
            for noise in NOISE.values():
                await shout(bot.port, noise.replace("{path}", f"/webhooks/{PATH_SECRET}/agent-bot"))
                await desk.good_message()
            log = bot.log
    assert log.count("refused what is not HTTP") == 3
    assert log.count("the body broke off") == 1
    assert_discreet(log)


async def shout(port: int, noise: str) -> None:
    """Send bytes, hear what there is to hear, hang up."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(noise.encode())
    writer.write_eof()
    async with asyncio.timeout(10):
        await reader.read()
    writer.close()


def assert_discreet(log: str) -> None:
    assert log
    assert "Traceback" not in log
    assert '"level":"error"' not in log
    assert [secret for secret in PRIVATE if secret in log] == []
