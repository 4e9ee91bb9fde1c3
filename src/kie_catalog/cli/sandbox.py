"""`kie-catalog sandbox`: a local stand-in for KIE, to try things against."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import click

from kie_catalog.cli import console
from kie_catalog.cli.completing import recordings
from kie_catalog.cli.examples import examples
from kie_catalog.domain.errors import UsageError
from kie_catalog.sandbox import server

_RECORDINGS: Final = "sync/recordings"


@click.command(
    "sandbox",
    epilog=examples(
        "sandbox --recording sync/recordings/2026-08-22",
        "sandbox --fault http-503@prices*2 --latency 50",
        "sandbox --list-faults",
    ),
)
@click.option(
    "--recording",
    type=click.Path(path_type=Path),
    shell_complete=recordings,
    help="Folder of the recording to serve; the checkout's newest by default.",
)
@click.option("--port", type=click.IntRange(0, 65535), default=8787, show_default=True, help="0 for any.")
@click.option(
    "--fault",
    "faults",
    multiple=True,
    metavar="NAME[@SURFACE][*TIMES]",
    help="Turn a fault on, as http-503@prices*2; may be repeated.",
)
@click.option("--latency", type=click.FloatRange(0), default=0.0, metavar="MS", help="Before each reply.")
@click.option(
    "--play", type=click.FloatRange(0), default=1.0, metavar="S", help="Seconds a generation takes."
)
@click.option("--hmac-key", metavar="KEY", help="Sign callbacks with it; unsigned by default.")
@click.option("--list-faults", is_flag=True, help="Name all faults and surfaces, and end.")
def sandbox_command(
    *,
    recording: Path | None,
    port: int,
    faults: tuple[str, ...],
    latency: float,
    play: float,
    hmac_key: str | None,
    list_faults: bool,
) -> None:
    """Serve a recording on 127.0.0.1 as KIE would, until Ctrl-C.

    Point any command at it: kie-catalog plan --upstream http://127.0.0.1:8787
    It plays generations too: kie-catalog generate MODEL prompt=… --wait --upstream http://127.0.0.1:8787
    """
    if list_faults:
        faults_known, surfaces = server.vocabulary()
        console.say("faults:   " + " ".join(faults_known))
        console.say("surfaces: " + " ".join(surfaces))
        return
    folder = recording or newest_recording(Path.cwd())
    server.serve(
        folder,
        port,
        faults=faults,
        latency=latency / 1000,
        play=play,
        hmac_key=hmac_key,
        ready=lambda url: console.say(f"serving {folder} on {url}; Ctrl-C ends it"),
    )


def newest_recording(start: Path) -> Path:
    """The newest recording of the checkout that a folder is in.

    Raises:
        UsageError: there is none.
    """
    for folder in (start, *start.parents):
        found = sorted(each for each in (folder / _RECORDINGS).glob("*") if each.is_dir())
        if found:
            return found[-1]
    raise UsageError(_RECORDINGS, "holds no recording", "name one with --recording")
