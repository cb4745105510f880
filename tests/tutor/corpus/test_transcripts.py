from pathlib import Path

import pytest

from knowledge.ingest.sources import Corpus, Source
from knowledge.search.library import WordsLibrary
from tutor.corpus import transcripts
from tutor.corpus.transcripts import TranscriptError

VIDEO = "kCc8FmEb1nY"
VTT = b"""WEBVTT

00:01:10.000 --> 00:01:14.000
today we write the bigram baseline

01:02:05.500 --> 01:02:09.000
a token emits a query and a key \xe2\x80\x93 the zebra rule
"""


def test_a_kept_transcript_is_found_and_leads_to_the_second(tmp_path: Path) -> None:
    folder = tmp_path / "transcripts"
    transcripts.keep(folder, VIDEO, "lecture.vtt", VTT)
    library = WordsLibrary(Corpus((Source(transcripts.SOURCE, folder),), None, None))
    hit = library.search("the zebra rule").hits[0].passage
    assert hit.span.path == f"transcripts/{VIDEO}.vtt"
    assert transcripts.link(hit) == f"https://www.youtube.com/watch?v={VIDEO}&t=3725s"


def test_a_new_file_replaces_the_old_one_whatever_its_kind(tmp_path: Path) -> None:
    transcripts.keep(tmp_path, VIDEO, "a.vtt", VTT)
    srt = b"1\r\n00:00:01,000 --> 00:00:02,000\r\nhello\r\n"
    transcripts.keep(tmp_path, VIDEO, "b.SRT", srt)
    assert transcripts.present(tmp_path, VIDEO) == tmp_path / f"{VIDEO}.srt"
    assert len(list(tmp_path.iterdir())) == 1


@pytest.mark.parametrize(
    ("name", "data", "said"),
    [
        ("a.txt", VTT, "no transcript"),
        ("a.vtt", b"WEBVTT\n", "holds no times"),
        ("a.vtt", b"\xff\xfe\x00", "UTF-8"),
    ],
)
def test_what_is_no_transcript_is_refused(tmp_path: Path, name: str, data: bytes, said: str) -> None:
    with pytest.raises(TranscriptError, match=said):
        transcripts.keep(tmp_path, VIDEO, name, data)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    "url", ["https://example.org/watch?v=kCc8FmEb1nY", "https://www.youtube.com/watch?v=../..", ""]
)
def test_only_videos_have_ids(url: str) -> None:
    assert transcripts.video_id(url) == ""


def test_a_name_cannot_lead_out_of_the_folder(tmp_path: Path) -> None:
    with pytest.raises(TranscriptError, match="no video's id"):
        transcripts.keep(tmp_path, "../../evil", "a.vtt", VTT)
