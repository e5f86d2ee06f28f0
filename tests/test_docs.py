"""The documents tell the truth: options, commands, variables and examples are as they say."""

from __future__ import annotations

import re
from pathlib import Path

import click
import pytest
import yaml

from digest_plugin.cli import main
from digest_plugin.identifiers import parse_identifier
from digest_plugin.mkdocs_site.options import DigestConfig, WatchConfig
from digest_plugin.people.corrections import KEYS as CORRECTION_KEYS
from digest_plugin.people.digests import DIGEST_KEYS, parse_digest
from digest_plugin.plugin import HOME_MARKER

REPOSITORY = Path(__file__).parent.parent
READMES = ("README.md", "README.zh.md")
CONTRIBUTING = (REPOSITORY / "CONTRIBUTING.md").read_text("utf-8")


def rows(document: str, heading: str) -> dict[str, list[str]]:
    """The table below `heading`, by its first column."""
    text = (REPOSITORY / document).read_text("utf-8")
    section = re.split(r"^#+ ", text.partition(f"{heading}\n")[2], flags=re.MULTILINE)[0]
    cells = [
        [cell.strip() for cell in line.strip("|").split("|")]
        for line in section.splitlines()
        if line.startswith("| `")
    ]
    return {row[0].strip("`"): row[1:] for row in cells}


@pytest.mark.parametrize(
    ("document", "heading"), list(zip(READMES, ("### Options", "### 选项"), strict=True))
)
def test_every_option_is_documented_with_its_default(document, heading) -> None:
    """No option is missing, none is invented, and the defaults are the code's."""
    table = rows(document, heading)
    defaults = {name: option.default for name, option in DigestConfig._schema}
    assert set(table) == set(defaults)
    for name, (shown, _) in table.items():
        default = defaults[name]
        if default is None:
            assert shown in ("none", "无")
        elif isinstance(default, bool):
            assert shown == f"`{str(default).lower()}`"
        else:
            assert shown == f"`{default:g}`" if isinstance(default, float) else f"`{default}`"


@pytest.mark.parametrize(
    ("document", "heading"), list(zip(READMES, ("### Watch arXiv", "### 关注 arXiv"), strict=True))
)
def test_every_key_of_watch_is_documented_with_its_default(document, heading) -> None:
    """And the example is one that the plugin takes."""
    table = rows(document, heading)
    defaults = {name: option.default for name, option in WatchConfig._schema}
    assert {name: row[0] for name, row in table.items()} == {
        name: f"`{default}`" for name, default in defaults.items()
    }
    text = (REPOSITORY / document).read_text("utf-8").partition(f"{heading}\n")[2]
    example = yaml.safe_load(re.findall(r"```yaml\n(.*?)```", text, re.DOTALL)[0])
    config = WatchConfig()
    config.load_dict(example["plugins"][0]["arxiv-digest"]["watch"])
    assert config.validate() == ([], [])


@pytest.mark.parametrize(
    ("document", "heading"), list(zip(READMES, ("### Commands", "### 命令"), strict=True))
)
def test_every_command_is_documented(document, heading) -> None:
    """With the options it has."""
    batches = main.commands["batch"]
    assert isinstance(batches, click.Group)
    commands = main.commands | {f"batch {name}": each for name, each in batches.commands.items()}
    del commands["batch"]
    table = {re.match("batch [a-z]+|[a-z]+", usage)[0]: usage for usage in rows(document, heading)}
    assert set(table) == set(commands)
    for name, usage in table.items():
        options = {o.opts[0] for o in commands[name].params if o.opts[0].startswith("-")}
        assert set(re.findall(r"--[\w-]+", usage)) == options


@pytest.mark.parametrize(
    ("document", "heading"), list(zip(READMES, ("### Environment", "### 环境变量"), strict=True))
)
def test_every_variable_is_documented(document, heading) -> None:
    """All that the package reads from the environment."""
    source = (REPOSITORY / "digest_plugin/settings.py").read_text("utf-8")
    assert set(rows(document, heading)) == set(re.findall(r'value\("(\w+)"\)', source))


@pytest.mark.parametrize("document", READMES)
def test_the_example_configuration_is_valid(document, tmp_path) -> None:
    """A site made from the README's mkdocs.yml builds strictly."""
    from builds import build_site

    text = (REPOSITORY / document).read_text("utf-8")
    (config,) = re.findall(r"```yaml\n# mkdocs.yml\n(.*?)```", text, re.DOTALL)
    assert yaml.safe_load(config)["plugins"] == ["search", "arxiv-digest"]
    (tmp_path / "docs/digests").mkdir(parents=True)
    (tmp_path / "docs/digests/2024-03-20.yml").write_text("- 2403.12151\n")
    (tmp_path / "docs/index.md").write_text(f"# 首页\n\n{HOME_MARKER}\n")
    assert (build_site(tmp_path, config, strict=True) / "archive/index.html").is_file()
    assert HOME_MARKER in text


