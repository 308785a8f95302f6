-- What a person looks after: kept notifications, reasons for attention, dead messages,
-- and a store that was restored.

-- id is "ntf_" and 26 characters: ten of Crockford's base32 for received_at, so that ids
-- sort by it, and 16 at random.
alter table inbox add column id text not null default '';
alter table inbox add column reason text not null default '';
alter table inbox add column confirm integer not null default 0; -- 0 or 1
alter table inbox add column dismissed_by text not null default '';
alter table inbox add column dismissed_note text not null default '';
alter table inbox add column dismissed_at integer;               -- null unless dismissed

update inbox set id = 'ntf_' || (select group_concat(substr('0123456789ABCDEFGHJKMNPQRSTVWXYZ',
    ((case when received_at > 0 then received_at else 0 end >> shift) & 31) + 1, 1), '' order by shift desc)
    from (select column1 as shift from (values (0), (5), (10), (15), (20), (25), (30), (35), (40), (45))))
  || hex(randomblob(8));

create unique index inbox_id on inbox (id);
create index inbox_open on inbox (id) where dismissed_at is null;
create index inbox_dismissed on inbox (id) where dismissed_at is not null;
create index inbox_payments on inbox (payment_id, wallet);

-- People search by a payment id without knowing the wallet.
create table payment_ids_by_id (
  payment_id text not null,
  wallet     text not null,
  order_id   text not null,
  primary key (payment_id, wallet)
) strict, without rowid;

insert into payment_ids_by_id (payment_id, wallet, order_id) select payment_id, wallet, order_id from payment_ids;
drop table payment_ids;
alter table payment_ids_by_id rename to payment_ids;

-- The ids of wallets that name orders in their notifications were not kept here.
insert into payment_ids (payment_id, wallet, order_id)
  select p.value ->> '$.walletPaymentId', p.value ->> '$.wallet', o.id
  from orders as o, json_each(o.doc, '$.payments') as p
  where instr(o.doc, '"walletPaymentId":') > 0 and p.value ->> '$.walletPaymentId' <> ''
  order by o.id, p.key
  on conflict do nothing;

-- An order that was canceled or has expired stays so: no payment of it is opened.
update orders set version = version + 1,
  doc = substr(doc, 1, instr(doc, ',"payments":[') - 1) || ',"closed":"' || status || '"' || substr(doc, instr(doc, ',"payments":['))
  where status in ('canceled', 'expired') and attention = '' and instr(doc, ',"payments":[') > 0 and doc ->> '$.closed' is null;

-- orders.attention holds the open reasons, each between commas: ",late_payment,". The
-- rows that have any are rewritten from their events after this file.

alter table outbox add column dismissed_by text not null default '';
alter table outbox add column dismissed_note text not null default '';
alter table outbox add column dismissed_at integer;
create index outbox_dismissed on outbox (app) where status = 'dismissed';

-- How often endpoints were added, changed or removed. A change that has events commits
-- only while this is what it was when the order was read.
create table registry (
  id integer primary key check (id = 1),
  version integer not null
) strict;

insert into registry (id, version) values (1, 0);

-- The last restore of this store from a backup, as JSON. There is no row before one.
create table restoration (
  id integer primary key check (id = 1),
  doc text not null
) strict;

-- Orders about which no wallet was asked since then.
create index orders_unasked on orders (looks) where looks = -1;
