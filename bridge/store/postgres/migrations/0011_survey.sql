-- Metrics read the oldest refund that is open from an index, whatever the orders hold. Few
-- refunds are open at a time.

create index refunds_open on refunds (app, status, (position + 0)) where status in ('pending', 'waiting');
