//! Asks a service how it is: by HTTP, or by a command of the project.
//!
//! Enter at [`Prober::new`] and [`Prober::measure`]. A probe only reads. It tells well from bad from "says nothing";
//! what that means for a release is decided in the domain.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::thread;
use std::time::{Duration, Instant};

use super::bounded::{BoundedCommand, End, Finished, Survivors};
use super::http;
use crate::domain::duration;
use crate::domain::plan::{Probe, ProbeSource};
use crate::domain::text::fit;
use crate::domain::trigger::{Health, Sample};

/// Cells of a command's last line that stand in a reason.
const LINE_CELLS: usize = 120;

/// A probe with everything it needs to be asked.
#[derive(Debug, Clone)]
pub struct Prober {
    source: ProbeSource,
    values: BTreeMap<String, String>,
    dir: PathBuf,
    timeout: Duration,
}

impl Prober {
    /// Readies a probe of the plan. `values` fill `${NAME}` in an address and are a command's variables; a command
    /// runs in `dir`.
    pub fn new(probe: &Probe, values: BTreeMap<String, String>, dir: PathBuf) -> Self {
        Self { source: probe.source.clone(), values, dir, timeout: probe.timeout }
    }

    /// Asks once; takes at most the probe's timeout.
    pub fn ask(&self) -> Sample {
        match &self.source {
            ProbeSource::Http(template) => self.ask_address(template),
            ProbeSource::Command(command) => {
                let command = BoundedCommand {
                    argv: command.exec_argv(),
                    env: self.values.clone(),
                    dir: self.dir.clone(),
                    input: Vec::new(),
                    limit: self.timeout,
                    survivors: Survivors::Kill,
                };
                self.heard(&command.run())
            }
        }
    }

    /// Asks `count` times, `interval` from the start of one question to the start of the next.
    pub fn measure(&self, count: usize, interval: Duration) -> Vec<Sample> {
        self.measure_while(count, interval, |pause| {
            thread::sleep(pause);
            true
        })
    }

    /// As [`Prober::measure`], with the waiting between two questions left to `wait`; when it gives `false` no more
    /// questions are asked.
    pub fn measure_while(
        &self,
        count: usize,
        interval: Duration,
        mut wait: impl FnMut(Duration) -> bool,
    ) -> Vec<Sample> {
        let mut samples = Vec::with_capacity(count);
        while samples.len() < count {
            let asked = Instant::now();
            samples.push(self.ask());
            if samples.len() < count && !wait(interval.saturating_sub(asked.elapsed())) {
                break;
            }
        }
        samples
    }

    fn ask_address(&self, template: &str) -> Sample {
        let address = match http::fill(template, &self.values) {
            Ok(address) => address,
            Err(name) => return unknown(format!("no value for ${{{name}}}")),
        };
        match http::get(&address, self.timeout) {
            Ok(answer) if (200..400).contains(&answer.status) => Sample {
                latency_ms: Some(in_ms(answer.took)),
                health: Health::Well,
                why: format!("answered {}", answer.status),
            },
            Ok(answer) => bad(format!("answered {}", answer.status)),
            Err(http::HttpError::Address) => unknown(http::HttpError::Address.to_string()),
            Err(error) => bad(error.to_string()),
        }
    }

    fn heard(&self, finished: &Finished) -> Sample {
        let with_line = |what: String| match finished.last_line() {
            Some(line) => format!("{what}: {}", fit(&String::from_utf8_lossy(line), LINE_CELLS)),
            None => what,
        };
        match &finished.end {
            End::Exited(0) => Sample {
                latency_ms: Some(in_ms(finished.took)),
                health: Health::Well,
                why: with_line("exit 0".to_owned()),
            },
            End::Exited(1) => bad(with_line("exit 1".to_owned())),
            End::Exited(code) => unknown(with_line(format!("exit {code}"))),
            End::Signalled(signal) => unknown(with_line(format!("ended by signal {signal}"))),
            End::OverTime => bad(format!("no answer within {}", duration::limit(self.timeout))),
            End::NotStarted(why) => unknown(why.clone()),
        }
    }
}

fn bad(why: String) -> Sample {
    Sample { latency_ms: None, health: Health::Bad, why }
}

fn unknown(why: String) -> Sample {
    Sample { latency_ms: None, health: Health::Unknown, why }
}

