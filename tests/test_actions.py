"""The runner of workflows does what GitHub documents, and refuses what it does not know."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from textwrap import dedent, indent
from typing import Any

import pytest

from actions import (
    Annotation,
    Closed,
    JobResult,
    Runner,
    RunResult,
    Scope,
    StepContext,
    StepFailed,
    Unsupported,
    annotations_in,
    load,
    read_pairs,
    run_blocks,
)

CONTEXTS: dict[str, Any] = {
    "github": Closed(
        ref="refs/heads/main", event_name="schedule", event={"number": 7, "labels": ["a", "b"]}
    ),
    "env": {"EMPTY": "", "NAME": "Value"},
    "vars": {},
    "inputs": {"yes": True, "no": False, "word": "false"},
    "needs": Closed(
        {
            "update": Closed(result="failure", outputs=Closed({"commit": "abc", "is-new": "1"})),
            "build": Closed(result="success", outputs=Closed()),
        }
    ),
    "steps": Closed(
        {"commit": Closed(outcome="failure", conclusion="success", outputs={}), "no": None}
    ),
}
STATUS = {"always": True, "success": False, "failure": True, "cancelled": False}


def git(folder: Path, *arguments: str, text: str = "") -> str:
    command = ["git", *arguments]
    done = subprocess.run(
        command, cwd=folder, input=text, text=True, check=True, stdout=subprocess.PIPE
    )
    return done.stdout.strip()


def commit(
    folder: Path, name: str, branch: str = "main", parents: str = "refs/heads/main^0"
) -> str:
    """Commit a file called `name` to the bare repository `folder`, as somebody else would."""
    first, *others = parents.split()
    lines = [
        f"commit refs/heads/{branch}",
        "committer Somebody <somebody@example.org> 1700000000 +0000",
        f"data {len(name)}\n{name}",
        *([f"from {first}"] if first != "-" else []),
        *(f"merge {each}" for each in others),
        f"M 100644 inline {name}",
        f"data {len(name)}\n{name}",
    ]
    git(folder, "fast-import", "--quiet", text="\n".join([*lines, ""]))
    return git(folder, "rev-parse", branch)


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A bare repository with two commits on main."""
    folder = tmp_path_factory.mktemp("template")
    git(folder, "init", "--quiet", "--bare", "--template=", "--initial-branch=main")
    commit(folder, "first", parents="-")
    commit(folder, "second")
    return folder


@pytest.fixture
def origin(tmp_path: Path, template: Path) -> Path:
    """A copy of the template, to spoil."""
    return shutil.copytree(template, tmp_path / "origin.git")


def write(
    folder: Path, jobs: str, head: str = "on: [push, workflow_dispatch, pull_request]"
) -> Path:
    path = folder / "workflow.yml"
    path.write_text(f"{dedent(head).strip()}\njobs:\n{indent(dedent(jobs), '  ')}", "utf-8")
    return path


@pytest.fixture
def runner(tmp_path: Path, origin: Path) -> Callable[..., Runner]:
    def make(jobs: str, **options: Any) -> Runner:
        head = options.pop("head", "on: [push, workflow_dispatch, pull_request]")
        options = {"event_name": "push", "limit": 20.0} | options
        workflow = load(write(tmp_path, jobs, head))
        return Runner(workflow, origin=origin, work=tmp_path, **options)

    return make


@pytest.fixture
def run(runner: Callable[..., Runner]) -> Callable[..., RunResult]:
    return lambda jobs, **options: runner(jobs, **options).run()


@pytest.fixture
def steps(run: Callable[..., RunResult]) -> Callable[..., JobResult]:
    """Run one job of these steps."""

    def one(text: str, *, job: str = "", **options: Any) -> JobResult:
        lines = f"one:\n  runs-on: ubuntu-latest\n{indent(dedent(job), '  ')}\n  steps:\n"
        return run(lines + indent(dedent(text), "    "), **options).jobs["one"]

    return one


CHECKOUT = "- {name: Check out, uses: actions/checkout@v7, with: {persist-credentials: false}}\n"
AUTHENTICATED = (
    'GIT_CONFIG_COUNT=1 GIT_CONFIG_KEY_0="http.$GITHUB_SERVER_URL/.extraheader"'
    ' GIT_CONFIG_VALUE_0="AUTHORIZATION: basic $(printf "x-access-token:$TOKEN" | base64 -w0)"'
)
IDENTITY = "git config user.name Bot; git config user.email bot@example.org"


# --- expressions ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("'It''s'", "It's"),
        ("''", ""),
        ("-1.5", -1.5),
        ("true", True),
        ("null", None),
        ("github.ref", "refs/heads/main"),
        ("github['ref']", "refs/heads/main"),
        ("github.event.number", 7),
        ("github.event.pull_request.head.sha", None),
        ("needs.update.outputs.commit", "abc"),
        ("needs.update.outputs.is-new", "1"),
        ("needs.*.result", ["failure", "success"]),
        ("contains(needs.*.result, 'failure')", True),
        ("contains(needs.*.result, 'skipped')", False),
        ("contains('Hello', 'ELL')", True),
        ("contains(github.event.labels, 'b')", True),
        ("startsWith(github.ref, 'refs/heads/')", True),
        ("endsWith(github.ref, 'MAIN')", True),
        ("format('{0} {{x}} {1}', 'a', 2)", "a {x} 2"),
        ("toJSON(github.event.labels)", '[\n  "a",\n  "b"\n]'),
        ("steps.commit.outcome == 'failure' && steps.commit.conclusion == 'success'", True),
        ("steps.no.outputs.x", None),
        ("vars.MISSING", None),
        ("vars.MISSING == ''", True),
        ("env.EMPTY || 'default'", "default"),
        ("env.NAME && 'yes' || 'no'", "yes"),
        ("false || 0", 0),
        ("'' && 'never'", ""),
        ("'ABC' == 'abc'", True),
        ("null == 0", True),
        ("null == ''", True),
        ("true == 1", True),
        ("true == 'true'", False),
        ("false == ''", True),
        ("'1' == 1", True),
        ("' 1 ' == 1", True),
        ("'x' == 0", False),
        ("'x' != 0", True),
        ("github.event == github.event", True),
        ("github.event == 'Object'", False),
        ("inputs.yes", True),
        ("inputs.no", False),
        ("inputs.word && 'the word false is true'", "the word false is true"),
        ("!inputs.yes", False),
        ("!!'x'", True),
        ("!null == true", True),
        ("true || false && false", True),
        ("(true || false) && false", False),
        ("1 == 1 == true", True),
        ("!cancelled() && failure()", True),
        ("Failure()", True),
    ],
)
def test_expressions(text: str, value: object) -> None:
    """An expression has the value and the type that GitHub gives it."""
    result = Scope(CONTEXTS, STATUS).evaluate(text)
    assert (result, type(result) is bool) == (value, type(value) is bool)


