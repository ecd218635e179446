"""Render a template: one text from which the handout and the solution both come.

A template asks for the definitions of the reference by name: task() for an exercise, which is
empty in the handout, and code() for what students are given. So reference, handout and solution
always agree.
"""

import ast
import re
from collections import Counter
from traceback import walk_tb

import jinja2

from grader.course.assignment import Assignment
from grader.course.emptied import emptied
from grader.course.files import unreadable
from grader.course.source import FUNCTION, ParsedModule, read_source
from grader.errors import CourseError, did_you_mean


def render(assignment: Assignment, *, solution: bool) -> str:
    """Return the percent text of the handout's starter, or of its solution.

    Raises:
        CourseError: the template is absent or wrong, an exercise is not rendered exactly once, the
            result is not Python, or it uses a definition that it does not give.
    """
    page = _Page(assignment, solution)
    text = _fill(assignment, page)
    page.require_every_exercise()
    what = "solution" if solution else "handout"
    _require_complete(assignment, page.source, _compiled(assignment, text, what), what)
    return text


class _Page:
    """What a template can ask for while it is rendered, and what it has asked for."""

    def __init__(self, assignment: Assignment, solution: bool) -> None:
        assert assignment.reference_path is not None, "a handout has no template"
        self.assignment = assignment
        self.solution = solution
        self.source = read_source(assignment.reference_path)
        self.rendered: Counter[str] = Counter()

    def names(self) -> dict[str, object]:
        return {
            "task": self.task,
            "code": self.code,
            "imports": self.source.imports,
            "solution": self.solution,
            "title": self.assignment.title,
            "exercises": self.assignment.exercises,
        }

    def task(self, name: str) -> str:
        """Return an exercise, empty in a handout and as the reference has it in a solution."""
        mine = self._exercises_of(name)
        if not mine:
            self._require_top_level(name)
            raise CourseError(
                f"task({name!r}) is not an exercise of assignment.toml; add it there, or write "
                f"code({name!r}) to give it"
            )
        self.rendered.update(mine)
        if self.solution:
            return self.source.text(name)
        return emptied(self.source, name, self.assignment.exercises)

    def code(self, name: str) -> str:
        """Return a definition that students are given, as the reference has it."""
        self._require_top_level(name)
        if self._exercises_of(name):
            raise CourseError(f"code({name!r}) would show an answer; write task({name!r})")
        return self.source.text(name)

    def require_every_exercise(self) -> None:
        for exercise in self.assignment.exercises:
            if self.rendered[exercise] != 1:
                times = f"{self.rendered[exercise]} times" if self.rendered[exercise] else "nowhere"
                raise CourseError(
                    f"{self.assignment.template_path}: exercise {exercise} is rendered {times}; "
                    f"write task({self._head(exercise)!r}) once"
                )

    def _exercises_of(self, name: str) -> list[str]:
        return [e for e in self.assignment.exercises if self._head(e) == name]

    def _head(self, exercise: str) -> str:
        """Return the top-level name that holds an exercise."""
        return self.source.full_name(exercise).partition(".")[0]

    def _require_top_level(self, name: str) -> None:
        whole = name.partition(".")[0]
        self.source.definition(whole)
        if name != whole:
            raise CourseError(f"{name!r} is part of a class; name the whole class, {whole!r}")


def _fill(assignment: Assignment, page: _Page) -> str:
    path = assignment.template_path
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(assignment.root),
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    try:
        return environment.get_template(path.name).render(page.names())
    except jinja2.TemplateNotFound as error:
        raise CourseError(
            f"{assignment.root / str(error.name)}: there is no such file; write one"
        ) from None
    except OSError as error:
        raise unreadable(error) from None
    except Exception as error:  # a template can raise anything that Python can
        line = _line(error, str(path))
        hint = _hint(str(error), page.names())
        raise CourseError(f"{path}:{line}: {error}{hint}") from error


def _line(error: Exception, file: str) -> int:
    """Return the last line of the template `file` on the way to the error, or 0."""
    if isinstance(error, jinja2.TemplateSyntaxError):
        return error.lineno
    frames = walk_tb(error.__traceback__)
    return ([line for frame, line in frames if frame.f_code.co_filename == file] or [0])[-1]


def _hint(message: str, known: dict[str, object]) -> str:
    undefined = re.fullmatch(r"'(\w+)' is undefined", message)
    if not undefined:
        return ""
    near = did_you_mean(undefined[1], known)
    return near or f"; a template knows {', '.join(known)}"


def _compiled(assignment: Assignment, text: str, what: str) -> ast.Module:
    try:
        compile(text, assignment.template_path.name, "exec", dont_inherit=True)
        return ast.parse(text)
    except (SyntaxError, ValueError) as error:
        line = getattr(error, "lineno", None) or 0
        shown = text.split("\n")[line - 1].strip() if line else ""
        raise CourseError(
            f"{assignment.template_path}: line {line} of the {what} is not Python "
            f"({getattr(error, 'msg', error)}): {shown!r}; correct the template"
        ) from None


def _require_complete(
    assignment: Assignment, source: ParsedModule, tree: ast.Module, what: str
) -> None:
    """Refuse a text that uses a definition of the reference without giving it."""
    nodes = list(ast.walk(tree))
    used = {n.id for n in nodes if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Load)}
    bound = {n.id for n in nodes if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)}
    bound |= {n.arg for n in nodes if isinstance(n, ast.arg)}
    bound |= {n.asname or n.name for n in nodes if isinstance(n, ast.alias)}
    bound |= {n.name for n in nodes if isinstance(n, (ast.ClassDef, *FUNCTION))}
    for name in source.definitions:
        if name in used - bound:
            raise CourseError(
                f"{assignment.template_path}: the {what} uses {name}, which it does not define; "
                f"add {{{{ code({name!r}) }}}}"
            )
