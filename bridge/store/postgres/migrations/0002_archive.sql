-- What merchants look up, and what is set up while the server runs.

-- Names of apps and endpoints compare by their bytes, as ids do. The rows stay as they
-- are.
alter table orders alter column app type text collate "C", alter column reference type text collate "C";
alter table outbox alter column app type text collate "C", alter column endpoint type text collate "C";

-- The planner holds a primary key for so cheap that it would read everybody's rows by
-- it to find those of a small app. So lists sort by what only their own indexes have:
-- ids by POSIX, which is another name of C, and positions by their sum with nothing.

-- Lists of orders go by id, since ids sort by the time of creation. Status and wallet
-- are looked at while the list is read.
create index orders_app on orders (app, id collate "POSIX");
create index orders_reference on orders (app, reference, id collate "POSIX") where reference <> '';
create index orders_attention on orders (app, id collate "POSIX") where attention <> '';

-- A refund's row moves with its order's events. position is the order of creation,
-- nearly.
create table refunds (
  position bigint generated always as identity primary key,
  order_id text collate "C" not null,
  number   bigint not null,
  app      text collate "C" not null,
  status   text not null
);

-- jsonb takes no zero characters; which ones an order has does not matter here.
insert into refunds (order_id, number, app, status)
  select o.id, (r ->> 'number')::bigint, o.app, r ->> 'status'
  from orders as o, jsonb_array_elements(replace(o.doc, '\u0000', '\u0001')::jsonb -> 'refunds') as r
  where position('"refunds":' in o.doc) > 0
  order by left(r ->> 'createdAt', 19), o.id, (r ->> 'number')::bigint;

create unique index refunds_order on refunds (order_id, number);
create index refunds_app on refunds (app, (position + 0));
-- Most refunds succeed. The others are what is looked for.
create index refunds_other on refunds (app, (position + 0)) where status <> 'succeeded';

-- tx is the transaction that wrote the event; those before it come first in the feed.
-- A default that is constant at first leaves the rows as they are.
alter table events add column app text collate "C" not null default '', add column tx bigint not null default 0;
update events set app = orders.app from orders where orders.id = events.order_id;
alter table events alter column app drop default, alter column tx set default (pg_current_xact_id()::text::bigint);
create index events_app on events (app, tx, position);

-- base is what the default of events.tx adds to the number of a transaction, so that
-- numbers go on rising in a new cluster, which counts its transactions from the start.
create table feed (
  id   bigint primary key check (id = 1),
  base bigint not null
);

insert into feed (id, base) values (1, 0);

alter table outbox add column tried_at bigint; -- the last attempt
create index outbox_app on outbox (app, (position + 0));
create index outbox_endpoint on outbox (app, endpoint, (position + 0));
create index outbox_order on outbox (order_id);
create index outbox_dead on outbox (app, (position + 0)) where status = 'dead';

create table endpoints (
  position bigint generated always as identity primary key,
  id          text collate "C" not null,
  app         text collate "C" not null,
  version     bigint not null,    -- how often the row was written; guards every update
  url         text not null,
  description text not null,
  events      text not null,      -- the types it hears of, as JSON
  secret      text not null,      -- sealed, as is the next
  previous    text not null,
  previous_until bigint,
  disabled    bigint not null,    -- 0 or 1
  disabled_reason text not null,
  failing_since bigint,
  created_at  bigint
);

create unique index endpoints_id on endpoints (app, id);

create table api_keys (
  position bigint generated always as identity primary key,
  id         text collate "C" not null unique,
  app        text collate "C" not null,
  name       text not null,
  digest     bytea not null unique, -- of the key, which is kept nowhere
  scopes     text not null,         -- as JSON
  created_at bigint,
  revoked_at bigint
);

create index api_keys_app on api_keys (app, position);
