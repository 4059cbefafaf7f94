"""The profile, for real but short, and the stages that its samples are put into."""

from __future__ import annotations

import io
import sys
from collections import Counter
from pathlib import Path

import pytest
from rich.console import Console

from benchmarks.profile import Profile, profile, show
from benchmarks.sampler import ELSEWHERE, STAGES, stage_of

ROOT = Path(__file__).parents[2]


def test_every_stage_names_files_that_are_there() -> None:
    parts = [part for parts in STAGES.values() for part in parts if not part.startswith("/")]
    assert [part for part in parts if not (ROOT / part).exists()] == []


def test_a_file_belongs_to_the_stage_that_an_event_meets_there() -> None:
    def stage(file: str) -> str | None:
        return stage_of(str(ROOT / file))

    assert stage("criabot/platform/signature.py") == "signature"
    assert stage("criabot/engine/worker.py") == "worker"
    assert stage("criabot/engine/lanes.py") == "Redis"
    assert stage("criabot/routing/dispatch.py") == "turn"
    assert stage("criabot/runtime/runtime.py") is None


def test_the_stages_together_are_an_event() -> None:
    points = Counter({("turn", "turn.py:run"): 3, ("logs", "logs.py:emit"): 1})
    out = io.StringIO()
    show(Profile(200.0, points), Console(file=out, width=100))
    rows = [line.strip("│ ").split() for line in out.getvalue().splitlines()]
    assert ["turn", "│", "75.0", "│", "150.0"] in rows
    assert ["logs", "│", "25.0", "│", "50.0"] in rows
    assert ["intake", "│", "0.0", "│", "0.0"] in rows
    assert ["all", "│", "100.0", "│", "200.0"] in rows


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_samples_come_from_all_along_the_way_of_an_event() -> None:
    found = profile(events=1500)
    stages = dict(found.stages())
    assert {stage for stage in ("HTTP server", "Redis", "turn", "HTTP client") if not stages[stage]} == set()
    assert stages[ELSEWHERE] < found.points.total() / 3  # else the stages have lost sight of the code
    assert found.event > 0
