"""What Material for MkDocs would ask from elsewhere, or needlessly, and is kept from asking."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mkdocs.structure.files import File, Files

from digest_plugin.search import MATERIAL_BUNDLE

if TYPE_CHECKING:
    from mkdocs.config.defaults import MkDocsConfig

_ALTERNATES, _LANGUAGES = '"link[rel=alternate]"', '"link[rel=alternate][hreflang]"'


def without_repository_facts(html: str) -> str:
    """`html` of the theme without the hook of the script that asks api.github.com for stars."""
    return html.replace(' data-md-component="source"', "")


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
