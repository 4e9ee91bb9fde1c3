"""JUnit XML, held to the grammar that build servers agree on: which elements and attributes stand where."""

from __future__ import annotations

from xml.etree import ElementTree as ET

from hypothesis import given

from kie_catalog.reports.findings.junit import render

from .views import example_view, views

# element: (attributes that must be there, attributes that may, children)
GRAMMAR = {
    "testsuites": ({"name", "tests", "failures"}, {"errors", "skipped", "time"}, {"testsuite"}),
    "testsuite": (
        {"name", "tests", "failures"},
        {"errors", "skipped", "time", "timestamp", "hostname"},
        {"testcase"},
    ),
    "testcase": ({"name", "classname"}, {"time"}, {"failure", "skipped"}),
    "failure": ({"message", "type"}, set(), set()),
    "skipped": (set(), {"message"}, set()),
}


def require_valid(element: ET.Element) -> None:
    must, may, children = GRAMMAR[element.tag]
    assert must <= set(element.keys()) <= must | may
    assert {child.tag for child in element} <= children
    assert len(element) <= 1 or element.tag != "testcase"
    for child in element:
        require_valid(child)


@given(view=views())
def test_the_xml_is_valid_and_its_counts_are_true(view):
    root = ET.fromstring(render(view))  # noqa: S314 -- our own output
    assert root.tag == "testsuites"
    require_valid(root)
    for suite in (root, *root):
        cases = list(suite.iter("testcase"))
        assert int(suite.get("tests")) == len(cases)
        assert int(suite.get("failures")) == len(list(suite.iter("failure")))
        assert int(suite.get("skipped")) == len(list(suite.iter("skipped")))
    assert [suite.get("name") for suite in root] == list(view.files)
    assert len(list(root.iter("failure"))) == sum(map(view.fails, view.findings))
    told = len(list(root.iter("failure"))) + len(list(root.iter("skipped")))
    assert told == len(view.findings)


def test_a_finding_is_a_case_with_its_place():
    root = ET.fromstring(render(example_view()))  # noqa: S314 -- see above
    [case] = [each for each in root.iter("testcase") if each.get("name").startswith("KC204")]
    assert case.get("name") == "KC204 credits-against-usd 22:19"
    assert case.get("classname") == "catalog.yaml"
    assert case.find("failure").get("type") == "error"
