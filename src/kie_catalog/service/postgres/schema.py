"""The tables in the database, as steps: a step that was released is never changed, another one follows it.

Moments are Unix seconds. Texts of people and JSON are `text`: `jsonb` would change numbers and orders.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

SCHEMA: Final = "kie_catalog"
"""The schema that holds all of it, the tables of Procrastinate as well."""

_LIMITS: Final = """
CREATE TABLE accounts (
  name text PRIMARY KEY,
  next_metadata double precision NOT NULL DEFAULT 0
);
CREATE TABLE creations (
  account text NOT NULL REFERENCES accounts ON DELETE CASCADE,
  id text NOT NULL,
  begun double precision NOT NULL,
  ended double precision,
  PRIMARY KEY (account, id)
);
CREATE TABLE running (
  account text NOT NULL REFERENCES accounts ON DELETE CASCADE,
  name text NOT NULL,
  until double precision NOT NULL,
  PRIMARY KEY (account, name)
);
"""
_CALLBACKS: Final = """
CREATE TABLE callbacks (
  number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  task text NOT NULL,
  stage text NOT NULL,
  moment text NOT NULL,
  mark text,
  is_last boolean NOT NULL,
  statuses text NOT NULL,
  received double precision NOT NULL,
  tries integer NOT NULL DEFAULT 0,
  next_try double precision NOT NULL,
  done double precision,
  UNIQUE (task, stage, moment)
);
CREATE INDEX callbacks_open ON callbacks (next_try) WHERE done IS NULL;
CREATE INDEX callbacks_done ON callbacks (done) WHERE done IS NOT NULL;
"""

ROOMS: Final[Mapping[str, tuple[str, ...]]] = {
    "limits": (_LIMITS,),
    "callbacks": (_CALLBACKS,),
}
"""The steps of each room. Rooms need nothing of one another, and come in this order."""