@pytest.mark.parametrize(
    "text",
    [
        "", "github.", "github.ref ==", "(true", "true)", "'open", '"double"', "1 2", "a b",
        "1 < 2", "github.ref = 'x'", "true & false", "0xff", "1..2", "github[", "github.event[0",
        "fromJSON('1')", "hashFiles('x')", "unknown()", "contains('a')", "success('update')",
        "matrix.x", "secrets.KEY", "TRUE", "github.evnt_name", "needs.deploy.result",
        "needs.update.outputs.comit", "steps.other.outcome", "needs.update.outputs.COMMIT",
        "env.name", "Github.ref", "format('{1}', 'a')", "format('{', 'a')", "github.event.labels[0]",
        "true || github.evnt_name", "false && unknown()", "'x'.*", "toJSON()",
    ],
)  # fmt: skip
def test_expressions_refused(text: str) -> None:
    """What GitHub refuses or this runner does not know raises, with the text of the expression,
    even where && or || would throw it away."""
    with pytest.raises(Unsupported) as error:
        Scope(CONTEXTS, STATUS, "here").evaluate(text)
    assert text in str(error.value)
    assert "here" in str(error.value)


@pytest.mark.parametrize(
    ("template", "text"),
    [
        ("plain $HOME {}", "plain $HOME {}"),
        ("${{ github.event.number }}", "7"),
        ("<${{ inputs.yes }}${{ null }}${{ 1.50 }}>", "<true1.5>"),
        ("${{ '}}' }}", "}}"),
        ("${{ format('{0}}}', 'a') }}", "a}"),
        ("${{ github.event }}", "Object"),
        ("${{ -0 }}", "0"),
    ],
)
def test_templates(template: str, text: str) -> None:
    """Expressions inside a text are replaced by their value as text."""
    assert Scope(CONTEXTS).fill(template) == text


def test_template_without_end() -> None:
    """Braces that do not close are no text."""
    with pytest.raises(Unsupported, match="no end"):
        Scope(CONTEXTS).fill("a ${{ github.ref }")


@pytest.mark.parametrize(
    ("condition", "holds"),
    [
        ("", False),
        ("true", False),
        ("${{ true }}", False),
        ("github.event_name == 'schedule'", False),
        ("'failure()' != ''", False),
        ("always()", True),
        ("!success()", True),
        ("${{ !cancelled() && steps.commit.outcome == 'failure' }}", True),
        ("always() && false", False),
    ],
)
def test_conditions_after_a_failure(condition: str, holds: object) -> None:
    """A condition without a status function means success() && too; in a text it is none."""
    assert Scope(CONTEXTS, STATUS).holds(condition) is holds


def test_condition_with_text_around_it() -> None:
    """GitHub takes such a condition for a text, which is true: a trap, so it raises."""
    with pytest.raises(Unsupported, match="text around"):
        Scope(CONTEXTS, STATUS).holds("${{ false }} || false")


# --- workflow files -------------------------------------------------------------------------

GOOD = "one:\n  runs-on: ubuntu-latest\n  steps: [{run: 'true'}]\n"


@pytest.mark.parametrize(
    "text",
    [
        "one:\n  runs-on: windows-latest\n  steps: [{run: x}]",
        "one:\n  runs-on: ubuntu-latest\n  container: x\n  steps: [{run: x}]",
        "one:\n  runs-on: ubuntu-latest\n  continue-on-error: true\n  steps: [{run: x}]",
        "one:\n  runs-on: ubuntu-latest\n  steps: [{run: x, uses: a@b}]",
        "one:\n  runs-on: ubuntu-latest\n  steps: [{name: x}]",
        "one:\n  runs-on: ubuntu-latest\n  steps: [{run: x, with: {a: b}}]",
        "one:\n  runs-on: ubuntu-latest\n  steps: [{uses: a@b, shell: bash}]",
        "one:\n  runs-on: ubuntu-latest\n  steps: [{uses: actions/checkout}]",
        "one:\n  runs-on: ubuntu-latest\n  steps: [{run: x, shell: pwsh}]",
        "one:\n  runs-on: ubuntu-latest\n  steps: [{run: x, iff: y}]",
        "one:\n  runs-on: ubuntu-latest\n  steps: [{id: a, run: x}, {id: a, run: x}]",
        "one:\n  runs-on: ubuntu-latest\n  defaults: {run: {shel: bash}}\n  steps: [{run: x}]",
        "one:\n  runs-on: ubuntu-latest\n  needs: two\n  steps: [{run: x}]",
        "one:\n  runs-on: ubuntu-latest\n  needs: one\n  steps: [{run: x}]",
        "one:\n  uses: ./.github/workflows/other.yml",
        "one:\n  runs-on: ubuntu-latest\n  steps: [{run: x, run: y}]",
    ],
)
def test_workflows_refused(tmp_path: Path, text: str) -> None:
    """A key or a value that the runner would have to ignore raises."""
    assert load(write(tmp_path, GOOD)).jobs
    with pytest.raises(Unsupported):
        load(write(tmp_path, text))


@pytest.mark.parametrize(
    "options",
    [
        {"event_name": "schedule"},
        {"before": {"Misspelt": print}},
        {"before_job": {"two": print}},
        {"inputs": {"strange": "1"}},
    ],
)
def test_runs_refused(runner: Callable[..., Runner], options: dict[str, Any]) -> None:
    """A test that names an event, a step, a job or an input that is not there is mistaken."""
    with pytest.raises(ValueError):
        runner(GOOD, **options)


@pytest.mark.parametrize("extra", ["uses: somebody/something@v1", "uses: actions/github-script@v8"])
def test_unknown_actions(runner: Callable[..., Runner], extra: str) -> None:
    """An action without a stand-in raises, even in a step that would be skipped."""
    jobs = GOOD.replace("[{run: 'true'}]", f"[{{if: false, {extra}}}]")
    with pytest.raises(Unsupported, match=extra[6:-3]):
        runner(jobs)


def test_matrix(runner: Callable[..., Runner]) -> None:
    """A strategy can be read for its scripts, but not run."""
    with pytest.raises(Unsupported, match="one"):
        runner(GOOD + "  strategy: {matrix: {a: [1]}}\n")


def test_run_blocks(tmp_path: Path) -> None:
    """Every script, with the shell it runs in, and without what only GitHub understands."""
    path = write(
        tmp_path,
        """
        one:
          runs-on: ubuntu-latest
          defaults: {run: {shell: sh}}
          steps:
            - {name: First, run: "echo ${{ github.ref }}"}
            - {uses: actions/checkout@v7}
            - {run: "echo 2", shell: bash}
        """,
    )
    assert run_blocks(path) == [
        ("one", "First", "sh", "echo expression", True),
        ("one", "Run echo 2", "bash", "echo 2", False),
    ]


