"""Transcripts of lectures that she has, or fetches when she asks: indexed, and cited to the second.

One file a lecture in `<home>/transcripts`, named after the video's id: `kCc8FmEb1nY.vtt`.
"""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import parse_qs, urlparse

from knowledge.ingest.chunking.subtitles import cue_times
from knowledge.passages import Passage
from tutor.errors import TutorError

SOURCE = "transcripts"
KINDS = (".vtt", ".srt")
LARGEST = 8 * 2**20  # bytes: a lecture of four hours has a twentieth of it
_ID = re.compile(r"^[\w-]{11}$")
_CLOCK = re.compile(r"^at (?:(\d+):)?(\d{1,2}):(\d{2})$")


class TranscriptError(TutorError):
    """A transcript that cannot be read or fetched."""


def video_id(url: str) -> str:
    """The id of a video from its address; empty where the address is none of YouTube's.

    >>> video_id("https://www.youtube.com/watch?v=kCc8FmEb1nY&t=9s"), video_id("https://youtu.be/kCc8FmEb1nY")
    ('kCc8FmEb1nY', 'kCc8FmEb1nY')
    """
    parts = urlparse(url)
    found = parse_qs(parts.query).get("v", [""])[0] or parts.path.strip("/").split("/")[-1]
    return found if _ID.match(found) and "youtu" in parts.netloc else ""


def keep(folder: Path, video: str, name: str, data: bytes) -> Path:
    """Store a transcript file of hers (.vtt or .srt, UTF-8). Raises TranscriptError, storing nothing."""
    suffix = Path(name).suffix.lower()
    if suffix not in KINDS:
        raise TranscriptError(f"{name} is no transcript. Give a .vtt or .srt file.")
    if len(data) > LARGEST:
        raise TranscriptError(
            f"{name} has {len(data) // 2**20} MB; {LARGEST // 2**20} are taken. It is no transcript."
        )
    try:
        text = data.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        raise TranscriptError(f"{name} is not in UTF-8. Save it as UTF-8 and try again.") from error
    if not cue_times(text):
        raise TranscriptError(f"{name} holds no times such as 00:01:15.000 --> 00:01:18.000.")
    return _write(folder, video, suffix, text)


def fetch(folder: Path, video: str) -> Path:
    """Fetch a video's English transcript from YouTube. Raises TranscriptError that says why it did not come."""
    import requests
    from youtube_transcript_api import CouldNotRetrieveTranscript, YouTubeTranscriptApi
    from youtube_transcript_api.formatters import WebVTTFormatter

    try:
        found = YouTubeTranscriptApi().fetch(video, languages=("en", "en-US", "en-GB"))
    except CouldNotRetrieveTranscript as error:
        raise TranscriptError(
            f"YouTube gives no transcript of {video} ({type(error).__name__}). Save one from the video's page "
            "as .vtt and add it as a file."
        ) from error
    except requests.RequestException as error:
        raise TranscriptError("YouTube could not be reached. Connect to a network, or add a file.") from error
    return _write(folder, video, ".vtt", WebVTTFormatter().format_transcript(found))


def present(folder: Path, video: str) -> Path | None:
    """The transcript of a video, if it is here."""
    return next((folder / f"{video}{kind}" for kind in KINDS if (folder / f"{video}{kind}").is_file()), None)


def link(passage: Passage) -> str:
    """The address of the video at the second where a passage begins; empty for other passages."""
    if not passage.span.path.startswith(f"{SOURCE}/"):
        return ""
    match = _CLOCK.match(passage.title)
    video = Path(passage.span.path).stem
    if match is None or not _ID.match(video):
        return ""
    hours, minutes, seconds = (int(part or 0) for part in match.groups())
    return f"https://www.youtube.com/watch?v={video}&t={hours * 3600 + minutes * 60 + seconds}s"


def _write(folder: Path, video: str, suffix: str, text: str) -> Path:
    if not _ID.match(video):
        raise TranscriptError(f"{video!r} is no video's id.")
    folder.mkdir(parents=True, exist_ok=True)
    for other in KINDS:
        (folder / f"{video}{other}").unlink(missing_ok=True)
    file = folder / f"{video}{suffix}"
    file.write_text(text, encoding="utf-8", newline="\n")
    return file
