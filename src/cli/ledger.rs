//! `relco changes`: every change of a range against the changelog, which needs no release and no configuration; and
//! what settles them.

use serde::Serialize;
use serde_json::json;

use super::Context;
use super::args::ChangesCommand;
use super::exit::{Ending, Exit, Failure};
use super::output::safe;
use crate::domain::command::Command as Act;
use crate::domain::item::ItemState;
use crate::domain::ledger::{BadRule, Change, Exclusion, Habit, Ledger, Rule, SectionState, Verdict};
use crate::domain::plan::quote_word;
use crate::domain::refusal::Refusal;
use crate::domain::text::fit;
use crate::session::{Acted, Changes, EntryAsked, LedgerAsked};

/// How much of a title is shown: one may be a megabyte long.
const TITLE_CELLS: usize = 200;
/// How many characters of a commit's id are shown.
const SHORT: usize = 7;

/// Prints the ledger; done when nothing is missing and all could be judged.
pub fn run(context: &mut Context, asked: &LedgerAsked) -> Ending {
    let exit = |ledger: &Ledger| if ledger.is_complete() { Exit::Done } else { Exit::Refused };
    let ledger = if context.out.json {
        let ledger = context.session.ledger(asked)?;
        context.out.document(&document(&ledger));
        ledger
    } else {
        let changes = context.session.changes(asked)?;
        print(context, &changes);
        changes.ledger
    };
    let exit = exit(&ledger);
    ledger.notes.iter().for_each(|note| context.out.warn(note));
    if ledger.cut_off && context.session.snapshot().observed.shallow {
        context.out.warn("history is cut off: changes may be missing from this list");
        context.out.hint("git fetch --unshallow --tags");
    }
    Ok(exit)
}

/// Settles changes: a line in the changelog, or a word that none is wanted.
pub fn settle(context: &mut Context, act: ChangesCommand) -> Ending {
    match act {
        ChangesCommand::Add { changes, text, kind, into } => {
            if text.is_some() && changes.len() != 1 {
                return Err(Failure::usage("--text says the words of one change"));
            }
            let asked = EntryAsked { words: text.as_deref(), kind: kind.as_deref(), into: into.as_deref() };
            let added = context.session.add_entries(&changes, &asked)?;
            context.done(&added.lines.join("\n"));
            added.left.iter().for_each(|left| context.out.warn(left));
            if let Some(next) = added.next() {
                context.out.hint(&next);
            }
            Ok(Exit::Done)
        }
        ChangesCommand::Exclude { rules, reason } => {
            let rules = rules.iter().map(|text| rule(text)).collect::<Result<Vec<Rule>, Failure>>()?;
            exclude(context, rules, reason.as_deref())
        }
        ChangesCommand::Include { rule: text } => {
            let rule = rule(&text)?;
            let said = format!("an entry is wanted again: {rule}");
            context.act(&Act::IncludeChange { rule }, &said)
        }
        ChangesCommand::Alike { change } => alike(context, &change),
        ChangesCommand::Rules => rules(context),
    }
}

fn rule(text: &str) -> Result<Rule, Failure> {
    text.parse().map_err(|error: BadRule| Failure::usage(error.to_string()))
}

/// All of them or none: what one refuses, nobody records.
fn exclude(context: &mut Context, rules: Vec<Rule>, reason: Option<&str>) -> Ending {
    let reason = reason.map(str::to_owned);
    let acts: Vec<Act> =
        rules.iter().map(|rule| Act::ExcludeChange { rule: rule.clone(), reason: reason.clone() }).collect();
    for act in &acts {
        context.session.dry_run(act)?;
    }
    let mut recorded = Vec::new();
    for act in &acts {
        recorded.extend(context.session.act(act)?.recorded);
    }
    let words: Vec<String> = rules.iter().map(ToString::to_string).collect();
    let acted = Acted { warnings: Vec::new(), recorded };
    context.said(&acted, &format!("no entry wanted: {}", words.join("; ")));
    if let Some(rule) = rules.iter().find(|rule| !matches!(rule, Rule::Change(_))) {
        context.out.hint(&format!("for everybody, in relco.toml under [changelog]: exclude = [\"{rule}\"]"));
    }
    Ok(Exit::Done)
}