@pytest.mark.parametrize("document", [*READMES, "CONTRIBUTING.md"])
def test_files_that_documents_name_exist(document) -> None:
    """Links to files of the repository lead somewhere."""
    text = (REPOSITORY / document).read_text("utf-8")
    for target in re.findall(r"\]\((?!https?:|#)([^)#]+)", text):
        assert (REPOSITORY / target).exists(), target
    for picture in re.findall(r'src="([^"]+)"', text):
        assert (REPOSITORY / picture).is_file(), picture
    for script in re.findall(r"\bscripts/\w+(?:\.py)?", text):
        assert (REPOSITORY / script).is_file(), script


def test_the_lists_in_contributing_are_valid() -> None:
    """What a contributor copies is accepted."""
    examples = re.findall(r"```yaml\n(.*?)```", CONTRIBUTING, re.DOTALL)
    simple, detailed, correction = examples
    for example in (simple, detailed):
        faults = []
        assert parse_digest(example, "2024-03-20", "x.yml", faults), faults
    assert set(yaml.safe_load(detailed)) == set(DIGEST_KEYS)
    assert set(yaml.safe_load(correction)) <= set(CORRECTION_KEYS)


def test_the_messages_in_contributing_are_what_the_check_says() -> None:
    """The table of mistakes quotes the real messages."""
    table = re.findall(r"^\| `- ([\d.]+)` \| (.+?) \|", CONTRIBUTING, re.MULTILINE)
    assert len(table) == 2
    for text, message in table:
        with pytest.raises(ValueError, match=re.escape(message)):
            parse_identifier(text)
    faults = []
    parse_digest("- 2403.12151\n- 2403.12151\n", "x", "x.yml", faults)
    parse_digest("titel: x\npapers: [2403.12151]\n", "x", "x.yml", faults)
    for fault, quoted in zip(
        faults, re.findall(r"\| (expected [^|]+?) \|", CONTRIBUTING), strict=True
    ):
        assert quoted.split(",")[0] in fault.message


def test_every_module_is_in_the_table_of_modules() -> None:
    """An engineer finds each module, and no module that is not there."""
    table = CONTRIBUTING.partition("### How it is built")[2]
    named = set(re.findall(r"`(\w+\.py)`", table.partition("What always holds")[0]))
    package = REPOSITORY / "digest_plugin"
    modules = {path.name for path in package.rglob("*.py") if path.parent.name != "check"}
    assert named == {name for name in modules if not name.startswith("__")} | {"checking.py"}
    folders = {path.name for path in package.iterdir() if path.is_dir()} - {"__pycache__"}
    assert set(re.findall(r"`(\w+)/`", table.partition("What always holds")[0])) >= folders


def test_the_changelog_has_an_unreleased_section() -> None:
    """What people notice is written down as it lands."""
    assert "## Unreleased" in (REPOSITORY / "CHANGELOG.md").read_text("utf-8")


def test_the_pins_name_no_host() -> None:
    """Constraints are names and versions, for whatever index a machine has."""
    for line in (REPOSITORY / "constraints.txt").read_text().splitlines():
        assert re.fullmatch(r"[A-Za-z0-9_.-]+==[0-9][\w.]*", line), line


@pytest.mark.skipif(
    not (REPOSITORY / "docs/digests/2024-03-20.yml").is_file(),
    reason="the example's list has made way for a site's own",
)
def test_the_example_site_is_without_faults() -> None:
    """Lists, glossary and records of this repository pass their own check, Chinese included."""
    from digest_plugin.check import check
    from digest_plugin.records.contents import Folders, read_contents
    from digest_plugin.records.store import PaperStore

    docs = REPOSITORY / "docs"
    folders = Folders(
        REPOSITORY, docs / "digests", docs / "papers", docs / "corrections", docs / "glossary.yml"
    )
    contents = read_contents(folders)
    entries = [
        entry
        for edition in contents.editions(PaperStore(folders.papers, REPOSITORY))
        if edition.name == "2024-03-20"
        for entry in edition.entries
    ]
    assert len(entries) == 5
    for entry in entries:
        assert entry.paper is not None
        assert entry.chinese is not None
        assert check(entry.paper, entry.chinese) == ()
        assert entry.paper.abstract.endswith((".", ")."))
