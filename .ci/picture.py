"""Renders the picture of a report in README.md: a sync of the recordings kept here, as a browser shows it.

The report is synced into a folder of its own, made HTML of by markdown-it-py, and photographed by Chromium
(Debian's package `chromium`). The picture is kept in the repository, so only who changes reports needs this.

Usage: python .ci/picture.py [FILE]
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from markdown_it import MarkdownIt

ROOT = Path(__file__).resolve().parents[1]
PICTURE = ROOT / "docs" / "images" / "report.png"
WIDTH, HEIGHT = 960, 1180
PAGE = """<!doctype html><html lang="en"><meta charset="utf-8"><style>
html {{ background: #fff; overflow: hidden }}
body {{ box-sizing: border-box; max-width: 960px; margin: 0 auto; padding: 22px 34px; color: #1f2328;
  font: 15px/1.5 "Liberation Sans", "DejaVu Sans", Helvetica, Arial, sans-serif }}
h1 {{ font-size: 1.75em }} h2 {{ font-size: 1.35em }} h3 {{ font-size: 1.1em }}
h1, h2 {{ padding-bottom: .25em; border-bottom: 1px solid #d1d9e0 }}
h1, h2, h3 {{ margin: 1em 0 .6em; font-weight: 600; line-height: 1.25 }} h1 {{ margin-top: 0 }}
p, ul, table, pre {{ margin: 0 0 .8em }} li {{ margin: .15em 0 }} a {{ color: #0969da }}
table {{ border-collapse: collapse; font-size: .93em }}
th, td {{ padding: 3px 11px; border: 1px solid #d1d9e0 }} tr:nth-child(2n) {{ background: #f6f8fa }}
code {{ padding: .15em .35em; border-radius: 5px; background: #eff1f3;
  font: .87em "Liberation Mono", "DejaVu Sans Mono", monospace }}
pre {{ padding: 11px 14px; border-radius: 6px; background: #f6f8fa }}
pre code {{ padding: 0; background: none }} td:first-child, td code {{ white-space: nowrap }}
body::after {{ content: ""; position: fixed; inset: auto 0 0 0; height: 90px;
  background: linear-gradient(#fff0, #fff) }}
</style><body>{body}</body></html>"""


def report() -> str:
    """The report of a sync from the older recording to the newer one, as Markdown."""
    recordings = sorted((ROOT / "sync" / "recordings").iterdir())
    with tempfile.TemporaryDirectory() as folder:
        for recording in (recordings[0], recordings[-1]):
            command = [sys.executable, "-m", "kie_catalog", "sync", "--root", folder, "--format", "markdown"]
            done = subprocess.run(
                [*command, "--upstream", str(recording)], capture_output=True, text=True, check=True
            )
    return done.stdout


def photograph(html: Path, picture: Path) -> None:
    """Take a picture of a page with a browser that reaches no network and keeps nothing."""
    browser = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if browser is None:
        sys.exit("chromium: is not installed; apt-get install chromium")
    quiet = ("gpu", "quic", "background-networking", "component-update", "sync", "extensions")
    with tempfile.TemporaryDirectory() as profile:
        subprocess.run(
            [
                browser,
                "--headless",
                "--no-sandbox",
                "--no-first-run",
                "--hide-scrollbars",
                *(f"--disable-{each}" for each in quiet),
                f"--user-data-dir={profile}",
                f"--window-size={WIDTH},{HEIGHT}",
                f"--screenshot={picture}",
                html.as_uri(),
            ],
            capture_output=True,
            check=True,
            timeout=120,
        )


def main() -> int:
    """Render the picture."""
    picture = Path(sys.argv[1]).resolve() if len(sys.argv) > 1 else PICTURE
    body = MarkdownIt("commonmark").enable("table").render(report())
    with tempfile.TemporaryDirectory() as folder:
        html = Path(folder) / "report.html"
        html.write_text(PAGE.format(body=body), encoding="utf-8")
        picture.parent.mkdir(parents=True, exist_ok=True)
        photograph(html, picture)
    sys.stdout.write(f"wrote {picture} ({picture.stat().st_size // 1000} kB)\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
