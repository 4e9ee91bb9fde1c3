"""Faults of a reply, whatever it was a reply to."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from types import MappingProxyType
from typing import Any, Final, TypeAlias

from starlette.responses import Response
from starlette.types import ASGIApp

from kie_catalog.sandbox.wire import Broken, Drip, Drop, Hang, Slow

JSON_TYPE: Final = "application/json;charset=UTF-8"
_HTML_TYPE: Final = "text/html; charset=utf-8"
_MEGABYTE: Final = 1_000_000


@dataclass(frozen=True, slots=True)
class Straight:
    """The reply that would have been given, unpacked, and what was asked."""

    path: str
    headers: Mapping[str, str]
    body: bytes
    authorization: str = ""

    @property
    def is_page(self) -> bool:
        """Whether it is a page or an index, and no JSON."""
        return self.path.endswith((".md", ".txt"))

    def but(self, body: bytes, **headers: str) -> Response:
        """The same reply with another body."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        kept = {name: value for name, value in self.headers.items() if name not in {"etag", "last-modified"}}
        return Response(body, headers=kept | named)


Effect: TypeAlias = Callable[[Straight], ASGIApp]


def envelope(code: int, message: str, data: Any = None) -> bytes:
    """KIE's envelope (CONTRACT section 1.3)."""
    return json.dumps({"code": code, "msg": message, "data": data}, ensure_ascii=False).encode()


def _status(status: int, body: bytes = b"", content_type: str = _HTML_TYPE, **headers: str) -> Effect:
    named = {name.replace("_", "-"): value for name, value in headers.items()}

    def effect(_: Straight) -> ASGIApp:
        return Response(body, status, headers={"content-type": content_type, **named})

    return effect


def _code(code: int, message: str, status: int = 200) -> Effect:
    return _status(status, envelope(code, message), JSON_TYPE)


def _soon(seconds: int) -> str:
    return format_datetime(datetime.now(UTC) + timedelta(seconds=seconds), usegmt=True)


def _slow(straight: Straight) -> ASGIApp:
    return Slow(Response(straight.body, headers=dict(straight.headers)))


def _later_by_date(_: Straight) -> ASGIApp:
    return Response(b"", 429, headers={"retry-after": _soon(2)})


def _to_loop(straight: Straight) -> ASGIApp:
    return Response(b"", 302, headers={"location": straight.path})


def _bomb(straight: Straight) -> ASGIApp:
    """64 MB of blanks in 64 kB: a gzip file may be many, one after the other."""
    return straight.but(gzip.compress(b" " * _MEGABYTE) * 64, content_encoding="gzip")


def _oversized(straight: Straight) -> ASGIApp:
    return straight.but(straight.body + b" " * 20 * _MEGABYTE)


