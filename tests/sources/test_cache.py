import json

import pytest

from kie_catalog.domain.snapshot import Page
from kie_catalog.sources.cache import FolderCache, NoCache

URL = "https://docs.kie.ai/a.md"
ETAG = {"etag": '"1"', "last-modified": "Sat, 22 Aug 2026 12:00:00 GMT"}
PAGE = Page("a", "Title", {"openapi": "3.0.1", "x": [1, 0.5, None, True, "16:9"]})


@pytest.fixture(name="folder")
def _folder(tmp_path):
    return tmp_path / "cache"


def opened(folder, today=100):
    return FolderCache(folder, today=today)


def filled(folder):
    cache = opened(folder)
    cache.keep(URL, ETAG, b"body")
    cache.keep_page(b"body", "a", PAGE)
    cache.keep_page(b"bad", "b", "its OpenAPI block is not YAML")
    cache.close()
    return cache


def test_a_reply_is_recalled_by_the_next_run(folder):
    filled(folder)
    known = opened(folder).recall(URL)
    assert known.body == b"body"
    assert known.validators == {"If-None-Match": '"1"', "If-Modified-Since": ETAG["last-modified"]}


def test_a_reply_without_validators_is_not_kept(folder):
    cache = opened(folder)
    cache.keep(URL, {"etag": ""}, b"body")
    cache.keep(URL, {"etag": "a\nb"}, b"body")
    cache.keep(URL, {"etag": "x" * 301}, b"body")
    assert cache.recall(URL) is None


def test_a_parsed_page_and_a_fault_are_recalled(folder):
    filled(folder)
    cache = opened(folder)
    assert cache.page(b"body", "a") == PAGE
    assert cache.page(b"bad", "b") == "its OpenAPI block is not YAML"


def test_another_text_or_path_is_another_page(folder):
    filled(folder)
    cache = opened(folder)
    assert cache.page(b"body2", "a") is None
    assert cache.page(b"body", "b") is None


def damaged(folder, damage):
    filled(folder)
    for file in folder.rglob("*"):
        if file.is_file():
            damage(file)
    return opened(folder)


@pytest.mark.parametrize(
    "damage",
    [
        lambda file: file.write_bytes(b""),
        lambda file: file.write_bytes(file.read_bytes()[: len(file.read_bytes()) // 2]),
        lambda file: file.write_bytes(b"\xff\xfe garbage"),
        lambda file: file.write_bytes(file.read_bytes().replace(b"Title", b"Other")),
        lambda file: file.unlink(),
    ],
)
def test_what_was_damaged_is_as_if_it_had_never_been_there(folder, damage):
    cache = damaged(folder, damage)
    assert cache.page(b"body", "a") is None or damage.__code__.co_consts == ()
    known = cache.recall(URL)
    assert known is None or known.body == b"body"
    cache.keep(URL, ETAG, b"body")
    cache.keep_page(b"body", "a", PAGE)
    assert cache.recall(URL).body == b"body"
    assert cache.page(b"body", "a") == PAGE


@pytest.mark.parametrize(
    "entries",
    [
        [],
        {"u": 1},
        {"u": {"body": "../../etc/passwd", "validators": {}, "used": 1}},
        {"u": {"body": "ab", "validators": {"If-None-Match": "a\r\nEvil: 1"}, "used": 1}},
        {"u": {"body": "ab", "validators": {"If-None-Match": 1}, "used": 1}},
    ],
)
def test_a_table_of_another_shape_is_forgotten(folder, entries):
    folder.mkdir()
    (folder / "replies.json").write_text(json.dumps(entries))
    assert opened(folder).recall("u") is None


def test_what_was_not_used_for_a_month_goes(folder):
    filled(folder)
    late = opened(folder, today=131)
    late.keep("https://docs.kie.ai/b.md", ETAG, b"other")
    late.close()
    assert opened(folder, today=131).recall(URL) is None
    assert len(list((folder / "bodies").iterdir())) == 1


def test_a_folder_that_can_not_be_written_forgets(tmp_path):
    (tmp_path / "file").write_text("")
    cache = opened(tmp_path / "file" / "cache")
    cache.keep(URL, ETAG, b"body")
    cache.keep_page(b"body", "a", PAGE)
    cache.close()
    assert cache.recall(URL) is None
    assert cache.page(b"body", "a") is None


def test_there_is_a_cache_that_remembers_nothing():
    cache = NoCache()
    cache.keep(URL, ETAG, b"body")
    cache.keep_page(b"body", "a", PAGE)
    cache.close()
    assert (cache.recall(URL), cache.page(b"body", "a")) == (None, None)


def test_it_holds_no_pickles(folder):
    """Reading a cache must never run what somebody put there: everything in it is JSON, bodies apart."""
    filled(folder)
    for file in (folder / "pages").iterdir():
        json.loads(file.read_bytes().partition(b"\n")[2])
    assert json.loads((folder / "replies.json").read_bytes())
