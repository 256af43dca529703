//! The trigger's rule, played against traffic whose truth is known, beside the rules that people write first.
//!
//! One probe a second in mind: 300 before the deployment, 600 after it. Latency is log-normal, some probes take eight
//! times as long, and the first twenty after the deployment three times (the "cold start" class: a longer one). The seed
//! is fixed, so that the figures are the same on every machine; `docs/triggers.md` holds them and is held equal.

use std::fmt::Write as _;
use std::thread;

use relco::domain::trigger::baseline::Baseline;
use relco::domain::trigger::judge::Judge;
use relco::domain::trigger::rule::Rule;
use relco::domain::trigger::{Health, Reading, Verdict, median};

/// Probes before the deployment.
const BEFORE: usize = 300;
/// Probes after it.
const AFTER: usize = 600;
/// Probes within which a slow-down of 2.5 must be found.
const SOON: usize = 180;
/// Trials of a healthy release; false alarms are rare, so they want many.
const HEALTHY_TRIALS: u64 = 1_200;
/// Trials of a slow one.
const SLOW_TRIALS: u64 = 300;
/// How much slower the new version is.
const SLOWER: [f64; 5] = [1.0, 1.5, 2.0, 2.5, 3.0];
const SEED: u64 = 20_261_122;

/// A kind of traffic.
#[derive(Clone, Copy)]
struct Class {
    name: &'static str,
    /// Of the logarithm of the latency.
    sigma: f64,
    /// How much each probe is like the one before.
    rho: f64,
    /// Share of probes that take eight times as long.
    outliers: f64,
    cold: Cold,
}

#[derive(Clone, Copy)]
enum Cold {
    /// Twenty probes, three times slower.
    Usual,
    /// Four times slower at first, warm after about a hundred probes.
    Long,
}

const CLASSES: [Class; 6] = [
    Class { name: "calm", sigma: 0.3, rho: 0.0, outliers: 0.01, cold: Cold::Usual },
    Class { name: "normal", sigma: 0.5, rho: 0.0, outliers: 0.02, cold: Cold::Usual },
    Class { name: "noisy", sigma: 0.8, rho: 0.0, outliers: 0.03, cold: Cold::Usual },
    Class { name: "correlated", sigma: 0.5, rho: 0.7, outliers: 0.02, cold: Cold::Usual },
    Class { name: "long cold start", sigma: 0.5, rho: 0.0, outliers: 0.02, cold: Cold::Long },
    Class { name: "noisy, in waves", sigma: 0.8, rho: 0.9, outliers: 0.03, cold: Cold::Usual },
];

/// Random numbers that are the same everywhere: SplitMix64 (Steele, Lea, Flood 2014).
struct Dice(u64);

impl Dice {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// Evenly between 0 and 1, never 0.
    fn share(&mut self) -> f64 {
        ((self.next() >> 11) as f64 + 0.5) / (1u64 << 53) as f64
    }

    /// From the normal distribution (Box and Muller 1958).
    fn normal(&mut self) -> f64 {
        (-2.0 * self.share().ln()).sqrt() * (std::f64::consts::TAU * self.share()).cos()
    }
}

struct Traffic {
    class: Class,
    dice: Dice,
    wave: f64,
}

impl Traffic {
    fn new(class: Class, seed: u64) -> Self {
        let mut dice = Dice(seed);
        let wave = dice.normal();
        Self { class, dice, wave }
    }

    /// The latency of the next probe, in milliseconds.
    fn next(&mut self, slower: f64) -> f64 {
        let rho = self.class.rho;
        self.wave = rho * self.wave + (1.0 - rho * rho).sqrt() * self.dice.normal();
        let outlier = if self.dice.share() < self.class.outliers { 8.0 } else { 1.0 };
        100.0 * (self.class.sigma * self.wave).exp() * outlier * slower
    }

