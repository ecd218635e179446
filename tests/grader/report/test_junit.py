"""JUnit XML is what its readers accept: two schemas that differ, GitLab's limits, junitparser."""

import subprocess
import sys

import msgspec
import pytest
from junitparser import JUnitXml
from lxml import etree

from grader.record.check import Check, CheckOutcome, Outcome
from grader.report.junit import junit_xml, junit_xunit1

# The structure of junit-10.xsd, retyped, without its elements for tests that were run again.
# Jenkins' xUnit plugin (031e285) and pytest (81ae293) each have their own copy.
SCHEMA = """
<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema">
  <xs:simpleType name="Seconds"><xs:restriction base="xs:string">
    <xs:pattern value="(([0-9]{{0,3}},)*[0-9]{{3}}|[0-9]{{0,3}})*(\\.[0-9]{decimals})?"/>
  </xs:restriction></xs:simpleType>
  <xs:complexType name="Result" mixed="true">
    <xs:attribute name="type"/><xs:attribute name="message"/>
  </xs:complexType>
  <xs:complexType name="Properties"><xs:sequence>
    <xs:element name="property" minOccurs="0" maxOccurs="unbounded"><xs:complexType>
      <xs:attribute name="name" use="required"/><xs:attribute name="value" use="required"/>
    </xs:complexType></xs:element>
  </xs:sequence></xs:complexType>
  <xs:complexType name="Case"><xs:choice minOccurs="0" maxOccurs="unbounded">
    <xs:element name="skipped" type="Result"/>
    <xs:element name="{error}" type="Result"/>
    <xs:element name="failure" type="Result"/>
    <xs:element name="system-out" type="xs:string"/>
    <xs:element name="system-err" type="xs:string"/>
  </xs:choice>
    <xs:attribute name="name" use="required"/>
    <xs:attribute name="time"/><xs:attribute name="classname"/><xs:attribute name="group"/>
  </xs:complexType>
  <xs:complexType name="Suite"><xs:choice minOccurs="0" maxOccurs="unbounded">
    <xs:element name="testsuite" type="Suite"/>
    <xs:element name="properties" type="Properties"/>
    <xs:element name="testcase" type="Case"/>
    <xs:element name="system-out" type="xs:string"/>
    <xs:element name="system-err" type="xs:string"/>
  </xs:choice>
    <xs:attribute name="name" use="required"/><xs:attribute name="tests" use="required"/>
    <xs:attribute name="failures" use="required"/><xs:attribute name="errors" use="required"/>
    <xs:attribute name="time" type="Seconds"/>
    <xs:attribute name="group"/><xs:attribute name="skipped"/><xs:attribute name="timestamp"/>
    <xs:attribute name="hostname"/><xs:attribute name="id"/><xs:attribute name="package"/>
    <xs:attribute name="file"/><xs:attribute name="log"/><xs:attribute name="url"/>{version}
  </xs:complexType>
  <xs:element name="testsuites"><xs:complexType><xs:sequence>
    <xs:element name="testsuite" type="Suite" minOccurs="0" maxOccurs="unbounded"/>
  </xs:sequence>
    <xs:attribute name="name"/><xs:attribute name="time" type="Seconds"/>
    <xs:attribute name="tests"/><xs:attribute name="failures"/><xs:attribute name="errors"/>
  </xs:complexType></xs:element>
</xs:schema>
"""
COPIES = {
    "jenkins": {"decimals": "*", "error": "error", "version": ""},
    "pytest": {
        "decimals": "{0,3}",
        "error": "errors",
        "version": '<xs:attribute name="version"/>',
    },
}
RAISED = CheckOutcome(
    "hidden/test_k",
    Outcome.ERROR,
    message="ValueError: k is 0\n  line 3 of tools.py, in vote\n  line 12 of knn.py, in predict",
)


@pytest.fixture(params=COPIES.values(), ids=list(COPIES))
def schema(request) -> etree.XMLSchema:
    return etree.XMLSchema(etree.fromstring(SCHEMA.format(**request.param)))


def is_valid(schema: etree.XMLSchema, document: bytes) -> bool:
    return schema.validate(etree.fromstring(document))


def cases(document: bytes) -> dict[str, etree._Element]:
    return {case.get("name"): case for case in etree.fromstring(document).iter("testcase")}


def every_outcome(make):
    checks = [Check(f"hidden/test_{word}", "It works.", "f", "hidden", 2) for word in Outcome]
    outcomes = [
        CheckOutcome(check.id, outcome, message=f"a <{outcome}>\nb", seconds=0.00001)
        for check, outcome in zip(checks, Outcome, strict=True)
    ]
    return make(checks=checks, outcomes=outcomes)


def test_both_schemas_accept_every_outcome(make, make_unread, schema):
    for record in (
        make(),
        every_outcome(make),
        make_unread("bob", "no file"),
        make(checks=[], outcomes=[]),
    ):
        assert is_valid(schema, junit_xml(record)), schema.error_log


def test_both_schemas_accept_the_shortest_and_the_longest_time(make, schema):
    for seconds in (0.0, 1e-9, 0.00049, 0.1 + 0.2, 1234567.89):
        outcome = CheckOutcome("hidden/test_k", Outcome.FAILED, seconds=seconds)
        document = junit_xml(make(outcomes=[outcome]))
        assert is_valid(schema, document), document
        assert b"e-" not in document


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"<testcase classname", b'<testcase file="a.py" classname'),
        (b"<system-out>", b"<properties/><system-out>"),
        (b' failures="2"', b""),
        (b'tests="4" time="10.442"', b'tests="4" time="1e-05"'),
    ],
)
def test_both_schemas_refuse_what_others_write(make, schema, old, new):
    document = junit_xml(make())
    assert old in document
    assert not is_valid(schema, document.replace(old, new))


