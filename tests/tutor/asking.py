"""What tests of the agent share: the key and the name it runs under, asking it, what of its events is shown."""

from pydantic import SecretStr

from tutor.chat.types import Answer, Delta, Done, Event, Turn, Tutor

KEY = SecretStr("sk-ant-planted-secret-000")
NAME = "anthropic:claude-sonnet-5-5"


def ask(tutor: Tutor, question: str, history: tuple[Turn, ...] = ()) -> tuple[Answer, list[Event]]:
    events = list(tutor.answer(question, history))
    assert isinstance(events[-1], Done)
    return events[-1].answer, events


def shown(events: list[Event]) -> str:
    return "".join(each.text for each in events if isinstance(each, Delta))
