-- Payers' standing permissions to be charged.

-- doc is the agreement as JSON, its tokens sealed; the columns beside it repeat it for
-- search. token_digest is empty until there was a token.
create table agreements (
  id        text not null primary key,
  app       text not null,
  version   integer not null,   -- how often the row was written; guards every update
  wallet    text not null,
  reference text not null,      -- what the wallet knows it by
  status    text not null,
  token_digest text not null,   -- SHA-256 in hex
  doc       text not null
) strict;

-- Lists of agreements go by id, since ids sort by the time of creation.
create index agreements_app on agreements (app, id);
create unique index agreements_reference on agreements (wallet, reference);
create index agreements_token on agreements (wallet, token_digest, id) where token_digest <> '';
