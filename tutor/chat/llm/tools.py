"""What a model may do: look things up, read runs and her record, reckon, propose. Nothing is changed here.

A tool's input is validated by its signature, its output is bounded and fenced as data. A proposal is kept
beside the answer; only she starts it.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import Field

from exercises.errors import ExerciseError
from exercises.faults import Work, boundary
from exercises.runs.findings import findings
from exercises.runs.store import Run, find_run, list_runs, log, metrics
from knowledge.content.comparisons import about, lay_out
from knowledge.content.curriculum import Curriculum
from knowledge.errors import KnowledgeError
from knowledge.passages import Passage
from tutor.chat.citations import Citations, Library
from tutor.chat.llm.calculator import calculate
from tutor.chat.llm.fencing import Told, as_search_result, fenced
from tutor.chat.llm.search_help import SearchHelp
from tutor.chat.types import RunProposal
from tutor.errors import TutorError
from tutor.run_catalog import RunCatalog, command
from tutor.side_by_side import as_text, comparisons, title
from tutor.study.cost.model import Feature, feature_cost, load_prices

if TYPE_CHECKING:
    from langchain_core.tools import BaseTool

WORK = Work("This tool broke off.", "Nothing was changed.", "Go on without it.")
MOST_PASSAGES = 6
MOST_LINES = 120
MOST_RUNS = 20
LOG_TAIL = 1500  # characters

Words = Annotated[str, Field(min_length=1, max_length=400)]


@dataclass
class ToolContext:
    """All that the tools of one answer stand on, and what they leave behind. Tools may run side by side."""

    library: Library
    curriculum: Curriculum
    catalog: RunCatalog
    sources: Citations
    home: Path
    progress: Callable[[], str]
    helper: SearchHelp | None = None  # the model's help for searches, where she wants it
    as_blocks: bool = False  # passages as blocks that the model cites by itself, not as numbered text
    told: list[str] = field(default_factory=list)  # what tools said of her runs
    run: RunProposal | None = None
    suggestions: list[str] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def passed(self, passages: Sequence[Passage], before: str = "") -> Told:
        """Passages as a model gets them: blocks that it cites, or fenced text with numbers to cite."""
        with self.lock:
            marks = [self.sources.cite(passage).strip() for passage in passages]
        if self.as_blocks:
            blocks = [
                as_search_result(each.text, each.id, each.span.id) for each in passages if each.text.strip()
            ]
            return [*([{"type": "text", "text": before}] if before else []), *blocks]
        parts = [
            f"{mark} {fenced(each.text, each.span.id)}" for mark, each in zip(marks, passages, strict=True)
        ]
        return "\n".join([*([before] if before else []), *parts])

    def found(self, question: str, most: int = MOST_PASSAGES) -> Told:
        """The nearest passages."""
        if self.helper is None:
            results = self.library.search(question, k=most)
        else:
            results = self.helper.search(self.library, question, most)
        if not results.hits:
            return self.passed((), "Nothing was found.")
        unsure = "The sources may not cover this: these are only the nearest."
        return self.passed([hit.passage for hit in results.hits], "" if results.confidence >= 0.5 else unsure)

    def search_knowledge(self, question: Words) -> Told:
        """Search lessons and code for a question. Returns passages to cite."""
        return self.found(question)

    def read_lines(
        self,
        path: Annotated[str, Field(min_length=1, max_length=300)],
        start: Annotated[int, Field(ge=1)],
        end: Annotated[int, Field(ge=1)],
    ) -> Told:
        """Read exact lines of an indexed file, at most 120 at a time, to cite them."""
        last = min(max(start, end), start + MOST_LINES - 1)
        passage = self.library.read(path, start, last)
        if passage is None:
            return "There are no such lines in what is indexed. Search for them instead."
        return self.passed([passage])

    def compare_code(self, concept: Annotated[str, Field(min_length=1, max_length=80)]) -> Told:
        """One idea in this course's code and in Karpathy's: what is the same, what differs, with the lines to cite."""
        known = comparisons()
        meant = self.curriculum.concepts.get(concept) or self.curriculum.find(concept)
        comparison = about(known, meant.id) if meant else None
        if comparison is None:
            return f"There is no comparison of that. There are: {', '.join(sorted(known))}."
        laid = lay_out(comparison, self.library.contents)
        told = fenced(as_text(laid, title(comparison, self.curriculum)), f"comparison {comparison.concept}")
        return self.passed([each.passage for each in laid.columns if each.passage is not None], told)

    def list_my_runs(self) -> str:
        """The learner's runs, newest first: id, exercise, state, knobs that were set."""
        runs = list_runs(self.home)[:MOST_RUNS]
        if not runs:
            return "She has no runs yet."
        told = "\n".join(_line(run) for run in runs)
        self.told.append(told)
        return fenced(told, "run list")

    def read_run(self, run_id: Annotated[str, Field(min_length=1, max_length=120)]) -> str:
        """One run: knobs, last metrics, findings that the program worked out, end of its log."""
        run = find_run(self.home, run_id)
        if run.damaged:
            return f"Not possible: {run.error}"
        rows = metrics(run.folder)
        told = log(run.folder)
        found = findings(run, rows, told)
        facts = [finding.sentence for finding in found]
        facts += [f"Way out: {finding.failure.way_out}" for finding in found if finding.failure]
        last = {name: value for row in rows[-3:] for name, value in row.items()}
        sure = f"{_line(run)}\nlast metrics: {last}\nfindings: {' '.join(facts) or 'none'}"
        self.told.append(sure)  # not the log: anything may stand there
        return fenced(f"{sure}\nlog ends:\n{told[-LOG_TAIL:]}", f"run {run.id}")

    def propose_run(
        self, exercise: Annotated[str, Field(max_length=60)], knobs: dict[str, Any], why: Words
    ) -> str:
        """Propose a run to her. It is shown with its knobs; it starts only if she confirms it."""
        plain = {name: value for name, value in knobs.items() if isinstance(value, str | int | float | bool)}
        checked = self.catalog.checked(exercise, plain) if len(plain) == len(knobs) else None
        if checked is None:
            entry = self.catalog.exercises.get(exercise)
            known = ", ".join(self.catalog.exercises)
            return (
                f"Not possible. Exercises: {known}."
                if entry is None
                else f"{exercise} does not take these knobs."
            )
        with self.lock:
            self.run = RunProposal(exercise, checked, None, why)
        return f"Shown to her as a proposal, not started: {command(self.run)}"

    def propose_quiz(self, week: Annotated[int, Field(ge=1, le=6)]) -> str:
        """Propose the quiz of a week; she takes it on its own page, where it is graded and recorded."""
        with self.lock:
            self.suggestions.append(f"Take the quiz of week {week}")
        return "Shown to her as a suggestion."

    def my_progress(self) -> str:
        """What the program has recorded about the learner: concepts that are solid, shaky, or due."""
        return fenced(self.progress() or "Nothing is recorded yet.", "learner's record")

    def arithmetic(self, expression: Words) -> str:
        """Work out an arithmetic expression, for instance `124e6 * 6 * 300e9` or `exp(2.45)`."""
        return f"{calculate(expression):.10g}"

    def count_tokens(self, text: Annotated[str, Field(max_length=20_000)]) -> str:
        """How many tokens a text has in GPT-4's and GPT-4o's tokenizers; an estimate for other models."""
        from bpe_openai import get_encoding

        gpt4, gpt4o = (len(get_encoding(name).encode(text)) for name in ("cl100k_base", "o200k_base"))
        return f"GPT-4: {gpt4}; GPT-4o: {gpt4o}; characters: {len(text)}. For Claude these are estimates."

    def estimate_cost(
        self,
        model: Annotated[str, Field(max_length=80)],
        requests_per_day: Annotated[float, Field(ge=0)],
        input_tokens: Annotated[int, Field(ge=0)],
        output_tokens: Annotated[int, Field(ge=0)],
    ) -> str:
        """What a feature costs with a model, from the dated price list."""
        prices = load_prices()
        if model not in prices:
            return f"The price of {model} is unknown. Known: {', '.join(prices)}."
        feature = Feature(requests_per_day, 0, input_tokens, 0, output_tokens)
        cost, price = feature_cost(feature, prices[model]), prices[model]
        return (
            f"${cost.per_request:.6f} a request, ${cost.per_month:,.2f} a month; prices of {price.as_of} "
            f"from "
            f"{price.source}"
        )


