"""What pages say to search engines, chat programs and language models; pure.

The head of a page gets JSON-LD and the tags of Open Graph; beside the pages lies `llms.txt`. The
tags `citation_…` are for pages of one paper each, which this site does not have.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from markupsafe import Markup

from digest_plugin.pages.all_pages import SitePage, digest_uri
from digest_plugin.pages.exports import LABEL
from digest_plugin.pages.outlines import EditionOutline, PaperOutline
from digest_plugin.papers import Paper
from digest_plugin.records.contents import Edition, Entry
from digest_plugin.sharing.feeds import ATOM, JSON_FEED, places_on, topic_of
from digest_plugin.sharing.public_site import PublicSite
from digest_plugin.sharing.share_pictures import HEIGHT, WIDTH, SharePicture
from digest_plugin.text.rendering import plain_text, without_controls

DESCRIBED_PAPERS = 18
"""Of a digest, with titles and authors in its JSON-LD: so that it takes less than 4 KiB of what
readers download for a digest of 30."""
LISTED_PAPERS = 100
"""With those of which it only says where they are; it counts all."""
LISTED_AUTHORS = 3
"""Of a paper in JSON-LD."""
LATEST_DIGESTS = 10
"""In llms.txt."""

AI_SOURCE = "https://schema.org/TrainedAlgorithmicMediaDigitalSource"
"""What schema.org says of text that a model wrote."""
_LANGUAGE = "zh-CN"
_LISTS = frozenset(f"{name}.html" for name in "digest archive year undated topics topic".split())
"""Templates of pages that gather others, or papers."""
_JSON_IN_HTML = str.maketrans(
    {c: f"\\u{ord(c):04x}" for c in "<>&\N{LINE SEPARATOR}\N{PARAGRAPH SEPARATOR}"}
)
"""So that no text ends the script element or begins a comment in it."""
_MARKDOWN_SPECIAL = re.compile(r"[\\`*_\[\]<]")


@dataclass(frozen=True)
class Subject:
    """A page, as others are told of it. Texts are plain."""

    url: str
    title: str
    description: str
    kind: str = "WebPage"
    """The type that schema.org has for it."""
    trail: tuple[tuple[str, str], ...] = ()
    """The name and address of each page that leads to it from the home page, itself included."""
    edition: Edition | None = None
    """The digest that it shows, if it is the page of one."""
    changed: date | None = None
    picture: SharePicture | None = None

    @property
    def is_home(self) -> bool:
        """Whether it stands for the site."""
        return self.kind == "WebSite"


def generated_subject(
    page: SitePage,
    site: PublicSite,
    picture: SharePicture | None = None,
    edition: Edition | None = None,
) -> Subject:
    """What others are told of a generated page; `edition` is the whole digest that it shows."""
    return Subject(
        url=site.page(page.src_uri),
        title=plain_text(page.title),
        description=plain_text(page.description),
        kind=_kind(page),
        trail=tuple(_trail(page, site)),
        edition=edition,
        changed=last_changed(page),
        picture=picture,
    )


def written_subject(
    url: str,
    title: str,
    description: str,
    site: PublicSite,
    picture: SharePicture | None = None,
) -> Subject:
    """The same of the page at `url` that a person wrote."""
    name = without_controls(title)
    text = without_controls(description)
    home = ("首页", site.address)
    if url == site.address:
        return Subject(url, site.name, text, "WebSite", (home,), picture=picture)
    return Subject(url, name, text, "WebPage", (home, (name, url)), picture=picture)


def head_tags(subject: Subject, site: PublicSite, *, open_graph: bool = True) -> Markup:
    """Open Graph, if nobody else writes it, and JSON-LD, for the head.

    The canonical address and the description are there already: all themes write them.
    """
    tags = _open_graph(subject, site) if open_graph else Markup()
    return tags + _script(json_ld(subject, site))


def last_changed(page: SitePage) -> date | None:
    """The day on which what a page shows last changed, as far as what is stored tells: for
    `lastmod` in the sitemap. None if nothing tells."""
    if page.edition is not None:
        return _newest_day([page.edition], page.edition.entries)
    if topic_of(page):
        places = places_on(page)
        return _newest_day([place.edition for place in places], [place.paper for place in places])
    newest = page.data.get("newest")
    return _newest_day([newest], newest.entries) if isinstance(newest, EditionOutline) else None


def _newest_day(editions: Sequence[EditionOutline], papers: Sequence[PaperOutline]) -> date | None:
    days = [edition.date for edition in editions if edition.date]
    days += [paper.written_day for paper in papers if paper.written_day]
    return max(days, default=None)


def _kind(page: SitePage) -> str:
    if page.src_uri == "index.md":
        return "WebSite"
    return "CollectionPage" if page.template in _LISTS else "WebPage"


def _trail(page: SitePage, site: PublicSite) -> Iterator[tuple[str, str]]:
    """From the home page to `page`."""
    yield "首页", site.address
    if page.src_uri == "index.md":
        return
    if page.template in {"digest.html", "year.html", "undated.html"}:
        yield "归档", site.page("archive.md")
    edition, topic = page.edition, topic_of(page)
    if edition is not None and edition.date is not None:
        yield f"{edition.date.year} 年", site.page(f"archive/{edition.date.year}.md")
    if topic is not None:
        yield str(page.data["kind"]), site.page(str(page.data["index_uri"]))
        yield without_controls(topic.name), site.page(topic.src_uri)
    if topic is None or topic.src_uri != page.src_uri:
        title = plain_text(page.title) if topic is None else str(page.data["position"])
        yield title, site.page(page.src_uri)


# Open Graph: https://ogp.me


def _open_graph(subject: Subject, site: PublicSite) -> Markup:
    edition, picture = subject.edition, subject.picture
    tags = [
        ("og:title", subject.title),
        ("og:description", subject.description),
        ("og:type", "article" if edition else "website"),
        ("og:url", subject.url),
        ("og:site_name", site.name),
        ("og:locale", "zh_CN"),
    ]
    if edition and edition.date:
        tags.append(("article:published_time", edition.date.isoformat()))
    if edition and subject.changed:
        tags.append(("article:modified_time", subject.changed.isoformat()))
    if picture:
        tags += [
            ("og:image", site.file(picture.path)),
            ("og:image:type", "image/png"),
            ("og:image:width", str(WIDTH)),
            ("og:image:height", str(HEIGHT)),
            ("og:image:alt", picture.alt),
        ]
    named = [("twitter:card", "summary_large_image" if picture else "summary")]
    return Markup().join(
        Markup('<meta {}="{}" content="{}">').format(attribute, name, text)
        for attribute, pairs in (("property", tags), ("name", named))
        for name, text in pairs
        if text
    )


# JSON-LD: https://schema.org


def json_ld(subject: Subject, site: PublicSite) -> dict[str, object]:
    """The page and the way to it."""
    graph = [_page_node(subject, site)]
    if len(subject.trail) > 1:
        graph.append(_breadcrumbs(subject))
    return {"@context": "https://schema.org", "@graph": graph}


def _script(data: dict[str, object]) -> Markup:
    """A block of data, which no Content-Security-Policy stops."""
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":")).translate(_JSON_IN_HTML)
    safe = Markup(text)  # noqa: S704 - holds no `<` or `&`
    return Markup('<script type="application/ld+json">{}</script>').format(safe)


def _page_node(subject: Subject, site: PublicSite) -> dict[str, object]:
    node: dict[str, object] = {
        "@type": subject.kind,
        "@id": subject.url,
        "url": subject.url,
        "name": site.name if subject.is_home else subject.title,
    }
    if subject.description:
        node["description"] = subject.description
    node["inLanguage"] = _LANGUAGE
    if not subject.is_home:
        node["isPartOf"] = {"@type": "WebSite", "@id": site.address, "name": site.name}
    edition = subject.edition
    if edition is not None:
        if edition.date:
            node["datePublished"] = edition.date.isoformat()
        if subject.changed:
            node["dateModified"] = subject.changed.isoformat()
        if any(entry.chinese for entry in edition.entries):
            node["digitalSourceType"] = AI_SOURCE
        node["mainEntity"] = _item_list(edition, subject.url)
    if subject.picture:
        node["image"] = site.file(subject.picture.path)
    return node


def _item_list(edition: Edition, url: str) -> dict[str, object]:
    """The papers of a digest whose page is at `url`."""
    items: list[dict[str, object]] = []
    for position, entry in enumerate(edition.entries[:LISTED_PAPERS], 1):
        item: dict[str, object] = {"@type": "ListItem", "position": position}
        anchor = f"{url}#{entry.id}"
        if position <= DESCRIBED_PAPERS:
            item["item"] = _article(entry, entry.paper, anchor)
        else:
            item["url"] = anchor
        items.append(item)
    return {
        "@type": "ItemList",
        "numberOfItems": len(edition.entries),
        "itemListElement": items,
    }


def _article(entry: Entry, paper: Paper | None, url: str) -> dict[str, object]:
    """A paper: the authors' own work, with what it is called in Chinese."""
    node: dict[str, object] = {
        "@type": "ScholarlyArticle",
        "url": url,
        "sameAs": f"https://arxiv.org/abs/{entry.id}",
    }
    if paper is None:
        return node | {"name": f"arXiv:{entry.id}"}
    node["name"] = plain_text(paper.title)
    if entry.chinese:
        node["alternateName"] = plain_text(entry.chinese.title)
    node["author"] = [
        {"@type": "Person", "name": without_controls(author.name)}
        for author in paper.authors[:LISTED_AUTHORS]
    ]
    day = paper.published.date().isoformat()
    node["datePublished"] = day[: len("2024-03")] if paper.is_partial else day
    node["inLanguage"] = "en"
    return node


