-- A claim takes the messages that are due first in the order of an index, and reads no other:
-- those of one time by their position. It begins with the columns of outbox_due, so an older
-- version reads it in the place of that one.
create index outbox_next on outbox (app, endpoint, run_at, position) where status = 'undelivered';
drop index outbox_due;

insert into compatibility values (20, 13);
