"""What is installed: the wheel and the sdist hold all they should, and the wheel builds a site."""

from __future__ import annotations

import ast
import os
import re
import subprocess
import sys
import sysconfig
import tarfile
import tomllib
import zipfile
from collections.abc import Iterable, Iterator
from importlib import metadata
from itertools import chain
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from builds import VARIABLES, write_files
from digest_plugin import __version__
from digest_plugin.cli import main
from servers import ArxivPaper, ArxivServer, ModelServer

REPOSITORY = Path(__file__).parent.parent
PROJECT = tomllib.loads((REPOSITORY / "pyproject.toml").read_text("utf-8"))
NAME = "mkdocs-arxiv-digest"
CLEAN = {
    name: value
    for name, value in os.environ.items()
    if name not in (*VARIABLES, "PYTHONPATH", "VIRTUAL_ENV")
} | {"NO_MKDOCS_2_WARNING": "1"}
"""No key, and nothing of the repository on the path."""
TERM = "- term: graph\n  rendering: 图\n"
OFFLINE = """
import sys

def refuse(event, arguments):
    if event in ("socket.connect", "socket.getaddrinfo", "socket.gethostbyname"):
        raise RuntimeError(f"asked for something from elsewhere: {event} {arguments}")

sys.addaudithook(refuse)
"""