def test_the_two_schemas_differ_as_their_copies_do(make):
    jenkins, pytests = (
        etree.XMLSchema(etree.fromstring(SCHEMA.format(**copy))) for copy in COPIES.values()
    )
    error = junit_xml(make()).replace(b"failure ", b"error ").replace(b"/failure", b"/error")
    assert is_valid(jenkins, error)
    assert not is_valid(pytests, error)
    errors = error.replace(b"error ", b"errors ").replace(b"/error", b"/errors")
    assert is_valid(pytests, errors)
    assert not is_valid(jenkins, errors)


def test_whatever_earned_nothing_is_a_failure_with_its_outcome(make):
    types = {}
    for name, case in cases(junit_xml(every_outcome(make))).items():
        types[name] = [(child.tag, child.get("type")) for child in case]
    words = [word for word in Outcome if word is not Outcome.PASSED]
    assert types["hidden/test_passed"] == []
    assert [types[f"hidden/test_{word}"] for word in words] == [[("failure", w)] for w in words]


def test_a_hand_in_that_could_not_be_read_is_red(make_unread):
    document = junit_xml(make_unread("bob", "no knn.py here"))
    (suite,) = JUnitXml.fromstring(document)
    assert (suite.tests, suite.failures, suite.skipped) == (4, 4, 0)
    assert "no knn.py here" in suite.child(type(next(iter(suite)))).result[0].text


def test_points_stand_in_the_suite_and_beside_what_lost_some(make):
    document = junit_xml(make())
    (suite,) = JUnitXml.fromstring(document)
    properties = {item.name: item.value for item in suite.properties()}
    assert (properties["earned"], properties["possible"]) == ("3.5", "10")
    assert properties["points.hidden/test_random"] == "2.5 of 4"
    in_part = cases(document)["hidden/test_random"]
    assert [(child.tag, child.text) for child in in_part] == [
        ("system-out", "Distances are right on random data. (2.5 of 4 points)")
    ]
    assert len(cases(document)["public/test_shape"]) == 0


def test_cases_with_the_same_title_keep_names_of_their_own(make):
    checks = [Check(f"hidden/test_{n}", "It is right.", "f", "hidden", 1) for n in range(3)]
    keys = set()
    for submission in ("ada", "bob"):
        for case in cases(junit_xml(make(submission, checks=checks, outcomes=[]))).values():
            keys.add((case.get("classname"), case.get("name")))
    assert len(keys) == 6


def test_xunit1_names_the_line_that_raised(make):
    case = cases(junit_xunit1(make(outcomes=[RAISED])))["hidden/test_k"]
    assert (case.get("file"), case.get("line")) == ("knn.py", "12")
    in_cell = msgspec.structs.replace(
        RAISED, message="ValueError: k\n  cell 3, line 4 of knn.ipynb, in predict"
    )
    case = cases(junit_xunit1(make(outcomes=[in_cell])))["hidden/test_k"]
    assert (case.get("file"), case.get("line")) == ("knn.ipynb", None)


def test_xunit1_without_a_place_is_xunit2(make):
    assert junit_xunit1(make()) == junit_xml(make())
    assert junit_xunit1(make(outcomes=[RAISED])) != junit_xml(make(outcomes=[RAISED]))


def test_a_students_text_attaches_no_file_in_gitlab(make):
    outcome = msgspec.structs.replace(RAISED, message="[[ATTACHMENT|x]] [[1 2]] [[Attachment|y]]")
    text = cases(junit_xml(make(outcomes=[outcome])))["hidden/test_k"][0].text
    assert text.endswith("\n[ [ATTACHMENT|x]] [[1 2]] [ [Attachment|y]]")


@pytest.mark.slow
def test_a_record_of_much_hostile_text_stays_below_gitlabs_30_mb(make):
    checks = [Check(f"hidden/test_{n}", "It is right.", "f", "hidden", 1) for n in range(2000)]
    outcomes = [
        CheckOutcome(check.id, Outcome.FAILED, message="&" * 9000, hint="数" * 9000)
        for check in checks
    ]
    document = junit_xml(make(checks=checks, outcomes=outcomes))
    assert 10_000_000 < len(document) < 30_000_000
    assert len(cases(document)) == 2000
    assert "more characters" in cases(document)["hidden/test_7"][0].text


@pytest.mark.processes
def test_colours_are_written_the_same_with_and_without_lxml(make):
    program = """
import sys
if sys.argv[1] == "without": sys.modules["lxml"] = None
from junitparser import junitparser
assert ("lxml" in junitparser.etree.__name__) is (sys.argv[1] == "with")
import msgspec
from grader.record.record import Record
from grader.report.junit import junit_xml
record = msgspec.json.decode(sys.stdin.buffer.read(), type=Record)
sys.stdout.buffer.write(junit_xml(record))
"""
    colours = msgspec.structs.replace(RAISED, message="\x1b[31mloss\x1b[0m \x00 <a b='\"'>&\r\n\t")
    record = msgspec.json.encode(make(outcomes=[colours]))
    documents = [
        subprocess.run(
            [sys.executable, "-c", program, how], input=record, capture_output=True, check=True
        ).stdout
        for how in ("with", "without")
    ]
    assert documents[0] == documents[1]
    text = cases(documents[0])["hidden/test_k"][0].text
    assert "\\u001b[31mloss\\u001b[0m \\u0000 <a b='\"'>&\\u000d\n\\u0009" in text
