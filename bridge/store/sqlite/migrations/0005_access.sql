-- What a till remembers of its API keys, and small documents about the installation.

alter table api_keys add column networks text not null default '[]'; -- as JSON; none: from everywhere
alter table api_keys add column created_by text not null default '';
alter table api_keys add column expires_at integer;
alter table api_keys add column used_at integer;                       -- by the minute
alter table api_keys add column revoked_by text not null default '';

create table documents (
  name    text primary key,
  version integer not null, -- raised by every change
  doc     text not null
) strict, without rowid;
