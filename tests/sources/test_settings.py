import re
from pathlib import Path

import pytest

from kie_catalog.domain.errors import UsageError
from kie_catalog.sources.settings import Settings, check_base, read_settings

FILE = Path(__file__).parents[2] / "sync" / "sources.yaml"


def write(tmp_path, text):
    file = tmp_path / "sources.yaml"
    file.write_text(text, encoding="utf-8")
    return file


def test_the_file_of_the_repository_says_what_the_defaults_say():
    """A user without a checkout asks as the checkout does."""
    assert read_settings(FILE) == Settings()


def test_the_file_names_every_setting():
    text = FILE.read_text(encoding="utf-8")
    named = set(re.findall(r"^ *([a-z_]+):", text, re.MULTILINE))
    settings = Settings().model_dump()

    def keys(value):
        for key, each in value.items():
            yield key
            yield from keys(each) if isinstance(each, dict) else ()

    exempt = {"minimum", "enabled"}
    assert set(keys(settings)) - named <= exempt


def test_what_is_set_is_set_and_the_rest_stays(tmp_path):
    settings = read_settings(write(tmp_path, "limits:\n  attempts: 7\n"))
    assert settings.limits.attempts == 7
    assert settings.sources == Settings().sources


def test_guards_belong_to_another_reader(tmp_path):
    assert read_settings(write(tmp_path, "guards:\n  anything: [goes]\n")) == Settings()


def test_an_empty_file_sets_nothing(tmp_path):
    assert read_settings(write(tmp_path, "# nothing\n")) == Settings()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("limit:\n  attempts: 4\n", ":1: limit: extra inputs"),
        ("limits:\n  attempts: 4\n  retries: 2\n", ":3: limits.retries: extra inputs"),
        ("limits:\n  attempts: '4'\n", ":2: limits.attempts: input should be a valid integer"),
        ("limits:\n  attempts: 0\n", ":2: limits.attempts: input should be greater than 0"),
        ("limits:\n  attempts: 4\n  attempts: 5\n", ":3: limits.attempts stands there twice"),
        ("sources:\n  prices:\n    page_size: 101\n", ":3: sources.prices.page_size: "),
        ("sources:\n  prices:\n    page: client/v1\n", ":3: sources.prices.page: "),
        ("hosts:\n  api: http://api.kie.ai\n", ":2: hosts.api: must begin with https://"),
        ("hosts:\n  api: https://user:pw@api.kie.ai\n", ":2: hosts.api: is no plain URL"),
        ('user_agent: "a\\nb"\n', ":1: user_agent: "),
        ("- a\n", ": is no mapping"),
        ("a: [\n", ":2: "),
    ],
)
def test_a_wrong_setting_is_refused_with_its_line(tmp_path, text, said):
    file = write(tmp_path, text)
    with pytest.raises(UsageError) as caught:
        read_settings(file)
    assert str(caught.value).startswith(f"{file}{said}")
    assert "\n" not in str(caught.value)


def test_a_file_that_can_not_be_read_is_refused(tmp_path):
    with pytest.raises(UsageError, match="cannot be read"):
        read_settings(tmp_path / "absent.yaml")
    (tmp_path / "latin.yaml").write_bytes(b"user_agent: \xff\n")
    with pytest.raises(UsageError, match="cannot be read"):
        read_settings(tmp_path / "latin.yaml")


@pytest.mark.parametrize("url", ["ftp://a.b", "https://", "kie.ai", "https://a.b/?x=1", "http://192.168.0.1"])
def test_what_is_no_base_is_refused(url):
    with pytest.raises(ValueError, match=r"plain URL|must begin"):
        check_base(url)


def test_one_host_may_stand_for_both():
    settings = Settings().at("http://127.0.0.1:8787/")
    assert settings.hosts.api == settings.hosts.docs == "http://127.0.0.1:8787"
