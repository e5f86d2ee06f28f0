"""The Content-Security-Policy: what it allows, where it stands, and that browsers hold to it."""

from __future__ import annotations

import base64
import hashlib
import re
from pathlib import Path

import pytest
from mkdocs.commands.build import build
from playwright.sync_api import Browser

from builds import CONFIG, build_site, configure, environment, parse, write_files
from digest_plugin.identifiers import parse_identifier
from digest_plugin.mkdocs_site.content_policy import with_content_policy
from digest_plugin.papers import Record
from digest_plugin.records.store import PaperStore
from test_browser import DESKTOP, context_of, opened, serving
from test_pages import entry

PAGES = ["index.html", "digests/2024-03-20/index.html", "search/index.html", "404.html"]
MATERIAL = """
site_name: 试验站
site_url: https://example.org/sub/folder/
theme: {name: material, language: zh, font: false}
plugins: [search, arxiv-digest]
"""
INJECTED = "<script>window.pwned = 1</script><img src=x onerror='window.pwned = 1'>"


def policy_of(html: str) -> dict[str, list[str]]:
    (meta,) = parse(html).find("meta", **{"http-equiv": "Content-Security-Policy"})
    parts = (part.split() for part in meta.attributes["content"].split(";"))
    return {name: values for name, *values in parts}


def hash_of(script: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()}'"


def write_digest(root: Path) -> None:
    paper = entry("2403.00001")
    assert paper.record is not None
    write_files(root, {"docs/digests/2024-03-20.yml": "- 2403.00001\n"})
    record = Record(paper.record.paper, chinese=paper.record.chinese)
    PaperStore(root / "docs/papers", root).save(parse_identifier("2403.00001"), record)


# What it allows


def test_scripts_of_the_page_are_allowed_one_by_one() -> None:
    """Those that run; those with an address come under 'self', and data need no leave."""
    html = (
        '<head><meta charset="utf-8"><script>a()</script><script type=module>b()</script>'
        '<script type="application/ld+json">{}</script><script src="c.js">d()</script></head>'
    )
    assert policy_of(with_content_policy(html))["script-src"] == [
        "'self'",
        hash_of("a()"),
        hash_of("b()"),
    ]


def test_scripts_in_what_others_wrote_are_not_allowed() -> None:
    """Even if they got past everything else."""
    html = f"<head></head><script>ours()</script><main>{INJECTED}</main>"
    allowed = policy_of(with_content_policy(html, INJECTED))["script-src"]
    assert allowed == ["'self'", hash_of("ours()")]


def test_nothing_else_is_open() -> None:
    """No other host, no inline script, no plugin, no frame."""
    policy = policy_of(with_content_policy("<head></head>"))
    assert policy["default-src"] == policy["script-src"] == policy["base-uri"] == ["'self'"]
    assert policy["object-src"] == ["'none'"]
    assert not re.search(r"https?:|\*", str(policy))


@pytest.mark.parametrize(
    ("html", "before"),
    [
        ('<head><title>t</title><meta charset="UTF-8"/><script>x</script>', '<meta charset="UTF-8"/>'),
        ("<HEAD lang=zh><script>x</script>", "<HEAD lang=zh>"),
    ],
)  # fmt: skip
def test_it_stands_before_scripts_and_behind_the_charset(html, before) -> None:
    """A script before it would escape it; a charset late in the page would not be found."""
    assert f"{before}<meta http-equiv=" in with_content_policy(html)


def test_what_is_no_page_stays_as_it_is() -> None:
    """Themes also have fragments."""
    assert with_content_policy("<p>no head</p>") == "<p>no head</p>"


# In a build


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("policy")
    write_digest(root)
    return build_site(root, MATERIAL, strict=True, NO_MKDOCS_2_WARNING="1")


@pytest.mark.parametrize("path", PAGES)
def test_every_page_has_one_and_it_names_no_unsafe_script(site, path) -> None:
    """Of a real theme, whose own scripts it names."""
    policy = policy_of((site / path).read_text("utf-8"))
    assert len(policy["script-src"]) > 1
    assert all(
        source == "'self'" or re.fullmatch(r"'sha256-[A-Za-z0-9+/]{43}='", source)
        for source in policy["script-src"]
    )


def test_it_can_be_switched_off(tmp_path) -> None:
    """For sites whose own pages need something from elsewhere."""
    write_digest(tmp_path)
    option = "arxiv-digest: {content_security_policy: false}"
    folder = build_site(tmp_path, CONFIG.replace("arxiv-digest: {arxiv_delay: 0}", option))
    for page in folder.rglob("*.html"):
        assert "Content-Security-Policy" not in page.read_text("utf-8")


def test_serve_can_put_its_own_script_into_pages(tmp_path) -> None:
    """The one that shows an edit without a reload."""
    write_digest(tmp_path)
    with environment({}):
        config = configure(tmp_path)
        config.plugins.on_startup(command="serve", dirty=False)
        build(config)
    page = Path(config.site_dir, "digests/2024-03-20/index.html")
    assert "Content-Security-Policy" not in page.read_text("utf-8")


def test_hand_written_scripts_run_and_injected_ones_do_not(tmp_path, browser: Browser) -> None:
    """A person may write a script into a page; what comes into a page later, or into what others
    wrote, does not run."""
    write_digest(tmp_path)
    own = "# 首页\n\n<script>window.own = 1</script>\n\n<!-- arxiv-digest: latest -->\n"
    write_files(tmp_path, {"mkdocs.yml": MATERIAL, "docs/index.md": own})
    with serving(tmp_path) as served, context_of(browser, DESKTOP) as context:
        for path in ("", "digests/2024-03-20/", "search/", "bookmarks/", "404.html"):
            # As if all escaping had failed.
            file = served.folder / path / ("" if path.endswith(".html") else "index.html")
            html = file.read_text("utf-8")
            file.write_text(html.replace("</article>", f"{INJECTED}</article>", 1), "utf-8")
            page = opened(context, served, path)
            page.evaluate(
                "document.body.append(document.createRange().createContextualFragment("
                f"{INJECTED!r}))"
            )
            page.wait_for_timeout(100)
            assert page.evaluate("window.pwned") is None
            assert page.evaluate("window.own") == (1 if path == "" else None)
            assert page.faults, "the browser says what it stopped"
