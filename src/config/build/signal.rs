//! Probes and triggers: what is asked, how often, and how its answers are judged.
//!
//! Enter at [`probe`] and [`trigger`]. Names and numbers are checked here; what they mean is `domain::trigger`'s.

use std::time::Duration;

use super::super::error::{Fault, plain};
use super::super::file::{Artifact, File, Probe, Trigger, TriggerRule};
use super::super::read::Findings;
use super::{Names, check, command, duration, report, required};
use crate::domain::plan::{self, ProbeSource};
use crate::domain::trigger::rule::{Rule, Threshold};

/// Time between two questions of a probe that says nothing else.
const PROBE_INTERVAL: Duration = Duration::from_secs(1);
/// How long one question may take when the probe says nothing else.
const PROBE_TIMEOUT: Duration = Duration::from_secs(5);
/// How many questions an item asks when the probe says nothing else; odd, so that one of them is the median.
const PROBE_SAMPLES: usize = 5;

pub(super) fn probe(probe: &Probe, findings: &mut Findings) -> Option<plan::Probe> {
    report("id", &probe.id, &probe.at, check::id(&probe.id), findings);
    let place = format!("[[probe]] {}", plain(&probe.id));
    let source = match (&probe.url, &probe.command) {
        (Some(url), None) => {
            report("url", url, &probe.at, check::url(url), findings);
            ProbeSource::Http(url.clone())
        }
        (None, Some(written)) => ProbeSource::Command(command(written, probe.shell, "command", &probe.at, findings)?),
        (Some(_), Some(_)) => {
            let why = "`url` and `command` cannot both be asked; name one".to_owned();
            findings.report(&probe.at, Fault::Contradiction { place, why });
            return None;
        }
        (None, None) => {
            findings.report(&probe.at, Fault::Missing { key: "url", place, why: " or \"command\"" });
            return None;
        }
    };
    let contradicts = |why: &str| Fault::Contradiction { place: place.clone(), why: why.to_owned() };
    let asks_address = matches!(source, ProbeSource::Http(_));
    let of_address =
        !probe.status.is_empty() || probe.body.is_some() || probe.ca_file.is_some() || probe.reuse.is_some();
    if of_address && !asks_address {
        findings.report(&probe.at, contradicts("`status`, `body`, `ca_file` and `reuse` are for a `url`"));
    }
    if probe.number == Some(true) && asks_address {
        findings.report(&probe.at, contradicts("`number` is for a `command`"));
    }
    if probe.unit.is_some() && probe.number != Some(true) {
        findings.report(&probe.at, contradicts("`unit` needs `number = true`"));
    }
    if let Some(unit) = &probe.unit {
        report("unit", unit, &probe.at, check::line(unit), findings);
    }
    if let Some(path) = &probe.ca_file {
        report("ca_file", path, &probe.at, check::inside_or_absolute(path), findings);
    }
    Some(plan::Probe {
        id: probe.id.as_str().into(),
        source,
        interval: duration(probe.interval.as_ref()).unwrap_or(PROBE_INTERVAL),
        timeout: duration(probe.timeout.as_ref()).unwrap_or(PROBE_TIMEOUT),
        samples: probe.samples.unwrap_or(PROBE_SAMPLES),
        status: probe.status.clone(),
        body: probe.body.clone(),
        ca_file: probe.ca_file.clone(),
        reuse: probe.reuse.unwrap_or(false),
        number: probe.number.unwrap_or(false),
        unit: probe.unit.clone(),
    })
}

/// How long looking for an artifact may take when it says nothing else: registries are slow.
const ARTIFACT_TIMEOUT: Duration = Duration::from_secs(30);

pub(super) fn artifact(artifact: &Artifact, findings: &mut Findings) -> Option<plan::Artifact> {
    report("id", &artifact.id, &artifact.at, check::id(&artifact.id), findings);
    if let Some(title) = &artifact.title {
        report("title", title, &artifact.at, check::line(title), findings);
    }
    let source = match (&artifact.url, &artifact.command) {
        (Some(url), None) => {
            report("url", url, &artifact.at, check::url(url), findings);
            ProbeSource::Http(url.clone())
        }
        (None, Some(written)) => {
            ProbeSource::Command(command(written, artifact.shell, "command", &artifact.at, findings)?)
        }
        (url, _) => {
            let place = format!("[[artifact]] {}", plain(&artifact.id));
            findings.report(
                &artifact.at,
                match url {
                    Some(_) => {
                        let why = "`url` and `command` cannot both be asked; name one".to_owned();
                        Fault::Contradiction { place, why }
                    }
                    None => Fault::Missing { key: "url", place, why: " or \"command\"" },
                },
            );
            return None;
        }
    };
    let probe = plan::Probe {
        id: artifact.id.as_str().into(),
        source,
        interval: PROBE_INTERVAL,
        timeout: duration(artifact.timeout.as_ref()).unwrap_or(ARTIFACT_TIMEOUT),
        samples: 1,
        status: Vec::new(),
        body: None,
        ca_file: None,
        reuse: false,
        number: false,
        unit: None,
    };
    Some(plan::Artifact { title: artifact.title.clone().unwrap_or_else(|| artifact.id.clone()), probe })
}

