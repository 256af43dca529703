-- up
create index arrivals_by_berth on arrivals (berth, from_h);
-- down
drop index arrivals_by_berth;
