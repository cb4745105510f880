"""Questions about a repository by its name, or a symbol by its own: answered by its lines, in plain words first."""

import re

from knowledge.content.symbols import passages_of
from knowledge.ingest.contents import Contents
from knowledge.passages import Passage
from knowledge.search.library import Hit
from tutor.chat.rules.answer_builder import AnswerBuilder, spoken
from tutor.chat.rules.context import QuestionContext
from tutor.chat.rules.quoting import show
from tutor.chat.rules.recognize import Asked, without_frame
from tutor.chat.rules.retrieval import Evidence, concepts_of
from tutor.chat.rules.thresholds import THRESHOLDS

KINDS = {"explain", "why", "code"}
OURS = ("exercises/", "knowledge/")
LECTURES = ("transcripts", "ng-video-lecture", "nn-zero-to-hero")
LECTURE = re.compile(r"\b(the|his|karpathy['’]s) lectures?\b|\bgpt\.py\b|\bnotebooks?\b", re.IGNORECASE)
# CausalSelfAttention, InfiniteDataLoader, crop_block_size: nobody writes prose like that
SHAPED = re.compile(r"\b(?:[A-Z][a-z0-9]+(?:[A-Z][A-Za-z0-9]*)+|[A-Za-z][a-z0-9]*(?:_[a-z0-9]+)+|_[a-z_]+)\b")
FIRST = 4  # among so many hits the repository has to be, or the question is about something else
MOST = 2  # passages shown


def wanted(context: QuestionContext) -> list[Passage]:
    """The lines of the repository, or of the symbol, that a question names; empty where it names none."""
    asked, contents = context.asked, context.library.contents
    if asked.kind not in KINDS or asked.follows:
        return []
    repositories = named_repositories(asked.question, contents)
    found = _of_symbols(asked, contents, repositories) or _of_itself(asked, contents, repositories)
    if not found and repositories and context.evidence.confidence >= THRESHOLDS.found:
        hits = context.evidence.hits
        if any(hit.passage.source in repositories for hit in hits[:FIRST]):
            found = [hit.passage for hit in hits if hit.passage.source in repositories]
    return found


def answer(builder: AnswerBuilder, found: list[Passage]) -> None:
    """Their lines, in plain words first."""
    builder.kind = "found"
    _say(builder, found[:MOST], builder.context.evidence)


def named_repositories(question: str, contents: Contents) -> list[str]:
    """The clones that are indexed and named; "the lecture" means its words and its code."""
    clones = {
        document.source
        for document in contents.documents.values()
        if not f"{document.source}/".startswith(OURS)
    }
    low = question.lower()
    named = [name for name in sorted(clones) if re.search(rf"\b{re.escape(name.lower())}\b", low)]
    if LECTURE.search(question):
        named += [name for name in LECTURES if name in clones and name not in named]
    return named


def _of_symbols(asked: Asked, contents: Contents, repositories: list[str]) -> list[Passage]:
    """The passages of symbols that are named and defined in a clone; none where our own card is about them."""
    found: list[Passage] = []
    for name in dict.fromkeys(SHAPED.findall(asked.question)):
        homes = [
            document
            for document in contents.documents.values()
            if any(symbol.rpartition(".")[2] == name for symbol in document.symbols)
            and (document.source in repositories or not repositories)
        ]
        if not repositories and any(document.path.startswith(OURS) for document in homes):
            continue  # ours is explained by its card
        for document in homes:
            whole = next(symbol for symbol in document.symbols if symbol.rpartition(".")[2] == name)
            found += passages_of(document, whole)
    return list(dict.fromkeys(found))


def _of_itself(asked: Asked, contents: Contents, repositories: list[str]) -> list[Passage]:
    """The head of its README, where a repository itself is asked about."""
    if without_frame(asked.question) not in {name.lower() for name in repositories}:
        return []
    readme = contents.documents.get(f"{repositories[0]}/README.md")
    return list(readme.passages[:1]) if readme else []


def _say(builder: AnswerBuilder, passages: list[Passage], evidence: Evidence) -> None:
    for passage in passages:
        show(builder, passage)
    named = (
        name for passage in passages for name in concepts_of(Hit(passage, 0.0), builder.context.curriculum)
    )
    near = next((builder.context.curriculum.concepts[name] for name in named), None)
    if near is None and evidence.top is not None and evidence.top[1] >= THRESHOLDS.covered:
        near = evidence.top[0]
    builder.concept = near
    if near is None:
        builder.suggest("What can I ask?")
        return
    mark = builder.sources.cite(builder.sources.section(near, "In one sentence"), near.title)
    builder.say(f"It belongs to **{spoken(near)}**: {near.sections['In one sentence']}{mark}")
    builder.suggest(f"Explain {spoken(near)}")
    builder.suggest(*(question for question, _ in near.questions_and_answers[:2]))
