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

_BATCHES: Final = """
CREATE TABLE batches (
  number bigint GENERATED ALWAYS AS IDENTITY UNIQUE,
  id text PRIMARY KEY,
  added_at double precision NOT NULL,
  title text NOT NULL,
  key text UNIQUE,
  fingerprint text NOT NULL,
  budget numeric,
  tries integer NOT NULL,
  callback_url text,
  paused text,
  cancelled_at double precision
);
CREATE TABLE items (
  number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  batch text NOT NULL REFERENCES batches ON DELETE CASCADE,
  row integer NOT NULL,
  model text NOT NULL,
  payload text NOT NULL,
  measurements text NOT NULL,
  key text UNIQUE,
  fingerprint text NOT NULL,
  priority integer NOT NULL,
  rank double precision NOT NULL,
  added_at double precision NOT NULL,
  quoted numeric,
  state text NOT NULL,
  epoch integer NOT NULL DEFAULT 0,
  tries integer NOT NULL DEFAULT 0,
  worker text,
  place smallint,
  back_at double precision,
  due_at double precision NOT NULL DEFAULT 0,
  sent text,
  submission text,
  sent_at double precision,
  held numeric NOT NULL DEFAULT 0,
  task text,
  charged numeric,
  urls text,
  files text,
  data text,
  code text,
  reason text,
  ended_at double precision,
  UNIQUE (batch, row)
) WITH (fillfactor = 80);
CREATE INDEX items_next ON items (place, rank, number) WHERE place <= 1;
CREATE INDEX items_next_of ON items (batch, place, rank, number) WHERE place <= 1;
CREATE INDEX items_back ON items (back_at) WHERE place = 2;
CREATE INDEX items_back_of ON items (batch, back_at) WHERE place = 2;
CREATE INDEX items_worker ON items (worker) WHERE worker IS NOT NULL;
CREATE INDEX items_state ON items (batch, state);
CREATE INDEX items_held ON items (batch) INCLUDE (held) WHERE held <> 0;
CREATE TABLE tasks (task text PRIMARY KEY, item text NOT NULL);
"""

ROOMS: Final[Mapping[str, tuple[str, ...]]] = {
    "limits": (_LIMITS,),
    "callbacks": (_CALLBACKS,),
    "batches": (_BATCHES,),
}
"""The steps of each room. Rooms need nothing of one another, and come in this order."""