# --- what steps leave -----------------------------------------------------------------------


def test_pairs() -> None:
    """Both forms are read, whatever stands in a value; a later one wins."""
    text = "a=1\n\nb=x=y<<z\nc<<END\nline\n\n  END\nEND\nd<<E\nE\na=2\n"
    assert read_pairs(text) == {"a": "2", "b": "x=y<<z", "c": "line\n\n  END", "d": ""}


@pytest.mark.parametrize("text", ["word", "a<<END\nline\n", "<<END\nx\nEND\n", "a<<\nx\n", "=x"])
def test_pairs_refused(text: str) -> None:
    """A line that is neither, or a block without its end, fails the step."""
    with pytest.raises(StepFailed):
        read_pairs(text)


def test_annotations() -> None:
    """Commands are read as the runner reads them; not inside a line, and not while stopped."""
    log = (
        "::error file=docs/a.yml,line=3,title=A%3A b%2C c::50%25 done%0Anext::%3A\n"
        "text ::error::not this\u2028::error::nor this\n  ::Warning::indented\n::notice ::\n::debug::no\n"
        "::stop-commands::pause\n::error::quoted\n::pause::\n::error::again"
    )
    assert list(annotations_in(log)) == [
        Annotation(
            "error", "50% done\nnext::%3A", {"file": "docs/a.yml", "line": "3", "title": "A: b, c"}
        ),
        Annotation("warning", "indented", {}),
        Annotation("notice", "", {}),
        Annotation("error", "again", {}),
    ]


def test_step_files(steps: Callable[..., JobResult]) -> None:
    """Outputs, variables, paths and summaries reach the steps after, not the step itself."""
    job = steps(
        r"""
        - id: first
          run: |
            mkdir "$RUNNER_TEMP/bin"
            printf '#!/bin/sh\necho tool\n' > "$RUNNER_TEMP/bin/tool"
            chmod +x "$RUNNER_TEMP/bin/tool"
            echo "$RUNNER_TEMP/bin" >> "$GITHUB_PATH"
            { echo 'text<<END'; echo one; echo two; echo END; } >> "$GITHUB_OUTPUT"
            echo "NAME=from file" >> "$GITHUB_ENV"
            echo "# First" >> "$GITHUB_STEP_SUMMARY"
            echo "own: $NAME"
        - env: {TEXT: "${{ steps.first.outputs.text }}"}
          name: Second
          run: |
            echo "$TEXT / $NAME / ${{ env.NAME }} / $(tool)"
            echo "# Second" >> "$GITHUB_STEP_SUMMARY"
            test ! -s "$GITHUB_OUTPUT"
        """,
        job="env: {NAME: from job}",
    )
    assert job.result == "success", job.log
    assert job.steps[0].outputs == {"text": "one\ntwo"}
    assert "own: from job" in job.steps[0].log
    assert job.step("Second").log == "one\ntwo / from file / from file / tool\n"
    assert job.summary == "# First\n# Second\n"


def test_broken_step_file(steps: Callable[..., JobResult]) -> None:
    """A step that writes no pair into GITHUB_OUTPUT fails, though its script succeeded."""
    job = steps("- run: echo 'a line' >> $GITHUB_OUTPUT")
    assert (job.result, job.steps[0].outcome) == ("failure", "failure")
    assert "Invalid format 'a line'" in job.log


def test_step_files_of_a_failed_step(steps: Callable[..., JobResult]) -> None:
    """What a step wrote before it failed counts."""
    job = steps(
        """
        - {id: a, run: "echo x=1 >> $GITHUB_OUTPUT; echo bad >> $GITHUB_STEP_SUMMARY; false"}
        - {if: failure(), run: "echo got ${{ steps.a.outputs.x }}"}
        """
    )
    assert (job.result, job.steps[1].log, job.summary) == ("failure", "got 1\n", "bad\n")


def test_retired_commands(steps: Callable[..., JobResult]) -> None:
    """::set-output is not done silently, nor silently not done."""
    with pytest.raises(Unsupported, match="set-output"):
        steps("- run: echo '::set-output name=a::1'")


def test_huge_summary(steps: Callable[..., JobResult]) -> None:
    """A summary above 1 MiB is not shown at all, and the step succeeds all the same."""
    job = steps('- run: head -c 1048577 /dev/zero | tr "\\0" x > "$GITHUB_STEP_SUMMARY"')
    assert (job.result, job.summary) == ("success", "")
    assert "more than 1024k" in job.log


# --- the environment of a step --------------------------------------------------------------


