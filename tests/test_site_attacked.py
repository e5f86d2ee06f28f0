"""The built site under attack: as if all escaping had failed, and with a browser's storage and
files for import as an enemy would fill them."""

from __future__ import annotations

import json
import re
from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, Route, expect

from test_browser import DESKTOP, KINDS, NASTY, Served, context_of, opened, pytestmark, served
from test_reading import FORMAT, bookmark, imported, kept, key_of, said

__all__ = ["pytestmark", "served"]

ELSEWHERE = "https://elsewhere.example"
ATTACKS = f"""
<script>window.pwned = "inline"</script>
<script type="module">window.pwned = "module"</script>
<script nonce="x" src="{ELSEWHERE}/script.js"></script>
<script src="data:text/javascript,window.pwned='data'"></script>
<img src="x:" onerror="window.pwned = 'handler'">
<svg onload="window.pwned = 'svg'"><script>window.pwned = "in svg"</script></svg>
<details open ontoggle="window.pwned = 'toggle'"></details>
<a id="attack-link" href="javascript:void(window.pwned='link')">x</a>
<button id="attack-button" onclick="window.pwned = 'button'">x</button>
<iframe src="{ELSEWHERE}/frame"></iframe>
<iframe srcdoc="<script>parent.pwned = 'srcdoc'</script>"></iframe>
<iframe src="javascript:void(parent.pwned='frame')"></iframe>
<object data="{ELSEWHERE}/object"></object>
<embed src="{ELSEWHERE}/embed">
<img src="{ELSEWHERE}/picture"><video src="{ELSEWHERE}/video"></video>
<link rel="stylesheet" href="{ELSEWHERE}/style.css">
<style>@import "{ELSEWHERE}/import.css"; body {{ background: url("{ELSEWHERE}/background") }}</style>
<form id="attack-form" action="{ELSEWHERE}/form"><input name="secret" value="x"></form>
"""
BASE = f'<base href="{ELSEWHERE}/base/">'
PLACES: dict[str, Callable[[str], str]] = {
    "behind the title": lambda html: html.replace("</title>", f"</title>{BASE}{ATTACKS}", 1),
    "among papers": lambda html: html.replace("</article>", f"{ATTACKS}</article>", 1),
    "at the end": lambda html: html.replace("</body>", f"{ATTACKS}</body>", 1),
}


class Attacked:
    """A context in which every page of a site comes with an attack in it."""

    def __init__(self, context: BrowserContext, site: Served, change: Callable[[str], str]) -> None:
        self.reached: list[str] = []
        self.context = context
        self._site = site
        self._change = change
        context.route(re.compile(f"^{site.url}"), self._own)
        context.route(re.compile(f"^{ELSEWHERE}"), self._elsewhere)

    def _own(self, route: Route) -> None:
        if route.request.resource_type != "document":
            route.continue_()
            return
        reply = route.fetch()
        route.fulfill(response=reply, body=self._change(reply.text()))

    def _elsewhere(self, route: Route) -> None:
        self.reached.append(route.request.url.removeprefix(ELSEWHERE))
        kind = "text/javascript" if route.request.resource_type == "script" else "text/html"
        route.fulfill(body="window.pwned = 'elsewhere'", content_type=kind)

    def run(self, url: str, patience: float = 80) -> tuple[object, str, str]:
        """What ran on the page at `url`, its base and where it is in the end."""
        page = self.context.new_page()
        page.goto(self._site.url + url, wait_until="load")
        base = page.evaluate("document.baseURI")
        page.evaluate(
            "for (const id of ['link', 'button']) document.getElementById(`attack-${id}`).click()"
        )
        page.wait_for_timeout(50)
        ran = page.evaluate("window.pwned ?? null")
        page.evaluate("document.getElementById('attack-form').submit()")
        page.wait_for_timeout(patience)
        where = page.url
        page.close()
        return ran, base, where


@pytest.mark.parametrize("place", PLACES)
def test_the_policy_stops_what_got_into_a_page(browser, served, place, thorough) -> None:
    """Scripts in the page and from elsewhere, handlers, frames, objects, pictures, forms and another
    base, on every kind of page."""
    kinds = KINDS if thorough or place == "among papers" else dict(list(KINDS.items())[1::8])
    with context_of(browser, DESKTOP) as context:
        attacked = Attacked(context, served, PLACES[place])
        for kind, url in kinds.items():
            ran, base, where = attacked.run(url)
            assert ran is None, kind
            assert base.startswith(served.url), kind
            assert where.startswith(served.url), kind
            assert attacked.reached == [], kind


def test_without_the_policy_the_attacks_work(browser, served) -> None:
    """Else nothing would be known of those that it stops."""

    def change(html: str) -> str:
        without = re.sub(r'<meta http-equiv="Content-Security-Policy"[^>]*>', "", html)
        assert without != html
        return PLACES["among papers"](without)

    with context_of(browser, DESKTOP) as context:
        attacked = Attacked(context, served, change)
        ran, _, _ = attacked.run(KINDS["digest"], 1_000)
        assert ran is not None
        wanted = {"script.js", "frame", "object", "embed", "picture", "style.css", "form"}
        assert {re.split(r"[/?]", each)[1] for each in attacked.reached} >= wanted


