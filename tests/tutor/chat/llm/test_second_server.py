"""The same agent before a server that somebody else wrote: the package `fakellm`, over HTTP, in a process of its own."""

import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic import SecretStr

from tutor.chat.llm.agent import AgentDeps, AgentTutor
from tutor.chat.llm.client import open_model
from tutor.chat.types import Delta, Done
from tutor.corpus.service import KnowledgeService
from tutor.run_catalog import RunCatalog
from tutor.settings import Settings, load_settings

NAME = "anthropic:claude-sonnet-5-5"
RULES = """\
rules:
  - name: goes on after the tool
    when: {tool_result_contains: "42"}
    respond: {content: "Worked out: the tool says forty-two."}
  - name: looks up first
    when: {messages_contain: "look it up"}
    respond: {tool_calls: [{name: arithmetic, arguments: {expression: "6 * 7"}}]}
  - name: answers
    when: {}
    respond: {content: "A weighted look back over the words so far. It is 42 [3]."}
"""


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    rules = tmp_path_factory.mktemp("server") / "rules.yaml"
    rules.write_text(RULES, encoding="utf-8")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-c", "from fakellm.cli import main; main()", "serve",
               "--port", str(port), "--config", str(rules)]  # fmt: skip
    with (rules.parent / "log.txt").open("w", encoding="utf-8") as log:
        server = subprocess.Popen(command, stdout=log, stderr=log, cwd=rules.parent)
        try:
            _listening(port, server, rules.parent / "log.txt")
            yield f"http://127.0.0.1:{port}"
        finally:
            server.terminate()
            server.wait(20)


def _listening(port: int, server: subprocess.Popen[bytes], log: Path) -> None:
    until = time.monotonic() + 60
    while time.monotonic() < until and server.poll() is None:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    pytest.fail(log.read_text(encoding="utf-8"))


@pytest.fixture
def agent(address: str, settings: Settings, knowledge: KnowledgeService) -> AgentTutor:
    here = load_settings(home=settings.home, model=NAME, model_url=address)
    model = open_model(NAME, here, SecretStr("sk-ant-anything"))
    return AgentTutor(model, NAME, AgentDeps(knowledge, RunCatalog.load(), settings.home))


def test_an_answer_is_streamed(agent: AgentTutor) -> None:
    events = list(agent.answer("explain attention", ()))
    assert isinstance(events[-1], Done)
    answer = events[-1].answer
    assert answer.text == "A weighted look back over the words so far. It is 42."
    assert len([each for each in events if isinstance(each, Delta)]) > 1
    assert answer.usage["output"] > 0 and answer.usage["dollars"] > 0


def test_a_tool_is_called_and_the_answer_goes_on(agent: AgentTutor) -> None:
    events = list(agent.answer("look it up: six times seven", ()))
    assert isinstance(events[-1], Done) and events[-1].answer.text == "Worked out: the tool says forty-two."
