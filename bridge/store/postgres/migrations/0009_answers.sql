-- A claim is written once and its answer once: an answer is many times as long as its claim,
-- whose row it would move to another page, with all entries of its indexes.
alter table claims add column number bigint generated always as identity;
alter table claims set (fillfactor = 100);

create table answers (
  claim  bigint primary key,
  status bigint not null,
  body   bytea not null
);
