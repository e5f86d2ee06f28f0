"""The documents tell the truth, continued: their commands are run, or at least known to what they
call."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
import tarfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path

import click
import pytest
from mkdocs.__main__ import cli as mkdocs
from packaging.requirements import Requirement

from builds import VARIABLES, write_files
from digest_plugin.cli import main
from servers import ArxivPaper, ArxivServer, ModelServer
from sites import KEY, run_command
from test_distribution import build
from test_docs_claims import (
    DOCUMENTS,
    FENCED,
    MADE_BY_A_BUILD,
    REPOSITORY,
    inline_code,
    read,
)
from test_nightly import set_up
from test_preview import free_port

ADDRESS = "https://github.com/example/mkdocs-arxiv-digest"
NOT_OURS = {"cd", "export", "git", "rsync", "python3", "pip", "apt-get", "."}
"""The first words of commands that are not ours: blocks with them are run below, and `git rm` and
`rsync` are an example that depends on a reader's files."""


def shell_lines(document: str) -> list[str]:
    """Each line of the blocks of shell code, without its comment."""
    blocks = [text for language, text in FENCED.findall(read(document)) if language == "sh"]
    return [line.partition(" #")[0].strip() for block in blocks for line in block.splitlines()]


def commands(document: str) -> Iterator[list[str]]:
    """Every command of a document, in words: in blocks, and in the text those that call a program
    with arguments."""
    programs = ("arxiv-digest ", "scripts/", "mkdocs ", "git ", "rsync ", "python ")
    told = [code for code in inline_code(document) if code.startswith(programs)]
    for line in [*shell_lines(document), *told]:
        for part in line.split("&&"):
            yield shlex.split(part)


def assert_known(command: click.Command, words: list[str]) -> None:
    """`words` name a command below `command`, and options that it has."""
    while words and isinstance(command, click.Group):
        if words[0].startswith("-"):
            break
        assert words[0] in command.commands, words
        command = command.commands[words[0]]
        words = words[1:]
    options = {name for option in command.params for name in option.opts} | {"--help"}
    for word in words:
        if word.startswith("-"):
            assert word in options, (command.name, word)


@pytest.mark.parametrize("document", DOCUMENTS)
def test_every_command_is_known_to_the_program_that_it_calls(document, monkeypatch) -> None:
    """With each of its options."""
    monkeypatch.syspath_prepend(str(REPOSITORY / "scripts"))
    for program, *words in commands(document):
        if program == "arxiv-digest" or [program, *words[:2]] == ["python", "-m", "digest_plugin"]:
            assert_known(main, words if program == "arxiv-digest" else words[2:])
        elif program == "mkdocs":
            assert_known(mkdocs, words)
        elif program == "scripts/bench":
            from benchmarks import main as bench

            assert_known(bench, words)
        elif program.startswith("scripts/"):
            assert (REPOSITORY / program).is_file()
            assert os.access(REPOSITORY / program, os.X_OK) or program.endswith(".py"), program
            source = read(program) + read("tests/conftest.py")
            for word in words:
                if "/" in word:
                    assert (REPOSITORY / word).is_file(), word
                elif word not in {"-k", "date"}:  # pytest's own, and what is looked for
                    assert re.search(rf"(?<![\w-]){word}(?![\w-])", source), (program, word)
        else:
            assert program in NOT_OURS, program


def test_every_benchmark_is_documented(monkeypatch) -> None:
    """Nobody has to find one by chance."""
    monkeypatch.syspath_prepend(str(REPOSITORY / "scripts"))
    from benchmarks import main as bench

    told = re.findall(r"`scripts/bench (\w+)", " ".join(read("CONTRIBUTING.md").split()))
    assert set(told) == set(bench.commands)


def test_every_variable_that_is_named_is_read() -> None:
    """By the package, by MkDocs from mkdocs.yml, or by a script; and what scripts read besides
    GitHub's own is told."""
    files = [
        *(REPOSITORY / "digest_plugin").rglob("*.py"), REPOSITORY / "mkdocs.yml",
        *(path for path in (REPOSITORY / "scripts").iterdir() if path.is_file()),
        REPOSITORY / "tests/conftest.py",
    ]  # fmt: skip
    read_by_code = "\n".join(path.read_text("utf-8") for path in files)
    for document in DOCUMENTS:
        text = read(document)
        for name in re.findall(r"[`$ ]((?:[A-Z]+_)+[A-Z]+|CI)(?==|`)", text):
            assert re.search(rf"\b{name}\b", read_by_code), (document, name)
    pattern = r"\b(?:OPENAI|ARXIV|SITE)_[A-Z_]+\b"
    for name in set(re.findall(pattern, read("scripts/site-address") + read("mkdocs.yml"))):
        assert f"`{name}`" in read("README.md")


def test_exit_codes_are_as_told(tmp_path) -> None:
    """0, all well; 1, the input is at fault and named; 2, wrong usage."""
    for document in DOCUMENTS[:2]:
        (line,) = re.findall(r"^(?:Exit codes: |退出码：)(.*)$", read(document), re.MULTILINE)
        assert re.findall(r"\d", line) == ["0", "1", "2"]
    write_files(tmp_path, {"mkdocs.yml": "site_name: x\nplugins: [arxiv-digest]\n"})
    write_files(tmp_path, {"docs/digests/2024-03-20.yml": "- 2403.12151\n"})
    assert run_command(tmp_path, "check").exit_code == 0
    write_files(tmp_path, {"docs/digests/2024-03-20.yml": "- 2413.00001\n"})
    done = run_command(tmp_path, "check")
    assert done.exit_code == 1
    assert "docs/digests/2024-03-20.yml:1: " in done.output
    assert run_command(tmp_path, "check", "--no-such-option").exit_code == 2


