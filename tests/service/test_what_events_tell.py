"""What people typed, and where what they got lies, leaves the log in no form, even where it is kept."""

import string

import pyarrow.parquet as pq
from hypothesis import given, settings
from hypothesis import strategies as st

from kie_catalog.service.analytics.events import Begun
from kie_catalog.service.analytics.forms import (
    DAY_COLUMNS,
    EVENT_COLUMNS,
    csv_lines,
    day_rows,
    event_rows,
    table,
    to_json,
    write_parquet,
)
from kie_catalog.service.analytics.metrics import MetricsCollector, exposition
from kie_catalog.service.analytics.sqlite_log import SqliteEventLog
from kie_catalog.service.analytics.stats import summarize
from kie_catalog.service.analytics.tally import HOUR

from .events import NOON, an_event

FAR = 10**12
MARK = "what-Olga-typed"
words = st.text(string.printable + "\0\ud800é猫\u202e", max_size=12).map(lambda text: f"{MARK}{text}")
contents = st.fixed_dictionaries(
    {
        "input": st.dictionaries(words, words | st.lists(words), min_size=1, max_size=3),
        "urls": st.lists(words.map(lambda text: f"https://files.example/{text}.png"), max_size=2),
    }
)


@settings(max_examples=40)
@given(st.lists(contents, min_size=1, max_size=4), contents)
def test_what_was_kept_on_request_is_in_no_number_and_in_no_row(tmp_path_factory, kept, opened):
    folder = tmp_path_factory.mktemp("told")
    with SqliteEventLog(folder / "events.sqlite", keeps_content=True) as log:
        log.write(
            [
                *(an_event(f"{number}", extra=extra) for number, extra in enumerate(kept)),
                Begun("open", "z-image", "1k", NOON, None, extra=opened),
            ]
        )
        found = list(log.events(0, FAR))
        assert [each.extra for each in found] == kept
        hour = int(NOON // HOUR)
        stats = summarize(hour, hour + 1, log.tallies(hour, hour + 1), log.open())
        metrics = exposition(MetricsCollector(log, log=log)).decode()
    rows = list(event_rows(found, str))
    write_parquet(folder / "events.parquet", EVENT_COLUMNS, rows)
    write_parquet(folder / "days.parquet", DAY_COLUMNS, day_rows(stats))
    told = [
        metrics,
        table(stats),
        str(to_json(stats)),
        *csv_lines(EVENT_COLUMNS, rows),
        *csv_lines(DAY_COLUMNS, day_rows(stats)),
        *(str(pq.read_table(file).to_pylist()) for file in folder.glob("*.parquet")),
    ]
    assert "z-image" in metrics
    assert not [text for text in told if MARK in text or "files.example" in text]