pub(super) fn trigger(trigger: &Trigger, file: &File, names: &Names<'_>, findings: &mut Findings) -> plan::Trigger {
    let at = &trigger.at;
    report("id", &trigger.id, at, check::id(&trigger.id), findings);
    let place = || format!("[[trigger]] {}", plain(&trigger.id));
    for (key, named) in [("probe", &trigger.probe), ("control", &trigger.control)] {
        if let Some(probe) = named.as_deref().filter(|probe| !names.probes.contains(probe)) {
            let fault = Fault::unknown_name("probe", probe, names.probes.iter().copied());
            findings.report_key(at, key, fault);
        }
    }
    let steps = || {
        let of_list = names.items.iter().filter(|item| item.list.as_deref() == Some("deployment"));
        of_list.map(|item| item.id.as_str()).collect::<Vec<_>>()
    };
    if let Some(after) = trigger.after.as_deref().filter(|after| !steps().contains(after)) {
        findings.report_key(at, "after", Fault::unknown_name("deployment step", after, steps()));
    }
    if let Some(ratio) = trigger.ratio {
        report("ratio", &ratio.to_string(), at, check::ratio(ratio), findings);
    }
    if let Some(above) = trigger.above.filter(|above| !above.is_finite()) {
        report("above", &above.to_string(), at, Err("is not a number that anything could be above"), findings);
    }
    let mut contradicts = |why: &str| {
        findings.report(at, Fault::Contradiction { place: place(), why: why.to_owned() });
    };
    if trigger.above.is_some() && trigger.ratio.is_some() {
        contradicts("`ratio` and `above` cannot both hold; name one");
    }
    if trigger.control.is_some() && trigger.control == trigger.probe {
        contradicts("`control` is the probe itself; it must ask something that is not deployed");
    }
    if trigger.auto == Some(true) && trigger.dry_run == Some(true) {
        contradicts("`auto` and `dry_run` cannot both hold; name one");
    }
    let measured = file.probe.iter().find(|probe| Some(&probe.id) == trigger.probe.as_ref());
    let mut rule = rule(trigger, &place(), findings);
    rule.threshold = match (trigger.ratio, trigger.above) {
        (Some(ratio), _) => Threshold::Ratio(ratio),
        (None, Some(above)) => Threshold::Above(above),
        (None, None) => Threshold::Failing,
    };
    if let Some(probe) = measured.filter(|probe| probe.number == Some(true)) {
        rule.unit = probe.unit.clone().unwrap_or_default();
    }
    plan::Trigger {
        id: trigger.id.as_str().into(),
        title: required("title", trigger.title.as_deref(), at, place, findings),
        probe: trigger.probe.as_deref().map(Into::into),
        control: trigger.control.as_deref().map(Into::into),
        after: trigger.after.as_deref().map(Into::into),
        auto: trigger.auto.unwrap_or(false),
        dry_run: trigger.dry_run.unwrap_or(false),
        rule,
    }
}

fn rule(trigger: &Trigger, place: &str, findings: &mut Findings) -> Rule {
    let Some(written) = &trigger.rule else { return Rule::default() };
    let at = &format!("{}.rule", trigger.at);
    report_shares(written, at, findings);
    let usual = Rule::default();
    let rule = Rule {
        threshold: usual.threshold,
        baseline: written.baseline.unwrap_or(usual.baseline),
        least: written.baseline_least.unwrap_or(usual.least),
        skip: written.skip.unwrap_or(usual.skip),
        block: written.block.unwrap_or(usual.block),
        slow_share: written.slow_share.unwrap_or(usual.slow_share),
        usual_least: written.usual_least.unwrap_or(usual.usual_least),
        usual_most: written.usual_most.unwrap_or(usual.usual_most),
        false_alarm: written.false_alarm.unwrap_or(usual.false_alarm),
        miss: written.miss.unwrap_or(usual.miss),
        down: written.down.unwrap_or(usual.down),
        most: written.most.unwrap_or(usual.most),
        noise: written.noise.unwrap_or(usual.noise),
        waves: written.waves.unwrap_or(usual.waves),
        quiet: written.quiet.unwrap_or(usual.quiet),
        unit: usual.unit,
    };
    let mut contradicts = |why: &str| {
        findings.report(at, Fault::Contradiction { place: place.to_owned(), why: why.to_owned() });
    };
    if rule.least > rule.baseline {
        contradicts("`baseline_least` is more than `baseline`");
    }
    // Wald's test tells two shares apart: what is usual must be the smaller one.
    if !(rule.usual_least <= rule.usual_most && rule.usual_most < rule.slow_share) {
        contradicts("`usual_least`, `usual_most` and `slow_share` must rise in this order");
    }
    if rule.false_alarm + rule.miss >= 1.0 {
        contradicts("`false_alarm` and `miss` together leave nothing to be right about");
    }
    rule
}

fn report_shares(written: &TriggerRule, at: &str, findings: &mut Findings) {
    let shares = [
        ("slow_share", written.slow_share),
        ("usual_least", written.usual_least),
        ("usual_most", written.usual_most),
        ("false_alarm", written.false_alarm),
        ("miss", written.miss),
    ];
    for (key, value) in shares {
        if let Some(value) = value.filter(|value| !(*value > 0.0 && *value < 1.0)) {
            report(key, &value.to_string(), at, Err("is not a share; allowed: above 0 and below 1"), findings);
        }
    }
    for (key, value) in [("noise", written.noise), ("waves", written.waves), ("quiet", written.quiet)] {
        if let Some(value) = value.filter(|value| !(value.is_finite() && *value >= 0.0)) {
            report(key, &value.to_string(), at, Err("is not a share; allowed: 0 and above"), findings);
        }
    }
}
