"""`python -m digest_plugin` is `arxiv-digest`."""

from __future__ import annotations

from digest_plugin.cli import main

if __name__ == "__main__":
    main()
