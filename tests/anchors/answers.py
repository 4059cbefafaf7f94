"""What the bot did, as the platform saw it."""

from __future__ import annotations

from typing import Any

from tests.platforms import FakePlatform


def answered(platform: FakePlatform, number: int = 7) -> list[int]:
    """For each reply in a conversation the id of the message that caused it, as its marker tells; in order."""
    marked: list[dict[str, Any]] = [message.content_attributes for message in platform.conversation(number).messages]
    return [int(each["criabot"]["key"].split(":")[1]) for each in marked if "criabot" in each]


def turns(platform: FakePlatform, number: int = 7) -> int:
    """How often a handler has begun in a conversation, also in vain; for bots that show first that they type."""
    typing = f"/conversations/{number}/toggle_typing_status"
    return sum(call.path.endswith(typing) for call in platform.calls)
