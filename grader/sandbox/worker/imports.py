"""What the import statements of a submission find.

Runs in: the worker.

The kernel decides what can be imported: a worker can open the allowed packages and no others.
These finders make its decision understandable. An import of any other package raises an error that
says that the package is not allowed; a package that the assignment tolerates is an empty stand-in;
the student's own modules and given code come from memory. Imports by libraries are left alone.
"""

import sys
import types
from collections.abc import Collection, Mapping
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec, SourceFileLoader
from importlib.readers import FileReader

from grader.sandbox.terms import Terms
from grader.sandbox.worker.stand_ins import NOTEBOOK_PACKAGES, WORKING, EmptyModule

GIVEN = "given."  # begins the names of the modules that a course hands out


class BesideFinder(MetaPathFinder, Loader):
    """Imports the modules that lie beside the submission, from memory."""

    def __init__(self, modules: Mapping[str, types.CodeType | SyntaxError]) -> None:
        self._modules = modules
        self._imported: set[str] = set()
        self._given: list[tuple[object, dict[str, object]]] = []  # what it holds, as it was made

    def put_back_given(self) -> None:
        """Undo what a submission has put in the place of functions and classes of given code.

        A check asks its helpers in `given/` what a submission has done.
        """
        for owner, made in self._given:
            for name, value in made.items():
                if vars(owner).get(name) is not value:
                    setattr(owner, name, value)

    def find_spec(self, name: str, path: object, target: object = None) -> ModuleSpec | None:
        is_package = any(other.startswith(f"{name}.") for other in self._modules)
        if name not in self._modules and not is_package:
            return None
        self._imported.add(name)
        spec = ModuleSpec(name, self, origin=_place_of(name, is_package), is_package=is_package)
        spec.has_location = True  # so that a module finds the files beside it by its `__file__`
        return spec

    def forget(self) -> None:
        """Let every module be executed again when it is imported again."""
        for name in self._imported:
            sys.modules.pop(name, None)
        self._given.clear()

    def exec_module(self, module: types.ModuleType) -> None:
        code = self._modules.get(module.__name__)
        if isinstance(code, SyntaxError):
            raise code
        if code is not None:
            exec(code, module.__dict__)
        if module.__name__.startswith(GIVEN):
            self._keep_given(module)

    def _keep_given(self, module: types.ModuleType) -> None:
        of_module = _code_of(module)
        own = [
            kind
            for kind in of_module.values()
            if getattr(kind, "__module__", "") == module.__name__
        ]
        self._given.append((module, of_module))
        self._given += [(kind, _code_of(kind)) for kind in own if isinstance(kind, type)]

    def get_resource_reader(self, name: str) -> FileReader:
        """Let importlib.resources find the files beside a package."""
        return FileReader(SourceFileLoader(name, _place_of(name, is_package=True)))


def _code_of(owner: object) -> dict[str, object]:
    """Return the functions and classes that a module or a class holds."""
    kinds = (types.FunctionType, type)
    return {name: value for name, value in vars(owner).items() if isinstance(value, kinds)}


def _place_of(name: str, is_package: bool) -> str:
    """Return where the file of a module would lie, below the folder that workers start in."""
    path = name.replace(".", "/")
    return f"{path}/__init__.py" if is_package else f"{path}.py"


class PolicyFinder(MetaPathFinder, Loader):
    """Gives stand-ins for tolerated packages, and a clear error for any other."""

    def __init__(self, terms: Terms, files: Collection[str]) -> None:
        self._packages = terms.imports
        self._tolerated = terms.tolerated
        self._files = files  # what tracebacks call the student's own files

    def find_spec(self, name: str, path: object, target: object = None) -> ModuleSpec | None:
        top = name.partition(".")[0]
        if top in self._packages or top in sys.stdlib_module_names:
            return None
        if top in self._tolerated or top in NOTEBOOK_PACKAGES:
            return ModuleSpec(name, self, is_package=True)
        if _importer() in self._files:
            allowed = ", ".join([*sorted(self._packages), "the standard library"])
            message = f"{top} is not allowed in this assignment, which may import {allowed}"
            raise ModuleNotFoundError(message, name=name)
        return None

    def create_module(self, spec: ModuleSpec) -> types.ModuleType:
        return EmptyModule(spec.name)

    def exec_module(self, module: types.ModuleType) -> None:
        vars(module).update(WORKING.get(module.__name__.partition(".")[0], {}))


def _importer() -> str:
    """Return the file of the statement that imports."""
    frame: types.FrameType | None = sys._getframe(2)
    while frame is not None and "importlib" in frame.f_code.co_filename:
        frame = frame.f_back
    return frame.f_code.co_filename if frame is not None else ""
