//! What users felt: the impact's own clock, apart from when anybody wrote something down.
//!
//! Every moment may be unknown, and may be said to be unknown again. Enter at [`Impact::at`] for a moment, at
//! [`Impact::spans`] for the lengths that downtime is counted from.

use std::collections::BTreeSet;

use jiff::Timestamp;

use super::{Extent, Milestone};
use crate::domain::event::Fact;
use crate::domain::time::Precision;

/// What users felt. Unknown is allowed everywhere.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Impact {
    /// Since when users felt it.
    pub started: Option<Timestamp>,
    /// When it was noticed.
    pub detected: Option<Timestamp>,
    /// When it was called an incident, where that was not when it was recorded.
    pub declared: Option<Timestamp>,
    /// When it stopped getting worse.
    pub mitigated: Option<Timestamp>,
    /// Until when users felt it.
    pub ended: Option<Timestamp>,
    /// How much, from the start on.
    pub extent: Option<Extent>,
    /// How much since later moments, oldest first.
    pub turns: Vec<(Timestamp, Extent)>,
    /// What.
    pub affected: Option<String>,
    /// The moments that are only known roughly.
    pub rough: BTreeSet<Milestone>,
    /// The moments of which somebody said that nobody knows them.
    pub unknown: BTreeSet<Milestone>,
}

/// A part of the impact during which its extent did not change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    /// How much; unknown where nobody said it.
    pub extent: Option<Extent>,
    /// Since when; unknown in the first part only.
    pub from: Option<Timestamp>,
    /// Until when; unknown, or not over, in the last part only.
    pub to: Option<Timestamp>,
}

impl Impact {
    /// A moment, as somebody said it.
    pub fn at(&self, milestone: Milestone) -> Option<Timestamp> {
        match milestone {
            Milestone::Started => self.started,
            Milestone::Detected => self.detected,
            Milestone::Declared => self.declared,
            Milestone::Mitigated => self.mitigated,
            Milestone::Ended => self.ended,
        }
    }

    fn slot(&mut self, milestone: Milestone) -> &mut Option<Timestamp> {
        match milestone {
            Milestone::Started => &mut self.started,
            Milestone::Detected => &mut self.detected,
            Milestone::Declared => &mut self.declared,
            Milestone::Mitigated => &mut self.mitigated,
            Milestone::Ended => &mut self.ended,
        }
    }

    /// How much of the service is affected, as last said.
    pub fn present_extent(&self) -> Option<Extent> {
        self.turns.last().map(|(_, extent)| *extent).or(self.extent)
    }

    /// Whether anybody said anything about what users felt.
    pub fn is_told(&self) -> bool {
        self.started.is_some() || self.ended.is_some() || self.present_extent().is_some() || self.affected.is_some()
    }

    /// The parts of the impact, oldest first. There is always one, even where nothing is known.
    pub fn spans(&self) -> Vec<Span> {
        let within = |at: Timestamp| {
            let at = self.started.map_or(at, |started| at.max(started));
            self.ended.map_or(at, |ended| at.min(ended))
        };
        let mut spans = vec![Span { extent: self.extent, from: self.started, to: self.ended }];
        for (at, extent) in &self.turns {
            let at = within(*at);
            if let Some(last) = spans.last_mut() {
                last.to = Some(at);
            }
            spans.push(Span { extent: Some(*extent), from: Some(at), to: self.ended });
        }
        spans
    }

    /// Takes in what became known. Only what a fact names changes.
    pub(super) fn apply(&mut self, fact: &Fact) {
        let Fact::IncidentImpactSet {
            started,
            detected,
            declared,
            mitigated,
            ended,
            extent,
            since,
            affected,
            precision,
            unknown,
            ..
        } = fact
        else {
            return;
        };
        let said = [started, detected, declared, mitigated, ended];
        for (milestone, at) in Milestone::ALL.iter().zip(said) {
            if let Some(at) = at {
                *self.slot(*milestone) = Some(*at);
                self.unknown.remove(milestone);
                self.rough.remove(milestone);
                if *precision == Some(Precision::About) {
                    self.rough.insert(*milestone);
                }
            }
        }
        for milestone in unknown.iter().flatten() {
            *self.slot(*milestone) = None;
            self.rough.remove(milestone);
            self.unknown.insert(*milestone);
        }
        match (extent, since) {
            (Some(extent), Some(since)) => {
                self.turns.retain(|(at, _)| at != since);
                self.turns.push((*since, *extent));
                self.turns.sort_by_key(|(at, _)| *at);
            }
            (Some(extent), None) => {
                self.extent = Some(*extent);
                self.turns.clear();
            }
            (None, _) => {}
        }
        if affected.is_some() {
            self.affected.clone_from(affected);
        }
    }
}
