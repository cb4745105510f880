"""Sittings of the weekly quiz and of reviews: drawn once, answered one by one, continued where left off."""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from tutor.errors import NotFoundError
from tutor.store.database import Database, now
from tutor.store.tables import QuizAnswerRow, QuizSittingRow
from tutor.study.quiz.grading import AnswerError, Grade, grade
from tutor.study.quiz.items import Item, all_items, load_bank
from tutor.study.quiz.selection import LastAnswer, choose, choose_for_review
from tutor.study.review.memory import Review, rate

REVIEW = 0  # the week of a sitting that draws from all weeks


@dataclass(frozen=True)
class GivenAnswer:
    """What she answered to an item, and how it was graded."""

    answer: Any
    grade: Grade
    when: datetime  # UTC


@dataclass(frozen=True)
class Sitting:
    """Up to ten items of a week (0: of all weeks, a review) and her answers so far, by item id."""

    id: str
    week: int
    items: tuple[Item, ...]
    answers: dict[str, GivenAnswer]
    created_at: datetime
    finished_at: datetime | None

    @property
    def next_item(self) -> Item | None:
        """The first item without an answer; None when all are answered."""
        return next((item for item in self.items if item.id not in self.answers), None)

    @property
    def right(self) -> int:
        """How many answers were right."""
        return sum(given.grade.correct for given in self.answers.values())

    @property
    def missed(self) -> tuple[Item, ...]:
        """The items answered wrong, in order."""
        return tuple(i for i in self.items if i.id in self.answers and not self.answers[i.id].grade.correct)