fn alike(context: &mut Context, name: &str) -> Ending {
    let changes = context.session.changes(&LedgerAsked::default())?;
    let Some(change) = changes.change(name) else {
        return Err(Refusal::new(format!("{name} is no change of this release")).next("relco changes").into());
    };
    let found = changes.alike(change);
    if context.out.json {
        let rules: Vec<_> = found.iter().map(habit_document).collect();
        context.out.document(&json!({ "schema": 1, "id": change.id, "commit": change.commit, "rules": rules }));
        return Ok(Exit::Done);
    }
    for habit in &found {
        context.out.line(safe(&habit_words(habit)));
    }
    match found.first() {
        Some(first) => context.out.hint(&format!("relco changes exclude {}", quote_word(&first.rule.to_string()))),
        None => context.out.line("it is like no other: exclude it by itself, with a reason"),
    }
    Ok(Exit::Done)
}

fn rules(context: &mut Context) -> Ending {
    let changes = context.session.changes(&LedgerAsked::default())?;
    let snapshot = context.session.snapshot();
    let configured = snapshot.plan.exclusions.iter().map(|one| (one, "relco.toml"));
    let recorded = snapshot.project.exclusions.iter().map(|one| (one, "recorded"));
    let held: Vec<(&Exclusion, &str)> = configured.chain(recorded).collect();
    if context.out.json {
        let held: Vec<_> = held
            .iter()
            .map(|(one, from)| json!({ "rule": one.rule.to_string(), "reason": one.reason, "from": from }))
            .collect();
        let proposed: Vec<_> = changes.habits.iter().map(habit_document).collect();
        context.out.document(&json!({ "schema": 1, "rules": held, "proposed": proposed }));
        return Ok(Exit::Done);
    }
    context.out.line(
        "set apart by default: dependency updates, changes to CI or tests alone, other packages, the release's own",
    );
    for (one, from) in held {
        let reason = if one.reason.is_empty() { String::new() } else { format!("  {}", one.reason) };
        context.out.line(safe(&format!("{:<28} {from}{reason}", one.rule.to_string())));
    }
    propose(context, &changes);
    Ok(Exit::Done)
}

/// What the earlier releases propose; nothing is set apart before a person accepts it.
fn propose(context: &Context, changes: &Changes) {
    for habit in &changes.habits {
        context.out.line(safe(&format!("proposed: {}", habit_words(habit))));
    }
    if let Some(first) = changes.habits.first() {
        context.out.hint(&format!("accept one: relco changes exclude {}", quote_word(&first.rule.to_string())));
    }
}

fn habit_words(habit: &Habit) -> String {
    let now = match habit.now.as_slice() {
        [] => "none now".to_owned(),
        [one] => one.clone(),
        many => format!("{} now", many.len()),
    };
    format!("{:<28} {now}; {}", habit.rule.to_string(), habit.words())
}

fn habit_document(habit: &Habit) -> serde_json::Value {
    json!({
        "rule": habit.rule.to_string(),
        "now": habit.now,
        "left_out": habit.left_out,
        "told": habit.told,
        "releases": habit.releases,
        "read": habit.read,
    })
}

