//! `relco trigger replay`: judges recorded probes as if they came in now. Needs no project.

use std::io::Read;
use std::path::Path;

use serde_json::{Value, json};

use super::super::exit::{Ending, Exit, Failure};
use super::super::output::{Output, safe};
use crate::domain::trigger::recorded::{self, Replayed};
use crate::domain::trigger::rule::{Rule, Threshold};

/// Reads the recording, judges it and prints every verdict.
pub fn run(out: &Output, mut rule: Rule, file: &Path, ratio: Option<f64>) -> Ending {
    if let Some(ratio) = ratio {
        if !(ratio.is_finite() && ratio > 1.0) {
            return Err(Failure::usage(format!("--ratio {ratio} is not a multiple")).hint("a number above 1"));
        }
        rule.threshold = Threshold::Ratio(ratio);
    }
    let name = file.display().to_string();
    let text = read(file).map_err(|error| Failure::usage(format!("cannot read {}: {error}", safe(&name))))?;
    let rows = recorded::parse(&text).map_err(|error| {
        Failure::usage(format!("{}: {error}", safe(&name))).hint("the form stands in docs/triggers.md")
    })?;
    let replayed = recorded::replay(&rule, &rows);
    if out.json {
        out.document(&document(&replayed));
        return Ok(Exit::Done);
    }
    print(out, &rule, &replayed);
    Ok(Exit::Done)
}

fn read(file: &Path) -> std::io::Result<String> {
    if file == Path::new("-") {
        let mut text = String::new();
        std::io::stdin().read_to_string(&mut text)?;
        return Ok(text);
    }
    std::fs::read_to_string(file)
}

fn document(replayed: &Replayed) -> Value {
    let verdicts: Vec<Value> = replayed
        .verdicts
        .iter()
        .map(|(t_s, judged)| {
            json!({
                "t_s": seconds(*t_s),
                "verdict": judged.verdict.words(),
                "score": thousandths(judged.score),
                "why": judged.words,
            })
        })
        .collect();
    json!({
        "schema": 1,
        "baseline_ms": replayed.usual.map(thousandths),
        "verdicts": verdicts,
        "fired_at_s": replayed.fired_at_s.map(seconds),
        "final": replayed.last.words(),
    })
}

fn thousandths(value: f64) -> f64 {
    (value * 1_000.0).round() / 1_000.0
}

/// A time as it was written: whole seconds without a fraction.
fn seconds(t_s: f64) -> Value {
    if t_s.fract() == 0.0 && t_s.abs() < 1e15 { json!(t_s as i64) } else { json!(t_s) }
}

fn print(out: &Output, rule: &Rule, replayed: &Replayed) {
    match replayed.usual {
        Some(usual) => out.line(format!("usual before the deployment: {}", rule.value(usual))),
        None => out.line("nothing was measured before the deployment"),
    }
    if replayed.verdicts.is_empty() {
        out.line("no verdict: the recording ends before there could be one");
    }
    for (t_s, judged) in &replayed.verdicts {
        out.line(format!("{:>8} s  {:<12}  {}", seconds(*t_s).to_string(), judged.verdict.words(), judged.words));
    }
    out.line(format!("final: {}", replayed.last.words()));
}
