//! Starts relco.

fn main() {}
