"""Customers and conversations of the recorded server that are older than a scenario."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from criabot.testing.platform import SimulatedPlatform, World
from criabot.testing.platform.world import INCOMING, Contact, ContactInbox, Conversation, Message
from criabot.testing.verify.scenarios import Hook, Json, Scenario

__all__ = ["add_earlier"]

SECONDS = 60.0  # before the scenario
FIELDS = ("name", "email", "phone_number", "identifier", "additional_attributes", "custom_attributes")


def add_earlier(platform: SimulatedPlatform, scenario: Scenario) -> None:
    """Add who wrote through a provider without ever being made in the scenario, and what he had written before."""
    made = {hook.subject for hook in scenario.hooks if hook.event == "contact_created"}
    written: Counter[int] = Counter()
    for hook in _arrivals(scenario):
        sender, conversation = hook.body["sender"], hook.body["conversation"]
        written[conversation["id"]] += 1
        if sender["id"] not in made:
            made.add(sender["id"])
            _add(platform.world, sender, conversation, conversation["unread_count"] - written[conversation["id"]])


def _arrivals(scenario: Scenario) -> Iterator[Hook]:
    """The bot's copies of what came through providers."""
    for step in scenario.steps:
        if step.actor == "provider" or "a mail arrives" in step.does:
            for hook in step.hooks:
                is_message = (hook.sender, hook.event) == ("agent_bot", "message_created")
                if is_message and hook.body["message_type"] == "incoming":
                    yield hook


def _add(world: World, sender: Json, conversation: Json, messages: int) -> None:
    then = world.clock() - SECONDS
    values = {key: sender[key] for key in FIELDS}
    contact = Contact(
        sender["id"], **values, contact_type="lead", last_activity_at=then, created_at=then, updated_at=then
    )
    world.contacts[contact.id] = contact
    world.taken("contact", contact.id)
    inbox = world.inboxes.get(conversation["inbox_id"])
    if inbox is None or not messages:
        return
    row = ContactInbox(
        world.new_id("contact_inbox"),
        contact,
        inbox,
        conversation["contact_inbox"]["source_id"],
        created_at=then,
        updated_at=then,
    )
    world.contact_inboxes[row.id] = row
    attributes = conversation["additional_attributes"]
    about = Conversation(conversation["id"], row, conversation["status"], additional_attributes=attributes)
    about.created_at = about.updated_at = about.last_activity_at = about.waiting_since = then
    world.conversations[about.id] = about
    world.taken("conversation", about.id)
    for number in range(messages):
        message = Message(1 + number, about, "", INCOMING, contact, created_at=then, updated_at=then)
        world.messages[message.id] = message
        about.messages.append(message)