# --- what the README has a reader type ------------------------------------------------------


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A git repository with the files of this one, as they are now."""
    folder = tmp_path_factory.mktemp("published")
    sdist = build(REPOSITORY, "sdist", tmp_path_factory.mktemp("sdist"))
    with tarfile.open(sdist) as archive:
        archive.extractall(folder, filter="data")
    (source,) = folder.iterdir()
    (source / "PKG-INFO").unlink()
    who = ["-c", "user.name=x", "-c", "user.email=x@example.org"]
    plain = os.environ | {"GIT_CONFIG_GLOBAL": os.devnull}
    for command in (["init", "--quiet"], ["add", "--all"], [*who, "commit", "--quiet", "-m", "x"]):
        subprocess.run(["git", *command], cwd=source, env=plain, check=True)
    return source


@pytest.fixture
def shell(published, tmp_path):
    """Run lines in a shell that takes `published` for what is at the README's address."""
    clean = {name: value for name, value in os.environ.items() if name not in VARIABLES}
    clean |= {
        "GIT_CONFIG_COUNT": "1",
        "GIT_CONFIG_KEY_0": f"url.{published}.insteadOf",
        "GIT_CONFIG_VALUE_0": ADDRESS,
        "NO_MKDOCS_2_WARNING": "1",
        "PYTHONPATH": str(REPOSITORY),
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
    }

    def run(lines: list[str], folder: Path = tmp_path, **variables: str) -> str:
        done = subprocess.run(
            ["sh", "-e", "-c", "\n".join(lines)], cwd=folder, env=clean | variables,
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    return run


def blocks() -> list[list[str]]:
    """The lines of each shell block of the README."""
    return [
        text.splitlines()
        for language, text in FENCED.findall(read("README.md"))
        if language == "sh"
    ]


@contextmanager
def served(line: str, folder: Path) -> Iterator[int]:
    """What `line` starts, on a port that is free; `line` itself names none."""
    port = free_port()
    process = subprocess.Popen(
        [*shlex.split(line), str(port), "--bind", "127.0.0.1"], cwd=folder,
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        yield port
    finally:
        process.terminate()
        process.wait(10)


def get(port: int) -> str:
    """The page at the root, as soon as the server listens."""
    for _ in range(200):
        connection = HTTPConnection("127.0.0.1", port, timeout=10)
        try:
            connection.request("GET", "/")
            return connection.getresponse().read().decode()
        except ConnectionRefusedError:
            time.sleep(0.05)
        finally:
            connection.close()
    raise AssertionError("nobody listens")


def test_a_reader_who_types_what_the_readme_says_gets_a_site(shell, tmp_path, thorough) -> None:
    """From `git clone` to a digest of one's own, in the order of the README. With `--thorough`
    scripts/setup makes the environment; otherwise that of the tests is taken."""
    trying, making, provider, installing = blocks()
    cloning, (build_it, serve) = trying[:2], trying[2:]
    assert (cloning[0], cloning[1]) == (f"git clone {ADDRESS}", "cd mkdocs-arxiv-digest")
    shell([*cloning, "test -f mkdocs.yml"])
    clone = tmp_path / "mkdocs-arxiv-digest"
    if not thorough:
        set_up(clone)
    shell([build_it], clone)
    with served(serve, clone) as port:
        assert "每日 arXiv 中文摘要" in get(port)
    help_of_server = shell(["python3 -m http.server --help"])
    assert "8000" in help_of_server
    assert "<http://127.0.0.1:8000/>" in read("README.md")

    activate, *rest = making
    assert rest[1] == "export OPENAI_API_KEY=…"
    rest[1] = f"export OPENAI_API_KEY={KEY}"
    with (
        ArxivServer(map(ArxivPaper, ("2403.12151", "hep-th/9901001"))) as arxiv,
        ModelServer() as model,
    ):
        said = shell(
            [activate, *rest], clone,
            ARXIV_API_URL=arxiv.url, OPENAI_BASE_URL=model.base_url,
        )  # fmt: skip
        assert len(model.requests) == 1  # the other paper is in the example, with its Chinese
    (made,) = set(
        re.findall(r"^(docs/digests/\S+\.yml): hep-th/9901001 added$", said, re.MULTILINE)
    )
    for row in (r"written +1", r"failed +0"):
        assert re.search(rf"^{row}$", said, re.MULTILINE), said
    for made_by_build in MADE_BY_A_BUILD:
        out = made_by_build.replace(".md", "/index.html").replace("index/index", "index")
        assert (clone / "site" / out).exists(), out
    page = clone / "site" / Path(made).relative_to("docs").with_suffix("") / "index.html"
    html = page.read_text("utf-8")
    for paper in ("2403.12151", "hep-th/9901001"):
        assert f' id="{paper}"' in html
    assert "待译" not in html.partition("<article")[2].partition("</article>")[0]

    assert [line.partition("=")[0] for line in provider] == [
        "export OPENAI_BASE_URL", "export OPENAI_MODEL",
    ]  # fmt: skip
    assert len(installing) == 1


def test_what_the_readme_has_pip_install_is_the_plugin(shell, tmp_path) -> None:
    """From the address of the repository, with an extra that there is."""
    (line,) = blocks()[-1]
    program, verb, text = shlex.split(line)
    assert (program, verb) == ("pip", "install")
    wanted = Requirement(text)
    assert wanted.url == f"git+{ADDRESS}"
    alone = "--quiet --no-deps --no-index --no-build-isolation --target here"
    shell([f"python -m pip install {alone} {shlex.quote(text)}"])
    (about,) = tmp_path.glob("here/*.dist-info/METADATA")
    offered = re.findall(r"^Provides-Extra: (.*)$", about.read_text("utf-8"), re.MULTILINE)
    assert wanted.extras <= set(offered)
