"""The pages of the site as data, and their HTML: digests, home, archive, categories, tags."""

from __future__ import annotations

import hashlib
import posixpath
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import partial
from urllib.parse import quote

from markupsafe import Markup

from digest_plugin.calendars import Month, months_of
from digest_plugin.contents import Entry, Issue
from digest_plugin.exports import STATE_LABELS, abs_url, bibtex
from digest_plugin.rendering import environment, plain_text, text_html, url_path

PAPERS_PER_PAGE = 100
"""On category and tag pages; the newest page of each holds up to twice as many."""
LATEST_DAYS = 10
"""Digests that the home page lists besides the newest."""
CHARACTERS_PER_MINUTE = 400
"""How fast Chinese is read: a usual figure for prose in the reader's own field."""
MAX_PREFILLED = 6_000
"""Characters of an address that GitHub still takes, with room for the rest of it."""

WEEKDAYS = "一二三四五六日"


@dataclass(frozen=True)
class Heading:
    """A line of a page's table of contents."""

    id: str
    title: str


@dataclass(frozen=True)
class SitePage:
    """One generated page."""

    src_uri: str
    """As MkDocs names it: below docs_dir, ending in .md."""
    title: str
    description: str
    template: str
    headings: tuple[Heading, ...] = ()
    data: dict[str, object] = field(default_factory=dict)
    """What the template gets besides `page`, `site` and `link`."""
    edit_path: str | None = None
    """The file that people edit to change it, below docs_dir."""
    issue: Issue | None = None
    """The digest that it shows, if it is the page of one."""
    hide: tuple[str, ...] = ("navigation",)
    """Parts of Material's layout that it does without."""
    previous: str | None = None
    """The page before it in time, as src_uri."""
    next: str | None = None


@dataclass(frozen=True)
class SiteFacts:
    """What pages need to know of the site around them."""

    name: str
    description: str = ""
    digests_uri: str = "digests"
    """The folder of lists below docs_dir."""
    corrections_uri: str = "corrections"
    edit_root: str | None = None
    """GitHub's address for editing files of docs_dir, such as https://github.com/me/site/edit/main/docs/."""

    @property
    def new_root(self) -> str | None:
        """GitHub's address for adding files to docs_dir."""
        if self.edit_root is None:
            return None
        return re.sub(r"^(https?://[^/]+/[^/]+/[^/]+)/edit/", r"\1/new/", self.edit_root)


@dataclass(frozen=True)
class Placed:
    """A paper and the page where it can be read."""

    entry: Entry
    issue: Issue
    src_uri: str


@dataclass(frozen=True)
class Term:
    """A category or tag with its page."""

    name: str
    src_uri: str
    papers: int


@dataclass(frozen=True)
class GeneratedPages:
    """All that is generated for a site."""

    pages: list[SitePage]
    """Without the home page."""
    home: SitePage
    """For sites whose home page nobody wrote; its data serve those whose home page a person did."""


def site_pages(issues: Sequence[Issue], site: SiteFacts) -> GeneratedPages:
    """Every generated page; `issues` newest first."""
    placed = list(_placed(issues, site))
    categories, category_pages = _term_pages(
        placed, "categories", "分类", lambda e: e.paper.categories if e.paper else ()
    )
    tags, tag_pages = _term_pages(placed, "tags", "标签", lambda e: e.listed.tags)
    home = SitePage(
        src_uri="index.md",
        title=site.name,
        description=site.description,
        template="home.html",
        data={
            "newest": issues[0] if issues else None,
            "latest": issues[1 : 1 + LATEST_DAYS],
            "categories": categories,
        },
        hide=("navigation", "toc"),
    )
    pages = [
        *_digest_pages(issues, site),
        *_archive_pages(issues, categories, tags),
        *category_pages,
        *tag_pages,
    ]
    return GeneratedPages(pages, home)


def digest_uri(issue: Issue, site: SiteFacts) -> str:
    """The page of a digest, as src_uri."""
    return f"{site.digests_uri}/{issue.name}.md"


def _digest_pages(issues: Sequence[Issue], site: SiteFacts) -> list[SitePage]:
    pages = []
    for number, issue in enumerate(issues):
        papers = tuple(
            Heading(entry.id, f"{position}. {_plain_title(entry)}")
            for position, entry in enumerate(issue.entries, 1)
        )
        newer = issues[number - 1] if number else None
        older = issues[number + 1] if number + 1 < len(issues) else None
        pages.append(
            SitePage(
                src_uri=digest_uri(issue, site),
                title=issue.digest.title,
                description=issue.digest.description or _description(issue),
                template="digest.html",
                headings=(Heading("overview", "摘要"), Heading("papers", "详细"), *papers),
                data={
                    "older": older,
                    "newer": newer,
                    "models": _models(issue),
                    "archive_uri": f"archive/{issue.date.year}.md" if issue.date else "archive.md",
                    "archive_anchor": f"{issue.date:%Y-%m}" if issue.date else "undated",
                },
                edit_path=f"{site.digests_uri}/{issue.name}.yml",
                issue=issue,
                previous=digest_uri(older, site) if older else None,
                next=digest_uri(newer, site) if newer else None,
            )
        )
    return pages