def test_clean_environment(
    steps: Callable[..., JobResult], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Nothing of the machine reaches a step but PATH and what the test gives."""
    monkeypatch.setenv("OPENAI_API_KEY", "of the machine")
    monkeypatch.setenv("GITHUB_TOKEN", "of the machine")
    monkeypatch.setenv("GITHUB_OUTPUT", "of the machine")
    environment = {"GITHUB_API_URL": "http://127.0.0.1:1", "EXTRA": "1", "PATH": str(tmp_path)}
    job = steps("- run: env -0 > env", environment=environment, event={"a": "ä"})
    assert job.workspace is not None
    pairs = [
        pair.partition("=") for pair in (job.workspace / "env").read_text().split("\0") if pair
    ]
    found = {name: value for name, _, value in pairs}
    names = (
        "ACTIONS ACTOR API_URL BASE_REF ENV EVENT_NAME EVENT_PATH HEAD_REF JOB OUTPUT PATH REF"
        " REF_NAME REF_TYPE REPOSITORY REPOSITORY_OWNER RUN_ATTEMPT RUN_ID RUN_NUMBER SERVER_URL SHA"
        " STEP_SUMMARY WORKFLOW WORKSPACE"
    )
    shell = {"PWD", "SHLVL", "_", "OLDPWD"}
    assert set(found) - shell == {
        *(f"GITHUB_{name}" for name in names.split()),
        *("CI", "EXTRA", "GIT_CONFIG_NOSYSTEM", "HOME", "LANG", "PATH", "RUNNER_OS", "RUNNER_TEMP"),
    }
    assert found["PATH"].split(":")[0] == str(tmp_path)
    assert found["GITHUB_API_URL"] == "http://127.0.0.1:1"
    assert (found["GITHUB_REPOSITORY"], found["GITHUB_REPOSITORY_OWNER"]) == ("me/site", "me")
    assert (found["GITHUB_REF"], found["GITHUB_REF_NAME"]) == ("refs/heads/main", "main")
    assert found["HOME"] not in {os.environ["HOME"], ""}
    assert json.loads(Path(found["GITHUB_EVENT_PATH"]).read_text("utf-8")) == {"a": "ä"}


def test_environment_precedence(steps: Callable[..., JobResult]) -> None:
    """Step over GITHUB_ENV over job over workflow; GITHUB_… itself cannot be overridden."""
    job = steps(
        """
        - run: echo "C=file" >> $GITHUB_ENV; echo "D=file" >> $GITHUB_ENV
        - run: echo $A $B $C $D $GITHUB_JOB ${{ env.D }}
          env: {D: step, GITHUB_JOB: forged}
        """,
        head="on: push\nenv: {A: workflow, B: workflow, C: workflow}",
        job="env: {B: job, C: job, D: job}",
    )
    assert job.steps[1].log == "workflow job file step one step\n"


def test_places_of_contexts(steps: Callable[..., JobResult]) -> None:
    """`secrets` in an if, `env` and `runner` in the env of a job: GitHub refuses the file."""
    with pytest.raises(Unsupported, match="'secrets' is not available"):
        steps("- {if: secrets.KEY != '', run: 'true'}", secrets={"KEY": "x"})
    with pytest.raises(Unsupported, match="'runner' is not available"):
        steps("- run: 'true'", job="env: {A: '${{ runner.temp }}'}")
    with pytest.raises(Unsupported, match="'secrets' is not available"):
        steps("- run: 'true'", job="if: secrets.KEY != ''")
    with pytest.raises(Unsupported, match="no 'workspace'"):
        steps("- run: 'true'", job="env: {A: '${{ github.workspace }}'}")
    with pytest.raises(Unsupported, match="no 'deploy'"):
        steps("- run: 'true'", job="environment: {name: a, url: '${{ steps.deploy.outputs.a }}'}")
    with pytest.raises(Unsupported, match="success"):
        steps("- run: 'echo ${{ success() }}'")


def test_concurrency(steps: Callable[..., JobResult]) -> None:
    """The group does nothing, but a mistake in it shows."""
    group = "concurrency: {group: 'a-${{ github.%s }}', cancel-in-progress: true}"
    assert steps("- run: 'true'", head=f"on: push\n{group % 'ref'}").result == "success"
    with pytest.raises(Unsupported, match="reff"):
        steps("- run: 'true'", job=group % "reff")


def test_secrets_variables_inputs(steps: Callable[..., JobResult]) -> None:
    """What is set arrives with its type, what is not is empty."""
    job = steps(
        """
        - run: echo "<$A> <$B> <$C> <$D> <$E>"
          env:
            A: ${{ secrets.KEY }}${{ secrets.MISSING }}
            B: ${{ vars.MODEL || 'default' }}
            C: ${{ inputs.smaller && 'boolean' }}
            D: ${{ inputs.word && 'word' }}
            E: ${{ github.event.inputs.smaller }}
        """,
        head="""
        on:
          workflow_dispatch:
            inputs:
              smaller: {type: boolean, default: false}
              word: {default: "false"}
        """,
        event_name="workflow_dispatch",
        secrets={"KEY": "key"},
    )
    assert job.steps[0].log == "<key> <default> <false> <word> <false>\n"


# --- shells ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("shell", "script", "outcome"),
    [
        ("", "false | true", "success"),
        ("shell: bash", "false | true", "failure"),
        ("", "false; true", "failure"),
        ("shell: bash", "false; true", "failure"),
        ("", "[[ 1 == 1 ]]", "success"),
        ("shell: sh", "[[ 1 == 1 ]]", "failure"),
        ("shell: bash", "shopt -q login_shell", "failure"),
    ],
)
def test_shells(steps: Callable[..., JobResult], shell: str, script: str, outcome: str) -> None:
    """`bash` written out has pipefail, the default has not; both stop at the first failure."""
    job = steps(f"- run: '{script}'\n  {shell}")
    assert job.steps[0].outcome == outcome


def test_defaults(steps: Callable[..., JobResult]) -> None:
    """`defaults.run` of the workflow, the job and the step, each over the one before."""
    job = steps(
        """
        - {run: mkdir -p a b/c, working-directory: .}
        - {run: "false | true; basename $PWD", continue-on-error: true}
        - {run: "false | true; basename $PWD", shell: sh, working-directory: b/c}
        """,
        head="on: push\ndefaults: {run: {shell: sh, working-directory: b}}",
        job="defaults: {run: {shell: bash, working-directory: a}}",
    )
    assert [step.outcome for step in job.steps] == ["success", "failure", "success"]
    assert job.steps[2].log == "c\n"


def test_missing_working_directory(steps: Callable[..., JobResult]) -> None:
    """A step in a folder that is not there fails."""
    job = steps("- {run: 'true', working-directory: nowhere}")
    assert (job.result, "nowhere" in job.log) == ("failure", True)


def test_exit_code_and_order_of_output(steps: Callable[..., JobResult]) -> None:
    """The log has both streams as they came, and says how the step ended."""
    job = steps("- run: echo 1; echo 2 >&2; echo 3; exit 7")
    assert job.steps[0].log == "1\n2\n3\n##[error]Process completed with exit code 7.\n"


def test_no_terminal(steps: Callable[..., JobResult]) -> None:
    """A step that asks gets no answer instead of waiting for one."""
    job = steps("- run: read answer || echo none; (exec 3</dev/tty) 2>&- || echo no terminal")
    assert job.steps[0].log == "none\nno terminal\n"


def test_timeouts(steps: Callable[..., JobResult]) -> None:
    """A step out of time fails with all it started; a job out of time is cancelled, and what
    always() guards still runs."""
    before = time.monotonic()
    job = steps(
        """
        - {run: "sleep 60 & sleep 60", timeout-minutes: 1, continue-on-error: true}
        - {run: sleep 60}
        - {run: "true"}
        - {if: failure(), run: "true"}
        - {if: cancelled(), run: "echo ${{ job.status }}"}
        - {if: always(), run: echo still; exit 1}
        """,
        job="timeout-minutes: 5",
        minute=0.3,
    )
    assert time.monotonic() - before < 30
    outcomes = [step.outcome for step in job.steps]
    assert outcomes == ["failure", "cancelled", "skipped", "skipped", "success", "failure"]
    assert job.steps[4].log == "cancelled\n"
    assert job.result == "cancelled"


def test_runaway(steps: Callable[..., JobResult]) -> None:
    """A step that no timeout-minutes ends ends the test."""
    with pytest.raises(TimeoutError, match=r"Run echo(.|\n)*too long:\nbefore"):
        steps("- run: echo before; sleep 60", limit=0.7)


def test_orphans(steps: Callable[..., JobResult], tmp_path: Path) -> None:
    """A process left in the background does not hold the run up, and does not outlive its step."""
    job = steps(f"- run: (sleep 0.5; touch {tmp_path}/late) & echo done")
    assert job.steps[0].log == "done\n"
    time.sleep(0.7)
    assert not (tmp_path / "late").exists()


# --- conditions and results -----------------------------------------------------------------


def test_failure_in_a_job(steps: Callable[..., JobResult]) -> None:
    """After a failure only what asks for it runs; continue-on-error is no failure."""
    job = steps(
        """
        - {id: a, run: "false", continue-on-error: true}
        - {id: b, run: "false"}
        - {id: c, run: "true"}
        - {if: "true", run: "true"}
        - {if: failure(), run: "echo ${{ job.status }}"}
        - {if: always(), run: "true"}
        - {if: "!cancelled() && steps.a.outcome == 'failure' && steps.a.conclusion == 'success'", run: "true"}
        - {if: "!cancelled() && steps.c.outcome == 'skipped'", run: "true"}
        - {if: success(), run: "true"}
        """
    )
    run, skip = "success", "skipped"
    assert [step.outcome for step in job.steps] == [
        "failure",
        "failure",
        skip,
        skip,
        run,
        run,
        run,
        run,
        skip,
    ]
    assert job.steps[0].conclusion == "success"
    assert job.steps[4].log == "failure\n"
    assert job.result == "failure"


JOBS = """
update: {{runs-on: ubuntu-latest, steps: [{{run: "{update}"}}]}}
build: {{needs: update, runs-on: ubuntu-latest, {build} steps: [{{run: "true"}}]}}
deploy: {{needs: build, runs-on: ubuntu-latest, {deploy} steps: [{{run: "true"}}]}}
"""


@pytest.mark.parametrize(
    ("update", "build", "deploy", "results"),
    [
        ("true", "", "", "success success success"),
        ("false", "", "", "failure skipped skipped"),
        ("false", "if: always(),", "", "failure success skipped"),
        ("false", "if: '!cancelled()',", "", "failure success skipped"),
        (
            "false",
            "if: '!cancelled()',",
            "if: needs.build.result == 'success',",
            "failure success skipped",
        ),
        ("false", "if: '!cancelled()',", "if: always(),", "failure success success"),
        ("false", "", "if: failure(),", "failure skipped success"),
        ("true", "if: failure(),", "if: failure(),", "success skipped skipped"),
        ("true", "if: false,", "", "success skipped skipped"),
        ("true", "if: false,", "if: '!failure()',", "success skipped success"),
        ("true", "if: false,", "if: needs.build.result == 'skipped',", "success skipped skipped"),
    ],
)
def test_needs(
    run: Callable[..., RunResult], update: str, build: str, deploy: str, results: str
) -> None:
    """A job is skipped unless all its ancestors succeeded, also those it does not name, or it says
    otherwise with a status function."""
    result = run(JOBS.format(update=update, build=build, deploy=deploy))
    assert [job.result for job in result.jobs.values()] == results.split()
    assert result.is_red is ("failure" in results)


def test_job_out_of_time(run: Callable[..., RunResult]) -> None:
    """Such a job is red and not a success; whether it is failure() GitHub does not say."""
    jobs = """
    update: {{runs-on: ubuntu-latest, timeout-minutes: 1, steps: [{{run: sleep 60}}]}}
    report: {{runs-on: ubuntu-latest, needs: update, if: {condition}, steps: [{{run: "echo $R", env: {{R: "${{{{ needs.update.result }}}}"}}}}]}}
    """
    result = run(jobs.format(condition="'!cancelled()'"), minute=0.1)
    assert result.is_red
    assert result.jobs["report"].steps[0].log == "cancelled\n"
    with pytest.raises(Unsupported, match="failure"):
        run(jobs.format(condition="failure()"), minute=0.1)


def test_outputs(run: Callable[..., RunResult]) -> None:
    """Outputs reach the jobs that name theirs in `needs`, even of a job that failed; one that holds
    a secret does not; one that is not declared raises."""
    jobs = """
    last:
      needs: [first]
      if: always()
      runs-on: ubuntu-latest
      steps: [{run: 'echo "<$A> <$B> <$C>"', env: {A: "${{ needs.first.outputs.a }}", B: "${{ needs.first.outputs.b }}", C: "${{ needs.first.outputs.%s }}"}}]
    first:
      runs-on: ubuntu-latest
      outputs: {a: "${{ steps.x.outputs.a }}", b: "${{ steps.x.outputs.b }}", c: "${{ steps.x.outputs.c }}"}
      steps: [{id: x, run: "echo a=1 >> $GITHUB_OUTPUT; echo b=is-$KEY >> $GITHUB_OUTPUT; exit 1", env: {KEY: "${{ secrets.KEY }}"}}]
    """
    result = run(jobs % "c", secrets={"KEY": "hidden", "UNSET": ""})
    assert result.jobs["last"].steps[0].log == "<1> <> <>\n"
    assert "Skip output 'b'" in result.jobs["first"].log
    assert "is-hidden" in result.log
    with pytest.raises(Unsupported, match="typo"):
        run(jobs % "typo")


def test_jobs_share_nothing(run: Callable[..., RunResult]) -> None:
    """A job has a workspace, a temporary folder and a home of its own, all empty."""
    script = "touch here ~/here $RUNNER_TEMP/here"
    look = "ls ~ $GITHUB_WORKSPACE; ls $RUNNER_TEMP | grep here || true"
    result = run(
        f"""
        one: {{runs-on: ubuntu-latest, steps: [{{run: "{script}"}}, {{run: "test -f here"}}]}}
        two: {{runs-on: ubuntu-latest, needs: one, steps: [{{run: "{look}"}}]}}
        """
    )
    assert not result.is_red
    home, workspace = (result.jobs["two"].workspace.parent / part for part in ("home", "workspace"))
    assert result.jobs["two"].steps[0].log == f"{home}:\n\n{workspace}:\n"


# --- checkout and push ----------------------------------------------------------------------


def test_checkout(steps: Callable[..., JobResult], origin: Path) -> None:
    """By default the branch of the event, at the commit of the event, one commit deep."""
    sha = git(origin, "rev-parse", "main")
    prepared: list[Path] = []
    job = steps(
        """
        - {name: Check out, id: out, uses: actions/checkout@v7}
        - {run: "git branch --show-current; git rev-parse HEAD; git rev-list --count HEAD; ls; git status --short"}
        - {run: "test $GITHUB_SHA = ${{ steps.out.outputs.commit }}"}
        """,
        before={"Check out": lambda context: commit(origin, "third")},
        prepare=prepared.append,
    )
    assert job.result == "success", job.log
    assert job.steps[1].log.split() == ["main", sha, "1", "first", "second"]
    assert prepared == [job.workspace]


@pytest.mark.parametrize(
    ("inputs", "seen"),
    [
        ("ref: main", "main 1 third"),
        ("ref: '${{ github.ref }}'", "main 1 third"),
        ("ref: '${{ github.sha }}'", "- 1 second"),
        ("ref: '${{ vars.NONE || github.sha }}', fetch-depth: 0", "- 2 second"),
        ("fetch-depth: 0", "main 2 second"),
        ("fetch-depth: 2", "main 2 second"),
        ("ref: main, fetch-depth: 2", "main 2 third"),
        ("ref: topic", "topic 1 topic"),
        ("ref: v1", "- 1 second"),
        ("ref: refs/tags/v1", "- 1 second"),
    ],
)
def test_what_is_checked_out(
    steps: Callable[..., JobResult], origin: Path, inputs: str, seen: str
) -> None:
    """A branch as it is by now, or detached at a commit or tag; as deep as asked for."""
    commit(origin, "topic", "topic")
    git(origin, "tag", "v1", "main")
    script = 'echo "$(git branch --show-current | grep . || echo -) $(git rev-list --count HEAD) $(git log -1 --format=%s | cut -d" " -f2)"'
    job = steps(
        f"- {{name: Check out, uses: actions/checkout@v7, with: {{{inputs}}}}}\n- run: |\n    {script}",
        before={"Check out": lambda context: commit(origin, "third")},
    )
    assert job.steps[1].log.strip() == seen, job.log


def test_checkout_of_a_pull_request(steps: Callable[..., JobResult], origin: Path) -> None:
    """The merge of the pull request, detached, whose first parent is what it is made to."""
    commit(origin, "change", "change")
    merge = commit(origin, "change", "merged", "refs/heads/main^0 refs/heads/change^0")
    git(origin, "update-ref", "refs/pull/7/merge", merge)
    job = steps(
        """
        - {uses: actions/checkout@v7, with: {fetch-depth: 2, persist-credentials: false}}
        - run: |
            echo "$GITHUB_REF_NAME $GITHUB_HEAD_REF $GITHUB_BASE_REF"
            git worktree add --quiet --detach "$RUNNER_TEMP/base" HEAD^1
            ls . "$RUNNER_TEMP/base"
        """,
        event_name="pull_request",
        event={"number": 7, "pull_request": {"head": {"ref": "change"}, "base": {"ref": "main"}}},
    )
    assert job.result == "success", job.log
    assert job.steps[1].log.startswith("7/merge change main\n")
    assert job.steps[1].log.split().count("change") == 2


def test_checkout_into_a_folder(steps: Callable[..., JobResult]) -> None:
    """`path` leaves the rest of the workspace; without it what lay there is gone."""
    job = steps(
        """
        - run: touch mine
        - {uses: actions/checkout@v7, with: {path: sub/site}}
        - run: ls . sub/site
        - {uses: actions/checkout@v7}
        - run: ls
        """
    )
    assert job.steps[2].log.split() == [".:", "mine", "sub", "sub/site:", "first", "second"]
    assert job.steps[4].log.split() == ["first", "second"]


@pytest.mark.parametrize("inputs", ["ref: nowhere", "token: forged", f"ref: {'0' * 40}"])
def test_failed_checkout(steps: Callable[..., JobResult], inputs: str) -> None:
    """A ref or a token that is not known fails the step."""
    assert steps(f"- {{uses: actions/checkout@v7, with: {{{inputs}}}}}").result == "failure"


def test_checkout_refuses(steps: Callable[..., JobResult]) -> None:
    """An input that the stand-in would have to ignore raises."""
    with pytest.raises(Unsupported, match="submodules"):
        steps("- {uses: actions/checkout@v7, with: {submodules: true}}")


PUSH = f"""
{CHECKOUT}
- name: Commit
  run: |
    {IDENTITY}
    echo new > new
    git add new
    git commit --quiet --message New
- name: Push
  env: {{TOKEN: "%s"}}
  run: |
    %s git push origin HEAD:main
"""


@pytest.mark.parametrize(
    ("rights", "token", "how", "says"),
    [
        ("contents: write", "${{ github.token }}", AUTHENTICATED, ""),
        ("contents: write", "${{ secrets.GITHUB_TOKEN }}", AUTHENTICATED, ""),
        ("contents: write", "", "", "could not read Username"),
        ("contents: write", "forged", AUTHENTICATED, "could not read Username"),
        ("contents: read", "${{ github.token }}", AUTHENTICATED, "403"),
        ("issues: write", "${{ github.token }}", AUTHENTICATED, "403"),
    ],
)
def test_push(
    steps: Callable[..., JobResult], origin: Path, rights: str, token: str, how: str, says: str
) -> None:
    """A push needs the token of the job, and the job the right to write."""
    before = git(origin, "rev-parse", "main")
    job = steps(PUSH % (token, how), job=f"permissions: {{{rights}}}")
    assert (job.result == "success") is (says == ""), job.log
    assert says in job.step("Push").log
    assert (git(origin, "rev-parse", "main") != before) is (says == "")


def test_push_with_the_token_in_the_address(steps: Callable[..., JobResult], origin: Path) -> None:
    """The other way that GitHub knows works too, and a big push comes whole."""
    script = 'git push "${GITHUB_SERVER_URL/\\/\\///\\/x-access-token:$TOKEN@}/$GITHUB_REPOSITORY.git" HEAD:main'
    big = "head -c 1200000 /dev/urandom > big"
    job = steps(
        f"{CHECKOUT}- run: |\n    {IDENTITY}; {big}; git add .; git commit --quiet -m Big\n    {script}\n"
        "  env: {TOKEN: '${{ github.token }}'}\n",
        job="permissions: write-all",
    )
    assert job.result == "success", job.log
    assert "big" in git(origin, "ls-tree", "main")


def test_persisted_credentials(steps: Callable[..., JobResult], origin: Path) -> None:
    """Unless told otherwise checkout leaves the token behind, and a second header is refused."""
    change = f"{IDENTITY}; git commit --quiet --allow-empty --message Empty"
    job = steps(
        f"""
        - uses: actions/checkout@v7
        - run: {change}; git push --quiet origin main
        - name: Twice
          env: {{TOKEN: "${{{{ github.token }}}}"}}
          run: |
            {change}
            {AUTHENTICATED} git push origin main
        """,
        job="permissions: {contents: write}",
    )
    assert job.steps[1].outcome == "success", job.log
    assert job.step("Twice").outcome == "failure"
    assert "400" in job.step("Twice").log
    assert git(origin, "rev-list", "--count", "main") == "3"


def test_token_ends_with_its_job(run: Callable[..., RunResult], origin: Path) -> None:
    """A token that one job hands on is worth nothing in the next."""
    result = run(
        f"""
        one:
          runs-on: ubuntu-latest
          permissions: {{contents: write}}
          steps: [{{run: "echo ${{{{ github.token }}}} > {origin.parent}/token"}}]
        two:
          needs: one
          runs-on: ubuntu-latest
          permissions: {{contents: write}}
          steps:
            - uses: actions/checkout@v7
              with: {{persist-credentials: false}}
            - run: |
                TOKEN=$(cat {origin.parent}/token)
                {AUTHENTICATED} git ls-remote origin
        """
    )
    assert [job.result for job in result.jobs.values()] == ["success", "failure"], result.log
    assert "could not read Username" in result.jobs["two"].log


def test_reading_needs_no_token(steps: Callable[..., JobResult]) -> None:
    """Anybody may read a public repository, as deep as they like, also without any right."""
    job = steps(
        f"{CHECKOUT}- run: git fetch --quiet --unshallow origin; git rev-list --count HEAD",
        job="permissions: {}",
    )
    assert job.steps[1].log == "2\n", job.log


def test_racing_push(steps: Callable[..., JobResult], origin: Path) -> None:
    """A commit that arrives just before our push makes it fail as on GitHub; a rebase helps."""
    token = "env: {TOKEN: '${{ github.token }}'}"
    job = steps(
        f"""
        {CHECKOUT}
        - name: Commit
          run: |
            {IDENTITY}
            touch ours; git add .; git commit --quiet --message Ours
        - name: Push
          continue-on-error: true
          {token}
          run: |
            {AUTHENTICATED} git push origin main
        - name: Again
          {token}
          run: |
            git fetch --quiet origin main; git rebase --quiet FETCH_HEAD
            {AUTHENTICATED} git push --quiet origin main
        """,
        job="permissions: {contents: write}",
        before={"Push": lambda context: commit(origin, "theirs")},
    )
    assert job.step("Push").outcome == "failure"
    assert "fetch first" in job.step("Push").log
    assert job.step("Again").outcome == "success", job.log
    assert "theirs" in git(origin, "ls-tree", "main")


def test_protected_branch(steps: Callable[..., JobResult], origin: Path) -> None:
    """A hook of the bare repository refuses a push as a ruleset does."""
    hook = origin / "hooks/pre-receive"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text("#!/bin/sh\necho 'GH013: Repository rule violations'\nexit 1\n")
    hook.chmod(0o755)
    job = steps(PUSH % ("${{ github.token }}", AUTHENTICATED), job="permissions: {contents: write}")
    assert "remote: GH013" in job.step("Push").log
    assert "remote rejected" in job.step("Push").log


def test_no_identity(
    steps: Callable[..., JobResult], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who commits has to say who they are: the machine's name and mail are not taken."""
    (tmp_path / "home").mkdir()
    (tmp_path / "home/.gitconfig").write_text("[user]\n\tname = Me\n\temail = me@example.org\n")
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("GIT_AUTHOR_NAME", "Me")
    monkeypatch.setenv("EMAIL", "me@example.org")
    job = steps(f"{CHECKOUT}- run: git commit --allow-empty --message Empty")
    assert job.result == "failure"
    assert "Please tell me who you are" in job.log


# --- permissions ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("head", "job", "rights"),
    [
        ("", "", {"contents": "read", "packages": "read"}),
        ("permissions: {}", "", {}),
        ("permissions: {contents: write, issues: none}", "", {"contents": "write"}),
        ("permissions: {contents: write}", "permissions: {pages: write}", {"pages": "write"}),
        ("permissions: {contents: write}", "permissions: {}", {}),
    ],
)
def test_permissions(
    runner: Callable[..., Runner], head: str, job: str, rights: dict[str, str]
) -> None:
    """Those of the job stand instead of those of the workflow; what is not named is not given."""
    tokens: list[str] = []
    one = runner(
        f"one: {{runs-on: ubuntu-latest, {job}{',' if job else ''} steps: [{{uses: a/look@v1}}]}}",
        head=f"on: push\n{head}",
        stand_ins={"a/look": lambda context: tokens.append(context.token)},
    )
    assert not one.run().is_red
    assert one.permissions_of(tokens[0]) == rights
    assert one.permissions_of("another") is None


