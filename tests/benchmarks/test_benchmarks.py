"""The benchmarks, run for real in small; what they compute of the replies; and their verdict on the targets."""

import json
import os
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest

if sys.platform != "linux":
    pytest.skip("the benchmarks read /proc", allow_module_level=True)

from benchmarks import __main__ as command
from benchmarks import picture, targets
from benchmarks.load import Reply, percentiles, reordered, wrong_state
from benchmarks.shapes import FAULTS, summary


def figures(**chosen: object) -> dict[str, object]:
    numbers = {"cpu_ms_per_1k": 100.0, "redis_cpu_ms_per_1k": 50.0, "ack_p99_ms": 4.0, "e2e_p50_ms": 2.0}
    return {**numbers, **dict.fromkeys(FAULTS, 0), **chosen}


def results(**of_criabot: object) -> dict[str, object]:
    peers = {"criabot": {"shapes": {"closed": figures(), "rate": figures(**of_criabot)}}}
    peers["raw_inline"] = {"shapes": {"closed": figures(cpu_ms_per_1k=200.0)}}
    peers["aiogram_bg"] = {"shapes": {"closed": figures(cpu_ms_per_1k=799.0)}}
    return {"peers": peers}


def verdicts(measured: dict[str, object]) -> dict[str, object]:
    return {target["name"]: target["met"] for target in targets.judge(measured)}


@pytest.mark.parametrize("words", ["--quick", "--peers criabot", "--shapes closed", "--rounds 1", "--events 10"])
def test_only_a_whole_run_replaces_the_results_of_the_last(words: str) -> None:
    assert command._options(words.split()).out is None
    assert command._options([]).out == command.RESULTS


def test_a_small_run_measures_both_peers_and_loses_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    affinity = os.sched_getaffinity(0)
    words = "--peers criabot,raw_inline --shapes closed --rounds 1 --events 200 --out"
    assert command.main([*words.split(), str(tmp_path)]) == 0

    written = json.loads((tmp_path / "latest.json").read_text())
    assert set(written["peers"]) == {"criabot", "raw_inline"}
    for peer in written["peers"].values():
        closed = peer["shapes"]["closed"]
        assert [closed[fault] for fault in (*FAULTS, "errors")] == [0] * 5
        assert closed["cpu_ms_per_1k"] > 0
        assert closed["events_per_s"] > 0
        assert 0 < closed["ack_p50_ms"] <= closed["ack_p99_ms"]
        assert closed["e2e_p50_ms"] > 0
        assert len(closed["rounds"]) == 1
    assert written["machine"]["versions"]["criabot"]
    assert len(written["targets"]) == len(targets.TARGETS)
    ElementTree.parse(tmp_path / "latest.svg")
    assert "raw_inline" in capsys.readouterr().out
    assert os.sched_getaffinity(0) == affinity  # this process itself was not bound to a core


def test_summary_takes_the_median_of_figures_and_the_worst_of_faults() -> None:
    rounds = [
        figures(cpu_ms_per_1k=cpu, lost=lost, ack_ms={"50": cpu, "99": cpu * 2})
        for cpu, lost in ((3.0, 0), (1.0, 7), (2.0, 0))
    ]
    result = summary(rounds)
    assert (result["cpu_ms_per_1k"], result["lost"]) == (2.0, 7)
    assert result["ack_ms"] == {"50": 2.0, "99": 4.0}


def test_summary_leaves_out_rounds_without_a_value() -> None:
    assert summary([figures(ack_p99_ms=None), figures(ack_p99_ms=5.0)])["ack_p99_ms"] == 5.0
    assert summary([figures(ack_p99_ms=None)])["ack_p99_ms"] is None


def test_targets_are_met_missed_or_not_measured() -> None:
    verdict = verdicts(results())
    assert verdict["CPU per event, of hand-written code's"] is True
    assert verdict["CPU per event, of aiogram's"] is False
    assert verdict["CPU per event, of FastStream's"] is None
    assert verdict["idle conversation in Valkey"] is None
    assert verdict["lost, duplicated, reordered, wrong state"] is True


def test_one_fault_in_any_shape_misses_the_target() -> None:
    assert verdicts(results(reordered=1))["lost, duplicated, reordered, wrong state"] is False


def test_growth_is_the_dearest_row_against_the_first() -> None:
    rows = [figures(bytes_per_conversation=None), figures(cpu_ms_per_1k=140.0, bytes_per_conversation=500.0)]
    verdict = verdicts({**results(), "growth": rows})
    assert verdict["CPU with many known conversations, Valkey's too, of that with 10"] is False
    assert verdict["idle conversation in Valkey"] is True


@pytest.mark.parametrize(("together", "met"), [(True, True), (False, None)])
def test_memory_counts_only_when_all_turns_were_in_flight_at_once(together: bool, met: bool | None) -> None:
    flight = {"rss_peak_mb": 200.0, "all_at_once": together, "lost": 0}
    assert verdicts({**results(), "flight": flight})["bot with 10,000 turns in flight"] is met


def test_reordered_counts_replies_behind_a_later_one_of_their_conversation() -> None:
    def reply(conversation: int, number: int) -> Reply:
        return Reply(event=0, conversation=conversation, number=number, counted=number + 1, at=0)

    assert reordered([reply(1, 0), reply(2, 0), reply(1, 1), reply(2, 1)]) == 0
    assert reordered([reply(1, 0), reply(1, 2), reply(2, 0), reply(1, 1)]) == 1


def test_wrong_state_is_a_count_that_missed_a_message() -> None:
    def replies(*counted: int) -> list[Reply]:
        return [Reply(event=n, conversation=1, number=n, counted=count, at=n) for n, count in enumerate(counted)]

    assert wrong_state(replies(1, 2, 3), known=False) == 0
    assert wrong_state(replies(1, 1, 3), known=False) == 1
    assert wrong_state(replies(8, 9, 10), known=True) == 0
    assert wrong_state(replies(8, 8, 10), known=True) == 1


def test_percentiles_of_nothing_are_none() -> None:
    assert percentiles([]) == {}
    assert percentiles([float(n) for n in range(1000)])["99"] == 990.0


def test_picture_draws_what_there_is() -> None:
    curve = {"50": 1.0, "99": 10.0}
    shapes = {"closed": figures(), "rate": figures(ack_ms=curve, e2e_ms=curve)}
    measured = {
        "peers": {"criabot": {"shapes": shapes}, "raw_ack": {"shapes": {"closed": figures()}}},
        "machine": {"cpu": "A & B", "python": "3.11"},
        "rounds": 3,
        "date": "2026-11-24T08:00:00+00:00",
    }
    root = ElementTree.fromstring(picture.draw(measured))
    assert len(root.findall("{*}polyline")) == 2
    assert "not measured" in [text.text for text in root.findall("{*}text")]