def _plain_title(entry: Entry) -> str:
    if entry.chinese:
        return plain_text(entry.chinese.title)
    return plain_text(entry.paper.title) if entry.paper else f"arXiv:{entry.id}"


def _description(issue: Issue) -> str:
    titles = "；".join(_plain_title(entry) for entry in issue.entries[:3])
    more = "等" if len(issue.entries) > 3 else ""
    return f"{issue.digest.title} arXiv 中文摘要，共 {len(issue.entries)} 篇：{titles}{more}。"


def _models(issue: Issue) -> list[str]:
    """Who wrote the Chinese of this digest: `model（提示词 version）`, each once."""
    return sorted(
        {
            f"{entry.record.written.model}（提示词 {entry.record.written.prompt}）"
            for entry in issue.entries
            if entry.record and entry.record.written
        }
    )


def reading_minutes(issue: Issue) -> int:
    """How long the Chinese takes to read, in minutes, at least 1."""
    characters = sum(
        len(entry.chinese.summary) + len(entry.chinese.abstract)
        for entry in issue.entries
        if entry.chinese
    )
    return max(1, round(characters / CHARACTERS_PER_MINUTE))


def _placed(issues: Iterable[Issue], site: SiteFacts) -> Iterable[Placed]:
    """Every paper once, on the newest page that lists it."""
    seen: set[str] = set()
    for issue in issues:
        for entry in issue.entries:
            if entry.id not in seen:
                seen.add(entry.id)
                yield Placed(entry, issue, digest_uri(issue, site))


# Categories and tags


def _term_pages(
    placed: Sequence[Placed],
    folder: str,
    kind: str,
    terms_of: Callable[[Entry], Iterable[str]],
) -> tuple[list[Term], list[SitePage]]:
    """The terms by size, and their pages: an index, and for each term its papers."""
    papers: dict[str, list[Placed]] = defaultdict(list)
    names: dict[str, str] = {}
    for place in placed:
        for name in terms_of(place.entry):
            slug = term_slug(name)
            names.setdefault(slug, name)
            papers[slug].append(place)
    order = sorted(papers, key=lambda slug: (-len(papers[slug]), slug))
    terms = [Term(names[slug], f"{folder}/{slug}.md", len(papers[slug])) for slug in order]
    pages = [
        SitePage(
            src_uri=f"{folder}/index.md",
            title=kind,
            description=f"按{kind}浏览：{'、'.join(term.name for term in terms[:10])}",
            template="terms.html",
            data={"terms": terms, "kind": kind},
        )
    ]
    for term, slug in zip(terms, order, strict=True):
        pages += _paginated(term, kind, f"{folder}/{slug}", papers[slug])
    return terms, pages


