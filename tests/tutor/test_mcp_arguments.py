"""Every tool of the MCP server, with anything for its arguments: a result or a sentence, and nothing else touched."""

from pathlib import Path
from typing import Any

import anyio
import pytest
from hypothesis import given
from hypothesis import strategies as st
from mcp import Client
from mcp.types import ElicitResult

from tests.bent import cases, json_values, untouched, words
from tests.tutor.test_mcp_server import talk
from tutor.app import App
from tutor.corpus.service import KnowledgeService
from tutor.mcp_server import make_server
from tutor.run_catalog import RunCatalog
from tutor.settings import Settings, load_settings
from tutor.study.quiz.items import all_items

ITEMS = [item for _, item in all_items()]
# what a tool takes, rightly typed: beyond the client's own check of types
FITTING: dict[str, dict[str, st.SearchStrategy[Any]]] = {
    "search": {"question": words()},
    "read_lines": {"path": words(), "start": st.integers(), "end": st.integers()},
    "compare_code": {"concept": words()},
    "list_runs": {},
    "read_run": {"run_id": words()},
    "quiz_question": {"week": st.integers(-2, 9)},
    "check_quiz_answer": {
        "item_id": st.sampled_from([item.id for item in ITEMS]) | words(),
        "answer": json_values() | st.lists(st.integers(-1, 6), max_size=6),
    },
    "start_run": {
        "exercise": st.sampled_from(["nanogpt", "micrograd"]) | words(),
        "knobs": st.dictionaries(st.sampled_from(["text", "steps", "lr"]) | words(), words() | st.integers()),
    },
}


@pytest.mark.parametrize("tool", FITTING)
@cases(10)
@given(data=st.data())
def test_a_tool_answers_in_words_whatever_it_is_given(
    tmp_path_factory: pytest.TempPathFactory, knowledge: KnowledgeService, tool: str, data: st.DataObject
) -> None:
    around = tmp_path_factory.mktemp("around")
    settings = load_settings(home=around / "home of hers")
    fitting = st.fixed_dictionaries(FITTING[tool])
    asked: list[dict[str, Any]] = [data.draw(fitting), data.draw(st.dictionaries(words(), json_values()))]
    asked.append({name: data.draw(json_values()) for name in FITTING[tool]})
    with untouched(around, settings.home):
        for text in _answers(settings, knowledge, tool, asked):
            assert text.strip() and "Traceback" not in text and "Nobody foresaw" not in text
    assert not settings.runs.exists()


def _answers(
    settings: Settings, knowledge: KnowledgeService, tool: str, asked: list[dict[str, Any]]
) -> list[str]:
    """What the server says to each, in one session: after each it still answers. She never agrees to a run."""
    server = make_server(App(settings, knowledge, RunCatalog.load()))

    async def no(context: object, params: object) -> ElicitResult:
        return ElicitResult(action="decline")

    async def main() -> list[str]:
        said = []
        async with Client(server, elicitation_callback=no) as client:
            for arguments in asked:
                result = await client.call_tool(tool, arguments)
                said.append("\n".join(getattr(block, "text", "") for block in result.content))
        return said

    return anyio.run(main)


@pytest.mark.parametrize("answer", [[], [0], [0, 0, 0], ["a"], "210", None, [0, 1, 99], {"0": 1}, [[0], [1]]])
def test_an_order_that_does_not_fit_is_answered_with_what_fits(
    settings: Settings, knowledge: KnowledgeService, answer: Any
) -> None:
    item = next(item for item in ITEMS if item.kind == "order")
    told = talk(settings, knowledge, "check_quiz_answer", {"item_id": item.id, "answer": answer})
    assert "asks for an order" in told and "each once" in told


def test_an_order_is_graded_by_what_was_shown(settings: Settings, knowledge: KnowledgeService) -> None:
    item = next(item for item in ITEMS if item.kind == "order")
    shown = sorted(item.items)
    right = [shown.index(step) for step in item.items]
    for answer, said in ((right, "Right."), (right[::-1], "Not right.")):
        told = talk(settings, knowledge, "check_quiz_answer", {"item_id": item.id, "answer": answer})
        assert told.startswith(said)


def test_a_run_on_a_file_that_is_not_hers_to_name_is_refused(
    settings: Settings, knowledge: KnowledgeService, tmp_path: Path
) -> None:
    (tmp_path / "letter.txt").write_text("private", encoding="utf-8")
    for text in ("/etc/passwd", "/dev/zero", str(tmp_path / "letter.txt")):
        wanted = {"exercise": "nanogpt", "knobs": {"text": text, "steps": 1}}
        told = talk(settings, knowledge, "start_run", wanted, True)
        assert "outside your home" in told or "There is no text" in told
    assert not settings.runs.exists()
