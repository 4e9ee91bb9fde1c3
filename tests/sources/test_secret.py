import copy
import pickle

import pytest

from kie_catalog.domain.errors import UsageError
from kie_catalog.sources.secret import Key, key_from, origin

KEY_TEXT = "sk-very-secret-123"


def test_a_key_goes_to_its_own_origin_only():
    key = Key(KEY_TEXT)
    assert key.header("https://api.kie.ai/api/v1/models") == {"Authorization": f"Bearer {KEY_TEXT}"}
    assert key.goes_to("https://API.KIE.AI:443/x")


@pytest.mark.parametrize(
    "url",
    [
        "https://docs.kie.ai/llms.txt",
        "http://api.kie.ai/api/v1/models",
        "https://api.kie.ai:8443/",
        "https://api.kie.ai@example.com/",
        "https://api.kie.ai.example.com/",
        "https://example.com/https://api.kie.ai/",
        "https://kieai.redpandaai.co/",
        "http://127.0.0.1:8787/api/v1/models",
    ],
)
def test_no_other_url_sees_the_key(url):
    assert Key(KEY_TEXT).header(url) == {}


def test_a_key_has_no_text_form():
    key = Key(KEY_TEXT)
    shown = f"{key} {key!r} {[key]} {key.__slots__}"
    assert KEY_TEXT not in shown
    with pytest.raises(TypeError):
        vars(key)


@pytest.mark.parametrize("copying", [pickle.dumps, copy.copy, copy.deepcopy])
def test_a_key_is_not_copied(copying):
    with pytest.raises(TypeError, match="cannot be pickled or copied"):
        copying(Key(KEY_TEXT))


def test_a_reply_that_repeats_the_key_is_recognised():
    assert Key(KEY_TEXT).is_in(b'{"msg":"no such key: sk-very-secret-123"}')
    assert not Key(KEY_TEXT).is_in(b'{"msg":"ok"}')


def test_the_environment_may_hold_a_key_or_none():
    assert key_from({}) is None
    assert key_from({"KIE_API_KEY": "  "}) is None
    key = key_from({"KIE_API_KEY": f" {KEY_TEXT}\n"})
    assert key is not None
    assert key.goes_to("https://api.kie.ai/x")


def test_a_broken_key_is_refused_without_being_shown():
    with pytest.raises(UsageError) as caught:
        key_from({"KIE_API_KEY": f"{KEY_TEXT}\nX-Evil: 1"})
    assert KEY_TEXT not in str(caught.value)
    assert "KIE_API_KEY" in str(caught.value)


def test_an_origin_spells_out_its_port():
    assert origin("https://Api.Kie.ai/x") == "https://api.kie.ai:443"
    assert origin("http://127.0.0.1:8787") == "http://127.0.0.1:8787"