def _paginated(term: Term, kind: str, stem: str, papers: Sequence[Placed]) -> list[SitePage]:
    """Pages of one term, numbered from the oldest, so that full pages never change again."""
    count = max(1, len(papers) // PAPERS_PER_PAGE)
    oldest_first = papers[::-1]
    pages = []
    for number in range(1, count + 1):
        start = (number - 1) * PAPERS_PER_PAGE
        end = None if number == count else start + PAPERS_PER_PAGE
        uri = f"{stem}.md" if number == count else f"{stem}/{number}.md"
        newer = {count: None, count - 1: f"{stem}.md"}.get(number, f"{stem}/{number + 1}.md")
        older = f"{stem}/{number - 1}.md" if number > 1 else None
        pages.append(
            SitePage(
                src_uri=uri,
                title=f"{kind}：{term.name}",
                description=f"{kind} {term.name} 的 arXiv 论文中文摘要，共 {term.papers} 篇。",
                template="term.html",
                data={
                    "term": term,
                    "kind": kind,
                    "number": number,
                    "count": count,
                    "papers": oldest_first[start:end][::-1],
                    "older_uri": older,
                    "newer_uri": newer,
                    "index_uri": f"{stem.partition('/')[0]}/index.md",
                },
            )
        )
    return pages


def term_slug(name: str) -> str:
    """The part of an address for a category or tag: equal for names that differ only in case."""
    folded = name.casefold() if not re.fullmatch(r"[a-z-]+(\.[A-Za-z-]+)?", name) else name
    slug = re.sub(r"[^\w.+-]+", "-", folded).strip("-.")
    if slug == folded and slug.casefold() not in {"index", "readme"}:
        return slug
    # What was replaced may have been all that told two tags apart.
    digest = hashlib.sha256(folded.encode()).hexdigest()[:6]
    return f"{slug}-{digest}" if slug else digest


# The archive


def _archive_pages(
    issues: Sequence[Issue], categories: list[Term], tags: list[Term]
) -> list[SitePage]:
    """The archive's front page, which shows the newest year, and a page for each year."""
    months = months_of(issues)
    years: dict[int, list[Month]] = defaultdict(list)
    for month in months:
        years[month.year].append(month)
    undated = [issue for issue in issues if issue.date is None]
    newest = max(years, default=None)
    shown = years[newest] if newest is not None else []
    pages = [
        SitePage(
            src_uri="archive.md",
            title="归档",
            description="按日期、分类、标签浏览全部摘要。",
            template="archive.html",
            headings=tuple(Heading(month.id, month.title) for month in shown),
            data={
                "years": dict(years),
                "months": shown,
                "undated": undated,
                "total": sum(len(issue.entries) for issue in issues),
                "categories": categories,
                "tags": tags,
            },
        )
    ]
    pages += [
        SitePage(
            src_uri=f"archive/{year}.md",
            title=f"{year} 年",
            description=f"{year} 年的全部 arXiv 中文摘要，按月和日排列。",
            template="year.html",
            headings=tuple(Heading(month.id, month.title) for month in months_of_year),
            data={"year": year, "months": months_of_year, "years": sorted(years, reverse=True)},
        )
        for year, months_of_year in years.items()
    ]
    return pages


# HTML


@dataclass(frozen=True)
class Renderer:
    """Makes the HTML of pages: what stands where a theme puts a page's text."""

    site: SiteFacts
    url_of: Callable[[str], str]
    """The address of a src_uri relative to the site's root, as MkDocs knows it."""

    def page(self, page: SitePage, edit_url: str | None = None) -> Markup:
        """All of a generated page; `edit_url` is where people change its list."""
        return self._render(
            page.template, page.src_uri, page.data, issue=page.issue, edit_url=edit_url
        )

    def latest(self, home: SitePage, src_uri: str) -> Markup:
        """The newest digest, for the hand-written page `src_uri`."""
        return self._render("latest.html", src_uri, home.data)

    def _render(
        self, template: str, src_uri: str, data: dict[str, object], **more: object
    ) -> Markup:
        here = self.url_of(src_uri)

        def link(target: str, anchor: str = "") -> str:
            fragment = f"#{quote(anchor, safe='/')}" if anchor else ""
            return relative_url(self.url_of(target), here) + fragment

        def twin(suffix: str) -> str:
            return relative_url(url_path(src_uri.removesuffix(".md") + suffix), here)

        html = environment().get_template(template).render(
            **data,
            **more,
            site=self.site,
            link=link,
            twin=twin,
            digest_uri=partial(digest_uri, site=self.site),
            correction_url=partial(correction_url, site=self.site),
            abs_url=abs_url,
            bibtex=bibtex,
            reading_minutes=reading_minutes,
            term_slug=term_slug,
            entry_title=entry_title,
            states=STATE_LABELS,
            weekdays=WEEKDAYS,
        )  # fmt: skip
        return Markup(html)  # noqa: S704 - the environment escapes


def relative_url(target: str, here: str) -> str:
    """The address `target` as seen from the page at `here`, both relative to the site's root."""
    folder = here if here.endswith("/") or not here else posixpath.dirname(here)
    start = folder.strip("/.") and folder
    relative = posixpath.relpath(target.removeprefix("./") or ".", start or ".")
    return relative + "/" if target.endswith("/") or target in ("", ".") else relative


def entry_title(entry: Entry) -> Markup:
    """The best title there is: Chinese, else English, else the identifier."""
    if entry.chinese:
        return text_html(entry.chinese.title)
    return text_html(entry.paper.title if entry.paper else f"arXiv:{entry.id}")


def correction_url(entry: Entry, site: SiteFacts) -> str | None:
    """Where a person corrects a paper's Chinese on GitHub: the file, or a new one, filled in."""
    if site.edit_root is None or site.new_root is None:
        return None
    if entry.correction is not None:
        return f"{site.edit_root}{site.corrections_uri}/{url_path(entry.id)}.yml"
    folder = f"{site.new_root}{site.corrections_uri}"
    return f"{folder}?filename={quote(entry.id)}.yml&value={quote(_prefilled(entry))}"


def _prefilled(entry: Entry) -> str:
    """A correction with the machine's text in it, ready to be changed."""
    head = f"# arXiv:{entry.id}\n# 只留下要改的字段，其余删去；署名可留空。\n"
    if entry.chinese is None:
        return head + "title: \nsummary: \nabstract: \nby: \n"
    texts = {
        "title": entry.chinese.title,
        "summary": entry.chinese.summary,
        "abstract": entry.chinese.abstract,
    }
    body = "".join(f"{name}: >-\n  {text}\n" for name, text in texts.items())
    if len(quote(body)) > MAX_PREFILLED:
        body = f"title: >-\n  {texts['title']}\nsummary: >-\n  {texts['summary']}\nabstract: \n"
    return f"{head}{body}by: \n"
