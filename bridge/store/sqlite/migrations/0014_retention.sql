-- Events are archived, answers and messages pruned.

-- A claim about an order or agreement stays for good, so that its request is never executed
-- twice. Of it only the answer is pruned; other claims are deleted. Few claims are in here.
create index claims_prunable on claims (created_at) where order_id = '' or status is not null;

-- The files to which events were copied. An app's last one ends at its horizon: the place, in
-- the feed, of the event that order_id and sequence name.
create table archives (
  app        text not null,
  number     integer not null, -- from 1
  name       text not null,
  digest     blob not null,    -- SHA-256
  bytes      integer not null,
  events     integer not null,
  first_at   integer,
  last_at    integer,
  order_id   text not null,
  sequence   integer not null,
  tx         integer not null, -- zero on SQLite
  position   integer not null,
  created_at integer,
  primary key (app, number)
) strict, without rowid;

-- An order whose events up to a sequence were deleted here: doc is the order after them, as
-- JSON, compressed.
create table snapshots (
  order_id text not null primary key,
  sequence integer not null,
  doc      blob not null
) strict, without rowid;

insert into compatibility (version, oldest) values (14, 13);
