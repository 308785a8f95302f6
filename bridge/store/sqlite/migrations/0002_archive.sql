-- What merchants look up, and what is set up while the server runs.

-- Lists of orders go by id, since ids sort by the time of creation. No column here but
-- attention changes after that, so that an update of an order writes none of these.
-- Status and wallet are looked at while the list is read.
create index orders_app on orders (app, id);
create index orders_reference on orders (app, reference, id) where reference <> '';
create index orders_attention on orders (app, id) where attention <> '';

-- A refund's row moves with its order's events. position is the order of creation.
create table refunds (
  position integer primary key,
  order_id text not null,
  number   integer not null,
  app      text not null,
  status   text not null
) strict;

insert into refunds (order_id, number, app, status)
  select o.id, r.value ->> '$.number', o.app, r.value ->> '$.status'
  from orders as o, json_each(o.doc, '$.refunds') as r
  where instr(o.doc, '"refunds":') > 0
  order by substr(r.value ->> '$.createdAt', 1, 19), o.id, r.value ->> '$.number';

create unique index refunds_order on refunds (order_id, number);
create index refunds_app on refunds (app);
-- Most refunds succeed. The others are what is looked for.
create index refunds_other on refunds (app) where status <> 'succeeded';

-- An index ends with the rowid, which is position: the feed of an app.
alter table events add column app text not null default '';
update events set app = coalesce((select app from orders where id = order_id), '');
create index events_app on events (app);

alter table outbox add column tried_at integer; -- the last attempt
create index outbox_app on outbox (app);
create index outbox_endpoint on outbox (app, endpoint);
create index outbox_order on outbox (order_id);
create index outbox_dead on outbox (app) where status = 'dead';

create table endpoints (
  position integer primary key autoincrement,
  id          text not null,
  app         text not null,
  version     integer not null,   -- how often the row was written; guards every update
  url         text not null,
  description text not null,
  events      text not null,      -- the types it hears of, as JSON
  secret      text not null,      -- sealed, as is the next
  previous    text not null,
  previous_until integer,
  disabled    integer not null,   -- 0 or 1
  disabled_reason text not null,
  failing_since integer,
  created_at  integer
) strict;

create unique index endpoints_id on endpoints (app, id);

create table api_keys (
  position integer primary key autoincrement,
  id         text not null unique,
  app        text not null,
  name       text not null,
  digest     blob not null unique, -- of the key, which is kept nowhere
  scopes     text not null,        -- as JSON
  created_at integer,
  revoked_at integer
) strict;

create index api_keys_app on api_keys (app);
