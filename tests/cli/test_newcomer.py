"""From nothing to a bot that answers: connect, run, check, as a newcomer does it."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from aiohttp import ClientError, ClientSession

from criabot.testing import SimulatedPlatform
from criabot.testing.platform import seed
from tests.servers import ValkeyServer, free_port

HELLO = Path(__file__).parents[2] / "bots" / "hello.py"
DEADLINE = 20.0


@asynccontextmanager
async def serving(folder: Path, environment: dict[str, str], url: str) -> AsyncIterator[None]:
    """`criabot run` in a folder, ready to answer."""
    arguments = ("-m", "criabot", "run", str(HELLO))
    with (folder / "log").open("wb") as log:
        process = await asyncio.create_subprocess_exec(
            sys.executable, *arguments, cwd=folder, env=environment, stdout=log, stderr=log
        )
    try:
        async with asyncio.timeout(DEADLINE), ClientSession() as session:
            while not await is_ready(session, url):
                assert process.returncode is None, (folder / "log").read_text()
                await asyncio.sleep(0.02)
        yield
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


async def is_ready(session: ClientSession, url: str) -> bool:
    try:
        async with session.get(f"{url}/readyz") as response:
            return response.status == 200
    except ClientError:
        return False


async def criabot(*arguments: str, folder: Path, environment: dict[str, str]) -> tuple[int, str]:
    """A command's exit status, and what it showed."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "criabot", *arguments, cwd=folder, env=environment,
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip
    async with asyncio.timeout(DEADLINE):
        shown, _ = await process.communicate()
    return process.returncode or 0, shown.decode()


async def test_connect_run_check(tmp_path: Path, valkey: ValkeyServer) -> None:
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    clean = {name: value for name, value in os.environ.items() if not name.startswith("CRIABOT_")}
    clean["COLUMNS"] = "300"
    (tmp_path / "criabot.toml").write_text(f'host = "127.0.0.1"\nport = {port}\nredis_url = "{valkey.url}"\n')
    async with SimulatedPlatform(empty=True) as platform:
        platform.admin = seed.add_user(platform.core, "Admin", role="administrator")
        platform.inbox = platform.add_inbox("api")
        administrator = clean | {"CRIABOT_USER_TOKEN": platform.admin.access_token}

        arguments = ("connect", url, "--base-url", platform.url, "--account-id", "1", "--inbox", "1", "--apply")
        status, shown = await criabot(*arguments, folder=tmp_path, environment=administrator)
        assert status == 0, shown
        async with serving(tmp_path, clean, url):
            status, shown = await criabot("doctor", str(HELLO), folder=tmp_path, environment=administrator)
            assert status == 0, shown
            assert "takes signed webhooks and refuses wrongly signed and unsigned ones" in shown

            message = await platform.customer("Ana").says("Olá")
            assert message is not None
            async with asyncio.timeout(DEADLINE):
                while not message.conversation.said:
                    await asyncio.sleep(0.01)
            assert message.conversation.said == ["Olá, Ana! Como posso ajudar?"]
