"""The checklist: what is wrong is told apart, has advice, and shows no secret."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import pytest

from digest_plugin.commands.doctor import Check, checks, format_check
from digest_plugin.errors import Fault as FileFault
from digest_plugin.settings import Environment, Settings
from servers import ArxivPaper, ArxivServer, Fault, ModelServer
from sites import KEY, Site, make_site

NAMES = [
    "lists", "corrections", "glossary", "records", "key", "provider", "arXiv", "site address",
    "repository address",
]  # fmt: skip
PAGES = "https://me.github.io/digest/"
REPOSITORY = "https://github.com/me/digest"
JOB = {"GITHUB_ACTIONS": "true", "GITHUB_REPOSITORY": "me/digest"}
NOWHERE = "http://127.0.0.1:9/v1"
"""The port of discard, where nobody listens."""


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return make_site(tmp_path, "2403.00001", "2403.00002")


@pytest.fixture
def arxiv():
    with ArxivServer([ArxivPaper("2403.00001"), ArxivPaper("2403.12151")]) as server:
        yield server


@pytest.fixture
def model():
    with ModelServer() as server:
        server.faults.append(Fault.reply('{"ok": true}'))
        yield server


def settings_of(site: Site, arxiv: object, model: object, **facts: object) -> Settings:
    """Of a site whose servers are given, or their addresses."""
    plain = {
        "folders": site.folders, "model": "test-model", "concurrency": 2, "timeout": 20.0,
        "max_tokens": None, "extra_body": {}, "arxiv_url": getattr(arxiv, "url", arxiv),
        "arxiv_delay": 0.0,
    }  # fmt: skip
    base_url = getattr(model, "base_url", model)
    environment = Environment(facts.pop("api_key", KEY), base_url, facts.pop("named", None))
    return Settings(**plain | {"environment": environment} | facts)


def look(
    site: Site,
    arxiv: object,
    model: object,
    site_url: str | None = PAGES,
    repo_url: str | None = REPOSITORY,
    variables: Mapping[str, str] = {},
    **facts: object,
) -> dict[str, Check]:
    """Every check by its name; whatever is wrong, there is no exception and no key."""
    settings = settings_of(site, arxiv, model, **facts)
    found = list(checks(settings, site_url, repo_url, variables, sleep=lambda _: None))
    assert [check.name for check in found] == NAMES
    for check in found:
        assert check.outcome in {"ok", "warning", "failed"}
        assert bool(check.advice) is (check.outcome != "ok"), check
        for text in (check.message, check.advice):
            assert text.isprintable()
        assert KEY not in format_check(check, colour=False)
    return {check.name: check for check in found}


def test_where_all_is_well_every_line_is_ok(site, arxiv, model) -> None:
    """With what was found, and what the question cost."""
    site.write_correction("2403.00001", title="题")
    site.write_glossary({"prompt": "提示", "token": "词元"})
    site.update(arxiv, None)
    found = look(site, arxiv, model, variables=JOB)
    assert {check.outcome for check in found.values()} == {"ok"}
    assert found["lists"].message == "1 list, 2 papers"
    assert found["corrections"].message == "1 correction"
    assert found["glossary"].message == "2 terms"
    assert found["records"].message == "1 record"
    assert found["provider"].message.startswith("127.0.0.1 answered as 'test-model' in 0.")
    assert "tokens in, 7 out" in found["provider"].message
    assert found["arXiv"].message.startswith("127.0.0.1 gave 2403.00001v1 in 0.")


def test_the_question_to_the_provider_is_one_and_small(site, arxiv, model) -> None:
    """It is asked as papers are: through the same call, for a JSON object."""
    look(site, arxiv, model)
    (request,) = model.requests
    assert request.body["response_format"] == {"type": "json_object"}
    assert len(json.dumps(request.body)) < 300
    assert [asked.ids for asked in arxiv.requests] == [("2403.00001",)]


def test_lines_come_one_by_one(site, arxiv, model) -> None:
    """No server is asked before the lines above have been handed out."""
    lines = checks(settings_of(site, arxiv, model), PAGES, REPOSITORY, {})
    for name in NAMES[:5]:
        assert next(lines).name == name
    assert not model.requests
    assert next(lines).name == "provider"
    assert len(model.requests) == 1
    assert not arxiv.requests


# Files


def test_faults_are_counted_and_the_first_are_named(site, arxiv, model) -> None:
    """Each kind of file on its own line."""
    site.write_list("2024-03-21", ["x1", "x2", "x3", "x4"])
    site.write_correction("2403.00001", titel="题")
    site.folders.glossary.write_text("- x\n")
    stray = site.folders.papers / "2403/2403.00001.json"
    stray.parent.mkdir(parents=True)
    stray.write_text("{")
    found = look(site, arxiv, model)
    assert {found[name].outcome for name in NAMES[:4]} == {"failed"}
    lists = found["lists"].message
    assert lists.startswith("4 faults in ")
    assert "docs/digests/2024-03-21.yml:3: expected an arXiv ID" in lists
    assert "'x4'" not in lists
    assert "docs/corrections/2403.00001.yml:1: " in found["corrections"].message
    assert "docs/glossary.yml:1: " in found["glossary"].message
    assert "docs/papers/2403/2403.00001.json:1: " in found["records"].message
    assert "arxiv-digest check" in found["lists"].advice


def test_a_site_without_a_list_is_told_how_to_make_one(tmp_path, arxiv, model) -> None:
    """No failure yet; arXiv is asked for a paper that it has."""
    found = look(Site(tmp_path), arxiv, model)
    assert found["lists"].outcome == "warning"
    assert found["lists"].message == "no list in docs/digests"
    assert "docs/digests/2024-03-20.yml" in found["lists"].advice
    assert found["arXiv"].outcome == "ok"
    assert [asked.ids for asked in arxiv.requests] == [("2403.12151",)]


def test_files_that_cannot_be_read_are_no_traceback(site, arxiv, model, monkeypatch) -> None:
    """Whatever the disk says."""

    def refuse(*_: object) -> None:
        raise PermissionError(13, "Permission denied", "docs\n/digests")

    monkeypatch.setattr("digest_plugin.commands.doctor.read_digests", refuse)
    found = look(site, arxiv, model)
    assert found["lists"].outcome == "failed"
    assert found["lists"].message == "docs /digests: Permission denied"


# The key and the provider


@pytest.mark.parametrize(
    ("key", "words"),
    [
        (None, "is not set"), ("", "is not set"), ("sk abc", "spaces"), ("sk-中文中文中文", "characters"),
        (f'"{KEY}"', "more than a key"), (f"OPENAI_API_KEY={KEY}", "more than a key"),
        (f"Bearer {KEY}", "spaces"), ("https://api.openai.com/v1", "more than a key"),
    ],
)  # fmt: skip
def test_a_key_that_cannot_be_one_is_told_before_anybody_is_asked(
    site, arxiv, model, key, words
) -> None:
    """In a job the advice speaks of the repository's settings, elsewhere of the environment."""
    found = look(site, arxiv, model, api_key=key)
    assert found["key"].outcome == "failed"
    assert words in found["key"].message
    assert found["key"].advice.startswith("set the environment variable OPENAI_API_KEY to")
    advice = look(site, arxiv, model, api_key=key, variables=JOB)["key"].advice
    assert "Settings → Secrets and variables → Actions → Secrets" in advice
    assert "OPENAI_API_KEY" in advice
    if not key:
        assert found["provider"].outcome == "warning"
        assert not model.requests


