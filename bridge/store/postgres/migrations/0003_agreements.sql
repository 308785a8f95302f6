-- Payers' standing permissions to be charged.

-- doc is the agreement as JSON, its tokens sealed; the columns beside it repeat it for
-- search. token_digest is empty until there was a token.
create table agreements (
  id        text collate "C" primary key,
  app       text collate "C" not null,
  version   bigint not null,    -- how often the row was written; guards every update
  wallet    text collate "C" not null,
  reference text collate "C" not null, -- what the wallet knows it by
  status    text not null,
  token_digest text not null,   -- SHA-256 in hex
  doc       text not null
);

-- Lists of agreements go by id, since ids sort by the time of creation; POSIX, another
-- name of C, keeps the planner from reading everybody's by the primary key.
create index agreements_app on agreements (app, id collate "POSIX");
create unique index agreements_reference on agreements (wallet, reference);
create index agreements_token on agreements (wallet, token_digest, id collate "POSIX") where token_digest <> '';
