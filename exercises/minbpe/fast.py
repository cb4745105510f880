"""The same merges as counting anew each time would find, thousands of times faster."""

from __future__ import annotations

import heapq
from array import array
from collections import Counter
from collections.abc import Callable, Iterable, Sequence

Pair = tuple[int, int]

LOOK = 10_000  # chunks between two questions whether to give up


class MergeLearner:
    """Finds merge after merge, as `max(count_pairs(ids))` and `merge(ids, …)` in a loop would, but fast.

    Two observations. Equal chunks of text merge equally: keep each once, with a weight. And a merge changes
    counts only around the places where it happens: keep the counts, and for each pair its places.

    A chunk lies in `_ids` between two boundaries (-1). Places never move: a merged pair keeps its first
    place, the second falls empty (-1), and `_after` and `_before` lead from each place to its living
    neighbors. Counts only fall and first places only move to the right, so an outdated entry of the heap
    always stands too early: look at the foremost, and if it is outdated put it back where it belongs.
    """

    def __init__(self, chunks: Iterable[bytes], give_up: Callable[[], bool] = lambda: False) -> None:
        """Count. `give_up` is asked now and then, for that takes seconds with large texts; then no pair is known."""
        self.length = 0  # tokens in the whole text as it is now
        self._ids = [-1]
        self._weights = [0]
        self._counts: dict[Pair, int] = {}
        self._places: dict[Pair, list[int]] = {}
        self._heap: list[tuple[int, int, Pair]] = []
        unique = Counter(chunks)  # in order of first occurrence, which settles ties
        for number, (chunk, weight) in enumerate(unique.items()):
            if number % LOOK == 0 and give_up():
                return
            start = len(self._ids)
            self._ids += [*chunk, -1]
            self._weights += [weight] * (len(chunk) + 1)
            self.length += weight * len(chunk)
            for place, pair in enumerate(zip(chunk, chunk[1:]), start):  # noqa: B905, RUF007
                self._add(pair, place, weight)
        places = len(self._ids)
        self._before = array("l", range(-1, places - 1))
        self._after = array("l", range(1, places + 1))
        self._heap = [(-self._counts[pair], places[0], pair) for pair, places in self._places.items()]
        heapq.heapify(self._heap)

    def best(self) -> tuple[Pair, int] | None:
        """The most frequent pair (of equals the first to occur) and its count; None when none is left."""
        while self._heap:
            negative, place, pair = self._heap[0]
            count = self._counts.get(pair, 0)
            if not count:
                heapq.heappop(self._heap)
                continue
            actual = self._first(pair)
            if (-count, actual) == (negative, place):
                return pair, count
            heapq.heapreplace(self._heap, (-count, actual, pair))
        return None

    def merge(self, pair: Pair, new: int) -> None:
        """Write `new` for `pair` everywhere, and bring the counts of its neighbors up to date."""
        ids, before, after, counts = self._ids, self._before, self._after, self._counts
        first, second = pair
        fresh: set[Pair] = set()
        for left in self._places.pop(pair):
            right = after[left]
            if ids[left] != first or ids[right] != second:
                continue  # another merge came first
            weight, previous, following = self._weights[left], before[left], after[right]
            if ids[previous] >= 0:
                counts[ids[previous], first] -= weight
                fresh.add(self._add((ids[previous], new), previous, weight))
            if ids[following] >= 0:
                counts[second, ids[following]] -= weight
                fresh.add(self._add((new, ids[following]), left, weight))
            ids[left], ids[right] = new, -1
            after[left], before[following] = following, left
            self.length -= weight
        del counts[pair]
        for made in fresh:
            heapq.heappush(self._heap, (-counts[made], self._places[made][0], made))

    def _add(self, pair: Pair, place: int, weight: int) -> Pair:
        self._counts[pair] = self._counts.get(pair, 0) + weight
        self._places.setdefault(pair, []).append(place)
        return pair

    def _first(self, pair: Pair) -> int:
        """The first place where the pair still stands; forgets those before it."""
        places = self._places[pair]
        for gone, place in enumerate(places):
            if (self._ids[place], self._ids[self._after[place]]) == pair:
                del places[:gone]
                return place
        raise AssertionError(f"{pair} is counted but stands nowhere")


SHORT = 100  # tokens up to which looking at all of them costs less than a heap

NONE = 1 << 60  # stands behind every id


def apply_merges(ids: Sequence[int], merges: dict[Pair, int]) -> list[int]:
    """Join pairs for as long as a learned merge applies, the earliest learned first, from left to right.

    The simple way looks up all pairs again after each merge. Here only the new token's two pairs are.
    """
    if len(ids) > SHORT:
        return _merge_many(ids, merges)
    tokens = list(ids)
    known = merges.get
    news = [known(pair, NONE) for pair in zip(tokens, tokens[1:])]  # noqa: B905, RUF007
    while news and (new := min(news)) != NONE:
        place = news.index(new)
        tokens[place : place + 2] = (new,)
        del news[place]
        if place:
            news[place - 1] = known((tokens[place - 1], new), NONE)
        if place < len(news):
            news[place] = known((new, tokens[place + 1]), NONE)
    return tokens


def _merge_many(ids: Sequence[int], merges: dict[Pair, int]) -> list[int]:
    """The same for long rows, whose candidates wait in a heap: a million equal letters take seconds, not days."""
    tokens = [*ids, -1]  # a boundary, so that every place has a right neighbor
    after, before = list(range(1, len(tokens) + 1)), list(range(-1, len(tokens) - 1))
    waiting = [
        (merges[pair], place)
        for place, pair in enumerate(zip(tokens, tokens[1:]))  # noqa: B905, RUF007
        if pair in merges
    ]
    heapq.heapify(waiting)
    while waiting:
        new, left = heapq.heappop(waiting)
        right = after[left]
        if tokens[left] < 0 or merges.get((tokens[left], tokens[right])) != new:
            continue  # one of the two was merged with its other neighbor
        tokens[left], tokens[right] = new, -1
        following, previous = after[right], before[left]
        after[left], before[following] = following, left
        for place in (previous, left):
            if place >= 0 and (rank := merges.get((tokens[place], tokens[after[place]]))) is not None:
                heapq.heappush(waiting, (rank, place))
    return [token for token in tokens if token >= 0]
