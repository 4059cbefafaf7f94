"""Who is measured. Every peer verifies the webhook, removes duplicates, keeps a count per conversation and answers."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path

from benchmarks.common import PATH_SECRET, SECRET, TOKEN
from benchmarks.payloads import Kind

HERE = Path(__file__).parent


@dataclass(frozen=True)
class Peer:
    """A bot, written the native way of a library.

    Attributes:
        name: in the tables.
        about: what it is.
        module: of `benchmarks.peers`; none for criabot itself.
        mode: which variant of the module.
        kind: whose webhooks it takes.
        events: how many the closed shape sends, so that it takes some seconds.
    """

    name: str
    about: str
    module: str = ""
    mode: str = ""
    kind: Kind = "criachat"
    events: int = 4000

    @property
    def command(self) -> list[str]:
        """How it is started, in the repository's folder."""
        if self.module:
            return [sys.executable, "-m", f"benchmarks.peers.{self.module}"]
        return [sys.executable, "-m", "criabot", "run", str(HERE / "bot.py")]

    @property
    def path(self) -> str:
        """Of its webhook."""
        return "/webhook" if self.module else f"/webhooks/{PATH_SECRET}/agent-bot"

    @property
    def is_criabot(self) -> bool:
        """Whether it is this project."""
        return not self.module


def criabot_settings(bot_port: int, sink_port: int, redis_port: int) -> dict[str, str]:
    """The environment of `criabot run`: lanes, outbox and ownership are always on; only the hold is off."""
    settings = {
        "base_url": f"http://127.0.0.1:{sink_port}",
        "account_id": 1,
        "bot_token": TOKEN,
        "webhook_path_secret": PATH_SECRET,
        "agent_bot_secret": SECRET,
        "redis_url": f"redis://127.0.0.1:{redis_port}/0",
        "host": "127.0.0.1",
        "port": bot_port,
        "statuses": "open",  # of the benchmark's conversations
        "calls_per_minute": 0,  # the imitated platform has no limit, and the others keep to none
        "hold": 0,  # it delays quick messages on purpose: the others have no such thing
        "log_format": "json",
    }
    return {f"CRIABOT_{name.upper()}": str(value) for name, value in settings.items()}


_PEERS = [
    Peer("criabot", "this project: `criabot run`, ordered and durable", events=8000),
    Peer("raw_inline", "aiohttp and redis by hand, the reply before the acknowledgement", "raw", "inline", events=6000),
    Peer("raw_ack", "the same, acknowledged first: unordered, lost in a crash", "raw", "ack", events=6000),
    Peer("aiogram_bg", "aiogram 3 as it comes: acknowledged first, unordered", "aiogram3", "bg", "telegram", 3000),
    Peer("faststream_conc", "FastStream on Redis Streams, 64 workers: durable, unordered", "faststream_q", "conc"),
    Peer("fast_durable", "the limit, no product: a lean prototype of the design", "fast", "durable", events=12000),
    Peer("aiogram_iso", "aiogram 3 with SimpleEventIsolation", "aiogram3", "iso", "telegram", 3000),
    Peer("ptb_conc", "python-telegram-bot, 256 concurrent updates, state in memory", "ptb22", "conc", "telegram", 1200),
    Peer("bolt_session", "Slack's Bolt with a shared HTTP session", "slackbolt", "session", "slack", 3000),
    Peer("taskiq", "taskiq on Redis Streams: durable, unordered", "taskiq_q", events=3000),
]
PEERS = {peer.name: peer for peer in _PEERS}
USUAL = ["criabot", "raw_inline", "raw_ack", "aiogram_bg", "faststream_conc", "fast_durable"]
QUICK = ["criabot", "raw_inline", "aiogram_bg"]
