"""What Material for MkDocs asks from elsewhere, asks needlessly or leaves unnamed, put right."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mkdocs.structure.files import File, Files

from digest_plugin.search.documents import MATERIAL_BUNDLE

if TYPE_CHECKING:
    from mkdocs.config.defaults import MkDocsConfig

_SEARCH = 'data-md-component="search" role="dialog"'
_ALTERNATES, _LANGUAGES = '"link[rel=alternate]"', '"link[rel=alternate][hreflang]"'


def without_repository_facts(html: str) -> str:
    """`html` of the theme without the hook of the script that asks api.github.com for stars."""
    return html.replace(' data-md-component="source"', "")


def with_named_search(html: str) -> str:
    """`html` of the theme whose search box, a dialog, has a name for those who hear it."""
    return html.replace(_SEARCH, f'{_SEARCH} aria-label="搜索"', 1)


def spare_sitemap(files: Files, config: MkDocsConfig) -> None:
    """Keep the theme's script from loading the whole sitemap on every page that has a feed.

    It takes each link to an alternate of the page for the same page in another language.
    """
    for file in [file for file in files if MATERIAL_BUNDLE.fullmatch(file.src_uri)]:
        script = file.content_string
        if _ALTERNATES in script:
            files.remove(file)
            content = script.replace(_ALTERNATES, _LANGUAGES)
            files.append(File.generated(config, file.src_uri, content=content))
