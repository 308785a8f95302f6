-- Times are UTC milliseconds; null is the zero time. Money is in minor units. Ids and
-- keys compare by their bytes, as in SQLite.

create table orders (
  id         text collate "C" primary key,
  version    bigint not null,  -- how often the row was written; guards every update
  app        text not null,
  status     text not null,
  wallet     text not null,    -- of the newest payment
  reference  text not null,
  attention  text not null,
  currency   text not null,
  amount     bigint not null,
  paid       bigint not null,
  refunded   bigint not null,
  created_at bigint,
  expires_at bigint,
  due_at     bigint,
  looks      bigint not null,
  busy_until bigint,
  doc        text not null     -- the order as JSON; the columns above repeat it for search
) with (fillfactor = 80);

create index orders_due on orders (due_at) where due_at is not null;

-- position is given before the commit: a smaller one may appear after a larger one,
-- though never within one order.
create table events (
  position bigint generated always as identity primary key,
  order_id text collate "C" not null,
  sequence bigint not null,
  type     text not null,
  at       bigint,
  source   text not null,
  data     text not null,
  unique (order_id, sequence)
);

create table outbox (
  position bigint generated always as identity primary key,
  id       text collate "C" not null unique,
  app      text not null,
  endpoint text not null,
  order_id text collate "C" not null,
  sequence bigint not null,
  type     text not null,
  body     bytea not null,
  created_at bigint,
  run_at   bigint,             -- of the next attempt
  attempts bigint not null default 0,
  status   text not null default 'undelivered',
  note     text not null default ''
);

-- The oldest message of an order that is not settled is the one that goes next.
create index outbox_open on outbox (app, endpoint, order_id, position) where status = 'undelivered';
create index outbox_due on outbox (app, endpoint, run_at) where status = 'undelivered';

create table claims (
  scope      text collate "C" not null,
  key        text collate "C" not null,
  digest     bytea not null,
  order_id   text collate "C" not null,
  created_at bigint not null,
  status     bigint,           -- null while the first request is at work
  body       bytea,
  primary key (scope, key)
) with (fillfactor = 80);

create index claims_created on claims (created_at);

create table payment_ids (
  wallet     text collate "C" not null,
  payment_id text collate "C" not null,
  order_id   text collate "C" not null,
  primary key (wallet, payment_id)
);

create table inbox (
  wallet      text collate "C" not null,
  event_id    text collate "C" not null,
  request_id  text not null,
  payment_id  text not null,
  order_id    text collate "C" not null default '',
  event       bytea not null default '',
  body        bytea not null,
  received_at bigint,
  primary key (wallet, event_id)
);

create index inbox_orders on inbox (order_id);

-- One row that Ping writes, so that readiness means that the disk takes writes.
create table pulse (
  id bigint primary key check (id = 1),
  at bigint not null
);

insert into pulse (id, at) values (1, 0);
