"""The methods of the clients, grouped by what they are about."""

from criabot.platform.resources.account import OwnAccount, OwnProfile, Server
from criabot.platform.resources.agent_bots import AgentBots
from criabot.platform.resources.agents import Agents
from criabot.platform.resources.automation import AutomationRules, Macros
from criabot.platform.resources.bulk_actions import BulkActions
from criabot.platform.resources.canned_responses import CannedResponses
from criabot.platform.resources.contact_side import OwnContact, OwnConversations, OwnInbox, OwnMessages, Surveys
from criabot.platform.resources.contacts import Contacts
from criabot.platform.resources.conversations import Conversations
from criabot.platform.resources.csat import Csat
from criabot.platform.resources.custom_attributes import CustomAttributeDefinitions
from criabot.platform.resources.custom_filters import CustomFilters
from criabot.platform.resources.help_center import Articles, Categories, HelpCenter, Portals
from criabot.platform.resources.inboxes import Inboxes, InboxMembers
from criabot.platform.resources.installation import AccountUsers, PlatformAccounts, PlatformAgentBots, Users
from criabot.platform.resources.integrations import Integrations
from criabot.platform.resources.labels import Labels
from criabot.platform.resources.messages import Messages
from criabot.platform.resources.notes import Notes
from criabot.platform.resources.participants import Drafts, Participants
from criabot.platform.resources.reports import Reports
from criabot.platform.resources.search import Search
from criabot.platform.resources.teams import TeamMembers, Teams
from criabot.platform.resources.uploads import Uploads
from criabot.platform.resources.webhooks import Webhooks

__all__ = [
    "AccountUsers",
    "AgentBots",
    "Agents",
    "Articles",
    "AutomationRules",
    "BulkActions",
    "CannedResponses",
    "Categories",
    "Contacts",
    "Conversations",
    "Csat",
    "CustomAttributeDefinitions",
    "CustomFilters",
    "Drafts",
    "HelpCenter",
    "InboxMembers",
    "Inboxes",
    "Integrations",
    "Labels",
    "Macros",
    "Messages",
    "Notes",
    "OwnAccount",
    "OwnContact",
    "OwnConversations",
    "OwnInbox",
    "OwnMessages",
    "OwnProfile",
    "Participants",
    "PlatformAccounts",
    "PlatformAgentBots",
    "Portals",
    "Reports",
    "Search",
    "Server",
    "Surveys",
    "TeamMembers",
    "Teams",
    "Uploads",
    "Users",
    "Webhooks",
]