fn in_ms(took: Duration) -> f64 {
    took.as_secs_f64() * 1_000.0
}

#[cfg(test)]
mod tests {
    use super::super::http::tests::{answer, refused, server, silent};
    use super::*;
    use crate::domain::plan::CommandSpec;

    fn prober(source: ProbeSource, timeout: Duration) -> Prober {
        let probe = Probe { id: "api".into(), source, interval: Duration::ZERO, timeout, samples: 9 };
        let values = BTreeMap::from([("TARGET".to_owned(), "staging".to_owned())]);
        Prober::new(&probe, values, std::env::temp_dir())
    }

    fn address(address: &str) -> Prober {
        prober(ProbeSource::Http(address.to_owned()), Duration::from_secs(60))
    }

    fn command(script: &str) -> Prober {
        let command = CommandSpec { argv: vec![script.to_owned()], shell: true };
        prober(ProbeSource::Command(command), Duration::from_secs(60))
    }

    fn told(sample: &Sample) -> (Health, &str, bool) {
        (sample.health, sample.why.as_str(), sample.latency_ms.is_some())
    }

    #[test]
    fn the_status_decides() {
        let (base, served) = server([200, 201, 404, 503].map(answer).to_vec());
        let samples = address(&format!("{base}/${{TARGET}}")).measure(4, Duration::ZERO);
        let told: Vec<_> = samples.iter().map(told).collect();
        assert_eq!(
            told,
            [
                (Health::Well, "answered 200", true),
                (Health::Well, "answered 201", true),
                (Health::Bad, "answered 404", false),
                (Health::Bad, "answered 503", false)
            ]
        );
        assert!(served.join().unwrap()[0].starts_with("GET /staging "));
    }

    #[test]
    fn silence_and_refusal_are_bad() {
        let (base, listener) = silent();
        let quick = prober(ProbeSource::Http(base), Duration::from_millis(100));
        assert_eq!(told(&quick.ask()), (Health::Bad, "no answer within 100 ms", false));
        drop(listener);
        assert_eq!(told(&address(&refused()).ask()), (Health::Bad, "connection refused", false));
    }

    #[test]
    fn a_probe_that_is_wrong_itself_says_nothing_about_the_service() {
        let sample = address("http://127.0.0.1:${PORT}/").ask();
        assert_eq!(told(&sample), (Health::Unknown, "no value for ${PORT}", false));
        assert_eq!(address("harbor").ask().health, Health::Unknown);
        let missing = CommandSpec { argv: vec!["./no-such-probe".to_owned()], shell: false };
        let sample = prober(ProbeSource::Command(missing), Duration::from_secs(60)).ask();
        assert_eq!(told(&sample), (Health::Unknown, "./no-such-probe was not found", false));
    }

    #[test]
    fn a_command_says_well_bad_or_nothing() {
        for (script, expected) in [
            ("echo $TARGET is up", (Health::Well, "exit 0: staging is up", true)),
            ("echo down >&2; exit 1", (Health::Bad, "exit 1: down", false)),
            ("exit 2", (Health::Unknown, "exit 2", false)),
            ("kill -KILL $$", (Health::Unknown, "ended by signal 9", false)),
            ("printf '\\033[2J\\n'; exit 1", (Health::Bad, "exit 1: ␛[2J", false)),
        ] {
            assert_eq!(told(&command(script).ask()), expected, "{script}");
        }
    }

    #[test]
    fn a_command_that_hangs_is_bad() {
        let hanging = CommandSpec { argv: vec!["sleep".to_owned(), "600".to_owned()], shell: false };
        let sample = prober(ProbeSource::Command(hanging), Duration::from_millis(100)).ask();
        assert_eq!(told(&sample), (Health::Bad, "no answer within 100 ms", false));
    }

    #[test]
    fn measuring_waits_between_questions_only_and_can_be_ended() {
        let interval = Duration::from_secs(3_600);
        let mut waits = Vec::new();
        let samples = command("true").measure_while(3, interval, |pause| {
            waits.push(pause);
            true
        });
        assert_eq!((samples.len(), waits.len()), (3, 2));
        assert!(waits.iter().all(|pause| *pause <= interval));
        assert_eq!(command("true").measure_while(9, interval, |_| false).len(), 1);
        assert_eq!(command("true").measure(0, interval), []);
    }
}
