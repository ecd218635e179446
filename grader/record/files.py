"""The names of files that lie in a folder of reports, for all who must know them.

The id of a submission is the name of a folder beside the reports on the class. So no id ends as
the name of a report may end.
"""

LOG = "records.jsonl"  # every record, as it was made
STUDENT_PAGE = "report.html"  # in the folder of a submission
CLASS_PAGE = "index.html"

ENDINGS = (".csv", ".html", ".json", ".jsonl", ".txt", ".xml")


def may_be_report(name: str) -> bool:
    """Tell whether a file on the class may have this name, on any file system."""
    return name.lower().endswith(ENDINGS)
