//! Measured rollback triggers: what probes say after a deployment, held against what they said before it.
//!
//! [`rule`] holds the parameters, [`baseline`] sums up what was usual, and [`judge`] is the rule itself: a pure state
//! machine that turns probes into verdicts. It proposes, a person decides. Too few samples, no baseline or a service
//! that was already down is "cannot judge", never "healthy": a green light that nobody measured is worse than none.

pub mod baseline;
pub mod judge;
pub mod live;
pub mod recorded;
pub mod rule;

/// What one probe said about the service.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Health {
    /// It answered as it should.
    Well,
    /// It did not: no answer in time, no connection, a status of 400 and above, exit 1.
    Bad,
    /// The probe itself failed, so it says nothing about the service.
    Unknown,
}

/// One probe.
#[derive(Debug, Clone, PartialEq)]
pub struct Sample {
    /// What a good answer measured: how long it took in milliseconds, or the number that it gave; none for every other.
    pub value: Option<f64>,
    /// What it says.
    pub health: Health,
    /// In words: "answered 200", "no answer within 5 s".
    pub why: String,
}

/// One probe as a judgement needs it: with what the control said at that time.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Reading {
    /// What a good answer measured; none for every other.
    pub value: Option<f64>,
    /// What it says.
    pub health: Health,
    /// Whether the control, a probe of something that is not deployed, answered well; none without one.
    pub control: Option<bool>,
}

impl Reading {
    /// Whether it says anything about the service: the probe was asked, and the way to it was not in doubt.
    pub fn says_something(&self) -> bool {
        self.health != Health::Unknown && self.control != Some(false)
    }
}

/// What is proposed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Nothing speaks against the new version.
    Healthy,
    /// Roll back.
    RollBack(Cause),
    /// The measurement does not carry a verdict; a person must look.
    CannotJudge,
}

/// Why rollback is proposed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Cause {
    /// It answers, but too slowly.
    Slow,
    /// Probes fail.
    Failing,
}

impl Verdict {
    /// Every verdict.
    pub const ALL: [Verdict; 4] =
        [Verdict::Healthy, Verdict::RollBack(Cause::Slow), Verdict::RollBack(Cause::Failing), Verdict::CannotJudge];

    /// The word on record, which tells the causes apart.
    pub fn name(self) -> &'static str {
        match self {
            Self::Healthy => "healthy",
            Self::RollBack(Cause::Slow) => "slow",
            Self::RollBack(Cause::Failing) => "failing",
            Self::CannotJudge => "cannot judge",
        }
    }

    /// The verdict of that word.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|one| one.name() == name)
    }

    /// The words of the screen.
    pub fn words(self) -> &'static str {
        match self {
            Self::Healthy => "healthy",
            Self::RollBack(_) => "roll back",
            Self::CannotJudge => "cannot judge",
        }
    }
}

/// A verdict with what it rests on.
#[derive(Debug, Clone, PartialEq)]
pub struct Judgement {
    /// The verdict.
    pub verdict: Verdict,
    /// The test's score when it was given.
    pub score: f64,
    /// What a captain reads: the numbers, and what they are held against.
    pub words: String,
}

/// The median; none of nothing.
pub fn median(mut values: Vec<f64>) -> Option<f64> {
    values.sort_by(f64::total_cmp);
    super::metrics::median(&values)
}

#[cfg(test)]
mod tests;
