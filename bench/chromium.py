"""The browser that scripts drive: whichever Chromium or Chrome is on the machine."""

from __future__ import annotations

import shutil

FLAGS = (
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
)  # fmt: skip
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome", "msedge")


def find_chromium() -> str:
    """The path of a browser. Ends the program where there is none."""
    for name in NAMES:
        if found := shutil.which(name):
            return found
    raise SystemExit(f"No browser found. Install one of: {', '.join(NAMES)}.")
