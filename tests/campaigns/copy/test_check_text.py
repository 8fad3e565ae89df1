"""`manage.py check_text` by its contract: lines in, lines out, exit codes."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]


def run(*words, env):
    return subprocess.run(
        [sys.executable, "manage.py", "check_text", *words],
        cwd=ROOT,
        env=env,
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )


def without_a_database(tmp_path):
    """Return surroundings in which any use of a database fails."""
    import os

    return os.environ | {
        "DATABASE_URL": "postgres://nobody@127.0.0.1:1/nothing",
        "DATA_DIR": str(tmp_path),
    }


def written(tmp_path, *lines):
    file = tmp_path / "texts.jsonl"
    file.write_bytes(
        b"\n".join(
            line if isinstance(line, bytes) else json.dumps(line).encode()
            for line in lines
        )
    )
    return str(file)


def test_lines_are_answered_in_order_without_a_database(tmp_path):
    facts = {"offer": {"kind": "percent", "value": 15, "code": "HEART15"}}
    file = written(
        tmp_path,
        {"id": "a", "text": "15% off with HEART15", "facts": facts},
        {"id": 2, "text": "20% off with HEART15", "language": "en", "facts": facts},
    )
    done = run(file, "--json", env=without_a_database(tmp_path))
    assert done.returncode == 0, done.stderr
    right, wrong, last = map(json.loads, done.stdout.splitlines())
    assert right == {"id": "a", "ok": True, "problems": []}
    assert wrong["problems"] == [
        {"class": "number", "start": 0, "end": 3, "said": "20%", "right": "15%"}
    ]
    assert {"n": last["n"], "refused": last["refused"]} == {"n": 2, "refused": 1}


def test_a_line_that_cannot_be_read_is_refused_with_its_reason_and_the_rest_is_answered(
    tmp_path,
):
    bad = [
        b"{no json",
        b"[]",
        b'{"id": 3}',
        b'{"id": 4, "text": "x", "facts": {"offer": {"value": "x"}}}',
        b"\xff\xfe",
        b"[" * 9999,
    ]
    file = written(tmp_path, *bad, {"id": "good", "text": "Hello"})
    done = run(file, "--json", env=without_a_database(tmp_path))
    assert done.returncode == 2
    assert done.stderr.strip().splitlines()[-1].startswith("6 of 7 lines can't be read")
    assert "Traceback" not in done.stderr
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    assert [one["ok"] for one in answers[:-1]] == [False] * 6 + [True]
    assert all(one["error"] for one in answers[:6])
    assert "offer.value" in answers[3]["error"]


def test_a_file_that_is_not_there_is_one_sentence(tmp_path):
    done = run(str(tmp_path / "none.jsonl"), env=without_a_database(tmp_path))
    assert (done.returncode, "Traceback" in done.stderr) == (2, False)
