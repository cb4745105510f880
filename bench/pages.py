"""How long the server works for each page, with 10,000 answers and 500 conversations in the record.

    python -m bench.pages [--answers 10000] [--conversations 500] [--home FOLDER] [--times 5]

Fills a home through the tutor's own code (a minute or two), starts the real app on it and speaks to it as a browser
does, over its websocket: milliseconds from the request for a page until the script has run to its end. The first
time of each page is printed by itself: its modules are imported then. Streamlit itself takes about 100 ms for a page
without anything on it; that is printed too.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from bench.rich_record import Size, fill
from tests.browser.app import running_app
from tutor.chat.conversations import Conversations
from tutor.settings import load_settings
from tutor.store.database import open_database
from tutor.study.progress.record import LearnerRecord
from tutor.ui.navigation import TITLES

ASKED = 300  # milliseconds that a page may take
PAGES = tuple("lesson?week=3" if name == "lesson" else name for name in TITLES)


def opened(socket: Any, page: str) -> float:
    """Ask for a page; milliseconds until its script is over."""
    from streamlit.proto.BackMsg_pb2 import BackMsg
    from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

    name, _, query = page.partition("?")
    asked = BackMsg()
    asked.rerun_script.page_name = "" if name == "home" else name
    asked.rerun_script.query_string = query
    began = time.perf_counter()
    socket.send(asked.SerializeToString())
    while True:
        said = ForwardMsg.FromString(socket.recv())
        if said.WhichOneof("type") == "script_finished":
            return 1000 * (time.perf_counter() - began)
        if said.WhichOneof("type") == "delta" and said.delta.new_element.HasField("exception"):
            raise SystemExit(f"{page} fails: {said.delta.new_element.exception.message}")


def longest(home: Path) -> Iterator[str]:
    """Addresses of a conversation, a sitting in the middle and a run, which no fixed list can know."""
    settings = load_settings(home=home)
    database = open_database(settings)
    record = LearnerRecord(database, settings.learner)
    yield f"chat?c={Conversations(database, settings.learner).list(1)[0].id}"
    yield f"quiz?sitting={record.sittings.start(3).id}"
    yield f"quiz?sitting={record.sittings.finished(3, limit=1)[0].id}"
    database.close()


def measure(home: Path, times: int) -> int:
    """Print a line a page; how many took longer than asked."""
    from websockets.sync.client import connect

    slow = 0
    more = tuple(longest(home))
    with running_app(home) as address:
        host = address.removeprefix("http://")
        with connect(
            f"ws://{host}/_stcore/stream", subprotocols=["streamlit"], origin=address, max_size=None
        ) as socket:  # type: ignore[arg-type, call-arg]
            print(f"{'page':45} first  median   most   (ms)")
            for page in (*PAGES, *more):
                first, *rest = (opened(socket, page) for _ in range(times + 1))
                slow += statistics.median(rest) > ASKED
                print(f"{page:45} {first:5.0f}  {statistics.median(rest):6.0f}  {max(rest):5.0f}", flush=True)
    return slow


def main() -> None:
    """Fill, measure, print."""
    layout = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=layout)
    parser.add_argument("--answers", type=int, default=10_000)
    parser.add_argument("--conversations", type=int, default=500)
    parser.add_argument(
        "--home", type=Path, help="a home filled before; without it one is made and thrown away"
    )
    parser.add_argument("--times", type=int, default=5)
    wanted = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        home = wanted.home or Path(folder) / "home"
        if not home.exists():
            fill(home, Size(wanted.answers, wanted.conversations))
        slow = measure(home, wanted.times)
    print(f"{slow} pages take longer than {ASKED} ms" if slow else f"every page within {ASKED} ms")


if __name__ == "__main__":
    main()
