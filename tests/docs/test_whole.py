"""The documentation as a whole: links lead somewhere, tables are complete, both editions say the same."""

from __future__ import annotations

import re
from urllib.parse import unquote, urlsplit

import pytest

from kie_catalog.cli.commands import COMMANDS
from tests.conftest import ROOT
from tests.docs.blocks import blocks_of, headings_of, links_of, pages, tables_of
from tests.docs.test_pages import TWINS

README = ROOT / "README.md"
ENGLISH = ROOT / "docs" / "KIE_AI_API_GUIDE.md"
RUSSIAN = ROOT / "docs" / "KIE_AI_API_GUIDE.ru.md"
FORGES = (
    "https://docs.kie.ai/",
    "https://github.com/",
    "https://keepachangelog.com",
    "https://semver.org",
    "https://procrastinate.readthedocs.io",
)


@pytest.mark.parametrize("page", pages(), ids=lambda page: page.stem)
def test_every_link_leads_somewhere(page):
    for link in links_of(page):
        parts = urlsplit(link)
        if parts.scheme:
            assert link.startswith(FORGES), link
            continue
        target = (page.parent / unquote(parts.path)).resolve() if parts.path else page
        assert target.exists(), link
        if parts.fragment:
            assert unquote(parts.fragment) in {each.anchor for each in headings_of(target)}, link


def test_every_page_can_be_reached_from_the_readme():
    reached, open_pages = set(), [README]
    while open_pages:
        page = open_pages.pop()
        reached.add(page)
        linked = {(page.parent / urlsplit(link).path).resolve() for link in links_of(page)}
        open_pages += [
            each for each in linked if each.suffix == ".md" and each.exists() and each not in reached
        ]
    assert [str(page) for page in pages() if page not in reached] == []


def test_the_readme_names_every_command_and_no_other():
    first_cells = [row[0] for row in tables_of(README)]
    named = {
        word
        for cell in first_cells
        for code in re.findall(r"`([^`]+)`", cell)
        if (word := code.split()[0]) in COMMANDS or cell.startswith("`")
    }
    assert named == set(COMMANDS)


def test_both_editions_of_the_guide_have_the_same_blocks_and_headings():
    assert {RUSSIAN} == TWINS  # so that the blocks of the one are run with those of the other
    english, russian = (
        [(each.language, each.text) for each in blocks_of(page)] for page in (ENGLISH, RUSSIAN)
    )
    assert russian == english
    levels = [[each.level for each in headings_of(page)] for page in (ENGLISH, RUSSIAN)]
    assert levels[0] == levels[1]
    tables = [[len(row) for row in tables_of(page)] for page in (ENGLISH, RUSSIAN)]
    assert tables[0] == tables[1]


def test_the_picture_is_one_and_not_large():
    picture = ROOT / "docs" / "images" / "report.png"
    assert picture.read_bytes().startswith(b"\x89PNG")
    assert picture.stat().st_size < 300_000
