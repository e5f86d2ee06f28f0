"""An MkDocs plugin that turns lists of arXiv identifiers into a Chinese digest."""

from __future__ import annotations

__version__ = "0.1.0"
