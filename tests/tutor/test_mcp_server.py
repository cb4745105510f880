from collections.abc import Callable
from typing import Any

import anyio
import pytest
from mcp import Client
from mcp.types import ElicitResult

from tutor.app import App
from tutor.corpus.service import KnowledgeService
from tutor.mcp_server import make_server
from tutor.run_catalog import RunCatalog
from tutor.settings import Settings
from tutor.study.quiz.items import all_items


def talk(
    settings: Settings,
    knowledge: KnowledgeService,
    tool: str,
    given: dict[str, Any],
    agree: bool | None = None,
) -> str:
    """Call one tool through a real client; `agree` is what she says when she is asked, None when she cannot be."""
    server = make_server(App(settings, knowledge, RunCatalog.load()))

    async def asked(context: object, params: object) -> ElicitResult:
        return ElicitResult(action="accept", content={"start": bool(agree)})

    async def main() -> str:
        options: dict[str, Callable[..., Any]] = {} if agree is None else {"elicitation_callback": asked}
        async with Client(server, **options) as client:  # type: ignore[arg-type]
            result = await client.call_tool(tool, given)
            return "\n".join(getattr(block, "text", "") for block in result.content)

    return anyio.run(main)


def test_search_and_lines(settings: Settings, knowledge: KnowledgeService) -> None:
    found = talk(settings, knowledge, "search", {"question": "explain attention"})
    assert found.startswith("[1] <data ") or "nearest" in found
    assert "lessons/concepts/attention.md" in found
    lines = talk(
        settings, knowledge, "read_lines", {"path": "exercises/nanogpt/model.py", "start": 1, "end": 3}
    )
    assert "A GPT, top to bottom" in lines


def test_codes_side_by_side(settings: Settings, knowledge: KnowledgeService) -> None:
    told = talk(settings, knowledge, "compare_code", {"concept": "attention"})
    assert told.startswith("<data ") and "side by side" in told and "[1] <data " in told
    assert "no comparison" in talk(settings, knowledge, "compare_code", {"concept": "lentil soup"})


def test_there_are_no_runs_yet(settings: Settings, knowledge: KnowledgeService) -> None:
    assert "no runs" in talk(settings, knowledge, "list_runs", {})
    assert talk(settings, knowledge, "read_run", {"run_id": "../.."})
    assert not settings.runs.exists()


def test_a_quiz_question_comes_without_its_answer(settings: Settings, knowledge: KnowledgeService) -> None:
    asked = talk(settings, knowledge, "quiz_question", {"week": 3})
    name = asked.split(" ", 1)[0]
    item = next(item for _, item in all_items() if item.id == name)
    assert item.prompt in asked and item.explain not in asked
    single = next(item for _, item in all_items() if item.kind == "single")
    right = next(n for n, choice in enumerate(single.choices) if choice.correct)
    assert talk(settings, knowledge, "check_quiz_answer", {"item_id": single.id, "answer": right}).startswith(
        "Right."
    )
    wrong = (right + 1) % len(single.choices)
    assert talk(settings, knowledge, "check_quiz_answer", {"item_id": single.id, "answer": wrong}).startswith(
        "Not right."
    )


RUN = {"exercise": "nanogpt", "knobs": {"steps": 1, "n_layer": 1, "n_head": 1, "n_embd": 16}}


@pytest.mark.parametrize(("agree", "said"), [(None, "cannot ask"), (False, "did not agree")])
def test_no_run_starts_without_her(
    settings: Settings, knowledge: KnowledgeService, agree: bool | None, said: str
) -> None:
    assert said in talk(settings, knowledge, "start_run", RUN, agree)
    assert not settings.runs.exists()


def test_a_run_that_cannot_be_is_refused(settings: Settings, knowledge: KnowledgeService) -> None:
    assert "no such run" in talk(settings, knowledge, "start_run", {"exercise": "x", "knobs": {}}, True)


@pytest.mark.slow
def test_a_run_starts_when_she_agrees(settings: Settings, knowledge: KnowledgeService) -> None:
    from exercises.runs.launch import request_stop, wait_stopped
    from exercises.runs.store import list_runs

    assert "Started: " in talk(settings, knowledge, "start_run", RUN, True)
    [run] = list_runs(settings.home)
    request_stop(run)
    wait_stopped(run, 60)