PROVIDERS = {
    "key": ([Fault.status(401)], "refuses the key", "OPENAI_API_KEY"),
    "credit": ([Fault.status(402)], "no credit left", "top up"),
    "access": ([Fault.status(403)], "does not allow the key to use 'test-model'", "OPENAI_MODEL"),
    "model": ([Fault.status(404)], "knows no model 'test-model'", "OPENAI_MODEL"),
    "request": ([Fault.status(400)] * 2, "answers, but not to this", "max_tokens"),
    "busy": ([Fault.status(503)] * 5, "does not answer: no answer from the model after 5", "wait"),
    "reset": ([Fault.reset()] * 5, "cannot be reached: no answer", "OPENAI_BASE_URL"),
    "page": ([Fault.html_200()] * 5, "a web page instead of an answer", "/v1"),
    "prose": ([Fault.reply("Certainly! ok: true")], "instead of a JSON object", "OPENAI_MODEL"),
    "array": ([Fault.reply("[1, 2]")], "'[1, 2]' instead of a JSON object", "OPENAI_MODEL"),
    "empty": ([Fault.reply("")], "nothing instead of a JSON object", "OPENAI_MODEL"),
    "braces": ([Fault.reply("{" * 200_000)], "instead of a JSON object", "OPENAI_MODEL"),
    "cut": ([Fault.reply('{"ok', "length")], "cut at the limit of tokens", "OPENAI_MODEL"),
    "refusal": ([Fault.refusal("I\nmust not")], "but refused: I must not", "OPENAI_MODEL"),
}


