"""GitHub's workflows: valid, every action pinned to a commit, and no more rights than a job needs."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))


def test_actionlint_finds_nothing_in_the_workflows() -> None:
    assert len(WORKFLOWS) >= 2
    linter = Path(sys.executable).with_name("actionlint")
    found = subprocess.run([linter, *WORKFLOWS], cwd=ROOT, capture_output=True, text=True, check=False)
    assert (found.returncode, found.stdout, found.stderr) == (0, "", "")


def test_every_action_is_pinned_to_a_commit_with_its_version_beside_it() -> None:
    uses = [line.strip() for path in WORKFLOWS for line in path.read_text().splitlines() if "uses:" in line]
    assert uses
    pinned = re.compile(r"(- )?uses: [\w-]+/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+")
    assert [line for line in uses if not pinned.fullmatch(line)] == []


def test_only_the_job_that_pushes_the_image_may_write_and_only_packages() -> None:
    writes = [
        (path.name, line.strip())
        for path in WORKFLOWS
        for line in path.read_text().splitlines()
        if line.strip().endswith(": write") or "write-all" in line
    ]
    assert writes == [("image.yml", "packages: write")]
    assert all("\npermissions:\n  contents: read\n" in path.read_text() for path in WORKFLOWS)


def test_a_new_fork_can_publish_its_image_by_hand() -> None:
    image = (ROOT / ".github" / "workflows" / "image.yml").read_text()
    assert "\n  workflow_dispatch:\n" in image.partition("\njobs:")[0]
    assert "*Run workflow*" in (ROOT / "docs" / "DEPLOY.md").read_text()
