-- A claim is written once and its answer once, both at the end of their tables. An answer is
-- many times as long as its claim, which would be moved by it from page to page.

-- number is the order of creation. Claims are pruned in that order.
create table claims_by_number (
  number     integer primary key,
  scope      text not null,
  key        text not null,
  digest     blob not null,
  order_id   text not null,
  created_at integer not null,
  status     integer,          -- of an answer that was there from the start, as is body
  body       blob
) strict;

insert into claims_by_number (scope, key, digest, order_id, created_at, status, body)
  select scope, key, digest, order_id, created_at, status, body from claims order by created_at;
drop table claims;
alter table claims_by_number rename to claims;
create unique index claims_key on claims (scope, key);

create table answers (
  claim  integer primary key,
  status integer not null,
  body   blob not null
) strict;

create trigger claims_pruned after delete on claims begin
  delete from answers where claim = old.number;
end;
