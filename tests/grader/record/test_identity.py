"""What is handed in gets an id that people can read and that nobody else has."""

import pytest

from grader.record.identity import id_of, is_id


@pytest.mark.parametrize("name", ["ada", "A.b_c@d+e-f", "ada@uni.md", "0", "x" * 64])
def test_an_id_stays_as_it_is(name):
    assert id_of(name) == name


@pytest.mark.parametrize(
    ("name", "start"),
    [
        ("José Pérez", "Jose_Perez-"),
        ("Jane Doe_123_assignsubmission_file_", "Jane_Doe_123_assignsubmission_file-"),
        ("knn (1)", "knn_1-"),
        ("-rf", "rf-"),
        ("../etc/passwd", "etc_passwd-"),
        ("index.html", "index_html-"),
        ("RECORDS.JSONL", "RECORDS_JSONL-"),
        ("results.xml", "results_xml-"),
        ("x" * 65, "x" * 40 + "-"),
        ("李", "id-"),
        ("..", "id-"),
        ("\udcff", "id-"),
        ("a\x1b[31m", "a_31m-"),
    ],
)
def test_of_another_name_it_keeps_what_can_be_read(name, start):
    assert id_of(name).startswith(start)
    assert is_id(id_of(name))


def test_names_that_read_alike_have_ids_of_their_own():
    assert len({id_of(name) for name in ("José", "Jose ", "Jose\t", " Jose", "Jose_-")}) == 5