@pytest.mark.parametrize(
    "wrong", ["permissions: {content: read}", "permissions: {contents: wrte}", "permissions: all"]
)
def test_wrong_permissions(steps: Callable[..., JobResult], wrong: str) -> None:
    """A permission that GitHub does not know raises."""
    with pytest.raises(Unsupported):
        steps("- run: 'true'", job=wrong)


# --- artifacts and pages --------------------------------------------------------------------


def test_artifacts(run: Callable[..., RunResult]) -> None:
    """Files go by name from one job to another: the contents of a folder, or from the folder they
    share; no hidden ones, and no permissions."""
    result = run(
        """
        one:
          runs-on: ubuntu-latest
          steps:
            - run: |
                mkdir -p a/b .c; echo 1 > a/1; echo 2 > a/b/2; echo h > a/.h; echo c > .c/c; chmod +x a/1
            - {uses: actions/upload-artifact@v7, with: {name: folder, path: a}}
            - {uses: actions/upload-artifact@v7, with: {name: file, path: a/b/2}}
            - uses: actions/upload-artifact@v7
              with: {name: several, path: "a/b\\na/1\\na/none\\n"}
            - {uses: actions/upload-artifact@v7, with: {name: hidden, path: .c, include-hidden-files: true}}
        two:
          needs: one
          runs-on: ubuntu-latest
          steps:
            - {uses: actions/download-artifact@v8, with: {name: folder, path: x/y}}
            - {uses: actions/download-artifact@v8, with: {name: file}}
            - {uses: actions/download-artifact@v8, with: {name: several, path: s}}
            - {uses: actions/download-artifact@v8, with: {name: hidden, path: h}}
            - {name: Look, run: "find * -type f | sort; test ! -x x/y/1"}
        """
    )
    assert not result.is_red, result.log
    assert result.jobs["two"].step("Look").log.split() == "2 h/c s/1 s/b/2 x/y/1 x/y/b/2".split()


