-- keeps: arrivals.tsv
-- up
create table arrivals (ship text not null, berth integer references berths, from_h integer, until_h integer);
-- down
drop table arrivals;
