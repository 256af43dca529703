//! What was measured, against its peer and its bar, in one table.

use std::time::Duration;

/// One line of the table.
pub struct Row {
    what: String,
    ours: f64,
    peer: Option<(&'static str, Option<f64>)>,
    bar: Option<Bar>,
}

/// What must hold.
enum Bar {
    /// At most so many times the peer.
    Times(f64),
    /// At most this, whatever the peer does.
    Most(f64),
}

impl Row {
    /// What was measured, with its unit, and our value.
    pub fn new(what: impl Into<String>, ours: f64) -> Self {
        Self { what: what.into(), ours, peer: None, bar: None }
    }

    /// The peer and its value; none where it is not installed.
    pub fn peer(mut self, name: &'static str, value: Option<f64>) -> Self {
        self.peer = Some((name, value));
        self
    }

    /// At most so many times the peer.
    pub fn bar(mut self, times: f64) -> Self {
        self.bar = Some(Bar::Times(times));
        self
    }

    /// At most this value.
    pub fn most(mut self, most: f64) -> Self {
        self.bar = Some(Bar::Most(most));
        self
    }

    fn ratio(&self) -> Option<f64> {
        let (_, value) = self.peer?;
        value.filter(|value| *value > 0.0).map(|value| self.ours / value)
    }

    fn words(&self) -> [String; 6] {
        let peer = match self.peer {
            None => String::new(),
            Some((name, Some(value))) => format!("{name} {value:.2}"),
            Some((name, None)) => format!("not compared: no {name}"),
        };
        let ratio = self.ratio().map_or_else(String::new, |ratio| format!("{ratio:.2}x"));
        let (bar, held) = match &self.bar {
            None => (String::new(), None),
            Some(Bar::Times(times)) => (format!("{times}x"), self.ratio().map(|ratio| ratio <= *times)),
            Some(Bar::Most(most)) => (format!("{most}"), Some(self.ours <= *most)),
        };
        let held = held.map_or("", |held| if held { "held" } else { "NOT HELD" });
        [self.what.clone(), format!("{:.2}", self.ours), peer, ratio, bar, held.to_owned()]
    }
}

/// All lines.
#[derive(Default)]
pub struct Table {
    rows: Vec<Row>,
}

impl Table {
    /// Adds a line.
    pub fn add(&mut self, row: Row) {
        self.rows.push(row);
    }

    /// Prints all of it, columns aligned.
    pub fn print(&self) {
        let head = ["what", "relco", "peer", "ratio", "bar", ""].map(str::to_owned);
        let lines: Vec<[String; 6]> = std::iter::once(head).chain(self.rows.iter().map(Row::words)).collect();
        for line in &lines {
            let mut text = String::new();
            for (at, cell) in line.iter().enumerate() {
                let width = lines.iter().filter_map(|line| line.get(at)).map(|cell| cell.chars().count()).max();
                text.push_str(&format!("{cell:<width$}  ", width = width.unwrap_or(0)));
            }
            println!("{}", text.trim_end());
        }
    }
}

/// The median, in milliseconds.
pub fn median_ms(times: &[Duration]) -> f64 {
    at_share(times, 50)
}

/// What 99 of 100 stay below, in milliseconds.
pub fn p99_ms(times: &[Duration]) -> f64 {
    at_share(times, 99)
}

fn at_share(times: &[Duration], percent: usize) -> f64 {
    let mut times = times.to_vec();
    times.sort_unstable();
    let last = times.len().saturating_sub(1);
    times.get((times.len() * percent / 100).min(last)).map_or(f64::NAN, |time| time.as_secs_f64() * 1e3)
}
