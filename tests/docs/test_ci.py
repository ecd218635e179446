"""The files for continuous integration that instructors copy do what they say."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from junitparser import JUnitXml

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
ACTION = yaml.safe_load((ROOT / "action.yml").read_text())
WORKFLOW = yaml.safe_load((DOCS / "github-workflow.yml").read_text())
RAISES = "def double(x):\n    raise ValueError('not yet')\n"
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
    variables |= {"COURSE": str(repository), "CI_PROJECT_DIR": str(repository)}
    done = run("\n".join(script), repository, **variables)
    assert done.returncode == code, done.stderr
    (document,) = repository.glob(job["artifacts"]["reports"]["junit"])
    assert [suite.failures for suite in JUnitXml.fromfile(str(document))] == [5]
    assert list(repository.glob(job["artifacts"]["paths"][0]))
    assert "Next: " in done.stdout


@pytest.fixture
def in_action(repository, tmp_path):
    """Run the steps of action.yml that grade and report, with these inputs; return the last."""
    files = {name: tmp_path / name for name in ("GITHUB_STEP_SUMMARY", "GITHUB_OUTPUT")}

    def in_action(**inputs: str):
        given = {name: str(about.get("default")) for name, about in ACTION["inputs"].items()}
        given["course"] = "."
        given |= {name.replace("_", "-"): value for name, value in inputs.items()}
        for path in files.values():
            path.touch()
        for step in ACTION["runs"]["steps"]:
            if step.get("name") in ("Grade", "Report"):
                env = {key: _filled(value, given) for key, value in step["env"].items()}
                env |= {"RUNNER_TEMP": str(tmp_path), **{k: str(v) for k, v in files.items()}}
                done = run(step["run"], repository, **env)
                if done.returncode:
                    break
        return done, *(path.read_text() for path in files.values())

    return in_action


def _filled(value: str, inputs: dict[str, str]) -> str:
    return re.sub(r"\$\{\{ inputs\.([\w-]+) \}\}", lambda match: inputs[match[1]], value)


def test_the_action_shows_points_reasons_and_the_line_that_raised(repository, in_action):
    (repository / "hw1").mkdir()
    (repository / "hw1/tiny.py").write_text(RAISES)
    done, summary, outputs = in_action(assignment="tiny", file="hw1/tiny.py")
    assert done.returncode == 1, done.stderr  # it earned nothing
    assert outputs == "earned=0\npossible=10\npercent=0\n"
    assert summary.startswith("## tiny: 0 of 10 points (0 %)\n")
    assert "line 2 of hw1/tiny.py, in double" in summary
    marked = re.findall(r"^::error file=hw1/tiny\.py,line=2,title=", done.stdout, re.MULTILINE)
    assert len(marked) == 2  # a public check and a hidden one
    assert "0 of 10 points" in done.stdout


@pytest.mark.parametrize(("percent", "code"), [("20", 0), ("21", 1)])
def test_the_action_fails_below_the_bar_and_has_reported_by_then(in_action, percent, code):
    done, summary, outputs = in_action(assignment="tiny", file="tiny.py", fail_under=percent)
    assert done.returncode == code, done.stderr
    assert "percent=20" in outputs
    assert "tiny: 2 of 10 points" in summary


def test_the_action_takes_no_course_that_lies_in_the_repository_by_itself(in_action):
    done, _, _ = in_action(assignment="tiny", file="tiny.py", course="")
    assert done.returncode == 1
    assert "there is no assignment 'tiny'" in done.stderr


def test_the_action_says_why_a_file_cannot_be_read_and_fails(repository, in_action):
    (repository / "tiny.ipynb").write_bytes(b"<!DOCTYPE html><html></html>")
    done, summary, outputs = in_action(assignment="tiny", file="tiny.ipynb")
    assert done.returncode == 1
    assert "No check was run:\n\n<pre>tiny.ipynb: " in summary
    assert "percent=0" in outputs


def test_the_autograder_for_classroom_50_adds_who_it_is_and_leaves_a_page(repository, tmp_path):
    (tmp_path / "bundle").mkdir()
    for name in ("reference", "assignments"):
        shutil.move(repository / name, tmp_path / "bundle/course" / name)
    text = (DOCS / "classroom50-autograder.py").read_text()
    filled = text.replace('"linear.ipynb"', '"tiny.py"').replace('"linear"', '"tiny"')
    script = tmp_path / "bundle/autograder.py"
    script.write_text(filled)
    (repository / "grader").mkdir()
    (repository / "grader/cli.py").write_text("raise SystemExit('mine')\n")
    git = "git -c user.name=a -c user.email=a@b"
    run(f"git init -q . && {git} commit -q --allow-empty -m x", repository)
    names = ["CLASSROOM", "ASSIGNMENT", "OWNER", "COMMIT_URL", "RELEASE_URL", "REVIEW_URL"]
    known = {name: name.lower() for name in names}
    known |= {"ASSIGNMENT_TYPE": "team", "SUBMISSION_TAG": "submit/2026", "RUNNER_TEMP": "../temp"}
    done = run(f"python {script}", repository, **known)
    assert done.returncode == 0, done.stderr
    result = json.loads((repository / "result.json").read_text())
    assert (result["score"], result["max-score"], result["owner"]) == (2, 10, "owner")
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", result["datetime"])
    assert set(result) == {
        *("schema", "classroom", "assignment", "assignment_type", "owner", "submission"),
        *("commit", "release", "review", "datetime", "score", "max-score", "tests"),
    }
    assert (repository / "release-body.md").read_text().startswith("## tiny: 2 of 10 points")
    assert (repository / "report.html").stat().st_size > 1000


def test_the_workflow_to_copy_gives_the_action_what_it_takes():
    (step,) = (s for s in WORKFLOW["jobs"]["grade"]["steps"] if "nablagrade@" in s.get("uses", ""))
    required = {name for name, about in ACTION["inputs"].items() if about.get("required")}
    assert required <= set(step["with"]) <= set(ACTION["inputs"])
    used = re.findall(r"outputs\.(\w+)", (DOCS / "github-workflow.yml").read_text())
    assert set(used) <= set(ACTION["outputs"])


def test_the_workflow_to_copy_says_in_words_what_to_fill_in_and_holds_it_in_one_place():
    text = (DOCS / "github-workflow.yml").read_text()
    words, code = text.split("name: grade\n")
    assert re.findall(r"^#   (\w+)   ", words, re.MULTILINE) == ["OWNER", "COMMIT", "linear"]
    assert code.count("OWNER") == code.count("COMMIT") == 1
    filled = text.replace("OWNER", "a-university").replace("COMMIT", "0123456789" * 4)
    used = re.findall(r"uses: (\S+)", filled)
    assert used
    assert all(re.fullmatch(r"[\w-]+/[\w-]+@[0-9a-f]{40}", name) for name in used)


def test_no_other_file_leaves_an_owner_to_be_filled_in():
    texts = [ROOT / "action.yml", ROOT / "README.md", *DOCS.rglob("*.md"), *DOCS.glob("*.yml")]
    assert [path.name for path in texts if "OWNER/" in path.read_text()] == ["github-workflow.yml"]


def test_every_action_of_others_is_pinned_and_no_script_holds_an_expression():
    steps = [*ACTION["runs"]["steps"], *WORKFLOW["jobs"]["grade"]["steps"]]
    used = [step["uses"] for step in steps if "uses" in step]
    ours = [name for name in used if name == "OWNER/nablagrade@COMMIT"]
    assert len(ours) == 1
    assert all(re.search(r"@[0-9a-f]{40}$", name) for name in used if name not in ours)
    assert not [step["run"] for step in steps if "${{" in step.get("run", "")]
