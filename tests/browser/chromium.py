"""Where is a Chromium that the browser tests can drive? Run as a script, it prints the path, or fails with a
sentence.
"""

from __future__ import annotations

import shutil
import subprocess
import sys

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")


def starts(path: str) -> bool:
    """Whether `path` answers ``--version``; some systems have a script of this name that only tells how to
    install the browser.
    """
    try:
        return subprocess.run([path, "--version"], capture_output=True, timeout=60).returncode == 0
    except (OSError, subprocess.TimeoutExpired):
        return False


def find_chromium() -> str:
    """The path of a browser that starts: one on the PATH, else Playwright's own download. Raises
    FileNotFoundError with a sentence.
    """
    for name in NAMES:
        path = shutil.which(name)
        if path and starts(path):
            return path
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        path = playwright.chromium.executable_path
    if starts(path):
        return path
    raise FileNotFoundError(
        f"No browser was found: none of {', '.join(NAMES)} starts. ./test installs Chromium where apt-get "
        "can."
    )


if __name__ == "__main__":
    try:
        print(find_chromium())
    except FileNotFoundError as error:
        sys.exit(str(error))
