"""Every command and code block of the documentation is run, and every block of data read.

The blocks of a page run in their order, in one folder and one namespace, as a reader would paste them; a page
is one test, since its blocks build on each other. (Sybil would do as much, but makes each block a test of its
own, and the blocks of a page then run on different workers.) What each language means:

* `bash`: run by bash, in a copy of the repository's data; see `shell` for what has a stand-in.
* `python`: run here; what it asks of KIE goes to the stand-in that the page started.
* `text`: what the block above printed; `…` stands for what differs from day to day.
* `yaml`, `json`, `jsonl`, `csv`, `ini`: read by what reads such data in earnest; see `facts`.
* `sql`: run in the database of the page, and taken back.

A page that speaks of `KIE_DATABASE_URL` has a database of its own there.

With `title="FILE"` a block of data, or of Python that is not to run alone, is saved under that name for the
blocks that follow; where FILE is one of the repository's own, the block must be an excerpt of it.
"""

from __future__ import annotations

import contextlib
import io
import os
import sys
import traceback

import psycopg
import pytest

from tests.conftest import ROOT
from tests.docs.blocks import blocks_of, pages
from tests.docs.facts import CHECKS, check_rule_example
from tests.docs.shell import Shell, matches

KEY = "documentation-key-0123456789"
BUILT = ROOT / "docs" / "rules.md"
TWINS = {ROOT / "docs" / "KIE_AI_API_GUIDE.ru.md"}
"""Editions whose blocks are those of another page that is run, to the byte; `test_whole` holds them to it."""
LANGUAGES = {"bash", "python", "text", "sql", *CHECKS}
DATABASE = "KIE_DATABASE_URL"


class Page:
    """One page on its way from its first block to its last."""

    def __init__(self, folder):
        self.folder = folder
        self.shell = None
        self.namespace = {"__name__": "__main__"}
        self.printed = None

    def run(self, block):
        """Run one block, or read it."""
        if block.page == BUILT:
            check_rule_example(BUILT.read_text(encoding="utf-8"), block.line, block.text)
            return
        assert block.language in LANGUAGES, f"{block.language or 'no language'!r} is run by no rule"
        if block.language == "text":
            assert self.printed is not None, "shows what nothing printed"
            assert matches(block.text, self.printed), f"printed instead:\n{self.printed}"
            return
        self.printed = None
        if block.title and self._is_kept(block):
            return
        if block.language == "bash":
            self.printed = self._shell().run(block.text)
        elif block.language == "python":
            self.printed = self._python(block)
        elif block.language == "sql":
            _run_sql(os.environ[DATABASE], block.text)
        else:
            CHECKS[block.language](block.text, self.folder)

    def _is_kept(self, block):
        """Save a titled block for those that follow; say whether that is all that is to be done with it."""
        own = ROOT / block.title
        if own.is_file():
            whole = own.read_text(encoding="utf-8")
            assert block.text.strip("\n") in whole, f"is no excerpt of {block.title}"
            return True
        file = self._shell().folder / block.title
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(block.text, encoding="utf-8")
        return block.language == "python"

    def _shell(self):
        if self.shell is None:
            self.shell = Shell(self.folder, key=KEY)
        return self.shell

    def _python(self, block):
        shell = self._shell()
        out = io.StringIO()
        code = compile(shell.here(block.text), block.place, "exec")
        with contextlib.chdir(shell.folder), contextlib.redirect_stdout(out):
            exec(code, self.namespace)  # noqa: S102 -- running the documentation is the test
        return shell.there(out.getvalue())

    def close(self):
        """End what the page started."""
        if self.shell is not None:
            self.shell.close()


def _run_sql(url, text):
    """Run statements, and take back what they did."""
    with psycopg.connect(url) as connection:
        for statement in filter(str.strip, text.split(";")):
            connection.execute(statement)
        connection.rollback()


@pytest.fixture
def page(tmp_path, monkeypatch):
    """A page's folder and namespace, with an environment that holds a key and nothing of the developer's."""
    monkeypatch.setenv("KIE_API_KEY", KEY)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.delenv("KIE_CATALOG_ROOT", raising=False)
    monkeypatch.setattr(sys, "path", [str(ROOT / "docs" / "examples"), *sys.path])
    opened = Page(tmp_path)
    with contextlib.closing(opened):
        yield opened


@pytest.mark.parametrize(
    "file",
    [page for page in pages() if page not in TWINS],
    ids=lambda file: str(file.relative_to(ROOT)).replace(os.sep, "/"),
)
def test_every_block_of_a_page_does_what_it_shows(file, page, request, monkeypatch):
    if DATABASE in file.read_text(encoding="utf-8"):
        monkeypatch.setenv(DATABASE, request.getfixturevalue("database"))
    for block in blocks_of(file):
        try:
            page.run(block)
        except Exception as error:  # noqa: BLE001 -- whatever it is, its place is wanted
            said = "".join(traceback.format_exception(error, limit=-3))
            pytest.fail(
                f"{block.place}, a block of {block.language or 'no language'}:\n{said}", pytrace=False
            )
    assert page.printed is None or KEY not in page.printed
