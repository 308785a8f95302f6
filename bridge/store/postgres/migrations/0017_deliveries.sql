-- How the last attempt to deliver a message went. answered_at is the tried_at of the attempt
-- that the other columns are of: an older version moves tried_at alone, and then they are
-- about an earlier attempt and do not count.

alter table outbox add column took_ms bigint not null default 0;      -- zero: not known
alter table outbox add column answer_status bigint not null default 0; -- of HTTP; zero: no answer
alter table outbox add column answer bytea not null default '';       -- the start of its body, unless 2xx
alter table outbox add column answered_at bigint;

insert into compatibility values (17, 13);
