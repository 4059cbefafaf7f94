"""Deliveries as the platform's senders make them (contract 1.1 and 1.3): to the process and at the time a test says."""

from __future__ import annotations

import json
import time
import uuid
from typing import Any

import aiohttp

from criabot.platform import sign
from tests.bots import PATH_SECRET, BotProcess

SECRETS = {"agent-bot": "a-signing-secret", "account": "another-signing-secret"}
PATIENCE = aiohttp.ClientTimeout(total=5)


async def post(
    bot: BotProcess, event: dict[str, Any], *, sender: str = "agent-bot", delivery: str = "", age: float = 0.0
) -> int:
    """Deliver an event over a connection of its own; the status of the answer.

    Args:
        bot: the process that gets it.
        event: the body.
        sender: ``agent-bot`` or ``account``: each has its own path and its own secret.
        delivery: the delivery's id, a new one when not given; retries keep it.
        age: seconds that the signature's timestamp is old.
    """
    body = json.dumps(event, ensure_ascii=False).encode()
    timestamp = str(int(time.time() - age))
    headers = {
        "Content-Type": "application/json",
        "X-Chatwoot-Delivery": delivery or str(uuid.uuid4()),
        "X-Chatwoot-Timestamp": timestamp,
        "X-Chatwoot-Signature": sign(SECRETS[sender], timestamp, body),
    }
    url = f"{bot.url}/webhooks/{PATH_SECRET}/{sender}"
    async with aiohttp.request("POST", url, data=body, headers=headers, timeout=PATIENCE) as response:
        return response.status
