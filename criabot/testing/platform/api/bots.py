"""Agent bots (contract 4.2, 5.8)."""

from __future__ import annotations

from criabot.testing.platform import seed
from criabot.testing.platform.http import Call, Routes, fault, not_found
from criabot.testing.platform.tables import refuse, texts, wrapped
from criabot.testing.platform.times import iso
from criabot.testing.platform.world import AccessToken, AgentBot, Json, User, World, token

__all__ = ["bot_row", "routes"]

routes = Routes("/api/v1/accounts/{account}/agent_bots")

LONGEST_URL = 2048


def bot_json(world: World, bot: AgentBot, reader: User) -> Json:
    """A bot; the secret is for administrators."""
    data: Json = {
        "id": bot.id,
        "name": bot.name,
        "description": bot.description,
        "thumbnail": "",
        "outgoing_url": bot.outgoing_url,
        "bot_type": "webhook",
        "bot_config": bot.bot_config,
        "account_id": bot.account_id,
        "access_token": bot.access_token.token,
        "system_bot": bot.account_id is None,
    }
    if reader.is_admin and world.since("4.13.0"):
        data["secret"] = bot.secret
    return data


def bot_row(world: World, bot: AgentBot, reader: User) -> Json:
    """A bot as an inbox shows it: with the whole row of its token."""
    key = bot.access_token
    row = {
        "id": key.id,
        "owner_type": "AgentBot",
        "owner_id": bot.id,
        "token": key.token,
        "created_at": iso(key.created_at),
        "updated_at": iso(key.created_at),
    }
    return bot_json(world, bot, reader) | {"access_token": row}


@routes.get("")
def index(call: Call) -> list[Json]:
    """All bots."""
    return [bot_json(call.world, bot, call.user) for bot in call.world.bots.values()]


@routes.get("/{id}")
def show(call: Call) -> Json:
    """One bot."""
    return bot_json(call.world, _bot(call), call.user)


@routes.post("", "admin")
def create(call: Call) -> Json:
    """A new bot; nothing is required of it."""
    given = _values(call)
    bot = seed.add_bot(call.core, given.pop("name", None), **{"outgoing_url": None, **given})
    return bot_json(call.world, bot, call.user)


@routes.patch("/{id}", "admin")
def update(call: Call) -> Json:
    """Change a bot."""
    bot = _bot(call)
    for key, value in _values(call).items():
        setattr(bot, key, value)
    return bot_json(call.world, bot, call.user)


@routes.delete("/{id}", "admin")
def delete(call: Call) -> None:
    """Delete a bot: no inbox and no conversation has it any more."""
    bot = call.world.bots.pop(_bot(call).id)
    for inbox in call.world.inboxes.values():
        inbox.bot = None if inbox.bot is bot else inbox.bot
    for conversation in call.world.conversations.values():
        if conversation.assignee_bot is bot:
            conversation.assignee_bot = None


@routes.post("/{id}/reset_access_token", "admin")
def reset_access_token(call: Call) -> Json:
    """A new token; the old one is refused from now on."""
    bot = _bot(call)
    bot.access_token = AccessToken(token(), bot.access_token.id, bot.access_token.created_at)
    return bot_json(call.world, bot, call.user)


@routes.post("/{id}/reset_secret", "admin", new_in="4.13.0")
def reset_secret(call: Call) -> Json:
    """A new secret, with which the next delivery is signed."""
    bot = _bot(call)
    bot.secret = token()
    return bot_json(call.world, bot, call.user)


def _bot(call: Call) -> AgentBot:
    bot = call.world.bots.get(call.number("id"))
    if bot is None:
        raise not_found()
    return bot


def _values(call: Call) -> Json:
    given = wrapped(call, "agent_bot")
    if given.get("bot_type", "webhook") not in ("webhook", 0, None):
        raise fault()
    values = texts(given, "name", "description", "outgoing_url")
    if len(values.get("outgoing_url") or "") > LONGEST_URL:
        refuse([("outgoing_url", f"is too long (maximum is {LONGEST_URL} characters)")])
    if isinstance(given.get("bot_config"), dict):
        values["bot_config"] = given["bot_config"]
    return values
