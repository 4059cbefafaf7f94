"""`criabot doctor`, against a real `criabot run` process, a real Valkey and the simulated platform: one fault each."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import pytest

from criabot.setup.checks import Verdict
from criabot.testing.platform import ApiFault, seed
from tests.servers import free_port
from tests.setup.wards import Ward, worst

HELLO = Path(__file__).parents[2] / "bots" / "hello.py"
OK, WARNING, FAILED = Verdict.OK, Verdict.WARNING, Verdict.FAILED

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_a_bot_that_is_set_up_right(ward: Ward) -> None:
    ward.file = str(HELLO)
    findings = await ward.examined()
    assert worst(findings) == {
        "settings": OK,
        "platform": OK,
        "bot token": OK,
        "user token": OK,
        "account": OK,
        "agent bot": OK,
        "inboxes": OK,
        "webhooks": OK,
        "secrets": OK,
        "URL": WARNING,  # loopback, and not encrypted
        "signature": OK,
        "latency": OK,
        "clock": OK,
        "Redis": OK,
        "bot file": OK,
    }


def wrong_bot_token(ward: Ward) -> None:
    ward.set(bot_token="wrong")


def users_token_as_bots(ward: Ward) -> None:
    ward.set(bot_token=str(ward.platform.user_token))


def wrong_user_token(ward: Ward) -> None:
    ward.set(user_token="wrong")


def bots_token_as_users(ward: Ward) -> None:
    ward.set(user_token=ward.platform.token)


def agents_token(ward: Ward) -> None:
    ward.set(user_token=ward.world.agent("Bruno").user.access_token)


def no_user_token(ward: Ward) -> None:
    ward.set(user_token="")


def no_account(ward: Ward) -> None:
    ward.set(account_id="")


def another_account(ward: Ward) -> None:
    ward.set(account_id="7")


def dead_platform(ward: Ward) -> None:
    ward.set(base_url=f"http://127.0.0.1:{free_port()}")
    ward.root = ward.bot.url


def another_server(ward: Ward) -> None:
    ward.set(base_url=ward.bot.url)
    ward.root = ward.bot.url


def broken_setting(ward: Ward) -> None:
    ward.set(port="many", handel_timeout="1")


def url_elsewhere(ward: Ward) -> None:
    ward.change(ward.world.bot, outgoing_url="https://old.example.com/hook?key=secret-key")
    ward.root = ward.bot.url


def url_nowhere(ward: Ward) -> None:
    ward.change(ward.world.bot, outgoing_url="")
    ward.root = ward.bot.url


def another_path_secret(ward: Ward) -> None:
    ward.set(webhook_path_secret="not-what-the-bot-has")
    ward.root = ward.bot.url


def another_secret(ward: Ward) -> None:
    ward.change(ward.world.bot, secret="rotated-on-the-platform")


def wrong_secret_here(ward: Ward) -> None:
    ward.set(agent_bot_secret="of-another-bot")


def no_inbox(ward: Ward) -> None:
    ward.change(ward.world.inbox, bot=None)


def webhook_at_the_bots_url(ward: Ward) -> None:
    ward.unshared()
    seed.add_webhook(ward.world.core, ward.bot.webhook, ["message_created"])


def webhook_at_the_bots_url_on_purpose(ward: Ward) -> None:
    webhook_at_the_bots_url(ward)
    (hook,) = ward.world.world.webhooks.values()
    ward.set(agent_bot_secret=f"{ward.platform.secret},{hook.secret}")


def account_webhook_without_secret(ward: Ward) -> None:
    ward.unshared()
    seed.add_webhook(ward.world.core, ward.bot.webhook.replace("agent-bot", "account"), ["message_created"])


def left_over_webhook(ward: Ward) -> None:
    ward.unshared()
    seed.add_webhook(ward.world.core, f"{ward.bot.url}/webhooks/of-long-ago/account", ["message_created"])


def second_bot(ward: Ward) -> None:
    ward.unshared()
    seed.add_bot(ward.world.core, "other", outgoing_url=ward.bot.webhook)


def unreachable(ward: Ward) -> None:
    ward.root = f"http://127.0.0.1:{free_port()}"


def unknown_host(ward: Ward) -> None:
    ward.root = "https://nowhere.invalid"


def clock_ahead(ward: Ward) -> None:
    ward.clock = lambda: time.time() + 400


def clock_behind(ward: Ward) -> None:
    ward.clock = lambda: time.time() - 60


def no_redis(ward: Ward) -> None:
    ward.set(redis_url=f"redis://:a-password@127.0.0.1:{free_port()}/0")


def no_redis_url(ward: Ward) -> None:
    ward.set(redis_url="http://redis.example.com")


def missing_bot_file(ward: Ward) -> None:
    ward.file = "nowhere.py"


def failing_platform(ward: Ward) -> None:
    ward.change(ward.world.gateway, fault=lambda *_call: ApiFault(status=500))


def slow_platform(ward: Ward) -> None:
    ward.change(ward.world.gateway, fault=lambda *_call: ApiFault(status=429))


@pytest.mark.parametrize(
    ("fault", "about", "verdict", "what"),
    [
        (wrong_bot_token, "bot token", FAILED, "the platform refuses it for account 1"),
        (users_token_as_bots, "bot token", FAILED, "the token of a user, not of a bot"),
        (wrong_user_token, "user token", FAILED, "the platform refuses it"),
        (bots_token_as_users, "user token", FAILED, "the token of a bot, not of a user"),
        (agents_token, "user token", WARNING, "of an agent: enough for the bot"),
        (agents_token, "secrets", WARNING, "shown to administrators only"),
        (agents_token, "signature", OK, "takes signed webhooks and refuses"),
        (no_user_token, "user token", WARNING, "there is none"),
        (no_account, "account", FAILED, "CRIABOT_ACCOUNT_ID is missing"),
        (no_account, "Redis", OK, "append-only file is on"),
        (another_account, "account", FAILED, "there is no account 7"),
        (another_account, "user token", FAILED, "its owner is not in account 7, but in: 1"),
        (dead_platform, "platform", FAILED, "no connection"),
        (dead_platform, "signature", OK, "takes signed webhooks"),
        (dead_platform, "Redis", OK, "append-only file is on"),
        (dead_platform, "clock", WARNING, "not checked"),
        (another_server, "platform", FAILED, "404"),
        (failing_platform, "agent bot", WARNING, "not checked"),
        (slow_platform, "bot token", WARNING, "not checked"),
        (broken_setting, "settings", FAILED, "CRIABOT_PORT"),
        (broken_setting, "settings", WARNING, "Did you mean CRIABOT_HANDLER_TIMEOUT?"),
        (broken_setting, "signature", OK, "takes signed webhooks"),
        (url_elsewhere, "agent bot", FAILED, "posts to https://old.example.com/…, not to"),
        (url_nowhere, "agent bot", FAILED, "posts nowhere"),
        (another_path_secret, "agent bot", FAILED, "(another path secret)"),
        (another_path_secret, "signature", FAILED, "answers 404 to a signed webhook (no such webhook"),
        (another_secret, "secrets", FAILED, "CRIABOT_AGENT_BOT_SECRET is not the platform's"),
        (another_secret, "signature", FAILED, "answers 401 to a signed webhook (wrong signature"),
        (wrong_secret_here, "secrets", FAILED, "CRIABOT_AGENT_BOT_SECRET is not the platform's"),
        (no_inbox, "inboxes", FAILED, "the agent bot serves none; without a bot: 1 (Api inbox)"),
        (webhook_at_the_bots_url, "webhooks", FAILED, "posts to http://127.0.0.1"),
        (webhook_at_the_bots_url_on_purpose, "webhooks", OK, "recognised and handled once"),
        (account_webhook_without_secret, "secrets", FAILED, "CRIABOT_ACCOUNT_SECRET is missing"),
        (left_over_webhook, "webhooks", WARNING, "another bot's, or left over"),
        (second_bot, "webhooks", WARNING, "post here, too"),
        (unreachable, "signature", FAILED, "cannot be reached from here: no connection"),
        (unknown_host, "URL", WARNING, "no such host is known here"),
        (clock_ahead, "clock", FAILED, "this machine is 400 s ahead of the platform"),
        (clock_behind, "clock", WARNING, "this machine is 60 s behind the platform"),
        (no_redis, "Redis", FAILED, "Redis does not answer"),
        (no_redis_url, "Redis", FAILED, "CRIABOT_REDIS_URL is wrong"),
        (no_redis, "signature", OK, "takes signed webhooks"),
        (missing_bot_file, "bot file", FAILED, "There is no file nowhere.py"),
    ],
)
async def test_what_is_wrong_is_found(
    ward: Ward, fault: Callable[[Ward], None], about: str, verdict: Verdict, what: str
) -> None:
    fault(ward)
    findings = await ward.examined()
    found = [finding for finding in findings if finding.about == about and finding.verdict is verdict]
    assert [finding for finding in found if what in finding.what], findings
    if verdict is FAILED:
        assert all(finding.advice for finding in found)
