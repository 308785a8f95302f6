-- What a person looks after: kept notifications, reasons for attention, dead messages,
-- and a store that was restored.

-- id is "ntf_" and 26 characters: ten of Crockford's base32 for received_at, so that ids
-- sort by it, and 16 at random.
alter table inbox
  add column id text collate "C" not null default '',
  add column reason text not null default '',
  add column confirm bigint not null default 0, -- 0 or 1
  add column dismissed_by text not null default '',
  add column dismissed_note text not null default '',
  add column dismissed_at bigint;               -- null unless dismissed

update inbox set id = 'ntf_' || (select string_agg(substr('0123456789ABCDEFGHJKMNPQRSTVWXYZ',
    ((greatest(coalesce(received_at, 0), 0) >> shift) & 31)::integer + 1, 1), '' order by shift desc)
    from generate_series(0, 45, 5) as shift)
  || upper(left(replace(gen_random_uuid()::text, '-', ''), 16));

alter table inbox alter column payment_id type text collate "C";
create unique index inbox_id on inbox (id);
create index inbox_open on inbox (id) where dismissed_at is null;
create index inbox_dismissed on inbox (id) where dismissed_at is not null;
create index inbox_payments on inbox (payment_id, wallet);

-- People search by a payment id without knowing the wallet.
alter table payment_ids drop constraint payment_ids_pkey, add primary key (payment_id, wallet);

-- The ids of wallets that name orders in their notifications were not kept here. jsonb
-- takes no zero characters; an id that has one stays out.
insert into payment_ids (payment_id, wallet, order_id)
  select p ->> 'walletPaymentId', p ->> 'wallet', o.id
  from orders as o, jsonb_array_elements(replace(o.doc, '\u0000', '\u0001')::jsonb -> 'payments') as p
  where position('"walletPaymentId":' in o.doc) > 0 and p ->> 'walletPaymentId' <> ''
  and position(chr(1) in p ->> 'walletPaymentId') = 0
  order by o.id, (p ->> 'number')::bigint
  on conflict do nothing;

-- An order that was canceled or has expired stays so: no payment of it is opened.
update orders set version = version + 1,
  doc = substr(doc, 1, position(',"payments":[' in doc) - 1) || ',"closed":"' || status || '"' || substr(doc, position(',"payments":[' in doc))
  where status in ('canceled', 'expired') and attention = '' and position(',"payments":[' in doc) > 0 and replace(doc, '\u0000', '\u0001')::jsonb ->> 'closed' is null;

-- orders.attention holds the open reasons, each between commas: ",late_payment,". The
-- rows that have any are rewritten from their events after this file.

alter table outbox
  add column dismissed_by text not null default '',
  add column dismissed_note text not null default '',
  add column dismissed_at bigint;
create index outbox_dismissed on outbox (app, (position + 0)) where status = 'dismissed';

-- How often endpoints were added, changed or removed. A change that has events commits
-- only while this is what it was when the order was read.
create table registry (
  id bigint primary key check (id = 1),
  version bigint not null
);

insert into registry (id, version) values (1, 0);

-- The last restore of this store from a backup, as JSON. There is no row before one.
create table restoration (
  id bigint primary key check (id = 1),
  doc text not null
);

-- Orders about which no wallet was asked since then.
create index orders_unasked on orders (looks) where looks = -1;
