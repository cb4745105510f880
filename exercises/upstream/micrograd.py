"""Upstream's micrograd demo as it is: the notebook, cell by cell, in a kernel of its own."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from exercises.knobs import words
from exercises.runs.processes import end_tree
from exercises.runs.writer import RunWriter
from exercises.upstream import lines, process
from exercises.upstream.repositories import UpstreamError

if TYPE_CHECKING:
    from nbclient import NotebookClient

NOTEBOOK = "demo.ipynb"


@dataclass(frozen=True)
class Knobs:
    """Nothing to turn: the notebook runs as it stands."""

    workspace: str = words("", "the folder of clones", "backpropagation")


def commands(knobs: Knobs, folder: Path, output: Path, device: str) -> list[process.Command]:
    """What runs the notebook from a terminal; here its cells are run one by one, so that each line is seen."""
    return [process.Command(("-m", "jupyter", "execute", NOTEBOOK), folder)]


def train(knobs: Knobs, run: RunWriter, device: str) -> None:
    """Run demo.ipynb unmodified; the executed notebook is kept in the run folder."""
    import nbformat
    from nbclient.exceptions import CellExecutionError

    clone = process.require("micrograd", Path(knobs.workspace))
    process.show(run, clone, [command.typed for command in commands(knobs, clone.folder, run.folder, device)])
    notebook = nbformat.read(clone.folder / NOTEBOOK, as_version=4)  # type: ignore[no-untyped-call]
    client = _client(notebook, clone.folder, run)
    try:
        with _obeying(client, run):
            client.execute()
    except RuntimeError as error:  # the kernel has gone, before it was ready or in the middle of a cell
        if not run.should_stop():
            raise UpstreamError(f"The kernel of {NOTEBOOK} ended by itself: {error}") from error
        run.log("stopped in the middle of the notebook")
    except CellExecutionError as error:
        run.log(str(error))
        raise UpstreamError(f"A cell of {NOTEBOOK} failed: {error.ename}: {error.evalue}") from error
    finally:
        nbformat.write(notebook, run.folder / "demo-executed.ipynb")  # type: ignore[no-untyped-call]


@contextmanager
def _obeying(client: NotebookClient, run: RunWriter) -> Iterator[None]:
    """End the kernel, with all it started, once the run is asked to stop or has a reason of its own to.

    A cell may print nothing for minutes, so nothing that reads its output could look.
    """
    over = threading.Event()

    def watch() -> None:
        while not over.wait(process.POLL):
            provisioner = getattr(client.km, "provisioner", None)  # none before the kernel is there
            kernel: int | None = getattr(provisioner, "pid", None)
            if kernel and run.should_stop():
                end_tree(kernel)
                return

    watcher = threading.Thread(target=watch, name="obey", daemon=True)
    watcher.start()
    try:
        yield
    finally:
        over.set()
        watcher.join()


def _client(notebook: Any, folder: Path, run: RunWriter) -> NotebookClient:
    from nbclient import NotebookClient

    class Live(NotebookClient):
        """Reads what a cell prints while it prints it."""

        rest = ""

        def output(self, outs: Any, message: Any, display_id: str | None, cell_index: int) -> Any:
            content = message["content"]
            if message["msg_type"] == "stream":
                *whole, self.rest = (self.rest + content["text"]).split("\n")
                for line in whole:
                    run.log(line)
                    process.record(_one(line), lines.micrograd, run)
            return super().output(outs, message, display_id, cell_index)

    return Live(notebook, kernel_name="python3", resources={"metadata": {"path": str(folder)}}, timeout=None)


def _one(line: str) -> Iterator[str]:
    yield line