@pytest.mark.parametrize("trouble", PROVIDERS)
def test_troubles_of_the_provider_are_told_apart(site, arxiv, model, trouble) -> None:
    """Each in a line, which names the server, and with its own advice."""
    faults, words, advice = PROVIDERS[trouble]
    model.faults.clear()
    model.faults.extend(faults)
    for variables in ({}, JOB):
        model.faults.extend(faults)
        check = look(site, arxiv, model, variables=variables)["provider"]
        assert check.outcome == "failed"
        assert check.message.startswith("127.0.0.1")
        assert words in check.message
        assert advice in check.advice


def test_a_provider_that_nobody_answers_at_is_unreachable(site, arxiv) -> None:
    """The reason is there, and that the address may be wrong."""
    check = look(site, arxiv, NOWHERE)["provider"]
    assert "127.0.0.1 cannot be reached" in check.message
    assert "connection failed" in check.message
    assert "OPENAI_BASE_URL" in check.advice
    assert "wait and try again" in check.advice


@pytest.mark.parametrize(
    "answer",
    [
        '{"ok": true}',
        '```json\n{"ok": true}\n```',
        '<think>{hm}</think>\n{"ok": true}',
        'Sure: {"a": {}}',
    ],
)
def test_json_is_found_as_papers_find_it(site, arxiv, model, answer) -> None:
    """In a fence, behind thoughts, behind politeness."""
    model.faults[0] = Fault.reply(answer)
    assert look(site, arxiv, model)["provider"].outcome == "ok"


def test_a_provider_without_response_format_is_well(site, arxiv, model) -> None:
    """As it is for papers."""
    model.faults.clear()
    model.refuse_json_object = True
    assert look(site, arxiv, model)["provider"].outcome == "ok"


def test_a_cut_answer_points_to_the_option_that_cuts(site, arxiv, model) -> None:
    """If there is one."""
    model.faults[0] = Fault.reply("{", "length")
    assert "max_tokens" in look(site, arxiv, model, max_tokens=1)["provider"].advice


@pytest.mark.parametrize("status", [200, 400, 401, 403, 404, 429, 500])
@pytest.mark.parametrize(
    "body",
    [
        f"Incorrect API key provided: {KEY}",
        json.dumps({"error": {"message": f"key {KEY} is bad", "type": KEY, "code": KEY}}),
        json.dumps({"error": f"{KEY}"}),
        f"<html>{KEY}</html>",
    ],
)
def test_a_server_that_echoes_the_key_does_not_make_us_print_it(
    site, arxiv, model, status, body
) -> None:
    """`look` asserts it of every line."""
    model.faults.clear()
    model.faults.extend([Fault.raw(body.encode(), status=status)] * 6)
    assert look(site, arxiv, model)["provider"].outcome == "failed"


