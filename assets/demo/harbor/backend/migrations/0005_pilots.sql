-- keeps: pilots.tsv
-- up
create table pilots (ship text not null, asked_at text not null);
-- down
drop table pilots;
