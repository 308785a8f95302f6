-- Events are archived, answers and messages pruned.

-- A claim about an order or agreement stays for good, so that its request is never executed
-- twice. Of it only the answer is pruned; other claims are deleted. Few claims are in here.
create index claims_prunable on claims (created_at) where order_id = '' or status is not null;

-- The files to which events were copied. An app's last one ends at its horizon: the place, in
-- the feed, of the event that order_id and sequence name.
create table archives (
  app        text collate "C" not null,
  number     bigint not null, -- from 1
  name       text not null,
  digest     bytea not null,  -- SHA-256
  bytes      bigint not null,
  events     bigint not null,
  first_at   bigint,
  last_at    bigint,
  order_id   text collate "C" not null,
  sequence   bigint not null,
  tx         bigint not null,
  position   bigint not null,
  created_at bigint,
  primary key (app, number)
);

-- An order whose events up to a sequence were deleted here: doc is the order after them, as
-- JSON, compressed.
create table snapshots (
  order_id text collate "C" not null primary key,
  sequence bigint not null,
  doc      bytea not null
);

insert into compatibility (version, oldest) values (14, 13);
