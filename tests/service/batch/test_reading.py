"""Whatever is handed in as a batch, each row of it is read or told with its place, and nothing is guessed."""

import csv
import io
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kie_catalog.domain.errors import UsageError
from kie_catalog.service.batch import reading
from kie_catalog.service.batch.items import PRIORITIES
from kie_catalog.service.batch.reading import read_file, read_values

TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1, max_size=20)
NAMES = st.sampled_from(["prompt", "image_urls", "duration", "key", "model"])
ROWS = st.lists(
    st.fixed_dictionaries(
        {"model": st.sampled_from(["nano-banana-2", "bytedance/seedance-2"])},
        optional={
            "input": st.dictionaries(NAMES, TEXTS, max_size=3),
            "key": TEXTS.filter(str.strip),
            "priority": st.sampled_from(PRIORITIES),
            "measurements": st.dictionaries(st.just("input_seconds"), st.integers(1, 99), max_size=1),
        },
    ),
    min_size=1,
    max_size=6,
)


def read_text(folder, name, text, encoding="utf-8"):
    file = folder / name
    file.write_bytes(text.encode(encoding))
    return read_file(file)


def told(read):
    """What the drafts say, as rows again."""
    return [
        (each.row, each.model_id, each.payload, each.measurements, each.key, each.priority)
        for each in read.drafts
    ]


def meant(rows):
    return [
        (
            at,
            row["model"],
            row.get("input", {}),
            row.get("measurements", {}),
            row.get("key"),
            row.get("priority"),
        )
        for at, row in enumerate(rows, 1)
    ]


@given(ROWS)
def test_plain_values_are_read_as_they_are(rows):
    read = read_values(rows)
    assert told(read) == meant(rows)
    assert read.faults == ()


@given(rows=ROWS, is_escaped=st.booleans())
def test_json_lines_say_what_plain_values_say(tmp_path_factory, rows, is_escaped):
    text = "".join(f"{json.dumps(row, ensure_ascii=is_escaped)}\n\n" for row in rows)
    read = read_text(tmp_path_factory.mktemp("batch"), "rows.jsonl", text)
    assert told(read) == meant(rows)
    assert [each.where.line for each in read.drafts] == [2 * at + 1 for at in range(len(rows))]


@given(rows=ROWS, delimiter=st.sampled_from(",;\t"), encoding=st.sampled_from(["utf-8", "utf-8-sig"]))
def test_csv_says_what_plain_values_say_in_any_of_its_dialects(tmp_path_factory, rows, delimiter, encoding):
    header = ["model", "key", "priority", "measurements.input_seconds:"]
    names = sorted({name for row in rows for name in row.get("input", {})})
    text = io.StringIO()
    writer = csv.writer(text, delimiter=delimiter)
    writer.writerow([*header, *(f"input.{name}" for name in names)])
    for row in rows:
        cells = [row["model"], row.get("key", ""), row.get("priority", "")]
        seconds = row.get("measurements", {}).get("input_seconds", "")
        writer.writerow([*cells, seconds, *(row.get("input", {}).get(name, "") for name in names)])
    read = read_text(tmp_path_factory.mktemp("batch"), "rows.csv", text.getvalue(), encoding)
    assert told(read) == meant(rows)
    assert read.faults == ()


@given(st.sampled_from(["rows.jsonl", "rows.csv"]), st.binary(max_size=200))
def test_any_bytes_are_read_or_refused_row_by_row(tmp_path_factory, name, content):
    file = tmp_path_factory.mktemp("batch") / name
    file.write_bytes(content)
    read = read_file(file)
    rows = [each.row for each in read.drafts] + [each.row for each in read.faults]
    assert rows, "an empty file is a fault as well"
    assert len(rows) == len(set(rows))
    assert all(str(each.where).startswith(str(file)) for each in read.faults)


@given(st.recursive(st.none() | st.booleans() | st.integers() | TEXTS, st.lists, max_leaves=4), ROWS)
def test_a_value_that_is_no_row_costs_that_row_alone(stray, rows):
    read = read_values([*rows, stray, *rows])
    assert [each.row for each in read.faults] == [len(rows) + 1]
    assert len(read.drafts) == 2 * len(rows)