@pytest.mark.parametrize(
    "key",
    ["sk-a\"b\\c'd-0123", "sk-%7Bx%7D&y=z/0123", "sk-0123456789"],
    ids=["quotes", "url", "plain"],
)
def test_a_key_with_signs_in_it_is_not_printed_in_another_form(site, arxiv, model, key) -> None:
    """A message that quotes a reply escapes it once more."""
    for echo in (key, repr(key), json.dumps(key), json.dumps(json.dumps(key)[1:-1])):
        model.faults.clear()
        body = json.dumps({"error": {"message": f"You sent {echo}."}})
        model.faults.extend([Fault.raw(body.encode(), status=400)] * 2)
        check = look(site, arxiv, model, api_key=key)["provider"]
        assert "You sent " in check.message
        assert "***" in check.message
        assert "0123" not in check.message, check.message


def test_an_answer_with_the_key_is_not_printed(site, arxiv, model) -> None:
    """Also where it is the answer that is quoted."""
    model.faults[0] = Fault.reply(f"{KEY} {KEY}")
    assert "***" in look(site, arxiv, model)["provider"].message


def test_a_key_in_the_wrong_place_is_not_printed(site, arxiv, model) -> None:
    """Variables of a repository are no secrets: what GitHub prints of a job, everybody reads."""
    key = "sk-another-9f8e7d6c5b4a"
    found = look(site, arxiv, model, named=key)
    assert "looks like a key" in found["provider"].message
    assert "OPENAI_MODEL" in found["provider"].advice
    other = look(site, arxiv, key, variables=JOB)
    assert "OPENAI_BASE_URL is no web address" in other["provider"].message
    for each in (*found.values(), *other.values()):
        assert key not in format_check(each, colour=True)
    assert not model.requests
    assert look(site, arxiv, model, named=KEY)["provider"].outcome == "failed"


def test_other_secrets_stay_secret_too(site, arxiv, model) -> None:
    """Tokens of the job, and passwords in addresses."""
    variables = {"GITHUB_TOKEN": "ghs_0123456789", "MY_PASSWORD": "hunter2hunter2"}
    model.faults.clear()
    body = json.dumps({"error": {"message": "ghs_0123456789 hunter2hunter2"}})
    model.faults.extend([Fault.raw(body.encode(), status=400)] * 2)
    address = "https://me:geheim@me.github.io/digest/"
    found = look(site, arxiv, model, address, "https://me:geheim@github.com/x/y", variables | JOB)
    text = "\n".join(format_check(each, colour=False) for each in found.values())
    for secret in ("ghs_0123456789", "hunter2hunter2", "geheim"):
        assert secret not in text
    assert "***" in found["provider"].message


STRANGE = [
    "", " ", "x", "http://", "https://", "http://[", "http://[::1", "http://127.0.0.1:99999/v1",
    "http://127.0.0.1:x/", "http://\n::error::x", "http://\udc80/", "javascript:alert(1)", "//x/y",
    "http://127.0.0.1:9/" + "x" * 3000, "http://a..b/", "http://" + "a" * 300 + "/", "http://@:9/",
    "http://127.0.0.1:9/\u202ex", "http://127.0.0.1:-1/", "http://:9/", "http://?",
]  # fmt: skip


@pytest.mark.parametrize("address", STRANGE)
def test_no_address_makes_a_traceback(site, address) -> None:
    """Wherever it stands; a line is a line."""
    variables = JOB | {"GITHUB_SERVER_URL": address, "GITHUB_REPOSITORY": address}
    found = look(site, address, address or NOWHERE, address, address, variables)
    for each in found.values():
        text = format_check(each, colour=False)
        assert len(text.splitlines()) <= 2
        assert not any(line.lstrip().startswith("::") for line in text.splitlines())
    for name in ("provider", "arXiv", "site address"):
        assert found[name].outcome != "ok", found[name]


# arXiv


def test_an_id_that_arxiv_does_not_know_is_named_with_its_line(tmp_path, arxiv, model) -> None:
    """arXiv answers: that much is well."""
    check = look(make_site(tmp_path, "2403.99999"), arxiv, model)["arXiv"]
    assert check.outcome == "warning"
    assert (
        "127.0.0.1 answers, but not for 2403.99999 (docs/digests/2024-03-20.yml:1)" in check.message
    )
    assert "2403.99999" in check.advice


