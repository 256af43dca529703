//! The stop ladder: ask, wait for the grace to pass, kill. Pure: it is told the time and says what is due.

/// How long the killed may take to vanish before they are listed as left running, in milliseconds.
const VANISH_MS: u64 = 2000;

/// Where a stop stands. Times are milliseconds of one clock that only goes forward.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ladder {
    /// Nobody asked for a stop.
    Idle,
    /// The group was asked to end and is killed at this time.
    Asked { kill_at_ms: u64 },
    /// The group was killed at this time.
    Killed { at_ms: u64 },
}

impl Ladder {
    /// The group was asked to end. A second request does not buy it more time.
    pub(super) fn ask(&mut self, now_ms: u64, grace_ms: u64) {
        if *self == Ladder::Idle {
            *self = Ladder::Asked { kill_at_ms: now_ms.saturating_add(grace_ms) };
        }
    }

    /// The group was killed.
    pub(super) fn kill(&mut self, now_ms: u64) {
        if !matches!(self, Ladder::Killed { .. }) {
            *self = Ladder::Killed { at_ms: now_ms };
        }
    }

    /// Whether a stop is under way.
    pub(super) fn is_active(self) -> bool {
        self != Ladder::Idle
    }

    /// Whether the grace has passed and the group must be killed now.
    pub(super) fn kill_is_due(self, now_ms: u64) -> bool {
        matches!(self, Ladder::Asked { kill_at_ms } if now_ms >= kill_at_ms)
    }

    /// Whether all was done that can be: what is still there is left running.
    pub(super) fn is_exhausted(self, now_ms: u64) -> bool {
        matches!(self, Ladder::Killed { at_ms } if now_ms >= at_ms.saturating_add(VANISH_MS))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn asks_then_kills_then_gives_up() {
        let mut ladder = Ladder::Idle;
        assert!(!ladder.is_active() && !ladder.kill_is_due(u64::MAX));
        ladder.ask(100, 50);
        ladder.ask(149, 50);
        assert!(ladder.is_active() && !ladder.kill_is_due(149) && ladder.kill_is_due(150));
        assert!(!ladder.is_exhausted(u64::MAX));
        ladder.kill(150);
        ladder.kill(1000);
        ladder.ask(1001, 50);
        assert!(!ladder.kill_is_due(u64::MAX) && !ladder.is_exhausted(2149) && ladder.is_exhausted(2150));
    }

    #[test]
    fn an_endless_grace_does_not_overflow() {
        let mut ladder = Ladder::Idle;
        ladder.ask(100, u64::MAX);
        assert!(!ladder.kill_is_due(1_000_000));
    }
}
