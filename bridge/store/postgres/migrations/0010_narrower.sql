-- No statement looks for an event by its position alone: the feed has an index of its own,
-- and an identity gives no number twice. Logical replication finds an event by its order and
-- sequence.
alter table events drop constraint events_pkey;
alter table events replica identity using index events_order_id_sequence_key;