class Sittings:
    """One learner's sittings. Methods raise DatabaseError where the record cannot be read or written."""

    def __init__(self, database: Database, learner: str, chance: random.Random | None = None) -> None:
        self._database = database
        self._learner = learner
        self._chance = chance or random.SystemRandom()  # draws the seed of each quiz

    def open(self, week: int) -> Sitting | None:
        """The sitting of this week that is not finished, if there is one."""
        with self._database.read() as session:
            row = self._unfinished(session, week)
            return self._sitting(session, row) if row else None

    def start(self, week: int, due: Iterable[str] = ()) -> Sitting:
        """The unfinished sitting of this week, or a new one: two clicks start one sitting, not two."""
        with self._database.write() as session:
            row = self._unfinished(session, week)
            if row is not None and self._sitting(session, row).next_item is None:
                row.finished_at, row = now(), None  # the items still to come have left the bank
            if row is None:
                seed = self._chance.randrange(2**31)
                chosen = choose(load_bank(week), self._last_answers(session), seed, due)
                row = QuizSittingRow(
                    learner_id=self._learner, week=week, seed=seed, item_ids=[item.id for item in chosen]
                )
                session.add(row)
                session.flush()
            return self._sitting(session, row)

    def start_review(self, due: Sequence[str]) -> Sitting | None:
        """The unfinished review, or a new one over the concepts that are due; None where nothing is."""
        with self._database.write() as session:
            row = self._unfinished(session, REVIEW)
            if row is None:
                bank = [item for _, item in all_items()]
                row = self._draw(session, choose_for_review(bank, self._last_answers(session), due))
            return self._sitting(session, row) if row else None

    def start_concept(self, concept: str) -> Sitting | None:
        """All questions about one concept: the unfinished sitting of these, or a new one; None without any."""
        items = [item for _, item in all_items() if item.concept == concept]
        with self._database.write() as session:
            row = self._unfinished(session, REVIEW)
            if row is None or row.item_ids != [item.id for item in items]:
                row = self._draw(session, items)
            return self._sitting(session, row) if row else None

    def _draw(self, session: Session, items: Sequence[Item]) -> QuizSittingRow | None:
        if not items:
            return None
        row = QuizSittingRow(
            learner_id=self._learner, week=REVIEW, seed=0, item_ids=[item.id for item in items]
        )
        session.add(row)
        session.flush()
        return row

    def undo(self, sitting_id: str) -> str | None:
        """Take back the last answer of a sitting; returns the item's id, None where there was no answer."""
        with self._database.write() as session:
            row = self._row(session, sitting_id)
            last = session.scalars(
                select(QuizAnswerRow)
                .where(QuizAnswerRow.sitting_id == row.id)
                .order_by(QuizAnswerRow.answered_at.desc())
            ).first()
            if last is None:
                return None
            row.finished_at = None
            session.delete(last)
            return last.item_id

    def reviews(self, after: datetime | None = None) -> list[Review]:
        """All her answers as memory sees them, oldest first; with `after` only those that are later."""
        query = (
            select(
                QuizAnswerRow.concept, QuizAnswerRow.answered_at, QuizAnswerRow.correct, QuizAnswerRow.score
            )
            .where(QuizAnswerRow.learner_id == self._learner)
            .order_by(QuizAnswerRow.answered_at)
        )
        if after is not None:
            query = query.where(QuizAnswerRow.answered_at > after)
        with self._database.read() as session:
            return [
                Review(c, when, rate(correct, score)) for c, when, correct, score in session.execute(query)
            ]

    def count(self) -> tuple[int, datetime | None]:
        """How many answers she has given, and when the last: changes whenever they do."""
        query = select(func.count(), func.max(QuizAnswerRow.answered_at)).where(
            QuizAnswerRow.learner_id == self._learner
        )
        with self._database.read() as session:
            number, last = session.execute(query).one()
            return number, last

    def get(self, sitting_id: str) -> Sitting:
        """A sitting of hers. Raises NotFoundError."""
        with self._database.read() as session:
            return self._sitting(session, self._row(session, sitting_id))

    def answer(self, sitting_id: str, item_id: str, answer: Any) -> Grade:
        """Grade and store one answer; the first answer to an item stands, whatever is clicked after it.

        The last answer finishes the sitting. Raises NotFoundError, AnswerError.
        """
        with self._database.write() as session:
            row = self._row(session, sitting_id)
            sitting = self._sitting(session, row)
            if item_id in sitting.answers:
                return sitting.answers[item_id].grade
            item = next((item for item in sitting.items if item.id == item_id), None)
            if item is None:
                raise NotFoundError(
                    "This question is not part of the sitting. Reload the page to see its questions."
                )
            result = grade(item, answer)
            session.add(
                QuizAnswerRow(
                    sitting_id=row.id,
                    learner_id=self._learner,
                    item_id=item.id,
                    concept=item.concept,
                    answer=answer,
                    correct=result.correct,
                    score=result.score,
                )
            )
            if len(sitting.answers) + 1 == len(sitting.items):
                row.finished_at = now()
            return result

    def finished(self, week: int | None = None, limit: int = 20) -> list[Sitting]:
        """Her finished sittings, newest first."""
        query = select(QuizSittingRow).where(
            QuizSittingRow.learner_id == self._learner, QuizSittingRow.finished_at.is_not(None)
        )
        if week is not None:
            query = query.where(QuizSittingRow.week == week)
        with self._database.read() as session:
            rows = session.scalars(query.order_by(QuizSittingRow.finished_at.desc()).limit(limit))
            return [self._sitting(session, row) for row in rows]

    def _row(self, session: Session, sitting_id: str) -> QuizSittingRow:
        row = session.get(QuizSittingRow, sitting_id)
        if row is None or row.learner_id != self._learner:
            raise NotFoundError("There is no such quiz. Start a new one from the quiz page.")
        return row

    def _unfinished(self, session: Session, week: int) -> QuizSittingRow | None:
        return session.scalars(
            select(QuizSittingRow)
            .where(
                QuizSittingRow.learner_id == self._learner,
                QuizSittingRow.week == week,
                QuizSittingRow.finished_at.is_(None),
            )
            .order_by(QuizSittingRow.created_at.desc())
        ).first()

    def _last_answers(self, session: Session) -> dict[str, LastAnswer]:
        newest = (
            select(QuizAnswerRow.item_id, func.max(QuizAnswerRow.answered_at).label("at"))
            .where(QuizAnswerRow.learner_id == self._learner)
            .group_by(QuizAnswerRow.item_id)
            .subquery()
        )
        rows = session.execute(
            select(QuizAnswerRow.item_id, QuizAnswerRow.answered_at, QuizAnswerRow.correct)
            .join(
                newest,
                (QuizAnswerRow.item_id == newest.c.item_id) & (QuizAnswerRow.answered_at == newest.c.at),
            )
            .where(QuizAnswerRow.learner_id == self._learner)
        )
        return {item_id: LastAnswer(when, correct) for item_id, when, correct in rows}

    def _sitting(self, session: Session, row: QuizSittingRow) -> Sitting:
        drawn_from = (item for _, item in all_items()) if row.week == REVIEW else load_bank(row.week)
        bank = {item.id: item for item in drawn_from}
        # an item that a newer version of the lessons dropped leaves the sitting, her other answers stay
        items = tuple(bank[item_id] for item_id in row.item_ids if item_id in bank)
        given = session.scalars(select(QuizAnswerRow).where(QuizAnswerRow.sitting_id == row.id))
        answers = {
            answer.item_id: GivenAnswer(
                answer.answer, _stored_grade(bank[answer.item_id], answer), answer.answered_at
            )
            for answer in given
            if answer.item_id in bank
        }
        return Sitting(row.id, row.week, items, answers, row.created_at, row.finished_at)


def _stored_grade(item: Item, row: QuizAnswerRow) -> Grade:
    # the verdict is the one she was given; only its reasons are worked out anew from the item as it is now
    try:
        reasons = grade(item, row.answer).reasons
    except AnswerError:  # the item has been rewritten since
        reasons = ()
    return Grade(row.correct, row.score, reasons)
