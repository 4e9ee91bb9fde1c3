import gzip
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kie_catalog.sources.asking import Passing, Unusable
from kie_catalog.sources.unpack import Body


def unpack(chunks, *, encoding="gzip", length="", cap=10_000):
    body = Body("here", encoding=encoding, length=length, cap=cap)
    for chunk in chunks:
        body.add(chunk)
    return body.end()


def pieces(raw, size):
    return [raw[start : start + size] for start in range(0, len(raw), size)]


@given(
    raw=st.binary(max_size=3_000), size=st.integers(1, 400), encoding=st.sampled_from(["", "gzip", "X-GZIP"])
)
def test_a_body_is_the_same_however_the_wire_cuts_it(raw, size, encoding):
    sent = gzip.compress(raw) if encoding else raw
    assert unpack(pieces(sent, size), encoding=encoding) == raw


def test_several_gzip_files_one_after_the_other_are_one_body():
    sent = gzip.compress(b"one ") + gzip.compress(b"two")
    assert unpack([sent]) == b"one two"
    assert unpack(pieces(sent, 3)) == b"one two"


def test_a_bomb_costs_its_cap_and_no_more():
    bomb = gzip.compress(b" " * 50_000_000, 9)
    body = Body("here", encoding="gzip", length="", cap=1_000)
    with pytest.raises(Unusable, match="larger than 1000 bytes"):
        body.add(bomb)
    assert body._size <= 1_001


@pytest.mark.parametrize("raw", [b"x" * 1_001, b"x" * 5_000])
def test_a_body_beyond_its_cap_is_refused(raw):
    with pytest.raises(Unusable, match="larger"):
        unpack([raw], encoding="", cap=1_000)


def test_a_body_of_exactly_its_cap_is_taken():
    assert unpack([gzip.compress(b"x" * 1_000)], cap=1_000) == b"x" * 1_000


def test_an_announced_length_is_believed_when_it_is_too_much():
    with pytest.raises(Unusable, match="larger"):
        Body("here", encoding="", length="99999999999999999999", cap=1_000)
    assert Body("here", encoding="", length="many", cap=1_000).end() == b""


@pytest.mark.parametrize("encoding", ["br", "zstd", "deflate", "gzip, gzip"])
def test_packings_nobody_asked_for_are_refused(encoding):
    with pytest.raises(Unusable, match="not asked for"):
        unpack([b"x"], encoding=encoding)


def test_a_stream_that_breaks_off_may_pass():
    sent = gzip.compress(b"some longer text " * 50)
    with pytest.raises(Passing, match="breaks off"):
        unpack([sent[: len(sent) // 2]])


def test_what_is_no_gzip_is_refused():
    with pytest.raises(Unusable, match="not the gzip"):
        unpack([b"plain text"])
    with pytest.raises(Unusable, match="not the gzip"):
        unpack([zlib.compress(b"zlib and not gzip")])


def test_an_empty_body_is_empty():
    assert unpack([]) == b""
    assert unpack([gzip.compress(b"")]) == b""
