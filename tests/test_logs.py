"""What a log line looks like, and what never shows in one."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Iterator

import pytest

from criabot.logs import Redaction, set_up_logs

TOKEN = "sEcReT-tOkEn-123"


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture(autouse=True)
def quiet_again() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:], root.level = handlers, level


def written(stream: io.StringIO, *, form: str = "auto") -> logging.Logger:
    set_up_logs(Redaction([TOKEN]), form=form, level="info", stream=stream)  # type: ignore[arg-type]
    return logging.getLogger("criabot.test")


def test_a_machine_gets_one_json_object_per_line() -> None:
    out = io.StringIO()
    written(out).info("reply %s", "sent", extra={"values": {"conversation": 7, "message": None}})
    line = json.loads(out.getvalue())
    assert line["text"] == "reply sent"
    assert line["level"] == "info"
    assert line["conversation"] == 7
    assert "message" not in line


def test_a_person_gets_colours_and_the_values_behind_the_text() -> None:
    out = Terminal()
    written(out).warning("careful", extra={"values": {"conversation": 7}})
    assert "\x1b[33mwarning" in out.getvalue()
    assert "conversation=7" in out.getvalue()


def test_text_without_a_terminal_has_no_colours() -> None:
    out = io.StringIO()
    written(out, form="text").info("hello")
    assert "\x1b" not in out.getvalue()


@pytest.mark.parametrize("form", ["text", "json"])
@pytest.mark.parametrize(
    "hidden", [TOKEN, "ana.lima@exemplo.com.br", "+55 81 99999-0000", "+5581999990000"], ids=lambda hidden: hidden[:5]
)
def test_secrets_and_addresses_never_show(form: str, hidden: str) -> None:
    out = io.StringIO()
    logger = written(out, form=form)
    logger.info("before %s after", hidden, extra={"values": {"why": f"<{hidden}>"}})
    error = ValueError(f"no customer {hidden}")
    logger.error("failed", exc_info=error)
    assert hidden not in out.getvalue()
    assert out.getvalue().count("[") >= 3
    assert "ValueError: no customer [" in out.getvalue()


def test_logs_of_other_libraries_show_from_warning_on() -> None:
    out = io.StringIO()
    written(out)
    logging.getLogger("aiohttp.access").info("not wanted")
    logging.getLogger("aiohttp.server").error("wanted")
    assert "not wanted" not in out.getvalue()
    assert "wanted" in out.getvalue()


@pytest.mark.parametrize("secret", ['qu"ote-\\-slash', "não-é-ASCII", 'both-"é"-of-them', "tab\tand\x1f"], ids=ascii)
@pytest.mark.parametrize("form", ["text", "json"])
def test_a_secret_is_found_however_json_writes_it(form: str, secret: str) -> None:
    out = io.StringIO()
    set_up_logs(Redaction([secret]), form=form, level="info", stream=out)  # type: ignore[arg-type]
    logging.getLogger("criabot.test").info("<%s>", secret, extra={"values": {"body": json.dumps({"token": secret})}})
    assert "<[secret]>" in out.getvalue()
    assert out.getvalue().count("[secret]") == 2


@pytest.mark.parametrize("form", ["text", "json"])
def test_secrets_never_show_inside_of_values_nor_in_their_names(form: str) -> None:
    out = io.StringIO()
    deep = {"list": [{TOKEN: f"<{TOKEN}>"}], "error": ValueError(f"<{TOKEN}>")}
    written(out, form=form).info("sent", extra={"values": {"deep": deep, TOKEN: 1}})
    assert TOKEN not in out.getvalue()
    assert out.getvalue().count("[secret]") == 4


@pytest.mark.parametrize("odd", ["half a pair: \ud83d", b"\xff", float("nan")], ids=ascii)
def test_a_line_with_values_that_json_cannot_hold_is_written_all_the_same(odd: object) -> None:
    out = io.StringIO()
    written(out).info("sent", extra={"values": {"odd": odd, "why": f"<{TOKEN}>"}})
    line = json.loads(out.getvalue())
    assert line["text"] == "sent"
    assert line["why"] == "<[secret]>"
    assert str(line["odd"]) == str(odd)


def test_a_line_that_cannot_be_written_is_told_without_what_is_in_it(capfd: pytest.CaptureFixture[str]) -> None:
    set_up_logs(Redaction([TOKEN]), form="json", level="info")
    logging.getLogger("criabot.test").info("%d replies", TOKEN)
    assert capfd.readouterr().err == "a line of criabot.test could not be written (TypeError)\n"


def test_a_line_goes_out_at_once(capfd: pytest.CaptureFixture[str]) -> None:
    set_up_logs(Redaction([TOKEN]), form="json", level="info")
    logging.getLogger("criabot.test").info("olá %s", TOKEN)
    line = capfd.readouterr().err
    assert json.loads(line)["text"] == "olá [secret]"
    assert line.endswith("\n")
