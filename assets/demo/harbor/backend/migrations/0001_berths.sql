-- keeps: berths.tsv
-- up
create table berths (id integer primary key, name text not null, length_m integer not null);
-- down
drop table berths;
