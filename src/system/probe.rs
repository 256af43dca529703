//! Asks a service how it is: by HTTP, or by a command of the project.
//!
//! Enter at [`Prober::new`], [`Prober::ask`] and [`Prober::measure`]. A probe only reads. It tells well from bad from "says nothing";
//! what that means for a release is decided in the domain.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;
use std::thread;
use std::time::{Duration, Instant};

use super::bounded::{BoundedCommand, End, Finished, Survivors};
use super::http::{self, Asker, Asking};
use crate::domain::duration;
use crate::domain::plan::{CommandSpec, Probe, ProbeSource};
use crate::domain::text::fit;
use crate::domain::trigger::{Health, Sample};

/// Cells of a command's last line that stand in a reason.
const LINE_CELLS: usize = 120;

/// A probe with everything it needs to be asked.
#[derive(Debug, Clone)]
pub struct Prober {
    probe: Probe,
    source: Source,
    values: BTreeMap<String, String>,
    dir: PathBuf,
}

/// What is asked, made ready.
#[derive(Debug, Clone)]
enum Source {
    Http(Asker),
    Command(CommandSpec),
    /// It cannot be asked, and why.
    Wrong(String),
}

impl Prober {
    /// Readies a probe of the plan. `values` fill `${NAME}` in an address and are a command's variables; a command
    /// runs in `dir`.
    pub fn new(probe: &Probe, values: BTreeMap<String, String>, dir: PathBuf) -> Self {
        let source = match &probe.source {
            ProbeSource::Http(template) => {
                asker(probe, template, &values, &dir).map_or_else(Source::Wrong, Source::Http)
            }
            ProbeSource::Command(command) => Source::Command(command.clone()),
        };
        Self { probe: probe.clone(), source, values, dir }
    }

    /// Whether asking runs a command of the project.
    pub fn runs_a_command(&self) -> bool {
        matches!(self.source, Source::Command(_))
    }

    /// Asks once; takes at most the probe's timeout.
    pub fn ask(&self) -> Sample {
        self.ask_unless(&AtomicBool::new(false))
    }

