"""The public surface is a list; importing the package costs nothing."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

import kie_catalog


def test_the_surface_is_sorted_and_importable():
    assert kie_catalog.__all__ == sorted(kie_catalog.__all__)
    for name in kie_catalog.__all__:
        assert getattr(kie_catalog, name) is not None
    assert dir(kie_catalog) == kie_catalog.__all__
    with pytest.raises(AttributeError, match="has no attribute 'nothing'"):
        kie_catalog.nothing  # noqa: B018 -- asking is the test


@pytest.mark.parametrize(
    ("code", "forbidden"),
    [
        ("import kie_catalog", {"click", "yaml", "pydantic", "jinja2"}),
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
