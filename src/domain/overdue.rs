//! Steps that take longer than their plan allows, or print nothing: when somebody is asked, and in which words.
//!
//! A limit stops nothing by itself unless the plan says so. It asks a person, once; whoever says to wait is asked again
//! when as much time has passed once more. Pure: how long a step ran and was silent is brought in. Enter at [`due`].

use std::time::Duration;

use jiff::Timestamp;

use super::duration;
use super::named::named;
use super::plan::Step;
use super::run::Attempt;

named! {
    /// What a step is over.
    Limit {
        /// The time that its plan allows it.
        Timeout = "timeout",
        /// The time that it may print nothing.
        Silence = "silence",
    }
}

/// What a plan allows a step.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Allowed {
    /// How long it may run.
    pub timeout: Option<Duration>,
    /// How long it may print nothing.
    pub silence: Option<Duration>,
}

impl Allowed {
    /// What the plan of a step says.
    pub fn by(step: &Step) -> Self {
        Self { timeout: step.timeout, silence: step.silence }
    }

    /// How much of a limit.
    pub fn of(self, limit: Limit) -> Option<Duration> {
        match limit {
            Limit::Timeout => self.timeout,
            Limit::Silence => self.silence,
        }
    }
}

/// A limit that an attempt was found to be over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Overdue {
    /// Which.
    pub limit: Limit,
    /// When that was found.
    pub at: Timestamp,
    /// How long it had run, or printed nothing, then.
    pub after: Duration,
    /// How long the plan allows.
    pub allowed: Duration,
    /// How long the step usually takes.
    pub usual: Option<Duration>,
    /// Its plan says that it is stopped then; nobody is asked.
    pub stops: bool,
    /// What came of the question.
    pub answer: Option<Waiting>,
}

/// Why nobody is asked any more, for now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Waiting {
    /// Since when.
    pub at: Timestamp,
    /// Who said so; `relco` where the step prints again.
    pub by: String,
}

impl Overdue {
    /// Whether a person is asked what to do.
    pub fn asks(&self) -> bool {
        self.answer.is_none() && !self.stops
    }

    /// What is wrong: `no output for 4:10, usually 0:35`.
    pub fn words(&self) -> String {
        words(self.limit, self.after, self.allowed, self.usual)
    }
}

/// What is wrong with a step that is over a limit.
pub fn words(limit: Limit, after: Duration, allowed: Duration, usual: Option<Duration>) -> String {
    let usual = usual.map(|usual| format!(", usually {}", duration::took(usual))).unwrap_or_default();
    match limit {
        Limit::Timeout => format!("runs longer than {}{usual}", duration::limit(allowed)),
        Limit::Silence => format!("no output for {}{usual}", duration::took(after)),
    }
}

/// The questions about an attempt that wait for a person.
pub fn questions(attempt: &Attempt) -> impl Iterator<Item = &Overdue> {
    attempt.overdue.iter().filter(|one| one.asks() && attempt.outcome.is_none())
}

/// The limits that an attempt is over now and that nobody was asked about yet, each with how long it ran or was silent.
///
/// Asked once; again when somebody said to wait and the allowed time has passed since then; and of a step that printed
/// again only when it is silent for twice as long as before, so that one that breathes slowly does not ask all the time.
pub fn due(
    allowed: Allowed,
    attempt: &Attempt,
    ran: Duration,
    quiet: Duration,
    now: Timestamp,
) -> Vec<(Limit, Duration)> {
    [(Limit::Timeout, ran), (Limit::Silence, quiet)]
        .into_iter()
        .filter_map(|(limit, measured)| {
            let allowed = allowed.of(limit).filter(|allowed| measured >= *allowed)?;
            let last = attempt.overdue.iter().rev().find(|one| one.limit == limit);
            let again = match last.map(|last| (last, &last.answer)) {
                None => true,
                Some((_, None)) => false,
                Some((last, Some(answer))) if answer.by == "relco" => measured >= last.after * 2,
                Some((_, Some(answer))) => duration::between(answer.at, now) >= allowed,
            };
            again.then_some((limit, measured))
        })
        .collect()
}

