-- The position of an event is its rowid here, which costs no index. PostgreSQL alone drops
-- one with this number.
select 1;
