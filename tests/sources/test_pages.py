import pytest
from hypothesis import given
from hypothesis import strategies as st

from kie_catalog.domain.errors import SourceError
from kie_catalog.domain.snapshot import AnnouncementKind
from kie_catalog.sources import announcements, pages

PAGE = b"# Title\n\nWords.\n\n```yaml\nopenapi: 3.0.1\npaths: {}\n```\n"


def test_a_page_is_its_heading_and_its_block():
    page = pages.parse_page(PAGE, "market/x")
    assert (page.path, page.title, page.openapi) == ("market/x", "Title", {"openapi": "3.0.1", "paths": {}})


def test_a_page_without_a_block_is_a_page():
    page = pages.parse_page(b"Words.\n", "market/quickstart")
    assert (page.title, page.openapi) == ("quickstart", None)


def test_blocks_that_are_examples_do_not_count():
    raw = b"# T\n```yaml\nfoo: 1\n```\n```yaml\nopenapi: 3.0.1\nx: 1\n```\n```yml\nbar: 2\n```\n"
    assert pages.parse_page(raw, "p").openapi == {"openapi": "3.0.1", "x": 1}


@pytest.mark.parametrize(
    ("raw", "fact"),
    [
        (b"", "empty"),
        (b"\xff\xfe", "not UTF-8"),
        (b"<!DOCTYPE html><p>", "HTML page"),
        (b'<html><input type="password">', "login page"),
        (b"# T\n```yaml\nopenapi: [\n```\n", "not YAML"),
        (
            b"# T\n\n## OpenAPI Specification\n\n```yaml\nopenapi: 3.0.1\npaths:\n",
            "breaks off inside a block",
        ),
        (b"# T\n\n## OpenAPI Specification\n", "announces an OpenAPI block and has none"),
        (b"# T\n```yaml\n# no mapping\nopenapi:3.0.1\n```\n", "is not a mapping"),
        (b"# T\n```yaml\n- openapi\nopenapi:\n```\n", "not YAML"),
    ],
)
def test_a_page_that_can_not_be_read_says_why(raw, fact):
    with pytest.raises(SourceError, match=fact):
        pages.parse_page(raw, "p")


def test_one_bad_page_costs_itself_only():
    snapshot = pages.parse({"b": b"", "a": PAGE}, taken_at="2026-08-22", place="docs")
    assert [page.path for page in snapshot.content] == ["a"]
    assert [(fault.place, fault.fact) for fault in snapshot.faults] == [("b", "the reply is empty")]


def test_all_bad_pages_are_no_documentation():
    with pytest.raises(SourceError, match="none of its 1 pages"):
        pages.parse({"b": b""}, taken_at="2026-08-22", place="docs")


def test_the_index_lists_pages_once_and_without_translations():
    paths, faults = pages.read_index(
        "# docs.kie.ai\n\n## Docs\n"
        "- A > B [T](https://docs.kie.ai/market/a.md): words (with brackets)\n"
        "- [T](https://docs.kie.ai/market/a.md): again\n"
        "- [T](/market/b.md)\n"
        "- [T](https://docs.kie.ai/cn/market/a.md): \n"
        "- [T](https://docs.kie.ai/cn.md): \n"
        "- [Site](https://kie.ai/pricing): no page\n"
    )
    assert paths == ("market/a", "market/b", "cn")
    assert faults == ()


@pytest.mark.parametrize(
    "link",
    [
        "https://example.com/a.md",
        "https://docs.kie.ai/../../etc/passwd.md",
        "https://docs.kie.ai/a/../b.md",
        "https://docs.kie.ai//etc/passwd.md",
        "https://docs.kie.ai/a%2f..%2fb.md",
        "https://docs.kie.ai/.hidden.md",
        "https://docs.kie.ai/a.md?x=.md",
        "https://docs.kie.ai@example.com/a.md",
        "https://[broken/a.md",
        "https://docs.kie.ai/" + "a" * 300 + ".md",
        "https://docs.kie.ai/.md",
        "\\\\host\\share.md",
    ],
)
def test_a_link_that_is_no_path_is_a_fault(link):
    paths, faults = pages.read_index(f"- [T]({link}): \n")
    assert paths == ()
    assert [fault.place for fault in faults] in ([], ["llms.txt line 1"])
    assert faults or "?" in link


@given(st.text(max_size=300))
def test_no_index_gives_a_path_that_leaves_its_folder(text):
    paths, _ = pages.read_index(f"- [x](https://docs.kie.ai/{text}.md)\n{text}")
    for path in paths:
        assert ".." not in path
        assert not path.startswith(("/", "."))
        assert path.isascii()


@pytest.mark.parametrize(
    ("text", "kinds"),
    [
        (
            "# T\n\n:::warning[Notice]\nThis model is deprecated and will migrate.\n:::\n",
            ["migration", "deprecation"],
        ),
        ("# T\n\n::: warning\nTemporarily paused.\n:::\n", ["pause"]),
        ("# T\n\n:::warning\nKeep your key secret.\n:::\n", []),
        ("# T\n\n:::tip\nIt is deprecated.\n:::\n", []),
        ("# T\n\n## Later\n\n:::warning\nIt is deprecated.\n:::\n", []),
        ("# T\n\nIt is deprecated.\n", []),
    ],
)
def test_only_a_warning_at_the_top_announces(text, kinds):
    assert list(announcements.kinds_of(text)) == kinds


def test_announcements_are_read_from_pages_and_survive_their_own_wording():
    kinds = tuple(AnnouncementKind)
    text = f"# T\n\n::: warning\n{announcements.wording(kinds)}\n:::\n"
    found = announcements.parse({"a": text.encode(), "b": b"# T\n", "c": b"\xff"}, taken_at="2026-08-22")
    assert [(each.page, each.kinds) for each in found.content] == [("a", kinds)]
