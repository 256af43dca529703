-- keeps: tides.tsv
-- up
create table tides (at text primary key, height_dm integer not null);
-- down
drop table tides;
