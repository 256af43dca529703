//! Recorded probes, one line each, judged as if they came in now: `relco trigger replay`.
//!
//! The form is CSV with a head line: `t_s,latency_ms,ok,control_ok,deployed`. `ok` and `control_ok` are 1 or 0, or
//! empty where nothing was asked; `deployed` turns 1 at the deployment and stays so. Enter at [`parse`] and [`replay`].

use super::baseline::Baseline;
use super::judge::Judge;
use super::rule::Rule;
use super::{Health, Judgement, Reading, Verdict};

/// The columns, in the order in which relco writes them.
pub const COLUMNS: [&str; 5] = ["t_s", "latency_ms", "ok", "control_ok", "deployed"];

/// One recorded probe.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Row {
    /// When, in seconds from the recording's own zero.
    pub t_s: f64,
    /// What was measured.
    pub reading: Reading,
    /// Whether the new version was out.
    pub deployed: bool,
}

/// Why a recording cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {what}")]
pub struct RecordingError {
    /// Counted from 1, the head line included.
    pub line: usize,
    /// What is wrong with it.
    pub what: String,
}

/// What the rule says of a recording.
#[derive(Debug, Clone, PartialEq)]
pub struct Replayed {
    /// Median of the good probes before the deployment.
    pub usual: Option<f64>,
    /// Every verdict with its time; nothing follows "roll back".
    pub verdicts: Vec<(f64, Judgement)>,
    /// When rollback was proposed.
    pub fired_at_s: Option<f64>,
    /// The last verdict; "cannot judge" where there was none.
    pub last: Verdict,
}

/// Reads a recording. Columns may stand in any order; `control_ok` may be missing.
///
/// # Errors
/// The first line that is not understood, and why.
pub fn parse(text: &str) -> Result<Vec<Row>, RecordingError> {
    let text = text.trim_start_matches('\u{feff}');
    let mut lines = text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty());
    let at = |line: usize, what: String| RecordingError { line: line + 1, what };
    let Some((first, head)) = lines.next() else {
        return Err(at(0, format!("the recording is empty; it begins with {}", COLUMNS.join(","))));
    };
    let head: Vec<&str> = head.split(',').map(str::trim).collect();
    let place = |name: &str| head.iter().position(|column| *column == name);
    let needed = |name: &str| place(name).ok_or_else(|| at(first, format!("there is no column {name}")));
    let (t, latency, ok, deployed) = (needed("t_s")?, needed("latency_ms")?, needed("ok")?, needed("deployed")?);
    let control = place("control_ok");
    let mut rows: Vec<Row> = Vec::new();
    for (number, line) in lines {
        let cells: Vec<&str> = line.split(',').map(str::trim).collect();
        let cell = |column: usize| cells.get(column).copied().unwrap_or_default();
        let refuse = |what: String| at(number, what);
        let t_s = figure(cell(t), "t_s").map_err(refuse)?;
        let t_s = t_s.ok_or_else(|| at(number, "t_s is empty".to_owned()))?;
        let health = match flag(cell(ok), "ok").map_err(refuse)? {
            Some(true) => Health::Well,
            Some(false) => Health::Bad,
            None => Health::Unknown,
        };
        let value = figure(cell(latency), "latency_ms").map_err(refuse)?.filter(|_| health == Health::Well);
        if health == Health::Well && value.is_none() {
            return Err(at(number, "latency_ms is empty although ok is 1".to_owned()));
        }
        let control = control.map(|column| flag(cell(column), "control_ok")).transpose().map_err(refuse)?.flatten();
        let deployed = flag(cell(deployed), "deployed").map_err(refuse)?.unwrap_or(false);
        if !deployed && rows.last().is_some_and(|row| row.deployed) {
            return Err(at(number, "deployed goes back to 0: one recording holds one deployment".to_owned()));
        }
        rows.push(Row { t_s, reading: Reading { value, health, control }, deployed });
    }
    Ok(rows)
}

fn figure(cell: &str, name: &str) -> Result<Option<f64>, String> {
    if cell.is_empty() {
        return Ok(None);
    }
    match cell.parse::<f64>() {
        Ok(number) if number.is_finite() => Ok(Some(number)),
        _ => Err(format!("{name} is not a number: {cell:?}")),
    }
}

