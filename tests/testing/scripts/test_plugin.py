"""The pytest plugin in a project of its own: with pytest-asyncio's two modes, pytest-aiohttp, several processes."""

from __future__ import annotations

from textwrap import dedent

import pytest

pytest_plugins = ["pytester"]

BOT = """
from criabot import Bot, Message

bot = Bot()

@bot.message()
async def echo(message: Message) -> None:
    await message.answer(f"eco {message.text}")
"""

TESTS = """
{head}
async def test_an_echo(sim):
    await sim.play('''
        customer: oi
        bot: eco oi
    ''')
    assert sim.transcript.said() == ["eco oi"]

{mark}
async def test_a_difference(sim):
    await sim.play('''
        customer: oi
        bot: eco ai
    ''')
"""

MODES = {
    "auto": ("asyncio_mode = auto", "", ""),
    "strict": ("asyncio_mode = strict", "import pytest\n@pytest.mark.asyncio", "@pytest.mark.asyncio"),
    "session loop": (
        "asyncio_mode = auto\nasyncio_default_test_loop_scope = session",
        "",
        "",
    ),
    "aiohttp": (
        "asyncio_mode = auto",
        dedent("""
            async def test_a_server(aiohttp_client, sim):
                from aiohttp import web
                client = await aiohttp_client(web.Application())
                await sim.play("customer: oi\\nbot: eco oi")
                assert (await client.get("/")).status == 404
        """),
        "",
    ),
}


@pytest.fixture
def project(pytester: pytest.Pytester) -> pytest.Pytester:
    """A project with a bot, where every warning is an error."""
    pytester.makepyfile(echo=BOT)
    configure(pytester, "asyncio_mode = auto")
    return pytester


def configure(project: pytest.Pytester, settings: str, bot: str = "criabot_bot = echo.py") -> None:
    strict = "filterwarnings = error\naddopts = --strict-markers --strict-config"
    project.makeini(f"[pytest]\n{strict}\nasyncio_default_fixture_loop_scope = function\n{bot}\n{settings}\n")


def run(project: pytest.Pytester, *arguments: str) -> pytest.RunResult:
    return project.runpytest_inprocess("-p", "no:cacheprovider", *arguments)


@pytest.mark.parametrize("mode", MODES)
def test_a_simulator_runs_in_the_loop_of_its_test(project: pytest.Pytester, mode: str) -> None:
    settings, head, mark = MODES[mode]
    configure(project, settings)
    project.makepyfile(test_echo=TESTS.format(head=head, mark=mark))
    result = run(project)
    result.assert_outcomes(passed=2 if mode == "aiohttp" else 1, failed=1)
    result.stdout.fnmatch_lines(
        [
            "*script:3: The bot said something else.",
            "*expected  eco ai",
            "*actual    eco oi",
            "*handled by echo (echo.py:5)",
            "*pytest test_echo.py::test_a_difference",
        ]
    )


def test_chat_files_are_tests(project: pytest.Pytester) -> None:
    project.makefile(".chat", right="customer: oi\nbot: eco oi", wrong="customer: oi\nbot: ai", worse="custmer: oi")
    result = run(project)
    result.assert_outcomes(passed=1, failed=2)
    result.stdout.fnmatch_lines(
        [
            "worse.chat:1: 'custmer' is nobody*Did you mean 'customer'?",
            "wrong.chat:2: The bot said something else.",
            "  criabot test --bot *echo.py wrong.chat::2",
        ]
    )
    result.stdout.no_fnmatch_line("*Traceback*")


def test_a_chat_file_may_bring_its_bot_and_its_pictures(project: pytest.Pytester) -> None:
    configure(project, "asyncio_mode = auto", bot="")
    chat = "bot: echo.py\ncustomer: (sends foto.png) veja\nbot: eco veja"
    project.makefile(".chat", right=chat)
    run(project).assert_outcomes(passed=1)


def test_a_fixture_may_give_the_bot_and_a_marker_the_rest(project: pytest.Pytester) -> None:
    project.makeconftest("""
        import pytest
        from criabot import Bot, Message

        @pytest.fixture
        def bot_app():
            bot = Bot()

            @bot.message()
            async def where(message: Message) -> None:
                await message.answer(message.conversation.channel)

            return bot
    """)
    project.makepyfile(
        test_it="""
        import pytest

        @pytest.mark.criabot(channel="whatsapp", hold=0)
        async def test_where(sim, clock):
            before = clock()
            await sim.play("customer: oi\\nbot: Channel::Whatsapp\\nclock: +1h")
            assert clock() - before >= 3600
    """
    )
    run(project).assert_outcomes(passed=1)


def test_without_a_bot_the_error_says_how_to_give_one(project: pytest.Pytester) -> None:
    configure(project, "asyncio_mode = auto", bot="")
    project.makepyfile(test_it="async def test_it(sim): await sim.start()")
    result = run(project)
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["*criabot_bot = *", "*def bot_app():*"])


def test_several_processes_do_not_disturb_each_other(project: pytest.Pytester) -> None:
    project.makepyfile(
        test_it="""
        import pytest

        @pytest.mark.parametrize("word", list("abcdef"))
        async def test_echo(sim, word):
            await sim.play(f"customer: {word}\\nbot: eco {word}")
    """
    )
    run(project, "-n", "2").assert_outcomes(passed=6)


def test_a_wrong_marker_is_said_without_a_traceback(project: pytest.Pytester) -> None:
    project.makepyfile(
        "import pytest\n@pytest.mark.criabot(chanel='whatsapp')\nasync def test_it(sim): await sim.play('customer: oi')"
    )
    result = project.runpytest_subprocess()
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["There is no setting 'chanel'. Did you mean 'channel'?"])
    result.stdout.no_fnmatch_line("*simulator.py*")


def test_a_failed_chat_in_a_test_shows_the_test_and_nothing_of_criabot(project: pytest.Pytester) -> None:
    project.makepyfile("async def test_it(sim): await sim.play('customer: oi\\nbot: ai')")
    result = project.runpytest_subprocess()
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["E*The bot said something else.*"])
    result.stdout.no_fnmatch_line("*player.py*")
