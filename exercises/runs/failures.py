"""Why a run failed, in words, and the way out: read from its error and the end of its log."""

from __future__ import annotations

import re

# the first that matches wins; groups of the pattern fill the sentence
CAUSES: tuple[tuple[str, str, str], ...] = (
    (
        "no-cuda",
        r"not compiled with CUDA|No CUDA GPUs|no NVIDIA driver|CUDA was asked for",
        "It asked for an NVIDIA GPU; this machine or this build of torch has none. Run it with --device cpu.",
    ),
    (
        "out-of-memory",
        r"out of memory|OutOfMemoryError|MemoryError|can(?:'|no)t allocate memory|not enough memory",
        "It ran out of memory. Make batch_size, block_size or n_embd smaller, or end other programs first.",
    ),
    (
        "disk-full",
        r"No space left on device|disk has only|not enough space on the disk|Errno 28",
        "The disk is full. Delete old runs or other files, then resume it.",
    ),
    (
        "no-compiler",
        r"InvalidCxxCompiler|No working C\+\+ compiler|Cannot find a working triton|TritonMissing",
        "torch.compile needs a compiler that this machine does not have. Run it with compile=false.",
    ),
    (
        "missing-package",
        r"No module named '([\w.]+)'",
        "The package {0} is missing. Install it into this environment: python -m pip install {0}.",
    ),
    (
        "encoding",
        r"(UnicodeDecodeError|UnicodeEncodeError|codec can't (?:de|en)code)",
        "A file is not in the encoding that was expected. Save it as UTF-8, or set PYTHONUTF8=1.",
    ),
    (
        "empty-data",
        r"vocab size: 0|DataError: .* is empty|empty range|random_ expects 'from' to be less than 'to'",
        "There is no text to learn from: the file is empty, as a failed download leaves it. Delete it and "
        "fetch it again, or choose another text.",
    ),
    (
        "network",
        r"URLError|ConnectionError|Max retries exceeded|failure in name resolution|getaddrinfo failed",
        "Something had to be downloaded and could not be. Connect to a network, or choose a text that is "
        "always there: python-docs, lessons or first-names.",
    ),
    (
        "missing-file",
        r"FileNotFoundError: .*?['\"]([^'\"]+)['\"]",
        "A file is missing: {0}. If a step before it makes that file, do that step first.",
    ),
    ("nan", r"no number any more", "{error}"),
    (
        "killed",
        r"ended without a word",
        "Its process was ended from outside: it was killed, memory ran short, or the machine went down. Resume it "
        "to go on from its last checkpoint.",
    ),
    ("refused", r"^(?:Exercise|Knob|Data|Device|Run|TooLong)Error: (.+)", "{0}"),
)


def cause(error: str, log: str = "") -> tuple[str, str] | None:
    """(kind, sentence) for a failure that is known; the error itself is asked first, then the log."""
    plain = re.sub(r"^\w+Error: ", "", error)
    for text in (error, log[-4000:]):
        for kind, pattern, sentence in CAUSES:
            found = re.search(pattern, text)
            if text and found:
                return kind, sentence.format(*found.groups(), error=plain)
    return None
