"""What takes long to load is loaded when it is needed."""

from __future__ import annotations

import subprocess
import sys

import pytest

from digest_plugin.machine.loading import loaded_when_used


def in_a_new_python(program: str) -> str:
    return subprocess.run(
        [sys.executable, "-W", "error", "-c", program], check=True, capture_output=True, text=True
    ).stdout.strip()


def test_what_asks_no_model_does_not_load_its_package() -> None:
    """A build or a check begins in half the time."""
    slow = "{'openai.types', 'cn2an', 'mkdocs'}"
    assert (
        in_a_new_python(f"import sys, digest_plugin.cli; print({slow} & {{*sys.modules}})")
        == "set()"
    )
    assert (
        in_a_new_python(f"import sys, digest_plugin.plugin; print({slow} & {{*sys.modules}})")
        == "{'mkdocs'}"
    )


def test_a_package_is_there_once_it_is_used() -> None:
    """And is the very one that others import, before and afterwards."""
    program = """
from digest_plugin.machine.loading import loaded_when_used
module = loaded_when_used("colorsys")
assert loaded_when_used("colorsys") is module
assert "rgb_to_hsv" not in object.__getattribute__(module, "__dict__")
module.rgb_to_hsv(0.1, 0.2, 0.3)
assert "rgb_to_hsv" in object.__getattribute__(module, "__dict__")
import colorsys
assert colorsys is module
print("well")
"""
    assert in_a_new_python(program) == "well"


def test_what_is_not_installed_is_told_at_once() -> None:
    """Not in the middle of a night."""
    with pytest.raises(ModuleNotFoundError, match="'no_such_package'"):
        loaded_when_used("no_such_package")
