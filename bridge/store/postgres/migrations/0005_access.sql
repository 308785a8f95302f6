-- What a till remembers of its API keys, and small documents about the installation.

alter table api_keys
  add column networks text not null default '[]', -- as JSON; none: from everywhere
  add column created_by text not null default '',
  add column expires_at bigint,
  add column used_at bigint,                        -- by the minute
  add column revoked_by text not null default '';

create table documents (
  name    text collate "C" primary key,
  version bigint not null, -- raised by every change
  doc     text not null
);
