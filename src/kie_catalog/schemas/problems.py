"""What is wrong with an input, or worth a warning, in words for English and for Russian readers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

Path = tuple[str | int, ...]

_MOST_CHOICES: Final = 12

# What goes where: by code, the sentence after the place, English then Russian.
_SENTENCES: Final[Mapping[str, tuple[str, str]]] = {
    "missing": ("is missing; give {what}", "не задано; укажите {what}"),
    "unknown": ("is not known to this model{near}", "этой модели не известно{near}"),
    "wrong-type": ("is {given}; give {what}", "содержит {given}; нужно {what}"),
    "not-allowed": (
        "is {given}, which is not allowed; give {what}{near}",
        "содержит недопустимое {given}; нужно {what}{near}",
    ),
    "not-an-address": (
        "must be an absolute http(s) address, not {given}; upload the file first and give its address",
        "должно быть полным адресом http(s), а не {given}; сначала загрузите файл и укажите его адрес",
    ),
    "wrong-form": (
        "is {given}, which has not the form {limit}",
        "содержит {given}, что не подходит под форму {limit}",
    ),
    "too-small": ("is {given}; the least is {limit}", "содержит {given}; не меньше {limit}"),
    "too-large": ("is {given}; the most is {limit}", "содержит {given}; не больше {limit}"),
    "too-short": (
        "is {given} long; the least is {limit} characters",
        "длина {given}; не меньше {limit} символов",
    ),
    "too-long": (
        "is {given} long; the most is {limit} characters",
        "длина {given}; не больше {limit} символов",
    ),
    "too-few": ("holds {given}; the least is {limit}", "элементов {given}; не меньше {limit}"),
    "too-many": ("holds {given}; the most is {limit}", "элементов {given}; не больше {limit}"),
    "wrong-step": ("is {given}, which is no step of {limit}", "содержит {given}, шаг должен быть {limit}"),
    "repeated": (
        "holds the same value twice; give each once",
        "содержит одинаковые значения; укажите каждое один раз",
    ),
    "not-together": (
        "does not go with the rest of this input; leave it out",
        "не сочетается с остальными полями; уберите его",
    ),
    "ambiguous": (
        "fits several variants of this model that exclude each other; leave out what belongs to one of them",
        "подходит сразу к нескольким взаимоисключающим вариантам модели; уберите лишнее",
    ),
    "given-twice": (
        "is given twice, also as {what}; give it once",
        "задано дважды, также как {what}; оставьте одно",
    ),
    "media-type": ("looks like {given}; accepted: {what}", "похоже на {given}; принимаются: {what}"),
    "not-an-object": (
        "must be an object of properties, not {given}",
        "должно быть объектом со свойствами, а не {given}",
    ),
    "unknown-model": (
        "cannot be built: there is no model {given}{near}",
        "нельзя собрать: нет модели {given}{near}",
    ),
    "no-json": ("is {given}, which JSON has no form for", "содержит {given}, чего в JSON не бывает"),
    "invalid": ("does not meet the rule {limit} of the schema", "не выполняет правило {limit} схемы"),
}
_WORDS: Final[Mapping[str, tuple[str, str]]] = {
    "string": ("a text", "текст"),
    "integer": ("a whole number", "целое число"),
    "number": ("a number", "число"),
    "boolean": ("true or false", "true или false"),
    "array": ("a list", "список"),
    "object": ("an object", "объект"),
    "null": ("null", "null"),
    "uri": ("an http(s) address", "адрес http(s)"),
    "any": ("a value", "значение"),
}
_NEAR: Final = ("; did you mean {}?", "; возможно, имелось в виду {}?")
_ONE_OF: Final = ("one of {}", "одно из: {}")
_MORE: Final = (" and {} more", " и ещё {}")
_LIST_OF: Final = ("a list of: {}", "список: {}")
_OR: Final = (" or ", " или ")
_ROOT: Final = ("the input", "входные данные")


@dataclass(frozen=True, slots=True)
class What:
    """What a place takes."""

    kinds: tuple[str, ...] = ()
    """JSON types, `uri` for an address."""
    choices: tuple[Any, ...] = ()
    items: What | None = None
    """What a list takes, where it is a list."""
    names: tuple[str, ...] = ()
    """Property names, for problems that are about others."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong with an input, or worth a warning."""

    path: Path
    """Where in the input: `("image_urls", 0)`."""
    code: str
    what: What = field(default_factory=What)
    given: str = ""
    """What is there, shortened."""
    limit: str = ""
    near: str | None = None
    """The name or value that was most likely meant."""

    @property
    def place(self) -> str:
        """The path as people write it: `image_urls[0]`."""
        return show_path(self.path)

    @property
    def en(self) -> str:
        """The hint in English."""
        return self._hint(0)

    @property
    def ru(self) -> str:
        """The hint in Russian."""
        return self._hint(1)

    def hint(self, language: str = "en") -> str:
        """The hint in `en` or `ru`."""
        return self.ru if language == "ru" else self.en

    def _hint(self, language: int) -> str:
        near = _NEAR[language].format(self.near) if self.near else ""
        sentence = _SENTENCES[self.code][language].format(
            what=_describe(self.what, language), given=self.given, limit=self.limit, near=near
        )
        return f"{self.place or _ROOT[language]} {sentence}"

    def to_json(self) -> dict[str, str]:
        """The problem for another program."""
        return {"path": self.place, "code": self.code, "en": self.en, "ru": self.ru}


def _describe(what: What, language: int) -> str:
    if what.names:
        return ", ".join(what.names)
    if what.choices:
        return _list_choices(what.choices, language)
    if what.items is not None and (what.items.kinds or what.items.choices):
        return _LIST_OF[language].format(_describe(what.items, language))
    return _OR[language].join(_WORDS.get(each, (each, each))[language] for each in what.kinds or ("any",))


def _list_choices(choices: tuple[Any, ...], language: int) -> str:
    shown = ", ".join(each if isinstance(each, str) else show_value(each) for each in choices[:_MOST_CHOICES])
    more = len(choices) - _MOST_CHOICES
    if len(choices) == 1:
        return shown
    return _ONE_OF[language].format(shown + (_MORE[language].format(more) if more > 0 else ""))


def show_path(path: Sequence[str | int]) -> str:
    """A path as people write it: `("elements", 0, "name")` is `elements[0].name`."""
    text = ""
    for part in path:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else part
    return text


def show_value(value: Any) -> str:
    """What was given, short enough for one line; long texts lose their end."""
    if isinstance(value, str):
        return f'"{value[:40]}…"' if len(value) > 40 else f'"{value}"'  # noqa: PLR2004 -- half a line
    if isinstance(value, bool) or value is None:
        return {True: "true", False: "false", None: "null"}[value]
    if isinstance(value, list | dict):
        return "[…]" if isinstance(value, list) else "{…}"
    return str(value)