    /// As [`Prober::ask`], and ends a command that is asked once `stop` is set.
    pub fn ask_unless(&self, stop: &AtomicBool) -> Sample {
        match &self.source {
            Source::Wrong(why) => unknown(why.clone()),
            Source::Http(asker) => self.ask_address(asker),
            Source::Command(command) => {
                let command = BoundedCommand {
                    argv: command.exec_argv(),
                    env: self.values.clone(),
                    dir: self.dir.clone(),
                    input: Vec::new(),
                    limit: self.probe.timeout,
                    survivors: Survivors::Kill,
                };
                self.heard(&command.run_unless(stop))
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

    fn ask_address(&self, asker: &Asker) -> Sample {
        let (answer, body) = match asker.ask() {
            Ok(answered) => answered,
            Err(http::HttpError::Address) => return unknown(http::HttpError::Address.to_string()),
            Err(error) => return bad(error.to_string()),
        };
        let status = answer.status;
        let expected = match self.probe.status.as_slice() {
            [] => (200..400).contains(&status),
            named => named.contains(&status),
        };
        if !expected {
            return bad(format!("answered {status}"));
        }
        if let Some(text) = &self.probe.body
            && memchr::memmem::find(&body, text.as_bytes()).is_none()
        {
            return bad(format!("answered {status} without \"{}\"", fit(text, LINE_CELLS)));
        }
        Sample { value: Some(in_ms(answer.took)), health: Health::Well, why: format!("answered {status}") }
    }

    fn heard(&self, finished: &Finished) -> Sample {
        let with_line = |what: String| match finished.last_line() {
            Some(line) => format!("{what}: {}", fit(&String::from_utf8_lossy(line), LINE_CELLS)),
            None => what,
        };
        match &finished.end {
            End::Exited(0) if self.probe.number => match finished.last_line().and_then(number) {
                Some(value) => Sample { value: Some(value), health: Health::Well, why: "exit 0".to_owned() },
                None => unknown(with_line("its last line is not a number".to_owned())),
            },
            End::Exited(0) => {
                Sample { value: Some(in_ms(finished.took)), health: Health::Well, why: with_line("exit 0".to_owned()) }
            }
            End::Exited(1) => bad(with_line("exit 1".to_owned())),
            End::Exited(code) => unknown(with_line(format!("exit {code}"))),
            End::Signalled(signal) => unknown(with_line(format!("ended by signal {signal}"))),
            End::OverTime => bad(format!("no answer within {}", duration::limit(self.probe.timeout))),
            End::Stopped => unknown("stopped".to_owned()),
            End::NotStarted(why) => unknown(why.clone()),
        }
    }
}

fn asker(probe: &Probe, template: &str, values: &BTreeMap<String, String>, dir: &Path) -> Result<Asker, String> {
    let address = http::fill(template, values).map_err(|name| format!("no value for ${{{name}}}"))?;
    let roots_pem = match &probe.ca_file {
        Some(file) => Some(std::fs::read(dir.join(file)).map_err(|error| format!("cannot read {file}: {error}"))?),
        None => None,
    };
    let asking = Asking { limit: probe.timeout, roots_pem, reuse: probe.reuse };
    Asker::new(&address, &asking).map_err(|error| error.to_string())
}

fn number(line: &[u8]) -> Option<f64> {
    std::str::from_utf8(line).ok()?.trim().parse().ok().filter(|number: &f64| number.is_finite())
}

fn bad(why: String) -> Sample {
    Sample { value: None, health: Health::Bad, why }
}

fn unknown(why: String) -> Sample {
    Sample { value: None, health: Health::Unknown, why }
}

fn in_ms(took: Duration) -> f64 {
    took.as_secs_f64() * 1_000.0
}

#[cfg(test)]
mod tls;

#[cfg(test)]
mod tests {
    use super::super::http::tests::{answer, keeping_server, refused, server, silent};
    use super::*;

    pub(super) fn plain(source: ProbeSource, timeout: Duration) -> Probe {
        Probe {
            id: "api".into(),
            source,
            interval: Duration::ZERO,
            timeout,
            samples: 9,
            status: Vec::new(),
            body: None,
            ca_file: None,
            reuse: false,
            number: false,
            unit: None,
        }
    }

    fn prober(source: ProbeSource, timeout: Duration) -> Prober {
        ready(&plain(source, timeout))
    }

    fn ready(probe: &Probe) -> Prober {
        let values = BTreeMap::from([("TARGET".to_owned(), "staging".to_owned())]);
        Prober::new(probe, values, std::env::temp_dir())
    }

    fn address(address: &str) -> Prober {
        prober(ProbeSource::Http(address.to_owned()), Duration::from_secs(60))
    }

    fn command(script: &str) -> Prober {
        let command = CommandSpec { argv: vec![script.to_owned()], shell: true };
        prober(ProbeSource::Command(command), Duration::from_secs(60))
    }

    fn told(sample: &Sample) -> (Health, &str, bool) {
        (sample.health, sample.why.as_str(), sample.value.is_some())
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
    fn statuses_and_body_are_what_the_project_expects() {
        let (base, served) = server([204, 200, 200].map(answer).to_vec());
        let mut probe = plain(ProbeSource::Http(base), Duration::from_secs(60));
        probe.status = vec![200];
        probe.body = Some("ok".to_owned());
        let well = ready(&probe);
        assert_eq!(told(&well.ask()), (Health::Bad, "answered 204", false));
        assert_eq!(told(&well.ask()), (Health::Well, "answered 200", true));
        probe.body = Some("ready".to_owned());
        assert_eq!(told(&ready(&probe).ask()), (Health::Bad, "answered 200 without \"ready\"", false));
        served.join().unwrap();
    }

    #[test]
    fn a_connection_is_kept_only_where_the_project_says_so() {
        for (reuse, connections) in [(true, 1), (false, 3)] {
            let (base, served) = keeping_server(3);
            let mut probe = plain(ProbeSource::Http(base), Duration::from_secs(60));
            probe.reuse = reuse;
            let prober = ready(&probe);
            assert!(prober.measure(3, Duration::ZERO).iter().all(|sample| sample.health == Health::Well));
            assert_eq!(served.join().unwrap(), connections, "reuse = {reuse}");
        }
    }

    #[test]
    fn a_command_may_measure_a_number() {
        let number = |script: &str| {
            let source = ProbeSource::Command(CommandSpec { argv: vec![script.to_owned()], shell: true });
            let sample = ready(&Probe { number: true, ..plain(source, Duration::from_secs(60)) }).ask();
            (sample.health, sample.value, sample.why)
        };
        assert_eq!(number("echo queue; echo ' 12.5 '"), (Health::Well, Some(12.5), "exit 0".to_owned()));
        let words = "its last line is not a number: many".to_owned();
        assert_eq!(number("echo many"), (Health::Unknown, None, words));
        assert_eq!(number("echo 3; exit 1").0, Health::Bad);
    }

    #[test]
    fn what_is_trusted_must_be_there() {
        let mut probe = plain(ProbeSource::Http("https://127.0.0.1:1/".to_owned()), Duration::from_secs(60));
        probe.ca_file = Some("/no/such.pem".to_owned());
        let sample = ready(&probe).ask();
        assert_eq!(sample.health, Health::Unknown);
        assert!(sample.why.starts_with("cannot read /no/such.pem: "), "{}", sample.why);
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