@pytest.mark.parametrize(
    ("step", "outcome", "says"),
    [
        ("upload-artifact@v7, with: {path: none}", "success", "::warning::No files were found"),
        ("upload-artifact@v7, with: {path: none, if-no-files-found: ignore}", "success", "No files"),
        ("upload-artifact@v7, with: {path: none, if-no-files-found: error}", "failure", "No files"),
        ("upload-artifact@v7, with: {path: .hidden, if-no-files-found: error}", "failure", "No files"),
        ("upload-artifact@v7, with: {path: file, name: there}", "failure", "already exists"),
        ("upload-artifact@v7, with: {path: file, name: there, overwrite: true}", "success", ""),
        ("download-artifact@v8, with: {name: none}", "failure", "'none' not found"),
        ("download-artifact@v8, with: {name: there}", "success", ""),
        ("upload-pages-artifact@v5, with: {path: none}", "failure", "none"),
        ("upload-pages-artifact@v5", "failure", "_site"),
    ],
)  # fmt: skip
def test_missing_files(steps: Callable[..., JobResult], step: str, outcome: str, says: str) -> None:
    """What is not there fails the step, or does not, as the real actions do."""
    job = steps(
        f"""
        - run: touch file; mkdir .hidden; touch .hidden/file
        - {{uses: actions/upload-artifact@v7, with: {{name: there, path: file}}}}
        - {{uses: actions/{step}}}
        """
    )
    assert (job.steps[2].outcome, says in job.steps[2].log) == (outcome, True), job.log


