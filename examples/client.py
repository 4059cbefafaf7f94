"""The client without the bot runtime: look at what waits, answer it, and hand it to a team.

Run it with ``CRIABOT_USER_TOKEN=… python examples/client.py https://app.cria.chat 3``, where 3 is the account.
"""

from __future__ import annotations

import asyncio
import os
import sys

from criabot.errors import ApiError, CredentialMissing, NotFound, RateLimited
from criabot.platform import ApplicationClient


async def main(client: ApplicationClient) -> list[str]:
    """Greet everybody who waits; what was done, line by line."""
    done = [f"the server is version {(await client.server.info()).version}"]
    teams = {team.name: team.id for team in await client.teams.list()}
    # Collected first: what is opened below leaves the list, and others would move to pages that were read already.
    waiting = [conversation async for conversation in client.conversations.each(status="pending")]
    for conversation in waiting:
        message = await client.messages.create(conversation, "Olá! Um momento, por favor.")
        done.append(f"answered {conversation.id} with message {message.id}")
        if "support" in teams:
            await client.conversations.assign(conversation, team_id=teams["support"])
        await client.conversations.add_labels(conversation, ["greeted"])
        await client.conversations.toggle_status(conversation, "open")
    return done


async def _main(base_url: str, account: int) -> None:
    token = os.environ["CRIABOT_USER_TOKEN"]
    async with ApplicationClient(base_url, account, user_token=token) as client:
        try:
            print(*await main(client), sep="\n")
        except CredentialMissing as error:
            print(f"another token is needed: {error}")
        except (NotFound, RateLimited) as error:
            print(f"{error.endpoint} was answered with {error.status}")
        except ApiError as error:
            print(error)


if __name__ == "__main__":
    if len(sys.argv) != 3 or "CRIABOT_USER_TOKEN" not in os.environ:
        sys.exit("Usage: CRIABOT_USER_TOKEN=… python examples/client.py https://app.cria.chat ACCOUNT_ID")
    asyncio.run(_main(sys.argv[1], int(sys.argv[2])))
