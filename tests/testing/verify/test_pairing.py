from __future__ import annotations

from dataclasses import replace

from criabot.testing.verify.comparison import Difference
from criabot.testing.verify.names import Names
from criabot.testing.verify.pairing import Pairing, hook_differences, order_differences, pair, races
from criabot.testing.verify.scenarios import ATTEMPT, Hook, Scenario
from tests.testing.verify.recordings import scenario, scenarios


def copies(original: Scenario) -> list[Hook]:
    """What a perfect simulator would send."""
    return [replace(hook, order=number) for number, hook in enumerate(original.hooks)]


def test_every_recorded_webhook_is_its_own_pair() -> None:
    for each in scenarios("4.5"):
        outcome = pair(each.steps, copies(each), Names())
        assert not outcome.missing
        assert not outcome.extra
        assert all(not hook_differences(old, new, Names()) for old, new in outcome.pairs)
        assert not [found for step in each.steps for found in order_differences(step, outcome.pairs)]


def test_a_webhook_that_was_not_sent_is_missing() -> None:
    original = scenario("02_client_api")
    sent = copies(original)
    lost = sent.pop(len(sent) // 2)
    outcome = pair(original.steps, sent, Names())
    assert [hook.kind for hook in outcome.missing] == [lost.kind]
    assert not outcome.extra


def test_a_webhook_that_was_not_recorded_is_extra() -> None:
    original = scenario("02_client_api")
    sent = copies(original)
    outcome = pair(original.steps, [*sent, replace(sent[10])], Names())
    assert [hook.kind for hook in outcome.extra] == [sent[10].kind]
    assert not outcome.missing


def test_as_many_as_the_recording_left_out_are_no_surprise() -> None:
    original = scenario("02_client_api")
    sent = copies(original)
    original.steps[sent[10].step].raw["webhooks_omitted"] = 1
    assert not pair(original.steps, [*sent, replace(sent[10])], Names()).extra


def test_a_webhook_of_another_step_is_not_taken_for_this_one() -> None:
    original = scenario("02_client_api")
    late = copies(original)
    moved = next(hook for hook in late if hook.event == "message_created")
    moved.step += 3
    outcome = pair(original.steps, late, Names())
    assert (len(outcome.missing), len(outcome.extra)) == (1, 1)


def test_another_order_at_the_bot_is_told() -> None:
    original = scenario("08_toggle_status")
    sent = copies(original)
    for hook in sent:
        hook.order = -hook.order
    outcome: Pairing = pair(original.steps, sent, Names())
    told = [found for step in original.steps for found in order_differences(step, outcome.pairs)]
    assert told
    assert {found.where for found in told} == {"agent_bot order"}


def test_a_wrong_signature_and_a_header_too_many_are_told() -> None:
    recorded = scenario("02_client_api").hooks[0]
    simulated = replace(recorded, headers={**recorded.headers, "X-New": "1"}, is_signed=False)
    told = [found.where for found in hook_differences(recorded, simulated, Names())]
    assert told == ["account contact_created headers.x-new", "account contact_created signature"]


def test_an_old_snapshot_is_right_only_of_the_same_conversation_and_at_the_same_place() -> None:
    sent = next(hook for hook in scenario("09_handoff").hooks if hook.event == "conversation_status_changed")
    told = Difference("account conversation_updated body.status", sent.body["status"], "snoozed")
    elsewhere = Difference("account conversation_updated body.messages.0.status", sent.body["status"], "failed")
    assert races([told, elsewhere], sent.body, [sent], Names()) == [elsewhere]
    assert races([told], {**sent.body, "id": -1}, [sent], Names()) == [told]


def test_a_delivery_id_that_two_receivers_share_is_told() -> None:
    names, hooks = Names(), scenario("02_client_api").hooks
    shared = {**hooks[1].headers, ATTEMPT: hooks[0].headers[ATTEMPT]}
    assert not hook_differences(hooks[0], replace(hooks[0]), names)
    told = [found.where for found in hook_differences(hooks[1], replace(hooks[1], headers=shared), names)]
    assert told == [f"{hooks[1].sender} {hooks[1].event} headers.x-chatwoot-delivery"]


def test_signs_that_are_escaped_otherwise_are_told() -> None:
    recorded = next(hook for hook in scenario("04_bot_text").hooks if "\\u0026" in hook.raw)
    simulated = replace(recorded, raw=recorded.raw.replace("\\u0026", "&"))
    told = [found.where for found in hook_differences(recorded, simulated, Names())]
    assert told == [f"{recorded.sender} {recorded.event} spelling"]
