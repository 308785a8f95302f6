-- For PostgreSQL: an index of SQLite ends with the position, which is the rowid.

insert into compatibility values (20, 13);