@pytest.mark.parametrize(
    ("faults", "words"),
    [
        ([Fault.status(503)] * 4, "HTTP 503"), ([Fault.html_200()] * 4, "not a complete Atom feed"),
        ([Fault.reset()] * 4, "connection"), ([Fault.status(429, "500")], "asks to wait 500 s"),
    ],
)  # fmt: skip
def test_an_arxiv_that_is_down_has_failed(site, arxiv, model, faults, words) -> None:
    """With the reason, and that it passes."""
    arxiv.faults.extend(faults)
    check = look(site, arxiv, model)["arXiv"]
    assert check.outcome == "failed"
    assert words in check.message
    assert "try again" in check.advice


def test_arxivs_own_server_is_not_asked_too_often(site, model) -> None:
    """The rule of its terms of use is checked before anything is sent."""
    url = "https://export.arxiv.org/api/query"
    check = look(site, url, model, arxiv_delay=1.0)["arXiv"]
    assert check.outcome == "failed"
    assert "at least 3 seconds" in check.message
    assert "arxiv_delay" in check.advice


# Addresses

FORK = {"GITHUB_REPOSITORY": "Me/Digest"}
HOME = {"GITHUB_REPOSITORY": "Me/me.github.io"}


@pytest.mark.parametrize(
    ("site_url", "variables", "outcome", "words"),
    [
        ("https://me.github.io/Digest/", FORK, "ok", "https://me.github.io/Digest/"),
        ("https://ME.GitHub.io/Digest", FORK, "ok", ""),
        ("https://me.github.io/digest/", FORK, "warning", "not quite https://me.github.io/Digest/"),
        ("http://me.github.io/Digest/", FORK, "warning", "not quite"),
        ("https://me.github.io/", FORK, "failed", "publishes at https://me.github.io/Digest/"),
        ("https://me.github.io/other/", FORK, "failed", "publishes at"),
        ("https://you.github.io/Digest/", FORK, "failed", "publishes at"),
        ("https://example.github.io/mkdocs-arxiv-digest/", FORK, "failed", "the example's own"),
        ("https://me.github.io/", HOME, "ok", ""),
        ("https://me.github.io", HOME, "ok", ""),
        ("https://me.github.io/me.github.io/", HOME, "failed", "publishes at https://me.github.io/"),
        ("https://papers.example.org/", FORK, "ok", "Custom domain it must say papers.example.org"),
        ("https://x-y.pages.github.io/", FORK, "ok", "Custom domain"),
        ("https://github.io.evil.example/", FORK, "ok", "github.io.evil.example"),
        ("http://127.0.0.1:8000/", FORK, "warning", "this machine only"),
        ("http://localhost:8000/", FORK, "warning", "this machine only"),
        ("http://[::1]:8000/", FORK, "warning", "this machine only"),
        (None, FORK, "failed", "not set"), ("", FORK, "failed", "not set"),
        ("me.github.io/Digest", FORK, "failed", "no web address"),
        ("ftp://me.github.io/Digest", FORK, "failed", "no web address"),
        ("https://example.github.io/mkdocs-arxiv-digest/",
         {"GITHUB_REPOSITORY": "example/mkdocs-arxiv-digest"}, "ok", ""),
        ("https://example.github.io/mkdocs-arxiv-digest/", {}, "failed", "the example's own"),
        ("https://me.github.io/digest/", {}, "ok", ""),
        ("https://me.github.io/other/", {}, "failed", "publishes at https://me.github.io/digest/"),
    ],
)  # fmt: skip
def test_the_address_of_the_site_is_that_of_pages(
    site, arxiv, model, site_url, variables, outcome, words
) -> None:
    """The job's own repository decides, else the one that mkdocs.yml names."""
    check = look(site, arxiv, model, site_url, REPOSITORY, variables)["site address"]
    assert (check.outcome, words in check.message) == (outcome, True), check
    if outcome != "ok" and variables == FORK:
        assert "https://me.github.io/Digest/" in check.advice
        assert "SITE_URL" in check.advice


