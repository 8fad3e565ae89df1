"""The same tests are found in every process and at every second: else two processes
can't share them out.
"""

import os
import subprocess
import sys

import pytest

from retention_site.lib.processes.programs import ROOT

COMMAND = [
    sys.executable,
    "-m",
    "pytest",
    "--collect-only",
    "-q",
    "-p",
    "no:cacheprovider",
    "tests",
]


# two collections beside two busy test processes
@pytest.mark.timeout(600)
def test_collection_is_the_same_under_another_hash_seed():
    started = [
        subprocess.Popen(
            COMMAND,
            cwd=ROOT,
            env={**os.environ, "PYTHONHASHSEED": seed},
            stdout=subprocess.PIPE,
            text=True,
        )
        for seed in ("1", "4711")
    ]
    first, second = (
        [line for line in one.communicate()[0].splitlines() if "::" in line]
        for one in started
    )
    assert len(first) > 1000
    assert first == second
