-- keeps: soundings.tsv
-- up
create table soundings (berth integer references berths, depth_dm integer not null, sounded_on text not null);
alter table berths add column depth_dm integer;
create index soundings_by_berth on soundings (berth);
-- down
drop index soundings_by_berth;
alter table berths drop column depth_dm;
drop table soundings;