def test_without_any_repository_an_address_on_pages_cannot_be_judged(site, arxiv, model) -> None:
    """It is said so."""
    check = look(site, arxiv, model, PAGES, None)["site address"]
    assert check.outcome == "warning"
    assert "repo_url" in check.advice


@pytest.mark.parametrize(
    ("repo_url", "variables", "outcome", "words"),
    [
        (REPOSITORY, FORK, "ok", REPOSITORY), (REPOSITORY + "/", FORK, "ok", ""),
        ("https://GitHub.com/ME/DIGEST.git", FORK, "ok", ""),
        (REPOSITORY, {}, "ok", ""), ("http://github.com/me/digest", FORK, "warning", "https://"),
        ("https://github.com/you/digest", FORK, "failed", "the repository is https://github.com/Me/Digest"),
        ("https://gitlab.com/me/digest", FORK, "failed", "the repository is"),
        ("https://gitlab.com/me/digest", {}, "warning", "not on GitHub"),
        ("https://github.com/example/mkdocs-arxiv-digest", FORK, "failed", "the example's own"),
        ("https://github.com/example/mkdocs-arxiv-digest", {}, "warning", "the example's own"),
        ("https://github.com/example/mkdocs-arxiv-digest",
         {"GITHUB_REPOSITORY": "example/mkdocs-arxiv-digest"}, "ok", ""),
        (None, FORK, "warning", "no links for editing"), ("", {}, "warning", "no links for editing"),
        ("https://github.com/me", FORK, "failed", "no repository's address"),
        ("https://github.com/me/digest/tree/main", FORK, "failed", "no repository's address"),
        ("git@github.com:me/digest.git", FORK, "failed", "no repository's address"),
        ("https://git.me.example/me/digest",
         FORK | {"GITHUB_SERVER_URL": "https://git.me.example"}, "ok", ""),
    ],
)  # fmt: skip
def test_the_address_of_the_repository_is_that_of_the_job(
    site, arxiv, model, repo_url, variables, outcome, words
) -> None:
    """Links for editing lead there."""
    check = look(site, arxiv, model, PAGES, repo_url, variables)["repository address"]
    assert (check.outcome, words in check.message) == (outcome, True), check


def test_an_untouched_copy_on_ones_own_machine_is_a_warning(site, arxiv, model) -> None:
    """Only the workflows know whose it is; they put the right addresses in."""
    found = look(
        site, arxiv, model, "https://example.github.io/mkdocs-arxiv-digest/",
        "https://github.com/example/mkdocs-arxiv-digest",
    )  # fmt: skip
    for name in ("site address", "repository address"):
        assert found[name].outcome == "warning"
        assert "nothing to do for GitHub" in found[name].advice


# Lines


def test_a_line_has_a_mark_and_its_advice_below() -> None:
    """Colour is for terminals, and only for the mark."""
    assert format_check(Check("key", "ok", "it is set"), colour=False) == "✓ key: it is set"
    wrong = Check("key", "failed", "it is not set", "set it")
    assert format_check(wrong, colour=False) == "✗ key: it is not set\n    → set it"
    assert format_check(Check("x", "warning", "y", "z"), colour=False).startswith("! x: y\n")
    assert format_check(wrong, colour=True) == (
        "\x1b[31m\x1b[1m✗\x1b[0m key: it is not set\n    → set it"
    )


def test_what_a_file_is_called_cannot_break_a_line(site, arxiv, model, monkeypatch) -> None:
    """Names and messages come from people."""
    enemy = FileFault("docs/digests/\n::error::x.yml", 1, "a\r\n::warning::b\x1b[2J\u202e")

    def read(folder: object, root: object, faults: list[FileFault]) -> tuple[()]:
        faults.append(enemy)
        return ()

    monkeypatch.setattr("digest_plugin.commands.doctor.read_digests", read)
    text = format_check(look(site, arxiv, model)["lists"], colour=False)
    assert len(text.splitlines()) == 2
    assert "\x1b" not in text
