"""The public surface is a list; importing the package costs nothing."""

from __future__ import annotations

import ast
import inspect
import os
import subprocess
import sys
from importlib import resources
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import kie_catalog
from tests.conftest import ROOT


def numbers(version: str) -> list[int]:
    return [int(each) for each in version.split(".")]


def imported_from(file: Path) -> dict[str, str]:
    """By each name that a file imports from the package, the module that it names."""
    nodes = ast.walk(ast.parse(file.read_text(encoding="utf-8")))
    return {
        alias.name: node.module
        for node in nodes
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("kie_catalog")
        for alias in node.names
    }


def test_the_surface_is_sorted_and_importable():
    assert kie_catalog.__all__ == sorted(kie_catalog.__all__)
    for name in kie_catalog.__all__:
        assert getattr(kie_catalog, name) is not None
    assert dir(kie_catalog) == kie_catalog.__all__
    with pytest.raises(AttributeError, match="has no attribute 'nothing'"):
        kie_catalog.nothing  # noqa: B018 -- asking is the test


def test_a_type_checker_sees_the_names_where_they_are_found():
    seen = imported_from(Path(kie_catalog.__file__))
    assert seen.pop("__version__") == "kie_catalog.version"
    assert seen == dict(kie_catalog._HOMES)
    assert sorted(seen) == kie_catalog.__all__


def test_the_package_says_that_it_is_typed():
    assert (resources.files("kie_catalog") / "py.typed").is_file()


def test_every_name_is_in_the_typing_test():
    assert imported_from(ROOT / "tests" / "typing" / "api.py").keys() == set(kie_catalog.__all__)


@pytest.mark.parametrize("name", kie_catalog.__all__)
def test_every_name_says_what_it_is(name):
    public = getattr(kie_catalog, name)
    assert public.__module__ == kie_catalog._HOMES[name]
    assert inspect.getdoc(public)


# --- names on their way out


@given(st.sampled_from(kie_catalog.__all__), st.from_regex(r"[a-z]{3,8}_before", fullmatch=True))
def test_a_name_on_its_way_out_leads_to_its_successor_and_says_so(successor, old):
    said = f"^kie_catalog.{old} goes with version 9.0; use kie_catalog.{successor}$"
    with pytest.warns(DeprecationWarning, match=said):
        assert kie_catalog._successor(old, {old: (successor, "9.0")}) == successor


def test_names_on_their_way_out_lead_to_names_that_stay():
    """The table may be empty; what is in it obeys docs/deprecation.md."""
    retired = kie_catalog._RETIRED
    assert not retired.keys() & set(kie_catalog.__all__)
    assert {successor for successor, _ in retired.values()} <= set(kie_catalog.__all__)
    assert all(numbers(last) > numbers(kie_catalog.__version__) for _, last in retired.values())


def test_importing_the_package_imports_nothing_else():
    script = (
        "import sys\nbefore = set(sys.modules)\nimport kie_catalog\nprint(*sorted(set(sys.modules) - before))"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert set(done.stdout.split()) - {"__future__"} == {"kie_catalog", "kie_catalog.version"}


@pytest.mark.parametrize(
    ("code", "forbidden"),
    [
        ("from kie_catalog.cli import cli", {"yaml", "pydantic", "jinja2", "deepdiff", "httpx", "rich"}),
        ("import kie_catalog; kie_catalog.packaged_catalog()", {"pydantic", "jinja2", "deepdiff", "httpx"}),
    ],
)
def test_heavy_imports_are_paid_by_those_who_use_them(code, forbidden):
    script = f"{code}\nimport sys\nprint(*(sys.modules.keys() & {forbidden!r}))"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.split() == []


def test_the_tests_run_against_the_installed_wheel_where_it_is_named():
    named = os.environ.get("KIE_CATALOG_INSTALLED")
    if named is None:
        pytest.skip("the tests run against the sources; make wheel runs them against the wheel")
    assert Path(kie_catalog.__file__).is_relative_to(Path(named).resolve())