def _line(run: Run) -> str:
    knobs = ", ".join(f"{name}={value}" for name, value in list(run.knobs.items())[:12])
    return f"{run.id}: {run.exercise}, {run.state}, step {run.step} of {run.total_steps}; {knobs}"


def tools(context: ToolContext) -> list[BaseTool]:
    """The tools as LangChain takes them; what goes wrong in one is told to the model."""
    functions: list[Callable[..., Told]] = [
        context.search_knowledge, context.read_lines, context.compare_code, context.list_my_runs,
        context.read_run, context.propose_run, context.propose_quiz, context.my_progress, context.arithmetic,
        context.count_tokens, context.estimate_cost,
    ]  # fmt: skip
    return [_tool(function, context.home) for function in functions]


_schemas: dict[str, Any] = {}  # what each tool takes: milliseconds to work out, so once a process


def _tool(function: Callable[..., Told], home: Path) -> BaseTool:
    from langchain_core.tools import StructuredTool

    name = function.__name__
    tool = StructuredTool.from_function(
        _told(function, home), name=name, args_schema=_schemas.get(name), handle_validation_error=_refused
    )
    _schemas.setdefault(name, tool.args_schema)
    return tool


def _told(function: Callable[..., Told], home: Path) -> Callable[..., Told]:
    """The tool, with errors as sentences: the model is to go on, not the answer to break off."""
    import functools

    @functools.wraps(function)
    def safe(*args: Any, **kwargs: Any) -> Told:
        broke: list[str] = []
        with boundary(replace(WORK, home=home), lambda fault: broke.append(fault.sentence)):
            try:
                return function(*args, **kwargs)
            except (TutorError, KnowledgeError, ExerciseError) as error:
                broke.append(str(error))
        return f"Not possible: {broke[0]}"

    return safe


def _refused(error: object) -> str:
    return f"The input does not fit this tool: {str(error)[:300]}"