def _breadcrumbs(subject: Subject) -> dict[str, object]:
    return {
        "@type": "BreadcrumbList",
        "itemListElement": [
            {"@type": "ListItem", "position": position, "name": name, "item": url}
            for position, (name, url) in enumerate(subject.trail, 1)
        ],
    }


# llms.txt: https://llmstxt.org


def llms_txt(editions: Sequence[EditionOutline], site: PublicSite) -> str:
    """What a language model should read of the site; `editions` newest first."""
    lines = [f"# {_markdown(site.name)}", ""]
    lines += [f"> {_markdown(site.description)}", ""] if site.description else []
    lines += [
        "arXiv 论文的中文摘要，一期一页：每篇有中文标题、一句话总结、中文摘要和英文原文。",
        "各期都有 Markdown；把地址末尾的 .md 换成 .json 或 .bib，就是同一期的 JSON 或 BibTeX。",
        "",
        LABEL,
        "",
    ]
    latest = [
        (
            edition.digest.title,
            site.file(f"{digest_uri(edition, site.facts).removesuffix('.md')}.md"),
            f"{len(edition.entries)} 篇",
        )
        for edition in editions[:LATEST_DIGESTS]
    ]
    overview = [
        ("归档", site.page("archive.md"), "全部各期，按年、月、日"),
        ("分类", site.page("categories/index.md"), "按 arXiv 分类"),
        ("标签", site.page("tags/index.md"), "按编者所加的标签"),
    ]
    feeds = [
        ("Atom", site.file(ATOM), "最新论文的全文；每个分类和标签的页面旁另有一份"),
        ("JSON Feed", site.file(JSON_FEED), "同上"),
    ]
    for heading, links in (("最近几期", latest), ("浏览", overview), ("订阅", feeds)):
        if links:
            lines += [f"## {heading}", ""]
            lines += [f"- [{_markdown(name)}]({_link(url)}): {note}" for name, url, note in links]
            lines.append("")
    return "\n".join(lines).rstrip() + "\n"


def _markdown(text: str) -> str:
    """`text` on one line of Markdown that shows it."""
    return _MARKDOWN_SPECIAL.sub(r"\\\g<0>", " ".join(plain_text(text).split()))


def _link(url: str) -> str:
    """`url` as the target of a link: a bracket in it would end that."""
    return url.replace("(", "%28").replace(")", "%29")