fn print(context: &Context, changes: &Changes) {
    let ledger = &changes.ledger;
    let from = ledger.from.as_deref().unwrap_or("the first commit");
    let section = &ledger.section;
    let mut against = match (&section.heading, section.line) {
        _ if section.state == SectionState::NoChangelog => String::new(),
        (Some(heading), Some(line)) => format!(", against \"{heading}\" in {}:{line}", section.path),
        _ if section.fragments > 0 => String::new(),
        _ if changes.form.is_some() => ", and no entry waits in a file of its own yet".to_owned(),
        _ => format!(", against {} in {}", section.wanted, section.path),
    };
    if let Some(at) = &section.at {
        against.push_str(&format!(" at {at}"));
    }
    if section.fragments > 0 {
        against.push_str(&format!(", and {}", section.fragment_words()));
    }
    context.out.line(context.out.bold(&safe(&format!("{from} to {}{against}", ledger.to))));
    // What somebody must act on stands first.
    for verdict in [Verdict::Missing, Verdict::Listed, Verdict::Excluded, Verdict::Direct] {
        for change in ledger.changes.iter().filter(|change| change.verdict == verdict) {
            let line = safe(&words(change));
            context.out.line(format!("{} {line}", context.out.state(state(verdict))));
        }
    }
    if !ledger.extra.is_empty() {
        let what = |id: &String| changes.extra.get(id).map(|words| format!(" ({words})")).unwrap_or_default();
        let extra: Vec<String> = ledger.extra.iter().map(|id| format!("{id}{}", what(id))).collect();
        context.out.line(safe(&format!("listed, and not in the range: {}", extra.join(", "))));
    }
    for finding in ledger.findings() {
        context.out.line(format!("{}  —  {}", safe(&finding.text), finding.role));
    }
    context.out.line(safe(&ledger.summary()));
    propose(context, changes);
}

fn state(verdict: Verdict) -> ItemState {
    match verdict {
        Verdict::Listed => ItemState::Done,
        Verdict::Missing => ItemState::Failed,
        Verdict::Excluded => ItemState::NotApplicable,
        Verdict::Direct => ItemState::Open,
    }
}

fn words(change: &Change) -> String {
    let id = change.id.as_deref().unwrap_or_else(|| change.commit.get(..SHORT).unwrap_or(&change.commit));
    let listed_as = change.listed_as.as_ref().map(|other| format!(" as {other}")).unwrap_or_default();
    let reason = change.reason.as_ref().map(|reason| format!(": {reason}")).unwrap_or_default();
    // What is not plain from a number can be looked up.
    let place = change.entry.as_ref().filter(|_| !reason.is_empty() && change.verdict == Verdict::Listed);
    let place = place.map(|entry| format!(" ({})", entry.place())).unwrap_or_default();
    let who =
        if change.verdict == Verdict::Missing { format!("  merged by {}", change.merged_by) } else { String::new() };
    format!("{id:<8} {}  {}{listed_as}{reason}{place}{who}", fit(&change.title, TITLE_CELLS), change.verdict.as_str())
}

/// The ledger as machines read it.
#[derive(Serialize)]
struct Document<'a> {
    schema: u8,
    from: Option<&'a str>,
    to: &'a str,
    section: &'a str,
    changes: Vec<ChangeOut<'a>>,
    extra: &'a [String],
}

/// One change in it.
#[derive(Serialize)]
struct ChangeOut<'a> {
    id: Option<&'a str>,
    title: &'a str,
    commit: &'a str,
    author: &'a str,
    kind: &'a str,
    verdict: &'a str,
    #[serde(rename = "as")]
    listed_as: Option<&'a str>,
    reason: Option<&'a str>,
    entry: Option<EntryOut<'a>>,
}

/// The entry that lists it.
#[derive(Serialize)]
struct EntryOut<'a> {
    path: Option<&'a str>,
    line: usize,
    text: &'a str,
}

impl<'a> ChangeOut<'a> {
    fn of(change: &'a Change) -> Self {
        Self {
            id: change.id.as_deref(),
            title: &change.title,
            commit: &change.commit,
            author: &change.author,
            kind: change.kind.as_str(),
            verdict: change.verdict.as_str(),
            listed_as: change.listed_as.as_deref(),
            reason: change.reason.as_deref(),
            entry: change.entry.as_ref().map(|entry| EntryOut {
                path: entry.file.as_deref(),
                line: entry.line,
                text: &entry.text,
            }),
        }
    }
}

fn document(ledger: &Ledger) -> Document<'_> {
    Document {
        schema: 1,
        from: ledger.from.as_deref(),
        to: &ledger.to,
        section: &ledger.section.wanted,
        changes: ledger.changes.iter().map(ChangeOut::of).collect(),
        extra: &ledger.extra,
    }
}
