-- The trace contexts of events: a row for each event that was committed in a trace that is
-- recorded, so none while traces are off. Losing them costs links between traces.

create table event_traces (
  order_id text not null,
  sequence integer not null,
  context  text not null, -- W3C traceparent
  primary key (order_id, sequence)
) strict, without rowid;

insert into compatibility values (16, 13);
