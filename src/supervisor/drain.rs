//! How long output is waited for once the step itself has ended. Pure: it is told the time.
//!
//! A process that the step left behind may hold its output open for ever, so the end is recorded after the end of
//! file, after some quiet, or after a limit, whichever comes first. Reading into the log goes on all the same.

use super::spec::DrainLimits;

/// The wait for the last output. Times are milliseconds of one clock that only goes forward.
#[derive(Clone, Copy, Debug)]
pub(super) struct Drain {
    limits: DrainLimits,
    ended_at_ms: u64,
    last_output_ms: u64,
}

impl Drain {
    /// The step ended at this time.
    pub(super) fn new(limits: DrainLimits, now_ms: u64) -> Drain {
        Drain { limits, ended_at_ms: now_ms, last_output_ms: now_ms }
    }

    /// When the step ended.
    pub(super) fn ended_at_ms(self) -> u64 {
        self.ended_at_ms
    }

    /// Output came.
    pub(super) fn saw_output(&mut self, now_ms: u64) {
        self.last_output_ms = now_ms;
    }

    /// When the wait ends if nothing more comes.
    pub(super) fn deadline_ms(self) -> u64 {
        let quiet = self.last_output_ms.saturating_add(self.limits.quiet_ms);
        quiet.min(self.ended_at_ms.saturating_add(self.limits.limit_ms))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quiet_ends_the_wait_and_output_prolongs_it_up_to_the_limit() {
        let mut drain = Drain::new(DrainLimits::default(), 1000);
        assert_eq!(drain.deadline_ms(), 3000);
        drain.saw_output(2900);
        assert_eq!(drain.deadline_ms(), 4900);
        drain.saw_output(10_500);
        assert_eq!(drain.deadline_ms(), 11_000);
    }
}
