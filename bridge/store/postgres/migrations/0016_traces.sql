-- The trace contexts of events: a row for each event that was committed in a trace that is
-- recorded, so none while traces are off. Losing them costs links between traces.

create table event_traces (
  order_id text collate "C" not null,
  sequence bigint not null,
  context  text not null, -- W3C traceparent
  primary key (order_id, sequence)
);

insert into compatibility values (16, 13);
