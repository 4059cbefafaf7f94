"""The clients: for one account, for the whole installation, and for a contact's own side (contract 5 and 6.1).

```python
async with ApplicationClient("https://app.cria.chat", account_id=3, bot_token=token) as client:
    await client.messages.create(154, "Olá!")
    await client.conversations.toggle_status(154, "open")
```
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import TracebackType
from typing import Self, TypedDict, Unpack

from criabot.platform.calls import Caller, CallReport, Credential
from criabot.platform.limits import Limiter
from criabot.platform.transport import Transport, checked_token

__all__ = ["ApplicationClient", "ClientOptions", "ContactClient", "PlatformClient"]


class ClientOptions(TypedDict, total=False):
    """What may be said of any client.

    Attributes:
        connect_timeout: seconds to get a connection (5); waiting for a free one counts.
        read_timeout: seconds between two reads of an answer (20).
        pool_size: the most connections (100).
        retries: how often a call may be made again (2): one that was certainly not carried out, or that may be carried
            out twice without harm (contract 8.29).
        limiter: holds calls back so that the platform's limits are not exceeded (contract 5.10); None lets all go.
        patience: seconds that a call may be held back (as long as it takes); then `RateLimited`, and nothing was sent.
        observe: told of each try of a call when it has ended, for metrics and traces; it must not block.
    """

    connect_timeout: float
    read_timeout: float
    pool_size: int
    retries: int
    limiter: Limiter | None
    patience: float | None
    observe: Callable[[CallReport], None] | None


class Client:
    """What all clients have in common: connections that are pooled, opened by the first call and closed at the end.

    Every call raises :class:`~criabot.errors.ApiError`.
    """

    def __init__(
        self,
        base_url: str,
        tokens: Mapping[Credential, str],
        *,
        account: int = 0,
        inbox: str = "",
        connect_timeout: float = 5.0,
        read_timeout: float = 20.0,
        pool_size: int = 100,
        retries: int = 2,
        limiter: Limiter | None = None,
        patience: float | None = None,
        observe: Callable[[CallReport], None] | None = None,
    ) -> None:
        self._transport = Transport(
            base_url, connect_timeout=connect_timeout, read_timeout=read_timeout, pool_size=pool_size
        )
        checked = {kind: checked_token(token) for kind, token in tokens.items()}
        self._caller = Caller(
            self._transport,
            checked,
            account=account,
            inbox=inbox,
            limiter=limiter,
            patience=patience,
            retries=retries,
            observe=observe,
        )

    def sever(self) -> None:
        """Refuse every later call, as if the process were dead; calls under way are for their callers to cancel."""
        self._transport.sever()

    async def close(self) -> None:
        """Close all connections."""
        await self._transport.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()


class ApplicationClient(Client):
    """A client for one account, with a bot's token to act, a user's to read and administer, or both (contract 4.7).

    For each call it takes the token that may do it. A call that neither may do raises
    :class:`~criabot.errors.CredentialMissing` before it leaves, and says which token it needs.

    Args:
        base_url: of the platform, such as ``https://app.cria.chat``.
        account_id: the number after ``/app/accounts/`` in the address of the inbox.
        bot_token: of an agent bot; used wherever it suffices.
        user_token: of an agent or administrator.
        options: see `ClientOptions`.

    Raises:
        ValueError: no token, a token or address that cannot be one.
    """

    def __init__(
        self,
        base_url: str,
        account_id: int,
        *,
        bot_token: str | None = None,
        user_token: str | None = None,
        **options: Unpack[ClientOptions],
    ) -> None:
        tokens: dict[Credential, str] = {}
        if bot_token is not None:
            tokens["bot"] = bot_token
        if user_token is not None:
            tokens["user"] = user_token
        if not tokens:
            raise ValueError("a client needs a bot_token, a user_token, or both")
        super().__init__(
            base_url,
            tokens,
            account=account_id,
            **options,
        )
        from criabot.platform import resources  # with hundreds of models, which take time to build

        caller = self._caller
        self.server = resources.Server(caller)
        self.profile = resources.OwnProfile(caller)
        self.account = resources.OwnAccount(caller)
        self.conversations = resources.Conversations(caller)
        self.messages = resources.Messages(caller)
        self.participants = resources.Participants(caller)
        self.drafts = resources.Drafts(caller)
        self.bulk_actions = resources.BulkActions(caller)
        self.uploads = resources.Uploads(caller)
        self.contacts = resources.Contacts(caller)
        self.notes = resources.Notes(caller)
        self.inboxes = resources.Inboxes(caller)
        self.inbox_members = resources.InboxMembers(caller)
        self.agents = resources.Agents(caller)
        self.teams = resources.Teams(caller)
        self.team_members = resources.TeamMembers(caller)
        self.labels = resources.Labels(caller)
        self.canned_responses = resources.CannedResponses(caller)
        self.custom_filters = resources.CustomFilters(caller)
        self.custom_attribute_definitions = resources.CustomAttributeDefinitions(caller)
        self.webhooks = resources.Webhooks(caller)
        self.agent_bots = resources.AgentBots(caller)
        self.automation_rules = resources.AutomationRules(caller)
        self.macros = resources.Macros(caller)
        self.integrations = resources.Integrations(caller)
        self.portals = resources.Portals(caller)
        self.categories = resources.Categories(caller)
        self.articles = resources.Articles(caller)
        self.help_center = resources.HelpCenter(caller)
        self.search = resources.Search(caller)
        self.reports = resources.Reports(caller)
        self.csat = resources.Csat(caller)


class ContactClient(Client):
    """A contact's own side of an API inbox: what an own chat window would call (contract 6.1). It needs no token.

    ```python
    async with ContactClient("https://app.cria.chat", inbox_identifier) as client:
        contact = await client.contact.create(name="Ana")
        conversation = await client.conversation.create(contact)
        await client.message.create(contact, conversation, "Olá!")
    ```

    Args:
        base_url: of the platform.
        inbox_identifier: of the API inbox; it is what keeps strangers out, so it is to be treated as a secret.
        options: see `ClientOptions`.

    Raises:
        ValueError: an address that cannot be one.
    """

    def __init__(
        self,
        base_url: str,
        inbox_identifier: str,
        **options: Unpack[ClientOptions],
    ) -> None:
        super().__init__(
            base_url,
            {},
            inbox=inbox_identifier,
            **options,
        )
        from criabot.platform import resources  # with hundreds of models, which take time to build

        caller = self._caller
        self.inbox = resources.OwnInbox(caller)
        self.contact = resources.OwnContact(caller)
        self.conversation = resources.OwnConversations(caller)
        self.message = resources.OwnMessages(caller)
        self.survey = resources.Surveys(caller)


class PlatformClient(Client):
    """For who runs the installation: accounts, users and bots of all accounts, with a platform app's token.

    Args:
        base_url: of the platform.
        token: of a platform app, from the super administrator's console.
        options: see `ClientOptions`.

    Raises:
        ValueError: a token or address that cannot be one.
    """

    def __init__(
        self,
        base_url: str,
        *,
        token: str,
        **options: Unpack[ClientOptions],
    ) -> None:
        super().__init__(
            base_url,
            {"platform": token},
            **options,
        )
        from criabot.platform import resources  # with hundreds of models, which take time to build

        caller = self._caller
        self.accounts = resources.PlatformAccounts(caller)
        self.account_users = resources.AccountUsers(caller)
        self.agent_bots = resources.PlatformAgentBots(caller)
        self.users = resources.Users(caller)
