"""A layer has its own file, a row in the table, a deed that it refuses, and a row in the docs."""

import re
from pathlib import Path

import pytest

from grader.sandbox.kernel import lockdown, probe
from grader.sandbox.kernel.layer import Layer
from grader.sandbox.level import LEVELS

ROOT = Path(__file__).parents[4]
KERNEL = ROOT / "grader" / "sandbox" / "kernel"
DOCS = ROOT / "docs" / "security.md"


def documented(text: str) -> dict[str, str]:
    """Return layer -> the levels that demand it, from the table of layers in a text."""
    table = text.partition("| layer |")[2].partition("\n\n")[0]
    return dict(re.findall(r"^\| `(\w+)` \| ([^|]+?) \|", table, re.MULTILINE))


def levels_of(layer: type[Layer]) -> str:
    return ", ".join(f"`{level}`" for level in layer.levels) or "none"


@pytest.mark.parametrize("layer", lockdown.LAYERS, ids=lambda layer: layer.name)
def test_a_layer_stands_alone_in_a_file_that_is_named_after_it(layer: type[Layer]) -> None:
    assert layer.__module__ == f"grader.sandbox.kernel.{layer.name}"
    text = (KERNEL / f"{layer.name}.py").read_text()
    assert len(re.findall(r"^class \w+\(Layer\):", text, re.MULTILINE)) == 1


def test_every_layer_that_is_written_is_in_the_table() -> None:
    files = [path.read_text() for path in KERNEL.glob("*.py")]
    written = sum(len(re.findall(r"^class \w+\(Layer\):", text, re.MULTILINE)) for text in files)
    assert written == len(lockdown.LAYERS) == len({layer.name for layer in lockdown.LAYERS})


def test_a_stronger_level_has_all_the_layers_of_a_weaker_one() -> None:
    for layer in lockdown.LAYERS:
        assert tuple(layer.levels) == LEVELS[: len(layer.levels)], layer.name


def test_the_probe_tries_a_deed_that_each_demanded_layer_refuses() -> None:
    names = {layer.name for layer in lockdown.LAYERS}
    tried = {deed.layer for deed in probe._FORBIDDEN}
    assert names - set(lockdown.EXTRA) <= tried <= names


def test_the_docs_have_a_row_for_each_layer_and_no_other() -> None:
    rows = documented(DOCS.read_text())
    assert rows == {layer.name: levels_of(layer) for layer in lockdown.LAYERS}


def test_a_missing_row_is_noticed() -> None:
    table = "| layer | demanded at |\n|---|---|\n| `moat` | none |\n\n| `wall` | none |\n"
    assert documented(table) == {"moat": "none"}