/// Whether an attempt that was silent prints again, so that nobody needs to answer any more.
pub fn prints_again(allowed: Allowed, attempt: &Attempt, quiet: Duration) -> bool {
    let asked = questions(attempt).any(|one| one.limit == Limit::Silence);
    asked && allowed.silence.is_none_or(|allowed| quiet < allowed)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::run::Act;

    const fn s(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(1_795_348_800 + second).unwrap()
    }

    const ALLOWED: Allowed = Allowed { timeout: Some(s(600)), silence: Some(s(120)) };

    fn attempt(overdue: Vec<Overdue>) -> Attempt {
        Attempt {
            id: "R1-migrate-1".into(),
            run: "R1".into(),
            slot: "migrate".into(),
            act: Act::Do,
            number: 1,
            argv: vec!["./migrate".into()],
            session: "s-1".into(),
            intended: at(0),
            started: None,
            ended: None,
            outcome: None,
            left_running: Vec::new(),
            log_lines: 0,
            stopped: None,
            checked: None,
            lost_bytes: None,
            resolved: None,
            overdue,
        }
    }

    fn found(limit: Limit, after: u64, answer: Option<(i64, &str)>) -> Overdue {
        let answer = answer.map(|(second, by)| Waiting { at: at(second), by: by.into() });
        Overdue { limit, at: at(0), after: s(after), allowed: s(1), usual: None, stops: false, answer }
    }

    #[test]
    fn it_is_asked_at_the_limit_and_once() {
        let fresh = attempt(Vec::new());
        assert_eq!(due(ALLOWED, &fresh, s(599), s(119), at(599)), []);
        assert_eq!(due(ALLOWED, &fresh, s(600), s(119), at(600)), [(Limit::Timeout, s(600))]);
        let both = [(Limit::Timeout, s(600)), (Limit::Silence, s(120))];
        assert_eq!(due(ALLOWED, &fresh, s(600), s(120), at(600)), both);
        let asked = attempt(vec![found(Limit::Timeout, 600, None), found(Limit::Silence, 120, None)]);
        assert_eq!(due(ALLOWED, &asked, s(9_000), s(9_000), at(9_000)), []);
        let none = Allowed::default();
        assert_eq!(due(none, &fresh, s(9_000), s(9_000), at(9_000)), []);
    }

    #[test]
    fn whoever_waits_is_asked_again_when_as_much_time_has_passed() {
        let waits = attempt(vec![found(Limit::Timeout, 600, Some((700, "ana@example.com")))]);
        assert_eq!(due(ALLOWED, &waits, s(1_299), s(0), at(1_299)), []);
        assert_eq!(due(ALLOWED, &waits, s(1_300), s(0), at(1_300)), [(Limit::Timeout, s(1_300))]);
    }

    #[test]
    fn what_printed_again_is_asked_about_when_it_is_silent_for_twice_as_long() {
        let silent = attempt(vec![found(Limit::Silence, 125, None)]);
        assert!(!prints_again(ALLOWED, &silent, s(126)) && prints_again(ALLOWED, &silent, s(0)));
        let breathes = attempt(vec![found(Limit::Silence, 125, Some((200, "relco")))]);
        assert!(!prints_again(ALLOWED, &breathes, s(0)), "it is said once");
        assert_eq!(due(ALLOWED, &breathes, s(500), s(249), at(500)), []);
        assert_eq!(due(ALLOWED, &breathes, s(500), s(250), at(500)), [(Limit::Silence, s(250))]);
    }

    #[test]
    fn a_question_waits_for_a_person_while_the_step_runs_and_its_plan_does_not_stop_it() {
        let mut asked = attempt(vec![found(Limit::Timeout, 600, None)]);
        assert_eq!(questions(&asked).count(), 1);
        asked.outcome = Some(crate::domain::run::AttemptOutcome::Exited(0));
        assert_eq!(questions(&asked).count(), 0);
        let stopped = attempt(vec![Overdue { stops: true, ..found(Limit::Timeout, 600, None) }]);
        assert_eq!(questions(&stopped).count(), 0);
        let waits = attempt(vec![found(Limit::Timeout, 600, Some((700, "ana@example.com")))]);
        assert_eq!(questions(&waits).count(), 0);
    }

    #[test]
    fn the_words_are_a_captains() {
        assert_eq!(words(Limit::Silence, s(250), s(120), Some(s(35))), "no output for 4:10, usually 0:35");
        assert_eq!(words(Limit::Timeout, s(601), s(600), Some(s(35))), "runs longer than 10 min, usually 0:35");
        assert_eq!(words(Limit::Timeout, s(601), s(600), None), "runs longer than 10 min");
    }
}
