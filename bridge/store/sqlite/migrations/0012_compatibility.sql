-- From here on a step that older versions of the program can live with says so: it inserts
-- its number, and the number of the last step that such a version must know. A step without
-- a row here lets no older version run. So nodes of two versions share a database while they
-- are replaced: columns and tables are added in one version, and dropped in a later one.
create table compatibility (
  version integer primary key,
  oldest  integer not null
) strict;
