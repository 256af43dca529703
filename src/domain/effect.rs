//! Effects: what is to be done outside once the events that ask for it are durable. Replay starts none.

use super::id::{AttemptId, ItemId, ProbeId, RunId, TriggerId};

/// Something to do outside.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Effect {
    /// Start this attempt's supervisor.
    Launch(AttemptId),
    /// Find out what is usual before the first changing step, then go on with the run.
    MeasureBaseline {
        /// In which run.
        run: RunId,
        /// For which triggers.
        triggers: Vec<TriggerId>,
    },
    /// Ask a probe for a slot.
    AskProbe {
        /// Which run.
        run: RunId,
        /// Which slot.
        slot: ItemId,
        /// The probe.
        probe: ProbeId,
    },
    /// Wait for the verdict of a measured trigger, for a slot.
    JudgeTrigger {
        /// Which run.
        run: RunId,
        /// Which slot.
        slot: ItemId,
        /// The trigger.
        trigger: TriggerId,
        /// It was judged before and is to be judged anew.
        again: bool,
    },
    /// Roll this run back: its trigger does so by itself.
    RollBackAlone(RunId),
    /// Send a notice that was intended.
    SendNotice(String),
    /// Ask a step's own question whether it is applied, then go on with the slot.
    AskApplied {
        /// The attempt that the answer is about.
        attempt: AttemptId,
        /// The run that waits.
        run: RunId,
        /// Its slot.
        slot: ItemId,
    },
    /// Wait, then try the slot again, as its plan says.
    RetryLater {
        /// Which run.
        run: RunId,
        /// Which slot.
        slot: ItemId,
        /// The attempt that failed, counted from 1.
        number: u32,
        /// How long to wait.
        wait: std::time::Duration,
    },
    /// Ask a step's own question whether undoing is safe, then go on with the slot.
    AskSafe {
        /// Which run.
        run: RunId,
        /// Which slot.
        slot: ItemId,
    },
    /// Go on with the run: the plan that a person started says so.
    Advance(RunId),
    /// Append this line to the configured release log.
    AppendReleaseLog(String),
}

/// What a decision gives: facts for the two journals, and effects for afterwards.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Outcome {
    /// Facts for the project's journal; written first.
    pub project: Vec<super::event::Fact>,
    /// Facts for the release's journal.
    pub release: Vec<super::event::Fact>,
    /// What to do once they are durable.
    pub effects: Vec<Effect>,
    /// What a person should know although the command is carried out.
    pub warnings: Vec<String>,
}

impl Outcome {
    /// One fact for the release's journal.
    pub fn release(fact: super::event::Fact) -> Self {
        Self { release: vec![fact], ..Self::default() }
    }

    /// One fact for the project's journal.
    pub fn project(fact: super::event::Fact) -> Self {
        Self { project: vec![fact], ..Self::default() }
    }

    /// Adds another outcome behind this one.
    pub fn extend(&mut self, other: Outcome) {
        self.project.extend(other.project);
        self.release.extend(other.release);
        self.effects.extend(other.effects);
        self.warnings.extend(other.warnings);
    }
}
