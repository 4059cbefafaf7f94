"""The client covers the platform, and the docs say so truly."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from criabot.platform.calls import Resource
from criabot.platform.coverage import Row, main, markdown, rows, summary
from criabot.platform.operations import OPERATIONS

PAGE = Path(__file__).parents[2] / "docs" / "platform-coverage.md"


@pytest.fixture(scope="module")
def found() -> list[Row]:
    return rows()


def test_every_operation_has_a_method_and_a_test(found: list[Row]) -> None:
    assert [row.operation.name for row in found if not row.implemented] == []
    assert [row.operation.name for row in found if not row.tested] == []
    assert f"implemented {len(OPERATIONS)} (100 %)" in summary(found)


def test_the_page_has_the_present_table(found: list[Row]) -> None:
    assert markdown(found) in PAGE.read_text("utf-8"), "run: python -m criabot.platform.coverage --write"


def test_the_command_prints_every_operation_and_the_percentages(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 0
    said = capsys.readouterr().out
    assert f"{len(OPERATIONS)} operations, implemented" in said
    assert "conversations.toggle_status" in said


def methods() -> Iterator[tuple[str, object]]:
    for resource in Resource.kinds:
        for name, method in vars(resource).items():
            if not name.startswith("_") and callable(method):
                yield f"{resource.name}.{name}", method


def test_every_method_says_what_it_rests_on() -> None:
    silent = [name for name, method in methods() if not re.search(r"contract \d", inspect.getdoc(method) or "")]
    assert silent == []


def test_every_method_is_typed() -> None:
    for name, method in methods():
        signature = inspect.signature(method)  # type: ignore[arg-type]
        assert signature.return_annotation is not inspect.Signature.empty, name
        untyped = [p.name for p in signature.parameters.values() if p.name != "self" and p.annotation is p.empty]
        assert untyped == [], name