def run(command: Iterable[str | Path], folder: Path) -> str:
    """What `command` prints; it must succeed."""
    done = subprocess.run(
        list(map(str, command)), cwd=folder, env=CLEAN, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def build(source: Path, target: str, folder: Path) -> Path:
    """The wheel or sdist of `source`, made in `folder` by the backend that pip would ask."""
    run([sys.executable, "-m", "hatchling", "build", "-t", target, "-d", folder], source)
    (made,) = folder.iterdir()
    return made


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build(REPOSITORY, "wheel", tmp_path_factory.mktemp("wheel"))


@pytest.fixture(scope="module")
def sdist(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build(REPOSITORY, "sdist", tmp_path_factory.mktemp("sdist"))


def package_files() -> set[str]:
    """Every file of the package, caches apart."""
    found = (REPOSITORY / "digest_plugin").rglob("*")
    return {
        path.relative_to(REPOSITORY).as_posix()
        for path in found
        if path.is_file() and "__pycache__" not in path.parts
    }


def test_the_wheel_holds_the_package_and_nothing_else(wheel) -> None:
    """Templates, prompts, styles, scripts and the mark of types; no tests, no caches."""
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
        texts = {name: archive.read(name) for name in names}
    info = f"mkdocs_arxiv_digest-{__version__}.dist-info"
    described = {"METADATA", "WHEEL", "RECORD", "entry_points.txt", "licenses/LICENSE"}
    assert names == package_files() | {f"{info}/{each}" for each in described}
    for needed in ("py.typed", "templates/digest.html", "templates/prompt.md",
                   "assets/arxiv-digest.css", "assets/arxiv-digest-search.js",
                   "check/lexicon.txt"):  # fmt: skip
        assert f"digest_plugin/{needed}" in names
    for name in package_files():
        assert texts[name] == (REPOSITORY / name).read_bytes()
    about = texts[f"{info}/METADATA"].decode()
    assert f"\nName: {NAME}\nVersion: {__version__}\n" in about
    assert "\nLicense-Expression: MIT\n" in about


@pytest.mark.skipif(
    not (REPOSITORY / ".git").exists(), reason="only git knows which files are the repository's"
)
def test_the_sdist_holds_the_repository(sdist) -> None:
    """All that the tests read is in it: scripts, workflows, documents, the example site."""
    listed = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    files = set(filter(None, run(listed, REPOSITORY).split("\0")))
    with tarfile.open(sdist) as archive:
        members = {m.name.partition("/")[2]: m for m in archive.getmembers() if m.isfile()}
    assert set(members) == {name for name in files if (REPOSITORY / name).is_file()} | {"PKG-INFO"}
    for name in ("scripts/setup", "scripts/test"):
        assert members[name].mode & 0o111


def test_the_wheel_made_from_the_sdist_is_the_same(wheel, sdist, tmp_path) -> None:
    """Whoever packs from the sdist gets what the repository gives."""
    with tarfile.open(sdist) as archive:
        archive.extractall(tmp_path / "source", filter="data")
    (source,) = (tmp_path / "source").iterdir()
    again = build(source, "wheel", tmp_path / "wheel")
    assert again.name == wheel.name
    with zipfile.ZipFile(wheel) as one, zipfile.ZipFile(again) as other:
        assert {i.filename: i.CRC for i in one.infolist()} == {
            i.filename: i.CRC for i in other.infolist()
        }


@pytest.fixture(scope="module")
def installed(wheel, thorough, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The programs of an environment that holds nothing but the wheel and what it needs.

    With `--thorough` or CI=true pip gets that from its index. Otherwise it is lent by the
    environment of the tests, so that this also runs where there is no network.
    """
    venv = tmp_path_factory.mktemp("venv")
    run([sys.executable, "-m", "venv", "--without-pip", venv], venv)
    programs = venv / "bin"
    paths = {"base": str(venv), "platbase": str(venv)}
    packages = Path(sysconfig.get_path("purelib", "venv", vars=paths))
    pip = [sys.executable, "-m", "pip", "--python", programs / "python", "install", "--quiet"]
    if thorough or os.environ.get("CI") == "true":
        run([*pip, "--constraint", REPOSITORY / "constraints.txt", wheel], venv)
    else:
        run([*pip, "--no-index", "--no-deps", wheel], venv)
        # Only the folder: a .pth file in it, such as that of an editable install, is not followed.
        (packages / "lent.pth").write_text(sysconfig.get_path("purelib") + "\n")
    (packages / "offline.pth").write_text("import offline\n")
    (packages / "offline.py").write_text(OFFLINE)
    return programs


def test_what_is_installed_comes_from_the_wheel(installed, tmp_path) -> None:
    """Otherwise the other tests here would prove nothing."""
    program = "import digest_plugin; print(digest_plugin.__file__)"
    found = run([installed / "python", "-c", program], tmp_path).strip()
    assert Path(found).is_relative_to(installed.parent)
    program = "import socket; socket.create_connection(('127.0.0.1', 9))"
    with pytest.raises(AssertionError, match="asked for something from elsewhere"):
        run([installed / "python", "-c", program], tmp_path)


def test_the_commands_are_installed(installed, tmp_path) -> None:
    """Outside a site: both ways to call the command line."""
    version = f"arxiv-digest, version {__version__}\n"
    assert run([installed / "python", "-m", "digest_plugin", "--version"], tmp_path) == version
    shown = run([installed / "arxiv-digest", "--help"], tmp_path)
    assert set(re.findall(r"^  ([a-z]+) ", shown, re.MULTILINE)) == set(main.commands)


def test_a_site_of_ones_own_is_built_with_what_is_installed(installed, tmp_path) -> None:
    """As the README says, in an empty folder, without a key and without a network."""
    text = (REPOSITORY / "README.md").read_text("utf-8")
    (config,) = re.findall(r"```yaml\n# mkdocs.yml\n(.*?)```", text, re.DOTALL)
    write_files(tmp_path, {"mkdocs.yml": config, "docs/glossary.yml": TERM})
    path = "docs/digests/2024-03-20.yml"
    added = run([installed / "arxiv-digest", "add", "2403.12151", "--to", path], tmp_path)
    assert added == f"{path}: 2403.12151 added\n"
    run([installed / "python", "-m", "mkdocs", "build", "--strict", "--quiet"], tmp_path)
    site = tmp_path / "site"
    page = (site / "digests/2024-03-20/index.html").read_text("utf-8")
    assert ' id="2403.12151"' in page
    assert "待译" in page
    for made in ("index.html", "archive/index.html", "status.json", "glossary/index.html",
                 "digests/2024-03-20.md", "digests/2024-03-20.json", "digests/2024-03-20.bib"):  # fmt: skip
        assert (site / made).is_file(), made
    assets = re.findall(r'(?:href|src)="\.\./\.\./(assets/arxiv-digest[^"?]*)', page)
    assert {Path(asset).suffix for asset in assets} == {".css", ".js"}
    for asset in assets:
        assert (site / asset).is_file(), asset


# --- what the package needs -----------------------------------------------------------------


def requirements(*groups: str) -> Iterator[Requirement]:
    """What pyproject.toml asks for: the package, its extras, and `groups`."""
    project = PROJECT["project"]
    named = PROJECT["dependency-groups"]
    lists = [project["dependencies"], *project["optional-dependencies"].values()]
    return map(Requirement, chain(*lists, *(named[group] for group in groups)))


def imports(path: Path) -> set[str]:
    """The packages that a module imports, wherever in it, but for the standard library's."""
    names = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names.add(node.module.partition(".")[0])
    return names - sys.stdlib_module_names - {"digest_plugin"}


def test_what_is_imported_is_asked_for() -> None:
    """No module relies on what only happens to be installed, and nothing is asked for in vain."""
    owners = metadata.packages_distributions()
    modules = (REPOSITORY / "digest_plugin").rglob("*.py")
    names = {name for path in modules for name in imports(path)}
    used = {canonicalize_name(owners[name][0]) for name in names}
    asked = {canonicalize_name(each.name) for each in requirements()}
    # pydantic asks for the one version of pydantic-core that it goes with; the theme is no import.
    assert used - {"pydantic-core"} == asked - {"mkdocs-material"}


def test_every_requirement_says_from_which_version_on() -> None:
    """scripts/test-ranges tests with that version."""
    for each in requirements("test"):
        assert [s.operator for s in each.specifier if s.operator != "<"] == [">="], each


def test_the_pins_hold_all_that_is_installed() -> None:
    """What scripts/setup installs, and what that needs, is pinned within the ranges."""
    lines = (REPOSITORY / "constraints.txt").read_text("utf-8").splitlines()
    pins = {canonicalize_name(name): version for name, version in (x.split("==") for x in lines)}
    waiting = list(requirements("test", "lint"))
    seen: set[tuple[str, frozenset[str]]] = set()
    while waiting:
        each = waiting.pop()
        name, extras = canonicalize_name(each.name), frozenset(each.extras)
        assert name in pins, f"{each} is not pinned"
        assert each.specifier.contains(pins[name], prereleases=True), each
        if (name, extras) in seen:
            continue
        seen.add((name, extras))
        try:
            needed = metadata.requires(name) or ()
        except metadata.PackageNotFoundError:
            continue  # a group that this environment does without
        for requirement in map(Requirement, needed):
            marker = requirement.marker
            if marker is None or any(marker.evaluate({"extra": e}) for e in extras or {""}):
                waiting.append(requirement)


# --- the core -------------------------------------------------------------------------------

KNOW_MKDOCS = ("plugin.py", "commands/shell.py", "mkdocs_site/")
"""Modules and folders of `digest_plugin/`."""
WITHOUT_MKDOCS = """
import sys
from importlib import import_module
from pathlib import Path

sys.modules["mkdocs"] = sys.modules["material"] = None  # whoever imports them fails
root, arxiv, model, *modules = sys.argv[1:]
for module in modules:
    import_module(f"digest_plugin.{module}")

from digest_plugin.records.contents import Folders, read_contents
from digest_plugin.intake.fetch import ArxivClient
from digest_plugin.writing.model import ChatModel
from digest_plugin.pages.outlines import outline_of
from digest_plugin.pages.page_html import Renderer
from digest_plugin.pages.all_pages import SiteFacts, site_pages
from digest_plugin.records.store import PaperStore
from digest_plugin.writing.update import Limits, update

docs = Path(root, "docs")
folders = Folders(
    docs.parent, docs / "digests", docs / "papers", docs / "corrections", docs / "glossary.yml"
)
contents = read_contents(folders)
store = PaperStore(folders.papers, folders.root)
client = ArxivClient(arxiv, delay=0.0)
report = update(contents, store, client, ChatModel("m", "key", model), Limits(1, 30.0))
assert report.failed == [], report.failed
(edition,) = contents.editions(store)
entries = {each.listed: each for each in edition.entries}
site = SiteFacts("x", "x")
generated = site_pages([outline_of(edition, entries.__getitem__)], site)
renderer = Renderer(site, lambda uri: uri.removesuffix(".md") + "/")
for page in generated.pages:
    html = renderer.page(page)
    if page.edition is not None:
        print(html)
"""


def module_paths() -> list[str]:
    """Of all modules, below `digest_plugin/`."""
    package = REPOSITORY / "digest_plugin"
    return sorted(path.relative_to(package).as_posix() for path in package.rglob("*.py"))


def test_the_core_runs_without_mkdocs(tmp_path) -> None:
    """The day somebody moves to another generator, all but a few modules come along: a list is
    read, fetched, written, checked, stored and shown with MkDocs out of reach."""
    core = [
        path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")
        for path in module_paths()
        if not path.startswith(("__", *KNOW_MKDOCS))
    ]
    write_files(tmp_path, {"docs/digests/2024-03-20.yml": "- 2403.12151\n"})
    with ArxivServer([ArxivPaper("2403.12151")]) as arxiv, ModelServer() as model:
        addresses = [arxiv.url, model.base_url]
        script = [sys.executable, "-c", WITHOUT_MKDOCS, str(tmp_path), *addresses, *core]
        environment = CLEAN | {"PYTHONPATH": str(REPOSITORY)}
        done = subprocess.run(
            script, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
        )
    assert done.returncode == 0, done.stderr
    assert ' id="2403.12151"' in done.stdout
    assert "待译" not in done.stdout


def test_the_modules_that_know_mkdocs_are_those_that_contributing_names() -> None:
    """No other module imports it, not even for its types."""
    package = REPOSITORY / "digest_plugin"
    knowing = [path for path in module_paths() if "mkdocs" in imports(package / path)]
    assert all(path.startswith(KNOW_MKDOCS) for path in knowing)
    assert all(any(path.startswith(place) for path in knowing) for place in KNOW_MKDOCS)
    text = " ".join((REPOSITORY / "CONTRIBUTING.md").read_text("utf-8").split())
    (sentence,) = re.findall(r"only ([^;.]*(?:\.py[^;.]*)*) know MkDocs\.", text)
    assert set(re.findall(r"`([\w./]+)`", sentence)) == set(KNOW_MKDOCS)
