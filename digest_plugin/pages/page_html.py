"""The HTML of pages: what stands where a theme puts a page's text."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache, partial
from pathlib import Path
from traceback import walk_tb
from urllib.parse import quote

from jinja2 import TemplateSyntaxError
from markupsafe import Markup

from digest_plugin.errors import DigestError, one_line
from digest_plugin.intake.taxonomy import chinese_name
from digest_plugin.pages.all_pages import (
    BOOKMARKS_URI,
    COMMANDS,
    STATUS_URI,
    SiteFacts,
    SitePage,
    category_uri,
    digest_uri,
    heading_id,
    models_of,
    reading_minutes,
    tag_uri,
)
from digest_plugin.pages.exports import (
    FIELD_NAMES,
    PROBLEM_LABELS,
    abs_url,
    bibtex,
    provenance,
)
from digest_plugin.pages.reading import badge, badges_html, code_links, is_cross_list
from digest_plugin.pages.status import beijing_day, beijing_time, job_url, utc_time
from digest_plugin.people.glossary import Term, TermFinder
from digest_plugin.records.contents import Edition, Entry, english_changed
from digest_plugin.text.rendering import environment, text_html, url_path

WEEKDAYS = "一二三四五六日"
CONDITION_LABELS = {"well": "一切正常", "failed": "有失败", "unused": "还没有运行过"}


class TemplateFaultError(DigestError):
    """A template of the site's own cannot be used."""


@dataclass(frozen=True)
class Renderer:
    """Makes the HTML of the pages of one site."""

    site: SiteFacts
    url_of: Callable[[str], str]
    """The address of a src_uri relative to the site's root, as MkDocs knows it; LookupError if
    there is no such page."""
    watched: Collection[str] = ()
    """The categories that the site watches, if it does."""
    glossary: Sequence[Term] = ()
    overrides: Path | None = None
    """A folder with templates of the site's own, which come before ours."""

    def page(
        self, page: SitePage, edit_url: str | None = None, edition: Edition | None = None
    ) -> Markup:
        """All of a generated page; `edit_url` is where people change its list, `edition` the whole
        digest that it shows, which is read if it is not given.

        Raises TemplateFaultError for a fault in a template of the site's own.
        """
        if page.complete is not None:
            page = page.complete()
        if edition is None and page.edition is not None:
            edition = page.edition.whole()
        return self._render(
            page.template, page.src_uri, page.data, edition=edition, edit_url=edit_url
        )

    def latest(self, home: SitePage, src_uri: str) -> Markup:
        """The newest digest, for the hand-written page `src_uri`. Raises TemplateFaultError."""
        return self._render("latest.html", src_uri, home.data)

    @cached_property
    def _terms(self) -> TermFinder:
        return TermFinder(self.glossary)

    def _abstract_html(self, entry: Entry) -> Markup:
        """The Chinese abstract, with the English of the glossary's terms that its paper uses."""
        if entry.chinese is None:
            return Markup()
        terms = self._terms.find_in(entry.paper) if entry.paper else ()
        return text_html(entry.chinese.abstract, terms)

    def _render(
        self, template: str, src_uri: str, data: dict[str, object], **more: object
    ) -> Markup:
        here = self.url_of(src_uri)

        def link(target: str, anchor: str = "") -> str:
            fragment = f"#{quote(anchor, safe='/')}" if anchor else ""
            return relative_url(self.url_of(target), here) + fragment

        def link_if_any(target: str) -> str | None:
            try:
                return link(target)
            except LookupError:
                return None

        def twin(suffix: str) -> str:
            return relative_url(url_path(src_uri.removesuffix(".md") + suffix), here)

        variables = dict(
            **_NAMES,
            **data,
            **more,
            site=self.site,
            link=link,
            link_if_any=link_if_any,
            root=relative_url("", here),
            twin=twin,
            digest_uri=partial(digest_uri, site=self.site),
            correction_url=partial(correction_url, site=self.site),
            abstract_html=self._abstract_html,
            is_cross_list=partial(is_cross_list, watched=self.watched),
            edit_url_of=partial(edit_url_of, site=self.site),
        )  # fmt: skip
        try:
            html = environment(self.overrides).get_template(template).render(variables)
        except Exception as error:
            if self.overrides is None:
                raise
            raise TemplateFaultError(template_fault(error, template)) from error
        return Markup(html)  # noqa: S704 - the environment escapes