fn flag(cell: &str, name: &str) -> Result<Option<bool>, String> {
    match cell {
        "" => Ok(None),
        "1" | "true" => Ok(Some(true)),
        "0" | "false" => Ok(Some(false)),
        _ => Err(format!("{name} is neither 1 nor 0: {cell:?}")),
    }
}

/// Writes a recording, as [`parse`] reads it.
pub fn write(rows: &[Row]) -> String {
    let mut text = COLUMNS.join(",");
    text.push('\n');
    for row in rows {
        let flag = |known: Option<bool>| known.map_or("", |yes| if yes { "1" } else { "0" });
        let ok = match row.reading.health {
            Health::Well => Some(true),
            Health::Bad => Some(false),
            Health::Unknown => None,
        };
        let value = row.reading.value.map(|value| format!("{value}")).unwrap_or_default();
        let (t_s, control) = (row.t_s, flag(row.reading.control));
        text.push_str(&format!("{t_s},{value},{},{control},{}\n", flag(ok), flag(Some(row.deployed))));
    }
    text
}

/// Judges a recording.
pub fn replay(rule: &Rule, rows: &[Row]) -> Replayed {
    let from = rows.iter().position(|row| row.deployed).unwrap_or(rows.len());
    let (before, after) = rows.split_at(from);
    let baseline = Baseline::of(rule, before.iter().map(|row| row.reading));
    let mut judge = Judge::new(rule.clone(), baseline);
    let verdicts: Vec<(f64, Judgement)> =
        after.iter().filter_map(|row| Some((row.t_s, judge.feed(&row.reading)?))).collect();
    Replayed {
        usual: judge.baseline().usual,
        fired_at_s: verdicts.last().filter(|_| judge.fired()).map(|(t_s, _)| *t_s),
        last: verdicts.last().map_or(Verdict::CannotJudge, |(_, judged)| judged.verdict),
        verdicts,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEAD: &str = "t_s,latency_ms,ok,control_ok,deployed\n";

    fn told(text: &str) -> String {
        parse(text).unwrap_err().to_string()
    }

    #[test]
    fn what_is_written_is_read_again() {
        let text = format!("{HEAD}0,100.5,1,1,0\n1,,0,1,0\n2,,,0,1\n3.5,99,1,,1\n");
        let rows = parse(&text).unwrap();
        assert_eq!(rows.len(), 4);
        assert_eq!(write(&rows), text);
        assert_eq!(rows[2].reading, Reading { value: None, health: Health::Unknown, control: Some(false) });
    }

    #[test]
    fn columns_are_found_by_name() {
        let rows = parse("deployed,ok,t_s,latency_ms\r\n0,1,7,80\r\n").unwrap();
        let reading = Reading { value: Some(80.0), health: Health::Well, control: None };
        assert_eq!(rows, [Row { t_s: 7.0, reading, deployed: false }]);
    }

    #[test]
    fn what_is_not_understood_is_named_with_its_line() {
        assert_eq!(told(""), "line 1: the recording is empty; it begins with t_s,latency_ms,ok,control_ok,deployed");
        assert_eq!(told("t_s,ok,deployed\n"), "line 1: there is no column latency_ms");
        assert_eq!(told(&format!("{HEAD}0,100,1,1,0\n1,fast,1,1,0\n")), "line 3: latency_ms is not a number: \"fast\"");
        assert_eq!(told(&format!("{HEAD}0,NaN,1,1,0\n")), "line 2: latency_ms is not a number: \"NaN\"");
        assert_eq!(told(&format!("{HEAD}0,100,yes,1,0\n")), "line 2: ok is neither 1 nor 0: \"yes\"");
        assert_eq!(told(&format!("{HEAD}0,,1,1,0\n")), "line 2: latency_ms is empty although ok is 1");
        let back = "line 3: deployed goes back to 0: one recording holds one deployment";
        assert_eq!(told(&format!("{HEAD}0,100,1,1,1\n1,100,1,1,0\n")), back);
    }

    #[test]
    fn a_recording_without_a_deployment_cannot_be_judged() {
        let rows = parse(&format!("{HEAD}0,100,1,1,0\n")).unwrap();
        let replayed = replay(&Rule::default(), &rows);
        assert_eq!((replayed.last, replayed.fired_at_s, replayed.usual), (Verdict::CannotJudge, None, Some(100.0)));
    }
}
