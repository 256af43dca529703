//! harbor: berths, arrivals, tides, fees and pilots of one harbour.

mod arrivals;
mod berths;
mod closures;
mod fees;
mod health;
mod pilots;
mod search;
mod tides;

fn main() {
    let plan = berths::Plan::load("db/berths.tsv");
    println!("harbor: {} berths", plan.len());
}
