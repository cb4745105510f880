"""What ships with the tutor and has its vectors in the pack: our own texts, and the repositories as checked."""

from exercises.upstream.repositories import REPOSITORIES, UpstreamError
from exercises.upstream.workspace import inspect
from knowledge.index.packing import Shipped
from knowledge.ingest.sources import Source, our_own
from tutor.settings import PROJECT, Settings


def shipped(settings: Settings) -> Shipped:
    """Our own corpus, and those repositories that are here at the commit that was checked, with no change."""
    here: list[Source] = []
    absent: list[str] = []
    for one in REPOSITORIES.values():
        try:
            clone = inspect(one, settings.upstream_folder)
        except UpstreamError:  # a folder of that name that is no clone
            clone = None
        if clone is None or not clone.pinned or clone.changed:
            absent.append(one.name)
        else:
            here.append(Source(one.name, clone.folder))
    return Shipped(our_own(PROJECT), here, absent)