    fn cold(&self, at: usize) -> f64 {
        match self.class.cold {
            Cold::Usual if at < 20 => 3.0,
            Cold::Usual => 1.0,
            Cold::Long => 1.0 + 3.0 * (-(at as f64) / 30.0).exp(),
        }
    }
}

fn reading(latency_ms: f64) -> Reading {
    Reading { value: Some(latency_ms), health: Health::Well, control: None }
}

/// What came of one trial: the probe after the deployment at which each rule proposed rollback.
#[derive(Default, Clone, Copy)]
struct Trial {
    rule: Option<usize>,
    /// The rule's last word was "cannot judge", or there was none.
    cannot: bool,
    one: Option<usize>,
    three: Option<usize>,
    mean: Option<usize>,
}

fn trial(rule: &Rule, class: Class, slower: f64, baseline: usize, seed: u64) -> Trial {
    let mut traffic = Traffic::new(class, seed);
    let before: Vec<f64> = (0..BEFORE).map(|_| traffic.next(1.0)).collect();
    let before = &before[BEFORE - baseline..];
    let after: Vec<f64> = (0..AFTER).map(|at| traffic.cold(at) * traffic.next(slower)).collect();
    let readings: Vec<Reading> = before.iter().copied().map(reading).collect();
    let mut judge = Judge::new(rule.clone(), Baseline::of(rule, readings.iter().copied()));
    let mut trial = Trial::default();
    for (at, latency_ms) in after.iter().enumerate() {
        if let Some(judged) = judge.feed(&reading(*latency_ms))
            && matches!(judged.verdict, Verdict::RollBack(_))
        {
            trial.rule = Some(at + 1);
        }
    }
    trial.cannot = judge.last().is_none_or(|last| last.verdict == Verdict::CannotJudge);
    let twice_median = 2.0 * median(before.to_vec()).unwrap();
    let twice_mean = 2.0 * before.iter().sum::<f64>() / before.len() as f64;
    // The rules that people write first, with the same mercy for a cold start.
    let slow: Vec<bool> = after.iter().skip(rule.skip).map(|ms| *ms > twice_median).collect();
    let probe = |at: usize| rule.skip + at;
    trial.one = slow.iter().position(|slow| *slow).map(|at| probe(at + 1));
    trial.three = slow.windows(3).position(|three| three.iter().all(|slow| *slow)).map(|at| probe(at + 3));
    let mean = |ten: &[f64]| ten.iter().sum::<f64>() / 10.0 > twice_mean;
    trial.mean = after[rule.skip..].windows(10).position(mean).map(|at| probe(at + 10));
    trial
}

/// A cell of the table.
struct Cell {
    class: Class,
    slower: f64,
    trials: Vec<Trial>,
}

impl Cell {
    fn played(rule: &Rule, class: Class, slower: f64, baseline: usize) -> Self {
        let count = if slower == 1.0 { HEALTHY_TRIALS } else { SLOW_TRIALS };
        let from = SEED.wrapping_mul(slower.to_bits()) ^ (class.sigma.to_bits().rotate_left(17)) ^ class.rho.to_bits();
        let trials = (0..count).map(|n| trial(rule, class, slower, baseline, from.wrapping_add(n << 20))).collect();
        Self { class, slower, trials }
    }

    fn share(&self, counts: impl Fn(&Trial) -> bool) -> f64 {
        let hits = self.trials.iter().filter(|trial| counts(trial)).count();
        hits as f64 * 100.0 / self.trials.len() as f64
    }

    fn within(&self, probes: usize) -> f64 {
        self.share(|trial| trial.rule.is_some_and(|at| at <= probes))
    }

    /// The probe at which the middle one of those that were found was found.
    fn middle(&self) -> String {
        let mut found: Vec<usize> = self.trials.iter().filter_map(|trial| trial.rule).collect();
        found.sort_unstable();
        if found.len() * 2 < self.trials.len() { "-".to_owned() } else { found[found.len() / 2].to_string() }
    }
}

