//! What a person tells in one go: something that happened, what is known of an impact.

use jiff::Timestamp;

use crate::domain::incident::{Extent, Milestone};
use crate::domain::time::Precision;

/// Something that happened, as a person tells it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ToldNote {
    /// What.
    pub text: String,
    /// When it happened; none is now.
    pub occurred: Option<Timestamp>,
    /// How exactly that is known.
    pub precision: Precision,
}

/// What a person says about an impact; only what is named changes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ToldImpact {
    /// When users began to feel it.
    pub started: Option<Timestamp>,
    /// When it was noticed.
    pub detected: Option<Timestamp>,
    /// When it was called an incident.
    pub declared: Option<Timestamp>,
    /// When it stopped getting worse.
    pub mitigated: Option<Timestamp>,
    /// When users stopped feeling it.
    pub ended: Option<Timestamp>,
    /// How much of the service.
    pub extent: Option<Extent>,
    /// Since when it is that much; none says it about the whole impact.
    pub since: Option<Timestamp>,
    /// What is affected.
    pub affected: Option<String>,
    /// How exactly the named times are known.
    pub precision: Option<Precision>,
    /// Moments that nobody knows after all.
    pub unknown: Vec<Milestone>,
}

impl ToldImpact {
    /// Where a moment of the impact's clock is said.
    pub fn time(&mut self, milestone: Milestone) -> &mut Option<Timestamp> {
        match milestone {
            Milestone::Started => &mut self.started,
            Milestone::Detected => &mut self.detected,
            Milestone::Declared => &mut self.declared,
            Milestone::Mitigated => &mut self.mitigated,
            Milestone::Ended => &mut self.ended,
        }
    }
}