@pytest.mark.parametrize(
    ("line", "place", "fact"),
    [
        ('{"model": "m", "prompt": "x"}', "1:1", "has `prompt`, which no row has"),
        ('{"modle": "m"}', "1:1", "has `modle`, which no row has; did you mean model?"),
        ('{"input": {}}', "1:1", "names no model"),
        ('{"model": "  "}', "1:1", "names no model"),
        ('{"model": "m", "input": "a cat"}', "1:1", "has an `input` that is no object"),
        ('{"model": "m", "measurements": [1]}', "1:1", "has an `measurements` that is no object"),
        ('{"model": "m", "key": true}', "1:1", "has a `key` that can't be one"),
        ('{"model": "m", "key": " "}', "1:1", "has a `key` that can't be one"),
        (
            '{"model": "m", "priority": 11}',
            "1:1",
            "has a `priority` that is none; give a whole number from -10",
        ),
        ('{"model": "m", "priority": 1.5}', "1:1", "has a `priority` that is none"),
        ('{"model": "m", "priority": false}', "1:1", "has a `priority` that is none"),
        ('{"model": "m", "model": "n"}', "1:1", "gives `model` twice"),
        ('{"model": "m", "input": {"a": NaN}}', "1:1", "holds NaN, which is no number of JSON's"),
        ('{"model": "m",}', "1:15", "is no JSON"),
        ("[" * 100_000, "1:1", "is nested too deeply"),
        (
            '{"model": "m", "input": {"a": "' + "x" * 1_000_000 + '"}}',
            "1:1",
            "is longer than 1000000 characters",
        ),
        ("[1]", "1:1", "is no object"),
    ],
)
def test_a_broken_line_is_told_with_place_fact_and_cure(tmp_path, line, place, fact):
    (fault,) = read_text(tmp_path, "rows.jsonl", line).faults
    assert str(fault).startswith(f"{tmp_path / 'rows.jsonl'}:{place}: {fact}")
    assert fault.cure


@pytest.mark.parametrize(
    ("text", "place", "fact"),
    [
        ("prompt,key\nx,1\n", "1:1", "is a header without a column `model`"),
        ("model,,key\nm,,1\n", "1:2", "is a header with a column that has no name"),
        ("model,prompt,input.prompt\nm,a,b\n", "1:3", "is a header that has `input.prompt` twice"),
        ("model,prompt\nm,a cat, black\n", "2:1", "has 3 cells where the header has 2"),
        ("model,image_urls:\nm,[1\n", "2:2", "column `image_urls:` is no JSON"),
        ("model,input\nm,5\n", "2:2", "column `input` has an `input` that is no object"),
        (
            'model,input,prompt\nm,"{""prompt"": ""a""}",b\n',
            "2:3",
            "column `prompt` gives `prompt` in two columns",
        ),
        ('model,prompt\nm,"a cat\n', "2:1", "is no CSV"),
        ("model,prompt\n" + "m," + "x" * 140_000 + "\n", "2:1", "is no CSV (field larger than field limit"),
    ],
)
def test_a_broken_cell_is_told_with_its_line_and_column(tmp_path, text, place, fact):
    (fault,) = read_text(tmp_path, "rows.csv", text).faults
    assert str(fault).startswith(f"{tmp_path / 'rows.csv'}:{place}: {fact}")


def test_a_row_of_csv_stands_where_it_begins(tmp_path):
    read = read_text(tmp_path, "rows.csv", 'model,prompt\nm,"one\ntwo\nthree"\nm,x\nm\n')
    assert [each.where.line for each in read.drafts] == [2, 5]
    assert [each.where.line for each in read.faults] == [6]


def test_what_is_no_utf8_costs_its_row(tmp_path):
    file = tmp_path / "rows.jsonl"
    file.write_bytes(b'{"model": "m"}\n{"model": "caf\xe9"}\n{"model": "n"}\n')
    read = read_file(file)
    assert [each.model_id for each in read.drafts] == ["m", "n"]
    assert [str(each.where) for each in read.faults] == [f"{file}:2:15"]


def test_a_batch_has_an_end():
    read = read_values({"model": "m"} for _ in range(reading.MOST_ROWS + 5))
    assert len(read.drafts) == reading.MOST_ROWS
    assert [each.row for each in read.faults] == [reading.MOST_ROWS + 1]


@pytest.mark.parametrize("name", ["missing.jsonl", "rows.txt", "."])
def test_a_file_that_is_none_is_named(tmp_path, name):
    (tmp_path / "rows.txt").write_text("{}", encoding="utf-8")
    with pytest.raises(UsageError, match=r"cannot be read|neither JSON Lines nor CSV"):
        read_file(tmp_path / name)