def _truncated(straight: Straight) -> ASGIApp:
    half = straight.body[: len(straight.body) // 2]
    return Broken(200, straight.headers, half, announced=len(straight.body))


def _cut_chunks(straight: Straight) -> ASGIApp:
    return Broken(200, straight.headers, straight.body[: len(straight.body) // 2])


def _cut_gzip(straight: Straight) -> ASGIApp:
    packed = gzip.compress(straight.body)
    return straight.but(packed[: len(packed) // 2], content_encoding="gzip")


def _no_gzip(straight: Straight) -> ASGIApp:
    return straight.but(straight.body, content_encoding="gzip")


def _half_body(straight: Straight) -> ASGIApp:
    return straight.but(straight.body[: len(straight.body) // 2].rstrip(b"}]` \n"))


def _wrong_charset(straight: Straight) -> ASGIApp:
    kind = "text/markdown" if straight.is_page else "application/json"
    return straight.but(b"\xef\xe0\xff " + straight.body, content_type=f"{kind};charset=windows-1251")


def _wrong_shape(straight: Straight) -> ASGIApp:
    return straight.but(b'{"code":200,"msg":"success","data":"maintenance"}', content_type=JSON_TYPE)


def _bare_list(straight: Straight) -> ASGIApp:
    return straight.but(b'[{"model":"a"}]', content_type=JSON_TYPE)


def _not_a_number(straight: Straight) -> ASGIApp:
    return straight.but(b'{"code":200,"data":{"total":NaN,"all":NaN,"records":[NaN],"models":[NaN]}}')


def _deep(straight: Straight) -> ASGIApp:
    return straight.but(b'{"code":200,"data":' + b"[" * 100_000)


def _echo(straight: Straight) -> ASGIApp:
    return straight.but(straight.body + straight.authorization.removeprefix("Bearer ").encode())


def _more_counted(straight: Straight) -> ASGIApp:
    reply = json.loads(straight.body)
    reply["data"]["all"] = reply["data"]["all"] + 3
    return straight.but(json.dumps(reply).encode())


def _no_openapi(straight: Straight) -> ASGIApp:
    return straight.but(straight.body.split(b"```yaml")[0])


def _bad_yaml(straight: Straight) -> ASGIApp:
    return straight.but(straight.body.replace(b"```yaml\n", b"```yaml\nopenapi: [\n", 1))


def _deep_yaml(straight: Straight) -> ASGIApp:
    return straight.but(b"# Deep\n\n```yaml\nopenapi: " + b"[" * 50_000 + b"\n```\n")


def _yaml_bomb(straight: Straight) -> ASGIApp:
    levels = b"".join(b"  l%d: &l%d [*l%d, *l%d, *l%d]\n" % (n, n, n - 1, n - 1, n - 1) for n in range(1, 30))
    return straight.but(b"# Bomb\n\n```yaml\nopenapi: 3.0.1\nx:\n  l0: &l0 [1]\n" + levels + b"```\n")


def _foreign_index(straight: Straight) -> ASGIApp:
    lines = (
        b"- [Away](https://example.com/page.md): ",
        b"- [Up](https://docs.kie.ai/../../etc/passwd.md): ",
        b"- [Odd](https://docs.kie.ai/a%2f..%2fb.md): ",
    )
    return straight.but(straight.body + b"\n" + b"\n".join(lines) + b"\n")


def _without_validators(straight: Straight) -> ASGIApp:
    return straight.but(straight.body)


EFFECTS: Final[Mapping[str, Effect]] = MappingProxyType(
    {
        "drop": lambda _: Drop(),
        "hang": lambda _: Hang(),
        "drip": lambda _: Drip(),
        "slow": _slow,
        "truncated": _truncated,
        "cut-chunks": _cut_chunks,
        "cut-gzip": _cut_gzip,
        "no-gzip": _no_gzip,
        "brotli": lambda straight: straight.but(straight.body, content_encoding="br"),
        "gzip-bomb": _bomb,
        "oversized": _oversized,
        "http-304": _status(304),
        "http-401": _code(401, "Unauthorized", 401),
        "http-403": _status(403, b"<html>forbidden</html>"),
        "http-404": _status(404, b"<html>not found</html>"),
        "http-408": _status(408),
        "http-429": _status(429),
        "http-429-seconds": _status(429, retry_after="2"),
        "http-429-date": _later_by_date,
        "http-429-junk": _status(429, retry_after="soon, thank you"),
        "http-429-hours": _status(429, retry_after="86400"),
        "http-500": _status(500),
        "http-502": _status(502, b"<html><body>502 Bad Gateway</body></html>"),
        "http-503": _status(503),
        "http-524": _status(524),
        "code-401": _code(401, "Unauthorized \u2013 Authentication failed."),
        "code-404": _code(404, "Not found"),
        "code-422": _code(422, "url is wrong"),
        "code-429": _code(429, "Too many requests"),
        "code-430": _code(430, "Your call frequency is too high. Please try again later."),
        "code-455": _code(455, "Service under maintenance"),
        "code-500": _code(500, "Server exception, please try again later"),
        "region": _code(4030, "Not supported in the current region"),
        "html": _status(200, b"<!DOCTYPE html><html><body>Welcome</body></html>"),
        "login": _status(200, b'<html><form><input type="password" name="p"></form></html>'),
        "login-redirect": _status(302, location="/login?next=/"),
        "redirect-away": _status(301, location="https://example.com/"),
        "redirect-loop": _to_loop,
        "redirect-nowhere": _status(302),
        "empty": _status(200, b"", JSON_TYPE),
        "half-body": _half_body,
        "wrong-charset": _wrong_charset,
        "wrong-shape": _wrong_shape,
        "bare-list": _bare_list,
        "not-a-number": _not_a_number,
        "deep-json": _deep,
        "echo-key": _echo,
        "wrong-count": _more_counted,
        "no-openapi": _no_openapi,
        "bad-yaml": _bad_yaml,
        "deep-yaml": _deep_yaml,
        "yaml-bomb": _yaml_bomb,
        "foreign-index": _foreign_index,
        "no-validators": _without_validators,
    }
)
"""By name."""

REFUSALS: Final = frozenset(name for name in EFFECTS if name.startswith(("code-", "http-4", "region")))
"""Replies of a server that did not do what was asked; all others are met on the way back, after it did."""

EARLY: Final[Mapping[str, Effect]] = MappingProxyType(
    {f"early-{name}": each for name, each in EFFECTS.items()}
)
"""The same faults on the way in: what was asked is not done."""
