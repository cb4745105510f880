"""Every number at which an answer turns, in one place, with the questions it was found on.

Nearness is between 0 and 1 and comes from words alone (`ConceptMatcher.ranked`, weighted with the search's votes);
confidence is the search's own, between 0 and 1.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Thresholds:
    """Found on `knowledge/evaluation/own.jsonl` and the conversations of the tutor's tests, unless said otherwise."""

    # which concept a question that names none is about
    sure_of_concept: float = 0.5  # nearness from which a question that names nothing is about the concept
    tie: float = 0.05  # of concepts as near as this, the one just talked about is meant
    covered: float = 0.46  # nearness from which an unnamed concept is meant
    covered_confidence: float = 0.35  # confidence that such a concept needs as well, below `clearly_covered`
    clearly_covered: float = 0.6  # nearness from which it needs none
    backed: float = 0.3  # nearness from which it is meant where search is sure
    sure: float = 0.62  # confidence from which search by itself says that the lessons speak of it

    # which concept a question that names one is about all the same
    better: float = 0.55  # nearness from which another card may be the better one
    better_by: float = 0.25  # by so much nearer than the card that is named

    # whether a question that names nothing goes on about what was said
    why_followed_up: float = 0.35  # nearness from which a "why" of that concept's card is meant
    words_on_card: float = 0.5  # share of its words' weight that the card has to have

    # lines that answer, beside or instead of a card
    found: float = 0.6  # confidence from which the lines found are an answer by themselves
    nearest: float = 0.62  # nearness from which a card answers whatever else was found
    by_words: float = 0.5  # the most that search is sure of where no model took part
    worth_showing: float = 0.3  # confidence from which lines are worth a look where nothing is claimed

    # what is not covered (the forty prompts of `tutor/evaluation/out_of_scope.yaml` besides)
    near: float = 0.2  # nearness from which a concept is worth naming beside "not covered"
    far: float = 0.1  # confidence up to which search has nothing to say
    unknown: float = 0.5  # share of unheard-of words from which a question is not about what it names
    on_its_card: float = 0.6  # nearness from which a named concept's card speaks of what is asked
    words_missing: float = 0.6  # share of a question's further words that card and lines may lack
    quiz_concept: float = 0.4  # score from which "quiz me" is about the concept

    # a card's "why"
    verbatim_why: float = 0.7  # nearness from which a question is that "why", however it begins
    why_holds: float = 0.33  # nearness from which a "why" of the concept's own card answers
    why_of_nearest: float = 0.5  # nearness from which the "why" of the nearest card answers
    why_of_any: float = 0.75  # nearness from which the "why" of any card answers

    # written answers (wordings of the frequent questions, each left out; strangers and unanswerable questions)
    known: float = 1.1  # score from which a written answer is the answer, where the question is covered
    known_covered: float = 0.55  # coverage from which it is
    known_near: float = 0.4  # coverage from which the nearest is worth showing
    known_by_words: float = 0.55  # score that stands for all of them where no model takes part

    heard: float = 0.5  # share of an answer's own words from which it counts as said


THRESHOLDS = Thresholds()