fn play(rule: &Rule, classes: &[Class], slower: &[f64], baseline: usize) -> Vec<Cell> {
    let cells: Vec<(Class, f64)> =
        classes.iter().flat_map(|class| slower.iter().map(|slower| (*class, *slower))).collect();
    thread::scope(|scope| {
        let threads: Vec<_> = cells
            .iter()
            .map(|(class, slower)| scope.spawn(move || Cell::played(rule, *class, *slower, baseline)))
            .collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    })
}

fn percent(share: f64) -> String {
    match share {
        0.0 => "0".to_owned(),
        10.0.. => format!("{share:.0}"),
        _ => format!("{share:.1}"),
    }
}

fn table(cells: &[Cell]) -> String {
    let mut text = format!(
        "| traffic | slower | roll back by probe {SOON} | by {AFTER} | median probe | cannot judge | one slow probe | three in a row | mean of ten |\n\
         |---|---|---|---|---|---|---|---|---|\n"
    );
    for cell in cells {
        let naive = |at: fn(&Trial) -> Option<usize>| percent(cell.share(|trial| at(trial).is_some()));
        let _ = writeln!(
            text,
            "| {} | {}x | {} % | {} % | {} | {} % | {} % | {} % | {} % |",
            cell.class.name,
            cell.slower,
            percent(cell.within(SOON)),
            percent(cell.within(AFTER)),
            cell.middle(),
            percent(cell.share(|trial| trial.cannot)),
            naive(|trial| trial.one),
            naive(|trial| trial.three),
            naive(|trial| trial.mean),
        );
    }
    text
}

/// The table for a file of documentation, between its two marks.
fn tables() -> String {
    let rule = Rule::default();
    let full = play(&rule, &CLASSES, &SLOWER, BEFORE);
    check(&full);
    let mut text = format!("{}\n", table(&full));
    let _ = writeln!(text, "The same with the shortest baseline that is judged by, {} probes:\n", rule.least);
    text.push_str(&table(&play(&rule, &CLASSES, &[1.0, 2.5], rule.least)));
    text
}

/// The bars that the rule is held to.
fn check(cells: &[Cell]) {
    for cell in cells {
        let said = format!("{} {}x", cell.class.name, cell.slower);
        let [calm, normal] = ["calm", "normal"].map(|name| cell.class.name == name);
        let judged = calm || normal || ["noisy", "correlated"].contains(&cell.class.name);
        if judged && cell.slower == 1.0 {
            assert!(cell.within(AFTER) < 0.5, "{said}: {} % false alarms", cell.within(AFTER));
        }
        if calm || normal {
            let cannot = cell.share(|trial| trial.cannot);
            assert!(cannot <= 10.0, "{said}: {cannot} % cannot be judged");
        }
        if (calm || normal) && cell.slower == 2.0 {
            assert!(cell.within(AFTER) >= 97.0, "{said}: {} % found", cell.within(AFTER));
        }
        if (calm || normal) && cell.slower == 2.5 {
            assert!(cell.within(SOON) >= 98.0, "{said}: {} % found", cell.within(SOON));
        }
    }
}

#[test]
fn the_rule_holds_its_bars_and_the_documents_say_how() {
    const FROM: &str = "<!-- simulation: from here -->\n";
    const TO: &str = "<!-- simulation: to here -->";
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/triggers.md");
    let text = std::fs::read_to_string(path).unwrap();
    let (head, rest) = text.split_once(FROM).expect("docs/triggers.md has the mark of the table");
    let (old, tail) = rest.split_once(TO).expect("docs/triggers.md has the mark of the table's end");
    let new = format!("\n{}\n", tables());
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::write(path, format!("{head}{FROM}{new}{TO}{tail}")).unwrap();
    } else {
        assert_eq!(old, new, "UPDATE_DOCS=1 writes it");
    }
}