def test_patterns_refused(steps: Callable[..., JobResult]) -> None:
    """A pattern raises, since it would be guessed at."""
    with pytest.raises(Unsupported, match=r"\*"):
        steps("- {uses: actions/upload-artifact@v7, with: {path: '*.txt'}}")


PAGES = """
build:
  runs-on: ubuntu-latest
  steps:
    - run: mkdir -p site/.well-known site/a; echo page > site/a/index.html; touch site/.nojekyll; ln -s a/index.html site/link
    - {{uses: actions/upload-pages-artifact@v5, with: {{path: site}}}}
deploy:
  needs: build
  runs-on: ubuntu-latest
  permissions: {{{rights}}}
  {environment}
  steps:
    - {{id: deploy, uses: actions/deploy-pages@v5}}
    - {{name: Address, env: {{URL: "${{{{ steps.deploy.outputs.page_url }}}}"}}, run: echo $URL}}
"""


@pytest.mark.parametrize(
    ("rights", "environment", "says"),
    [
        ("pages: write, id-token: write", "environment: github-pages", ""),
        ("pages: write, id-token: write", "environment: {name: github-pages, url: '${{ steps.deploy.outputs.page_url }}'}", ""),
        ("pages: write", "environment: github-pages", "id-token: write"),
        ("pages: read, id-token: write", "environment: github-pages", "pages: write"),
        ("pages: write, id-token: write", "", "Missing environment"),
    ],
)  # fmt: skip
def test_pages(runner: Callable[..., Runner], rights: str, environment: str, says: str) -> None:
    """Pages are published with both permissions and an environment, else not; no hidden files."""
    one = runner(PAGES.format(rights=rights, environment=environment))
    result = one.run()
    assert says in result.jobs["deploy"].log
    assert result.is_red is (says != "")
    if says:
        assert one.published is None
        return
    assert one.published is not None
    files = sorted(str(each.relative_to(one.published)) for each in one.published.rglob("*"))
    assert files == ["a", "a/index.html", "link"]
    assert not (one.published / "link").is_symlink()
    assert result.jobs["deploy"].step("Address").log == "https://me.github.io/site/\n"


