"""`mkdocs serve`: after the first build pages are made when a browser asks for them.

So an edit shows as soon as all digests are in outline again, however many pages there are.
"""

from __future__ import annotations

import posixpath
import threading
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mkdocs.livereload import LiveReloadServer

MakePage = Callable[[str], bool]
"""Makes the page to which a path below the site's root belongs; whether there is one."""


class Preview:
    """What is still to be made of the newest build."""

    def __init__(self, site: Path) -> None:
        self._site = site
        self._at_work = threading.RLock()
        self._make_page: MakePage | None = None
        self._make_rest: Callable[[], None] | None = None

    def attach(self, server: LiveReloadServer, docs: Path, unwatched: Path) -> None:
        """Put this before `server`, and have it watch what people write below `docs`: all but the
        folder `unwatched`, in which the machine writes, and to look at whose files takes seconds.
        """
        serve, build, root = server.serve_request, server.builder, server.mount_path

        def make_and_serve(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:  # noqa: ANN401 - WSGI's
            path = environ["PATH_INFO"].encode("latin-1").decode("utf-8", "ignore")
            if path.startswith(root):
                self._make(path.removeprefix(root))
            return serve(environ, start_response)

        def build_alone() -> None:
            with self._at_work:
                build()

        server.set_app(make_and_serve)
        server.builder = build_alone
        server.unwatch(str(docs))
        server.watch(str(docs), recursive=False)
        for folder in docs.iterdir():
            if folder.is_dir() and not unwatched.is_relative_to(folder):
                server.watch(str(folder))

    def renew(self, make_page: MakePage) -> None:
        """A new build: nothing of it is made."""
        self._make_page = make_page
        self._make_rest = None

    def leave(self, make_rest: Callable[[], None]) -> None:
        """Of the same build what is no page: made all at once, when any of it is wanted."""
        self._make_rest = make_rest

    def _make(self, path: str) -> None:
        whole = posixpath.normpath(f"/{path}index.html" if path.endswith("/") or not path
                                   else f"/{path}").lstrip("/")  # fmt: skip
        with self._at_work:
            if (self._site / whole).exists():
                return
            if self._make_page and self._make_page(whole):
                return
            if self._make_rest and not whole.startswith("livereload/"):
                make_rest, self._make_rest = self._make_rest, None
                make_rest()
