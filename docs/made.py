"""The parts of the reference pages that are read from the code when the site is built.

Each function returns Markdown. `PARTS` names them; a page shows one by `<!-- made: NAME -->`.
"""

import inspect
import json
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import typer
from msgspec import Struct, structs

import grader
from grader.cli import EXIT_CODES, app
from grader.course.assignment import Manifest
from grader.judge.compare import close
from grader.judge.gradcheck import gradcheck
from grader.judge.proxy import Function, SubmissionProxy
from grader.report.formats import OF_CLASS, OF_SUBMISSION, File

PACKAGE = Path(grader.__file__).parent
OF_HANDOUTS = ("name", "defines", "handout")  # keys that no author writes
# How a check asks, and the method that answers.
OF_SUBMISSION_FIXTURE: dict[str, Callable[..., Any]] = {
    "submission.f(x)": Function.__call__,
    "submission.f.call(x)": Function.call,
    "submission.f.batch([(x,), (y,)], pick=None)": Function.batch,
    '"f" in submission': SubmissionProxy.__contains__,
    'submission.given("model")': SubmissionProxy.given,
}


def commands() -> str:
    """Return a section for each command: its arguments and options, as the program reads them."""
    sections = [_section(name, command) for name, command in every_command()]
    return "\n".join([f"{EXIT_CODES}\n", *sections])


def every_command() -> Iterator[tuple[str, Any]]:
    """Yield each command with its name, those of a group by two words."""
    for name, command in typer.main.get_command(app).commands.items():
        for inner, of_group in getattr(command, "commands", {"": command}).items():
            yield f"{name} {inner}".strip(), of_group


def _section(name: str, command: Any) -> str:
    arguments = [p for p in command.params if p.param_type_name == "argument"]
    usage = " ".join(["grader", name, *map(_argument, arguments), "[options]"])
    rows = [(_called(p), p.help or "", _default(p)) for p in command.params]
    table = _table(("", "", "default"), rows) if rows else ""
    return f"## grader {name}\n\n{command.help}\n\n    {usage}\n\n{table}"


def _argument(param: Any) -> str:
    word = (param.metavar or param.name) + (" ..." if param.nargs == -1 else "")
    return word if param.required else f"[{word}]"


def _called(param: Any) -> str:
    if param.param_type_name == "argument":
        return f"`{param.metavar or param.name}`"
    value = "" if param.is_flag else f" {param.metavar or param.name}"
    return ", ".join(f"`{name}{value}`" for name in param.opts)


def _default(param: Any) -> str:
    if param.required:
        return "must be given"
    return "" if param.default in (None, False) else f"`{param.default}`"


def keys() -> str:
    """Return the keys of assignment.toml: what each must be, and what it is when left out."""
    return _table(("key", "must be", "when left out"), _key_rows(Manifest, ""))


def _key_rows(kind: type[Struct], table: str) -> list[Sequence[str]]:
    rows: list[Sequence[str]] = []
    for field in structs.fields(kind):
        if field.name in OF_HANDOUTS:
            continue
        if isinstance(field.type, type) and issubclass(field.type, Struct):
            rows += _key_rows(field.type, f"{field.name}.")
        else:
            default = "must be given" if field.required else _toml(field)
            rows.append((f"`{table}{field.name}`", _rule(field.type), default))
    return rows


def _rule(kind: Any) -> str:
    (rule, *_) = (m.description for m in kind.__metadata__ if m.description)
    return rule


def _toml(field: structs.FieldInfo) -> str:
    if callable(field.default_factory):
        return "none"
    return f"`{json.dumps(field.default)}`" if field.default else "none"


def fixtures() -> str:
    """Return what the fixtures `submission`, `close` and `gradcheck` take and do."""
    rows = [(f"`{asked}`", inspect.getdoc(f) or "") for asked, f in OF_SUBMISSION_FIXTURE.items()]
    parts = [f"## submission\n\n{_table(('a check writes', 'and the worker'), rows)}"]
    parts += [_function("close", close), _function("gradcheck", gradcheck)]
    return "\n".join(parts)


def _function(name: str, function: Callable[..., Any]) -> str:
    """Return how a fixture is called; it brings its own `rng`."""
    known = inspect.signature(function).parameters.values()
    kept = [p.replace(annotation=p.empty) for p in known if p.name != "rng"]
    doc = inspect.getdoc(function)
    return f"## {name}\n\n```text\n{name}{inspect.Signature(kept)}\n\n{doc}\n```\n"


def formats() -> str:
    """Return the tables of `grader formats`."""
    heads = ("`--format`", "file", "for", "", "written without being asked for")
    parts = []
    for title, table in (("Of a submission", OF_SUBMISSION), ("Of a class", OF_CLASS)):
        rows = [
            (
                f"`{row.format}`",
                f"`{row.name}`" if isinstance(row, File) else "the terminal",
                row.reader,
                row.about,
                "yes" if row.is_usual else "",
            )
            for row in table
        ]
        parts.append(f"## {title}\n\n{_table(heads, rows)}")
    return "\n".join(parts)


def record() -> str:
    """Return the fields of record.json, from its schema."""
    return _schema("record/record.schema.json")


def class_report() -> str:
    """Return the fields of class.json, from its schema."""
    return _schema("report/class.schema.json")


def _schema(name: str) -> str:
    definitions = json.loads((PACKAGE / name).read_text(encoding="utf-8"))["$defs"]
    parts = []
    for title, about in definitions.items():
        text = f"## {title}\n\n{about.get('description', '')}\n\n"
        fields = about.get("properties", {})
        rows = [
            (f"`{key}`", _type(field), field.get("description", ""))
            for key, field in fields.items()
        ]
        parts.append(text + (_table(("field", "type", ""), rows) if rows else _type(about)))
    return "\n".join(parts)


def _type(field: dict[str, Any]) -> str:
    match field:
        case {"$ref": ref}:
            return f"[{ref.rsplit('/')[-1]}](#{ref.rsplit('/')[-1].lower()})"
        case {"anyOf": kinds}:
            return " or ".join(map(_type, kinds))
        case {"const": value}:
            return f"`{json.dumps(value)}`"
        case {"enum": values}:
            return ", ".join(f"`{json.dumps(value)}`" for value in values)
        case {"type": "array", "items": items}:
            return f"list of {_type(items)}"
        case {"type": "object", "additionalProperties": dict(values)}:
            return f"text -> {_type(values)}"
        case {"type": kind}:
            return {"string": "text", "integer": "whole number"}.get(kind, kind)
    return ""


def _table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [heads, ["---"] * len(heads), *rows]
    return "".join(f"| {' | '.join(map(_cell, line))} |\n" for line in lines)


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", r"\|")


PARTS: dict[str, Callable[[], str]] = {
    "commands": commands,
    "keys": keys,
    "fixtures": fixtures,
    "formats": formats,
    "record": record,
    "class": class_report,
}
_MARK = re.compile(r"^<!-- made: (\S+) -->$", re.MULTILINE)


def filled(page: str) -> str:
    """Return a page with its parts that are made."""
    return _MARK.sub(lambda mark: PARTS[mark[1]](), page)
