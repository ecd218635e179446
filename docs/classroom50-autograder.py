"""Copy this file to CLASSROOM/autograders/ASSIGNMENT/autograder.py of your classroom50 repository.

Put your course beside it as course/, and the names into the three lines below. The bundle is
fetched in the student's own job, which can read all of it, the hidden suite included.
"""

import datetime
import json
import os
import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

FILE = "linear.ipynb"  # what students hand in, from the top of their repository
NAME = "linear"  # of the assignment in your course
PACKAGE = "nablagrade[torch]"

COURSE = Path(__file__).parent / "course"
REPORTS = Path(os.environ["RUNNER_TEMP"]) / "reports"
LEFT_OPEN = 4  # a file that cannot be read is reported as what it is


def grader(*words: str | Path) -> subprocess.CompletedProcess[bytes]:
    # With -P, a folder of the student's that is called grader is not imported.
    command = [sys.executable, "-P", "-m", "grader.cli", *map(str, words)]
    return subprocess.run(command, stdout=subprocess.PIPE)


def report(name: str) -> bytes:
    return grader("report", REPORTS, "--format", name, "--out", "-").stdout


if find_spec("grader") is None:
    pip = [sys.executable, "-m", "pip", "install", "--quiet"]
    subprocess.run([*pip, "uv"], check=True)
    uv = [sys.executable, "-m", "uv", "pip", "install", "--quiet", "--python", sys.executable]
    subprocess.run([*uv, "--torch-backend", "cpu", PACKAGE], check=True)  # torch without GPUs

# Without --course, a course that the student put into the repository would be taken.
done = grader("grade", FILE, "--assignment", NAME, "--course", COURSE, "--out", REPORTS)
if done.returncode not in (0, LEFT_OPEN):
    sys.exit(done.returncode)  # Classroom 50 then records an error, and no points

commit = ["git", "show", "-s", "--format=%ct", "HEAD"]
submitted = subprocess.run(commit, stdout=subprocess.PIPE, check=True)
at = datetime.datetime.fromtimestamp(int(submitted.stdout), datetime.UTC)
environment = {
    "classroom": "CLASSROOM",
    "assignment": "ASSIGNMENT",
    "assignment_type": "ASSIGNMENT_TYPE",
    "owner": "OWNER",
    "submission": "SUBMISSION_TAG",
    "commit": "COMMIT_URL",
    "release": "RELEASE_URL",
    "review": "REVIEW_URL",
}
result = json.loads(report("classroom50"))
result |= {key: os.environ[name] for key, name in environment.items()}
result["datetime"] = at.strftime("%Y-%m-%dT%H:%M:%SZ")
Path("result.json").write_text(json.dumps(result, indent=2))
Path("release-body.md").write_bytes(report("github-summary"))
for page in REPORTS.glob("*/report.html"):
    shutil.copy(page, "report.html")  # name it in `release_assets`, and students can open it
