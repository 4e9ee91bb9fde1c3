"""Every row of a file is a draft or a fault with its place; what stands in a file is data, whatever it is."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kie_catalog.domain.errors import UsageError
from kie_catalog.service.batch import reading
from kie_catalog.service.batch.reading import Draft, drafts_of, read_file, read_rows


def lines(*rows):
    return "\n".join(each if isinstance(each, str) else json.dumps(each) for each in rows).encode()


def told(rows):
    return [(each.place, each.code) for each in rows.faults]


def test_json_lines_are_read_with_all_that_a_row_may_say():
    raw = b"\xef\xbb\xbf" + lines(
        {"model": "m", "input": {"prompt": "x"}},
        "",
        {"model": "n", "key": "k", "priority": -3, "measurements": {"input_seconds": 8}},
    )
    rows = read_rows("a.jsonl", raw)
    assert rows.faults == ()
    assert rows.drafts == (
        Draft(1, "a.jsonl:1", "m", {"prompt": "x"}),
        Draft(2, "a.jsonl:3", "n", {}, "k", -3, {"input_seconds": 8}),
    )


@pytest.mark.parametrize(
    ("row", "place", "code"),
    [
        ("{", "a.jsonl:2", "no-json"),
        ("[1]", "a.jsonl:2", "not-an-object"),
        ("[" * 100_000, "a.jsonl:2", "no-json"),
        ('{"model": "m", "input": {"n": NaN}}', "a.jsonl:2", "no-json"),
        ('{"model": "m", "input": {"n": %s}}' % ("9" * 5000), "a.jsonl:2", "no-json"),
        ('{"model": "m", "model": "n"}', "a.jsonl:2", "given-twice"),
        ({"input": {}}, "a.jsonl:2:model", "missing"),
        ({"model": 5}, "a.jsonl:2:model", "missing"),
        ({"model": "m", "input": []}, "a.jsonl:2:input", "not-an-object"),
        ({"model": "m", "inputs": {}}, "a.jsonl:2:inputs", "unknown"),
        ({"model": "m", "measurements": 1}, "a.jsonl:2:measurements", "not-an-object"),
        ({"model": "m", "key": ""}, "a.jsonl:2:key", "wrong-key"),
        ({"model": "m", "key": 7}, "a.jsonl:2:key", "wrong-key"),
        ({"model": "m", "key": "a\nb"}, "a.jsonl:2:key", "wrong-key"),
        ({"model": "m", "key": "\ud800"}, "a.jsonl:2:key", "wrong-key"),
        ({"model": "m", "key": "k" * 201}, "a.jsonl:2:key", "wrong-key"),
        ({"model": "m", "priority": 11}, "a.jsonl:2:priority", "wrong-priority"),
        ({"model": "m", "priority": True}, "a.jsonl:2:priority", "wrong-priority"),
        ({"model": "m", "priority": "5"}, "a.jsonl:2:priority", "wrong-priority"),
    ],
)
def test_a_row_that_cannot_be_read_is_told_and_the_others_are_read(row, place, code):
    rows = read_rows("a.jsonl", lines({"model": "m"}, row, {"model": "n"}))
    assert told(rows) == [(place, code)]
    assert [(each.row, each.model) for each in rows.drafts] == [(1, "m"), (3, "n")]
    assert all(rows.faults[0].hint(language).startswith(f"{place}: ") for language in ("en", "ru"))


def test_a_line_that_is_no_utf_8_costs_that_line():
    rows = read_rows("a.ndjson", lines({"model": "m"}) + b'\n{"model": "\xff"}\n' + lines({"model": "n"}))
    assert told(rows) == [("a.ndjson:2", "not-utf-8")]
    assert len(rows.drafts) == 2


def test_csv_is_read_by_its_header_and_cells_stay_text():
    raw = (
        "\ufeffmodel,prompt,input.duration,key,priority,measurements.input_seconds,image_urls:\r\n"
        'm,"a fox, ""again""\r\nand again",5,k1,3,8.5,"[""https://x.example/1""]"\r\n'
        "\r\n"
        "n,=1+1,,,,,\r\n"
    )
    rows = read_rows("a.CSV", raw.encode())
    assert rows.faults == ()
    first, second = rows.drafts
    assert (first.place, first.key, first.priority) == ("a.CSV:2", "k1", 3)
    assert first.payload == {
        "prompt": 'a fox, "again"\r\nand again',
        "duration": "5",
        "image_urls": ["https://x.example/1"],
    }
    assert first.measurements == {"input_seconds": 8.5}
    assert (second.place, second.payload, second.key) == ("a.CSV:5", {"prompt": "=1+1"}, None)


@pytest.mark.parametrize(
    ("text", "faults", "drafts"),
    [
        ("", [("a.csv:1:", "missing")], 0),
        ("prompt\nx\n", [("a.csv:1", "missing")], 0),
        ("model,prompt,prompt\nm,x,y\n", [("a.csv:1:prompt", "wrong-column")], 0),
        ("model,,x\nm,1,2\n", [("a.csv:1:2", "wrong-column")], 0),
        ("model,prompt\nm,x,y\nn,z\n", [("a.csv:2", "too-many-cells")], 1),
        ("model,prompt\nm,x\nn\n,y\n", [("a.csv:4:model", "missing")], 2),
        ("model,priority\nm,high\n", [("a.csv:2:priority", "wrong-priority")], 0),
        ("model,x:\nm,{\n", [("a.csv:2:x:", "no-json")], 0),
        ('model,prompt\nm,"x\nn,y\n', [("a.csv:2", "no-csv")], 0),
    ],
)
def test_what_is_wrong_with_a_csv_is_told_with_its_line_and_column(text, faults, drafts):
    rows = read_rows("a.csv", text.encode())
    assert [(place.rstrip(":"), code) for place, code in told(rows)] == [
        (place.rstrip(":"), code) for place, code in faults
    ]
    assert len(rows.drafts) == drafts


def test_a_csv_that_is_no_utf_8_is_told_with_the_line():
    assert told(read_rows("a.csv", b"model,prompt\nm,\xff\n")) == [("a.csv:2", "not-utf-8")]


def test_sizes_are_limited(tmp_path):
    with pytest.raises(UsageError, match="is neither"):
        read_rows("a.xlsx", b"")
    with pytest.raises(UsageError, match="cannot be read"):
        read_file(tmp_path / "no.jsonl")
    huge = tmp_path / "huge.jsonl"
    with huge.open("wb") as opened:
        opened.truncate(reading.MOST_BYTES + 1)
    with pytest.raises(UsageError, match="is larger than 64 MB"):
        read_file(huge)
    with pytest.raises(UsageError, match="more than 100000 rows"):
        drafts_of({"model": "m"} for _ in range(reading.MOST_ROWS + 1))
    long = lines({"model": "m", "input": {"prompt": "x" * reading.LONGEST_ROW}})
    assert told(read_rows("a.jsonl", long)) == [("a.jsonl:1", "too-long")]


ROWS = st.lists(
    st.fixed_dictionaries(
        {"model": st.text(st.characters(codec="utf-8"), min_size=1).filter(str.strip)},
        optional={
            "input": st.dictionaries(st.text(st.characters(codec="utf-8")), st.integers() | st.none()),
            "priority": st.integers(-10, 10),
            "key": st.text("abc", min_size=1, max_size=5),
        },
    ),
    max_size=5,
)


@given(ROWS)
def test_what_python_hands_in_and_what_a_file_says_is_the_same(rows):
    python, file = drafts_of(rows), read_rows("a.jsonl", lines(*rows))
    assert python.faults == file.faults == ()
    assert [(e.row, e.model, e.payload, e.key, e.priority) for e in python.drafts] == [
        (e.row, e.model, e.payload, e.key, e.priority) for e in file.drafts
    ]


@given(st.sampled_from(["a.jsonl", "a.csv"]), st.binary(max_size=300) | st.text(max_size=300).map(str.encode))
def test_no_file_at_all_is_an_accident(name, raw):
    rows = read_rows(name, raw)
    assert all(each.en and each.ru and each.place.startswith(name) for each in rows.faults)
