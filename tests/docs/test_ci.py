"""The files for continuous integration that instructors copy do what they say."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from junitparser import JUnitXml

DOCS = Path(__file__).parents[2] / "docs"
HALF = "def double(x):\n    return 2 * x\n"
pytestmark = pytest.mark.processes


@pytest.fixture
def repository(tmp_path, tiny) -> Path:
    """A student's working copy with half of the work, and the course around it."""
    shutil.copytree(tiny, tmp_path / "repository", ignore=shutil.ignore_patterns("__pycache__"))
    (tmp_path / "repository/tiny.py").write_text(HALF)
    return tmp_path / "repository"


def run(script: str, folder: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run lines of a job as a runner does: by bash, which ends at the first that fails."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    environment = {**os.environ, "PATH": path, **variables}
    return subprocess.run(
        ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", script],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
    )


@pytest.mark.parametrize(("percent", "code"), [("10", 0), ("60", 1)])
def test_the_job_for_gitlab_leaves_reports_also_when_it_fails(repository, percent, code):
    job = yaml.safe_load((DOCS / "gitlab-ci.yml").read_text())["grade"]
    install, *script = job["script"]
    assert install.startswith("pip install")
    variables = {**job["variables"], "ASSIGNMENT": "tiny", "FAIL_UNDER": percent}
    done = run("\n".join(script), repository, **variables)
    assert done.returncode == code, done.stderr
    (document,) = repository.glob(job["artifacts"]["reports"]["junit"])
    assert [suite.failures for suite in JUnitXml.fromfile(str(document))] == [5]
    assert list(repository.glob(job["artifacts"]["paths"][0]))
    assert "Next: " in done.stdout