def test_deployment_without_pages(runner: Callable[..., Runner]) -> None:
    """Nothing is published if nothing was handed over."""
    jobs = PAGES.format(rights="pages: write, id-token: write", environment="environment: x")
    one = runner(jobs.replace("path: site", "path: site, name: other"))
    assert one.run().is_red
    assert one.published is None


# --- hooks, stand-ins, results --------------------------------------------------------------


def test_stand_ins(steps: Callable[..., JobResult]) -> None:
    """A stand-in sees inputs and environment, and sets outputs, or fails its step."""

    def good(context: StepContext) -> dict[str, str]:
        context.say(f"{context.inputs} {context.env['A']}")
        return {"b": "2"}

    def bad(context: StepContext) -> None:
        raise StepFailed("no luck")

    job = steps(
        """
        - {id: good, uses: a/good@v1, with: {x: "${{ github.job }}"}, env: {A: "1"}}
        - {uses: a/bad@v1, continue-on-error: true}
        - {run: "echo ${{ steps.good.outputs.b }}"}
        """,
        stand_ins={"a/good": good, "a/bad": bad},
    )
    assert job.steps[0].log == "{'x': 'one'} 1\n"
    assert (job.steps[1].outcome, job.steps[1].log) == ("failure", "##[error]no luck\n")
    assert job.steps[2].log == "2\n"


def test_hooks(run: Callable[..., RunResult]) -> None:
    """A hook is called just before its step or job, and not if that is skipped."""
    seen: list[str] = []
    run(
        """
        one: {runs-on: ubuntu-latest, steps: [{name: A, run: touch a}, {name: B, run: "true"}, {name: C, if: false, run: "true"}]}
        two: {runs-on: ubuntu-latest, needs: one, steps: [{run: "true"}]}
        three: {runs-on: ubuntu-latest, if: false, steps: [{run: "true"}]}
        """,
        before={
            "B": lambda context: seen.append(f"B {(context.workspace / 'a').exists()}"),
            "C": lambda context: seen.append("C"),
            "two / Run true": lambda context: seen.append("step of two"),
        },
        before_job={"two": lambda: seen.append("two"), "three": lambda: seen.append("three")},
    )
    assert seen == ["B True", "two", "step of two"]


def test_nothing_is_masked(run: Callable[..., RunResult]) -> None:
    """A secret that any step shows anywhere is in the log of the run, so that a test finds it."""
    result = run(
        """
        one:
          runs-on: ubuntu-latest
          env: {KEY: "${{ secrets.KEY }}"}
          steps:
            - run: echo "1$KEY"; echo "2$KEY" >&2
            - run: echo "3$KEY" >> $GITHUB_STEP_SUMMARY
            - run: echo "a=4$KEY" >> $GITHUB_OUTPUT
            - run: echo "::error::5$KEY"
        """,
        secrets={"KEY": "hidden"},
    )
    assert all(f"{number}hidden" in result.log for number in range(1, 6))
    assert [each.message for each in result.annotations] == ["5hidden"]


def test_missing_step_by_name(steps: Callable[..., JobResult]) -> None:
    """Asking for a step that is not there says which are."""
    with pytest.raises(KeyError, match="Run true"):
        steps("- run: 'true'").step("Other")


def test_runs_do_not_meet(run: Callable[..., RunResult], origin: Path) -> None:
    """Two runs in one folder have nothing in common but the repository."""
    first = run(GOOD).jobs["one"].workspace
    assert first != run(GOOD).jobs["one"].workspace
