-- keeps: fees.tsv
-- up
create table fees (berth integer references berths, cents_per_m_day integer not null);
-- down
drop table fees;
