"""Which course is meant, and which assignments it has."""

import shutil

import pytest
from msgspec.structs import replace

import grader
from grader.course.course import Course, find_course, require_installed, require_suites
from grader.errors import CourseError, UsageError


def empty_course(root):
    for name in ("assignments", "reference"):
        (root / name).mkdir(parents=True)
    return root


def test_a_named_course_is_taken(root, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert find_course(root) == Course(root)


def test_a_named_folder_without_reference_is_refused(tmp_path):
    (tmp_path / "assignments").mkdir()
    with pytest.raises(UsageError, match=r"no reference/ in it; name a folder that holds"):
        find_course(tmp_path)


def test_a_named_folder_that_is_absent_is_refused(tmp_path):
    with pytest.raises(UsageError, match=r"no assignments/ and no reference/ in it"):
        find_course(tmp_path / "nowhere")


def test_a_course_above_in_or_beside_the_named_folder_is_meant(root, tmp_path):
    mine = empty_course(tmp_path / "term" / "mine")
    for named in (tmp_path / "term", mine / "assignments", tmp_path / "term" / "min"):
        with pytest.raises(UsageError, match=rf"did you mean --course {mine}\?"):
            find_course(named)


def test_an_assignment_of_another_course_is_found_around_here(root, installed, monkeypatch):
    course = Course(empty_course(installed.parent))
    (root.parent / "elsewhere" / "deep" / "deeper").mkdir(parents=True)
    monkeypatch.chdir(root.parent / "elsewhere" / "deep" / "deeper")
    with pytest.raises(UsageError, match="no folder from here upwards is a course"):
        course.assignment("scaling")
    monkeypatch.chdir(root.parent)
    with pytest.raises(UsageError, match=rf"did you mean --course {root}\?"):
        course.assignment("scaling")


def test_the_nearest_course_around_the_working_directory_is_taken(root, monkeypatch):
    inner = empty_course(root / "inner")
    (inner / "deep").mkdir()
    monkeypatch.chdir(inner / "deep")
    assert find_course(None) == Course(inner)
    monkeypatch.chdir(root / "assignments" / "scaling")
    assert find_course(None) == Course(root)


@pytest.fixture
def installed(tmp_path, monkeypatch):
    """A package folder in an installation, seen from a folder that holds no course."""
    package = tmp_path / "site" / "grader"
    package.mkdir(parents=True)
    monkeypatch.setattr(grader, "__file__", str(package / "__init__.py"))
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    return package


def test_without_a_course_around_the_one_beside_the_package_is_taken(installed):
    empty_course(installed.parent)
    assert find_course(None) == Course(installed.parent)


def test_the_course_of_a_distribution_of_its_own_is_taken(installed, monkeypatch):
    monkeypatch.syspath_prepend(installed.parent)
    package = empty_course(installed.parent / "nablagrade_course")
    (package / "__init__.py").touch()
    assert find_course(None) == Course(package)
    empty_course(installed.parent)  # a checkout
    assert find_course(None) == Course(installed.parent)


def test_a_folder_that_is_called_as_that_distribution_is_none(installed, monkeypatch):
    monkeypatch.syspath_prepend(installed.parent)
    empty_course(installed.parent / "nablagrade_course")
    with pytest.raises(UsageError, match="none is installed"):
        find_course(None)


def test_no_course_at_all_is_refused_and_what_to_install_named(installed):
    with pytest.raises(UsageError, match=r'--course DIR.*pip install "nablagrade\[course\]"'):
        find_course(None)


def test_assignments_are_the_folders_with_an_assignment_toml(course):
    assert course.assignment_names() == ["scaling"]


def test_an_assignment_is_loaded_by_name(course):
    assert course.assignment("scaling").name == "scaling"


def test_an_unknown_assignment_is_refused_with_the_known_ones(course):
    with pytest.raises(UsageError, match=r"did you mean 'scaling'\? \(there is: scaling\)"):
        course.assignment("scalling")


def test_a_path_is_no_name_of_an_assignment(course):
    with pytest.raises(UsageError, match=r"no assignment '\.\./assignments/scaling'"):
        course.assignment("../assignments/scaling")


@pytest.mark.parametrize("suite", ["public", "hidden"])
def test_an_assignment_without_a_suite_is_refused(assignment, suite):
    require_suites(assignment)
    folder = assignment.root / suite
    shutil.rmtree(folder)
    with pytest.raises(CourseError, match=rf"{folder}: there is no such folder; write its suite"):
        require_suites(assignment)


def test_packages_that_are_not_installed_are_named_before_anything_is_run(assignment):
    require_installed(replace(assignment, imports=("numpy", "pytest")))
    with pytest.raises(CourseError, match="'Jinja2', which is imported as jinja2; write that"):
        require_installed(replace(assignment, imports=("Jinja2",)))
    with pytest.raises(CourseError, match=r"assignment.toml: imports names 'nunpy'.*mean 'numpy'"):
        require_installed(replace(assignment, imports=("numpy", "nunpy")))
    with pytest.raises(CourseError, match="which is not installed; install it with pip"):
        require_installed(replace(assignment, imports=("qqqqqq",)))
