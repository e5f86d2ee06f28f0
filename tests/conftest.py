"""What several test files share."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator

import pytest
from hypothesis import settings
from playwright.sync_api import Browser, Error, sync_playwright

# The same examples every time: a run that fails can be repeated, and one that passed stays green.
settings.register_profile("repeatable", derandomize=True, deadline=None)
settings.load_profile("repeatable")


def pytest_addoption(parser: pytest.Parser) -> None:
    """Attacks are tried a few times in every run, and as often as promised when asked to."""
    parser.addoption(
        "--thorough",
        action="store_true",
        help="try each attack as often as the project promises (200 kills, 100,000 files, …)",
    )


@pytest.fixture(scope="session")
def thorough(request: pytest.FixtureRequest) -> bool:
    """Whether attacks are to be tried as often as promised, not only a few times."""
    return bool(request.config.getoption("--thorough"))


@pytest.fixture(autouse=True)
def _no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    """Local servers are asked directly, whatever the environment says."""
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setenv("no_proxy", "127.0.0.1")


BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
FLAGS = (
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
)  # fmt: skip


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Chromium; where there is none the test is skipped, or fails if CI=true."""
    path = next(filter(None, map(shutil.which, BROWSERS)), None)
    reason = f"needs a browser, one of: {', '.join(BROWSERS)}"
    if path is None:
        if os.environ.get("CI") == "true":
            pytest.fail(reason)
        pytest.skip(reason)
    with sync_playwright() as playwright:
        try:
            chromium = playwright.chromium.launch(
                executable_path=path, headless=True, args=list(FLAGS)
            )
        except Error as error:
            if os.environ.get("CI") == "true":
                raise
            pytest.skip(f"{path} does not start: {error}")
        yield chromium
        chromium.close()
