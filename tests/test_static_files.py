"""What sites serve of our styles and scripts."""

from __future__ import annotations

import re
from importlib import resources

import pytest

from digest_plugin.pages.static_files import STYLE, static_file

ASSETS = resources.files("digest_plugin").joinpath("assets")
SCRIPTS = sorted(f"assets/{path.name}" for path in ASSETS.iterdir() if path.name.endswith(".js"))
SHEETS = sorted(path.name for path in ASSETS.iterdir() if path.name.endswith(".css"))


def test_one_sheet_holds_all_style() -> None:
    """Every selector of every file, and no comment."""
    style = static_file(STYLE)
    assert "/*" not in style
    for name in SHEETS:
        source = ASSETS.joinpath(name).read_text("utf-8")
        for selector in re.findall(r"^\.[\w-]+", source, re.MULTILINE):
            assert selector in style, name
    assert style.count("{") == style.count("}") > 100


@pytest.mark.parametrize("path", SCRIPTS)
def test_scripts_lose_only_indentation_and_lines_of_comment(path) -> None:
    """No text goes over several lines, so nothing else changes."""
    source = resources.files("digest_plugin").joinpath(path).read_text("utf-8")
    lines = [line.strip() for line in source.splitlines()]
    kept = [line for line in lines if line and not line.startswith("//")]
    assert static_file(path).splitlines() == kept
    for line in kept:  # a template literal that went on below would lose its indentation
        assert line.count("`") % 2 == 0, line
