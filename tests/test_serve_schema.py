"""The API keeps to its OpenAPI document, whatever it is asked (schemathesis)."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from serving import served


def test_every_answer_is_as_documented(tmp_path: Path) -> None:
    words = [str(Path(sys.executable).with_name("schemathesis")), "run", "--max-examples", "20", "--seed", "1"]
    # No document can say which bytes are a picture: refusing those that are none is right.
    words += ["--generation-database", "none", "--exclude-checks", "positive_data_acceptance", "--no-color"]
    with served() as address:
        done = subprocess.run(
            [*words, f"http://{address}/openapi.json"], cwd=tmp_path, env={**os.environ, "PYTHONWARNINGS": "ignore"},
            capture_output=True, text=True, check=False,
        )
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-1000:]
    assert "Tested: 7" in done.stdout
