import threading

import pytest

from kie_catalog.domain.errors import UsageError
from kie_catalog.domain.snapshot import SourceName
from kie_catalog.sandbox.book import TURNS
from kie_catalog.sandbox.control import FAULTS
from kie_catalog.sandbox.effects import EFFECTS
from kie_catalog.sandbox.switches import (
    CREATES,
    Errand,
    Surface,
    Switch,
    Switchboard,
    errand_of,
    read_switch,
    surface_of,
)
from kie_catalog.sandbox.twists import TWISTS, Asked, straight


@pytest.mark.parametrize(
    ("spec", "switch"),
    [
        ("drop", Switch("drop")),
        ("http-503@prices", Switch("http-503", "prices")),
        ("http-503*2", Switch("http-503", None, 2)),
        ("hang@/llms.txt*10", Switch("hang", "/llms.txt", 10)),
        ("drop@/market/a.md", Switch("drop", "/market/a.md")),
    ],
)
def test_a_switch_is_read_and_written_alike(spec, switch):
    assert read_switch(spec, FAULTS) == switch
    assert str(switch) == spec


@pytest.mark.parametrize(
    ("spec", "said"),
    [
        ("http-5O3", "did you mean 'http-503'?"),
        ("nonsense-entirely", "--list-faults names them"),
        ("drop@price", "there is no surface 'price'; name one of count, prices"),
        ("drop*0", "is none; write NAME"),
        ("drop@", "is none"),
        ("", "is none"),
        ("drop@prices@groups", "is none"),
    ],
)
def test_a_wrong_switch_is_refused_in_one_line(spec, said):
    with pytest.raises(UsageError) as caught:
        read_switch(spec, FAULTS)
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)


def test_every_fault_has_one_name():
    assert len(FAULTS) == len(set(FAULTS)) == 2 * len(EFFECTS) + len(TWISTS) + len(TURNS)


@pytest.mark.parametrize(
    ("path", "surface"),
    [
        ("/client/v1/model-pricing/count", Surface.COUNT),
        ("/client/v1/model-pricing/page", Surface.PRICES),
        ("/api/v1/models", Surface.MODELS),
        ("/api/v1/models/kling-3.0/video/schema", Surface.SCHEMAS),
        ("/llms.txt", Surface.INDEX),
        ("/market/kling/kling-3-0.md", Surface.PAGES),
        ("/api/v1/jobs/createTask", None),
    ],
)
def test_a_path_has_a_surface(path, surface):
    assert surface_of(path) is surface


@pytest.mark.parametrize(
    ("path", "errand"),
    [
        ("/api/v1/jobs/createTask", Errand.CREATE),
        ("/api/v1/veo/generate", Errand.CREATE),
        ("/api/v1/jobs/recordInfo", Errand.DETAILS),
        ("/api/v1/runway/record-detail", Errand.DETAILS),
        ("/api/v1/voice/validate-info", Errand.DETAILS),
        ("/api/v1/chat/credit", Errand.CREDITS),
        ("/api/file-stream-upload", Errand.UPLOADS),
        ("/api/v1/models", None),
    ],
)
def test_a_path_has_an_errand_that_a_fault_can_be_aimed_at(path, errand):
    assert errand_of(path, CREATES) is errand
    if errand is not None:
        assert read_switch(f"drop@{errand}", FAULTS).meets(path)
        assert surface_of(path) is None


def test_every_surface_has_a_source():
    assert {surface.source for surface in Surface} == set(SourceName) - {SourceName.ANNOUNCEMENTS}


def test_a_switch_switches_itself_off():
    board = Switchboard([Switch("drop", "prices", 2)])
    met = [board.meet("/client/v1/model-pricing/page", FAULTS) for _ in range(3)]
    assert met == [("drop", 0), ("drop", 1), None]
    assert board.on == ()


def test_a_switch_meets_what_it_is_for():
    board = Switchboard([Switch("drop", "/llms.txt"), Switch("moving-rows", "prices")])
    assert board.meet("/market/a.md", FAULTS) is None
    assert board.meet("/llms.txt", FAULTS) == ("drop", 0)
    assert board.meet("/client/v1/model-pricing/page", EFFECTS) is None
    assert board.meet("/client/v1/model-pricing/page", TWISTS) == ("moving-rows", 0)


def test_counting_is_exact_under_threads():
    board = Switchboard([Switch("drop", None, 500)])
    met = []

    def ask():
        met.extend(board.meet("/", FAULTS) for _ in range(200))

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(each is not None for each in met) == 500


@pytest.mark.parametrize("name", TWISTS)
def test_every_twist_gives_something_else_than_was_asked_for(name):
    def all_pages(twist):
        return [twist(Asked(tuple(range(25)), number, 10, turn)) for turn, number in enumerate((1, 2, 3))]

    assert all_pages(TWISTS[name]) != all_pages(straight)


def test_straight_pages_hold_the_whole_list():
    pages = [straight(Asked(tuple(range(25)), number, 10)) for number in (1, 2, 3)]
    assert [record for page in pages for record in page.records] == list(range(25))
    assert {page.total for page in pages} == {25}