def template_fault(error: Exception, template: str) -> str:
    """Where in which template, and what."""
    where, line = template, 1
    if isinstance(error, TemplateSyntaxError):
        where, line = error.filename or template, error.lineno
    else:
        # The last place in a template that the error went through.
        for frame, number in walk_tb(error.__traceback__):
            if "__jinja_exception__" in frame.f_globals:
                where, line = frame.f_code.co_filename, number
    return f"{one_line(where)}:{line}: {type(error).__name__}: {one_line(str(error))}"


def relative_url(target: str, here: str) -> str:
    """The address `target` as seen from the page at `here`, both relative to the site's root."""
    *folders, _ = here.removeprefix("./").split("/")
    *parents, name = target.removeprefix("./").removeprefix(".").split("/")
    shared = 0
    for one, other in zip(folders, parents, strict=False):
        if one != other:
            break
        shared += 1
    up = "../" * (len(folders) - shared)
    down = "".join(f"{folder}/" for folder in parents[shared:])
    return f"{up}{down}{name}" or "./"


def entry_title(entry: Entry) -> Markup:
    """The best title there is: Chinese, else English, else the identifier."""
    if entry.chinese:
        return text_html(entry.chinese.title)
    return text_html(entry.paper.title if entry.paper else f"arXiv:{entry.id}")


def badges_with_cross_list(entry: Entry, is_cross: bool) -> Markup:  # noqa: FBT001 - a template's
    """The badges of a paper on the page of its digest."""
    return badges_html(entry) + (badge("", "交叉") if is_cross else Markup())


@lru_cache(maxsize=4096)
def card_categories(primary: str, categories: tuple[str, ...]) -> Markup:
    """The categories of a paper on its card, the primary one by its Chinese name as well."""
    if not primary:
        return Markup()
    named = " ".join(filter(None, (primary, chinese_name(primary))))
    first = Markup('<span class="dg-card__category">{}</span>').format(named)
    others = (Markup("&nbsp;· {}").format(name) for name in categories if name != primary)
    return Markup().join([first, *others, Markup("&nbsp;· ")])


def correction_url(entry: Entry, site: SiteFacts) -> str | None:
    """Where a person corrects a paper's Chinese on GitHub: the file, or a new one.

    The new one has the keys; our script puts the texts there when somebody goes for the link. With
    them in it, the links of a page would outweigh its papers.
    """
    if site.edit_root is None or site.new_root is None:
        return None
    if entry.correction is not None:
        return f"{site.edit_root}{site.corrections_uri}/{url_path(entry.id)}.yml"
    folder = f"{site.new_root}{site.corrections_uri}"
    return f"{folder}?filename={quote(entry.id)}.yml&value={quote(_draft(entry))}"


def _draft(entry: Entry) -> str:
    """A correction for people to fill in."""
    version = f"version: {entry.paper.version}\n" if entry.paper else ""
    return (
        "# 只留下要改的字段，其余删去；署名可留空。\n"
        f"title: \nsummary: \nabstract: \nby: \n{version}"
    )


def edit_url_of(path: str, site: SiteFacts) -> str | None:
    """Where people change the file that messages call `path` on GitHub; None outside docs_dir."""
    folder = f"{site.docs_uri}/"
    if site.edit_root is None or not path.startswith(folder) or not path.isprintable():
        return None
    if ".." in path.split("/"):
        return None
    return site.edit_root + url_path(path.removeprefix(folder))


def duration(seconds: int) -> str:
    """`35 秒`, `12 分 5 秒`, `1 小时 2 分`."""
    if seconds < 60:
        return f"{seconds} 秒"
    if seconds < 3600:
        return f"{seconds // 60} 分 {seconds % 60} 秒"
    return f"{seconds // 3600} 小时 {seconds % 3600 // 60} 分"


_NAMES: dict[str, object] = {
    "english_changed": english_changed,
    "code_links": code_links,
    "job_url": job_url,
    "utc_time": utc_time,
    "beijing_time": beijing_time,
    "beijing_day": beijing_day,
    "duration": duration,
    "abs_url": abs_url,
    "bibtex": bibtex,
    "reading_minutes": reading_minutes,
    "models_of": models_of,
    "category_uri": category_uri,
    "tag_uri": tag_uri,
    "chinese_name": chinese_name,
    "entry_title": entry_title,
    "badges_html": badges_with_cross_list,
    "card_categories": card_categories,
    "heading_id": heading_id,
    "provenance": provenance,
    "field_names": FIELD_NAMES,
    "problem_labels": PROBLEM_LABELS,
    "conditions": CONDITION_LABELS,
    "commands": COMMANDS,
    "status_uri": STATUS_URI,
    "bookmarks_uri": BOOKMARKS_URI,
    "weekdays": WEEKDAYS,
}
"""What every template may use, whatever the page."""
