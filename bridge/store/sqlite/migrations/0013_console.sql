-- Who is signed in to the console, and what operators did there.

create table operator_sessions (
  id         text not null unique,
  digest     blob not null primary key, -- of the token, which is kept nowhere
  operator   text not null,
  method     text not null,
  address    text not null,
  agent      text not null,
  created_at integer,
  used_at    integer,                   -- by the minute
  expires_at integer,
  ended_by   text not null,
  ended_at   integer
) strict, without rowid;

create index operator_sessions_operator on operator_sessions (operator, id);
create index operator_sessions_expiry on operator_sessions (expires_at);

create table audit (
  id       text not null primary key,
  app      text not null,
  operator text not null,
  action   text not null,
  subject  text not null,
  reason   text not null,
  request  text not null,
  address  text not null,
  at       integer,
  outcome  text not null
) strict, without rowid;
