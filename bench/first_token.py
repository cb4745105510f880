"""From Enter to the first token with a model: what the tutor adds to the model's own time, retrieval included.

    python bench/first_token.py [--questions 20] [--delay 0.5] [--home FOLDER]

A server on this machine speaks the Messages API and waits a known time before its first event. The same
request is also sent by the bare SDK: what lies between the two is ours.
"""

import argparse
import statistics
import sys
import tempfile
import threading
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

from pydantic import SecretStr

from tests.tutor.scripted_claude import Claude, Reply, says, serving
from tutor.chat.conversations import Conversations
from tutor.chat.llm.agent import AgentDeps
from tutor.chat.llm.selection import WARMING, make_tutor
from tutor.chat.llm.usage import Spending
from tutor.chat.rules.tutor import BuiltinTutor
from tutor.chat.service import ChatService
from tutor.corpus.service import KnowledgeService
from tutor.run_catalog import RunCatalog
from tutor.settings import load_settings
from tutor.store.database import open_database

NAME = "anthropic:claude-sonnet-5-5"
QUESTIONS = ("explain attention", "why does the mask come before softmax?", "what does a token cost?",
             "where is the learning rate set?", "how does backprop go through a sum?")  # fmt: skip


def late(delay: float) -> Reply:
    """A reply whose first event comes after `delay` seconds, the rest at once."""
    reply = says("One", " two", " three.")
    reply.delay = delay
    return reply


def bare(claude: Claude, delay: float) -> float:
    """Seconds to the first token of the SDK alone, over a connection that stands."""
    import anthropic

    claude.replies = [late(0.0), late(delay)]
    client = anthropic.Anthropic(api_key="sk-ant-bench", base_url=claude.url)
    seconds = 0.0
    for _ in range(2):
        begun = time.perf_counter()
        with client.messages.stream(
            model="claude-sonnet-5-5", max_tokens=10, messages=[{"role": "user", "content": "?"}]
        ) as stream:
            next(iter(stream.text_stream))
            seconds = time.perf_counter() - begun
    return seconds


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--questions", type=int, default=20)
    parser.add_argument("--delay", type=float, default=0.5, help="seconds that the model takes by itself")
    parser.add_argument("--home", type=Path, help="a home with an index; without one it is searched by words")
    options = parser.parse_args()
    with serving() as claude, tempfile.TemporaryDirectory() as empty:
        settings = load_settings(home=options.home or Path(empty), model=NAME, model_url=claude.url)
        knowledge = KnowledgeService(settings)
        if options.home:
            knowledge.prepare(lambda progress: None)
        database = open_database(settings)
        bench = RunCatalog.load()
        tutor = make_tutor(
            settings, BuiltinTutor(knowledge, bench), AgentDeps(knowledge, bench, settings.home),
            Spending(database, settings.learner), SecretStr("sk-ant-bench"),
        )  # fmt: skip
        for thread in threading.enumerate():
            if thread.name == WARMING:
                thread.join()
        conversations = Conversations(database, settings.learner)
        service = ChatService(conversations, tutor)
        whole = []
        for number in range(options.questions + 1):
            claude.replies = [late(options.delay)]
            chat = conversations.create().id
            begun = time.perf_counter()
            stream = service.ask(chat, QUESTIONS[number % len(QUESTIONS)])
            next(stream.follow())
            whole.append(time.perf_counter() - begun)
            stream.wait(30)
            conversations.delete(chat)
        database.close()
        # not before: it loads libraries that a first question would otherwise have to load
        own = statistics.median(bare(claude, options.delay) for _ in range(5))
        first, *later = (seconds - own for seconds in whole)
        rest = sorted(later)
    print(f"the SDK alone: {1000 * own:.0f} ms, of which the server waits {1000 * options.delay:.0f} ms")
    print(f"added by the tutor, first question once the libraries are loaded: {1000 * first:.0f} ms")
    print(
        f"added by the tutor, later questions: median {1000 * statistics.median(rest):.0f} ms, "
        f"95th percentile {1000 * rest[int(0.95 * (len(rest) - 1))]:.0f} ms (n={len(rest)})"
    )


if __name__ == "__main__":
    main()
