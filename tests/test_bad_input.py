"""Lists, corrections, glossaries, records, logs and answers as nobody should write them: each is
read or refused with a sentence, at once and in little memory."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

TESTS = Path(__file__).parent
MOST_MEGABYTES = 200


@pytest.fixture(scope="module")
def result(tmp_path_factory, thorough) -> dict:
    """What came of bad input, in a process of its own."""
    number = 100_000 if thorough else 900
    command = [sys.executable, "bad_inputs.py", str(number), str(tmp_path_factory.mktemp("bad"))]
    path = os.pathsep.join([str(TESTS.parent), str(TESTS)])
    variables = os.environ | {"PYTHONPATH": path, "NO_MKDOCS_2_WARNING": "1"}
    done = subprocess.run(command, cwd=TESTS, env=variables, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-3000:]
    found = json.loads(done.stdout.splitlines()[-1])
    assert sum(found["outcomes"].values()) >= number
    return found


def test_all_that_is_refused_is_named_with_its_line(result) -> None:
    """No traceback, nothing left out without a word, no line that the file does not have."""
    assert result["complaints"] == []


def test_nothing_takes_long_or_much_memory(result) -> None:
    """A second, and 200 MB for all of it."""
    assert result["slowest"] < 1
    assert result["megabytes"] < MOST_MEGABYTES


def test_some_of_it_is_read(result) -> None:
    """Else it would be too bad to tell anything."""
    for kind in (
        "lists",
        "corrections",
        "glossaries",
        "records",
        "logs",
        "answers",
        "replies",
        "readings",
        "batches",
    ):
        assert result["outcomes"][f"{kind}: read"] > 2, kind
        assert result["outcomes"][f"{kind}: refused"] > 2, kind
