"""A stage in memory: a bot that is a function, and a clock that is a number."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from criabot.testing.scripts.language import CUSTOMER, Act, AgentStep, CustomerStep
from criabot.testing.scripts.stage import CannotDo, Heard, Turn

NINE_O_CLOCK = 1_800_000_000.0


class SmallStage:
    """Answers each customer's words with what `answers` says to them; silent once an agent has written."""

    def __init__(self, answers: Callable[[str], Sequence[str | Heard]] = lambda _text: ()) -> None:
        self.heard: list[Heard] = []
        self.remarks: list[tuple[float, str]] = []
        self.turns: list[Turn] = []
        self.logs: list[str] = []
        self.acts: list[tuple[str, Act]] = []
        self.faults: list[tuple[str, ...]] = []
        self.settled = 0
        self.shown: dict[str, str] = {}
        self.at = NINE_O_CLOCK
        self._answers = answers
        self._waiting: list[CustomerStep] = []
        self._has_human = False

    def now(self) -> float:
        return self.at

    async def act(self, step: CustomerStep | AgentStep) -> None:
        self.acts.append((step.name, step.act))
        if isinstance(step, CustomerStep):
            self._waiting.append(step)
        else:
            self._has_human = True

    async def settle(self) -> None:
        self.settled += 1
        for step in self._waiting:
            self._answer(step)
        self._waiting.clear()

    async def advance(self, seconds: float) -> None:
        self.at += seconds
        for words in self._answers(f"after {seconds:g}"):
            self._say(words, CUSTOMER)

    async def fault(self, name: str, arguments: Sequence[str]) -> None:
        if name == "unheard-of":
            raise CannotDo("there is no fault 'unheard-of'.")
        self.faults.append((name, *arguments))

    def facts(self, customer: str) -> Mapping[str, str]:
        return self.shown if any(name == customer for name, _act in self.acts) else {}

    def _answer(self, step: CustomerStep) -> None:
        if self._has_human:
            self.turns.append(Turn("message_created", "left to the humans: an agent has it"))
            return
        self.turns.append(
            Turn("message_created", "handled by answer", "answer (bot.py:7)", ("greet: filter did not match",))
        )
        for words in self._answers(step.act.text):
            self._say(words, step.name)

    def _say(self, words: str | Heard, customer: str) -> None:
        self.heard.append(words if isinstance(words, Heard) else Heard(customer, words, at=self.at))
