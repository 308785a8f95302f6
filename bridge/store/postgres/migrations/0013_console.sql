-- Who is signed in to the console, and what operators did there.

create table operator_sessions (
  id         text collate "C" not null unique,
  digest     bytea not null primary key, -- of the token, which is kept nowhere
  operator   text collate "C" not null,
  method     text not null,
  address    text not null,
  agent      text not null,
  created_at bigint,
  used_at    bigint,                    -- by the minute
  expires_at bigint,
  ended_by   text not null,
  ended_at   bigint
);

create index operator_sessions_operator on operator_sessions (operator, id);
create index operator_sessions_expiry on operator_sessions (expires_at);

create table audit (
  id       text collate "C" not null primary key,
  app      text not null,
  operator text not null,
  action   text not null,
  subject  text not null,
  reason   text not null,
  request  text not null,
  address  text not null,
  at       bigint,
  outcome  text not null
);
