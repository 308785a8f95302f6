-- Times are UTC milliseconds; null is the zero time. Money is in minor units.

create table orders (
  id         text not null unique,
  version    integer not null, -- how often the row was written; guards every update
  app        text not null,
  status     text not null,
  wallet     text not null,    -- of the newest payment
  reference  text not null,
  attention  text not null,
  currency   text not null,
  amount     integer not null,
  paid       integer not null,
  refunded   integer not null,
  created_at integer,
  expires_at integer,
  due_at     integer,
  looks      integer not null,
  busy_until integer,
  doc        text not null     -- the order as JSON; the columns above repeat it for search
) strict;

create index orders_due on orders (due_at) where due_at is not null;

-- position is the order of commit over all orders, since there is one writer.
create table events (
  position integer primary key,
  order_id text not null,
  sequence integer not null,
  type     text not null,
  at       integer,
  source   text not null,
  data     text not null,
  unique (order_id, sequence)
) strict;

create table outbox (
  position integer primary key autoincrement,
  id       text not null unique,
  app      text not null,
  endpoint text not null,
  order_id text not null,
  sequence integer not null,
  type     text not null,
  body     blob not null,
  created_at integer,
  run_at   integer,            -- of the next attempt
  attempts integer not null default 0,
  status   text not null default 'undelivered',
  note     text not null default ''
) strict;

-- The oldest message of an order that is not settled is the one that goes next.
create index outbox_open on outbox (app, endpoint, order_id, position) where status = 'undelivered';
create index outbox_due on outbox (app, endpoint, run_at) where status = 'undelivered';

create table claims (
  scope      text not null,
  key        text not null,
  digest     blob not null,
  order_id   text not null,
  created_at integer not null,
  status     integer,          -- null while the first request is at work
  body       blob,
  primary key (scope, key)
) strict, without rowid;

create index claims_created on claims (created_at);

create table payment_ids (
  wallet     text not null,
  payment_id text not null,
  order_id   text not null,
  primary key (wallet, payment_id)
) strict, without rowid;

create table inbox (
  wallet      text not null,
  event_id    text not null,
  request_id  text not null,
  payment_id  text not null,
  order_id    text not null default '',
  event       blob not null default x'',
  body        blob not null,
  received_at integer,
  primary key (wallet, event_id)
) strict;

create index inbox_orders on inbox (order_id);

-- One row that Ping writes, so that readiness means that the disk takes writes.
create table pulse (
  id integer primary key check (id = 1),
  at integer not null
) strict;

insert into pulse (id, at) values (1, 0);
