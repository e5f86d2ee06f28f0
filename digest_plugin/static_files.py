"""The style sheets and scripts of this package, as sites serve them."""

from __future__ import annotations

from importlib import resources


def static_file(path: str) -> str:
    """The content of `path`, such as assets/arxiv-digest.js, scripts compacted."""
    text = resources.files("digest_plugin").joinpath(path).read_text("utf-8")
    return compact(text) if path.endswith(".js") else text


def compact(script: str) -> str:
    """A script of ours without lines of comment and indentation, which readers need not fetch.

    It must have no text that goes over several lines.
    """
    lines = (line.strip() for line in script.splitlines())
    return "".join(f"{line}\n" for line in lines if line and not line.startswith("//"))