# What a browser keeps


HOSTILE_VALUES = [
    *NASTY[:8], "", "null", "[]", "{", "[" * 100_000, '{"version":1,"bookmarks":' + "[" * 50_000,
    json.dumps({"version": 1, "bookmarks": [bookmark(title=text) for text in NASTY if len(text) < 2000], "read": NASTY}),
    '{"version":1,"__proto__":{"bookmarks":[1]},"constructor":{"prototype":{"x":1}},"read":{"length":1e9}}',
    json.dumps({"version": 1, "bookmarks": [], "read": [1] * 300_000}),
]  # fmt: skip


def test_whatever_is_stored_no_page_breaks(browser, served, thorough) -> None:
    """Each page shows itself, runs nothing and asks nobody."""
    keys = ["arxiv-digest.language", "arxiv-digest.keys", key_of(served)]
    values = HOSTILE_VALUES if thorough else HOSTILE_VALUES[::5] + HOSTILE_VALUES[-3:]
    with context_of(browser, DESKTOP) as context:
        page = opened(context, served, KINDS["bookmarks"])
        for number, value in enumerate(values):
            page.evaluate(
                "([keys, value]) => { for (const key of keys) localStorage.setItem(key, value) }",
                [keys, value],
            )
            for url in [*list(KINDS.values())[number % 5 :: 5], KINDS["bookmarks"]]:
                page.goto(served.url + url)
                assert page.locator("h1").first.is_visible()
                assert page.evaluate("[window.pwned, ({}).x, ({}).bookmarks]") == [None] * 3
                assert [it for it in page.faults if "404" not in url] == [], value[:80]
                page.faults.clear()
            page.evaluate("localStorage.clear()")


STORED = "key => localStorage.getItem(key)"
HEAD = {"format": FORMAT, "version": 1, "bookmarks": [], "read": []}
START = json.dumps(HEAD)[:-1]
HOSTILE_FILES = {
    "pollution": START + ', "__proto__": {"x": 1}}',
    "pollution below": START.replace("[]", '[{"__proto__": {"id": "2403.00001"}}]', 1) + "}",
    "inherited": '{"__proto__": ' + START + "}}",
    "constructor": json.dumps({**HEAD, "constructor": {"prototype": {"x": 1}}}),
    "two million marks": json.dumps({**HEAD, "read": [1] * 1_600_000}, separators=(",", ":")),
    "a million bookmarks": json.dumps({**HEAD, "bookmarks": [{}] * 1_200_000}, separators=(",", ":")),
    "a link": json.dumps({**HEAD, "bookmarks": [bookmark(page="javascript:window.pwned=1")]}),
    "nested": json.dumps({**HEAD, "read": "x"}).replace('"x"', "[" * 1_000_000 + "]" * 1_000_000),
    "nested in a title": json.dumps(HEAD).replace('"bookmarks": []', '"bookmarks": [{"id":' + "[" * 9_000 + "]" * 9_000 + "}]"),
    "no text": "\x00" * 1_000_000,
}  # fmt: skip


def test_hostile_files_are_refused_whole(browser, served) -> None:
    """At once, in a sentence, and nothing is other than before."""
    with context_of(browser, DESKTOP) as context:
        page = opened(context, served, KINDS["bookmarks"])
        imported(page, {**HEAD, "bookmarks": [bookmark()], "read": ["2403.00001"]})
        said(page, "导入了 1 篇新的收藏")
        before = kept(page, served)
        for name, text in HOSTILE_FILES.items():
            page.evaluate("document.querySelector('.dg-said').textContent = ''")
            imported(page, text.encode())
            said(page, re.compile("没有导入任何内容。$"))
            assert kept(page, served) == before, name
            assert page.evaluate("[window.pwned, ({}).x, ({}).id, ({}).format]") == [None] * 4, name
        assert page.faults == []


def test_more_than_a_browser_keeps_is_not_kept(browser, served) -> None:
    """Who imports file after file is told, and keeps what was there."""

    def file(start: int) -> dict:
        ids = [f"24{start:02}.{number:05}" for number in range(1, 21)]
        many = [bookmark(it, bibtex=f"@misc{{arXiv:{it},{'x' * 190_000}}}") for it in ids]
        return {**HEAD, "bookmarks": many}

    with context_of(browser, DESKTOP) as context:
        page = opened(context, served, KINDS["bookmarks"])
        for start in range(1, 5):
            before = page.evaluate(STORED, key_of(served))
            imported(page, file(start))
            said(page, re.compile("导入了 20 篇新的收藏|浏览器的存储空间已满，没有保存"))
            if "已满" in page.locator(".dg-said").inner_text():
                break
            page.evaluate("document.querySelector('.dg-said').textContent = ''")
        else:
            pytest.fail("it keeps everything")
        assert start > 1
        assert page.evaluate(STORED, key_of(served)) == before
        expect(page.locator(".dg-count")).to_contain_text(f"收藏 {20 * (start - 1)} 篇")
        assert page.faults == []
