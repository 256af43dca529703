//! Checks: relco's own (changelog and versions), and the project's commands that decide gates and items.
//!
//! relco's own read the repository and run nothing, so that they are made on every look; the ledger is kept while
//! nothing that it was made from moves. The project's commands run only when a person asks, only trusted, a few at a
//! time on threads of their own, and answer with commands, which go through `decide` like any other. A check's word
//! is about the candidate that stood when it began: one that ends after the candidate moved says nothing.

use std::collections::{BTreeMap, VecDeque};

use super::check_jobs::Job;
use super::effects::{CHECK_LIMIT, CheckOf};
use super::notes::breaking_of;
use super::truth::{LedgerAsked, TruthError};
use super::{ActError, Session};
use crate::domain::basis::Basis;
use crate::domain::command::Command;
use crate::domain::digest::sha256_hex;
use crate::domain::event::CheckVerdict;
use crate::domain::id::{EnvName, GateId, ItemId};
use crate::domain::item::{GateVerdict, ItemState};
use crate::domain::ledger::{Ledger, NO_CHANGELOG, SectionState};
use crate::domain::plan::{Check, CommandSpec, ItemKind, List, Probe};
use crate::domain::refusal::Refusal;
use crate::domain::release::{CheckResult, ReleaseState};
use crate::domain::upgrade::Breaking;
use crate::domain::version_files::Matrix;
use crate::system::fragments;
use crate::system::probe::Prober;

/// The names of relco's own checks.
const OWN: [&str; 3] = ["changelog", "versions", "upgrade"];

/// The changelog's check with what it was made from.
#[derive(Debug, Clone)]
pub(super) struct Told {
    made_from: String,
    result: CheckResult,
    breaking: Vec<Breaking>,
}

/// Something that can be checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Checked {
    /// An item that relco finds out itself, or one of its own checks.
    Own(ItemId),
    /// A gate, by its command.
    Gate(GateId),
    /// An item of the pre-release checklist, by its command.
    Item(ItemId),
}

/// What [`Session::run_checks`] did with what it was asked for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ChecksAsked {
    /// What was found out, or is being found out now.
    pub asked: Vec<Checked>,
    /// What was not run, and why.
    pub left_out: Vec<(String, String)>,
    /// Why no command of the project was run, when some would have been.
    pub held_back: Option<Refusal>,
}

impl ChecksAsked {
    /// What was not run, in a sentence or two; `one` says that a single check was asked for by name.
    pub fn words(self, one: bool) -> Vec<String> {
        let words = match self.left_out.len() {
            _ if one => self.left_out.iter().map(|(id, why)| format!("{id} not checked: {why}")).collect(),
            0 => Vec::new(),
            1 => vec!["1 check was not run again: nothing that it looked at moved".to_owned()],
            count => vec![format!("{count} checks were not run again: nothing that they looked at moved")],
        };
        words.into_iter().chain(self.held_back.map(|refusal| refusal.to_string())).collect()
    }
}

impl Session {
    /// relco's own checks as the repository stands, and whether the range holds a breaking change.
    pub(super) fn own_checks(&mut self) -> (BTreeMap<String, CheckResult>, bool) {
        let mut checks = BTreeMap::new();
        let commit = self.checked_rev().or_else(|| self.observed.head.as_ref().map(|head| head.commit.clone()));
        let Some(commit) = commit else { return (checks, false) };
        checks.insert("versions".to_owned(), versions_result(&self.version_matrix(), &commit));
        let told = self.told(&commit);
        checks.insert("changelog".to_owned(), told.result);
        if let Some(upgrade) = self.upgrade_check(&told.breaking, &commit) {
            checks.insert("upgrade".to_owned(), upgrade);
        }
        (checks, !told.breaking.is_empty())
    }

    /// What stands for relco's own checks until they are made; what was found before and is on record stands by itself.
    pub(super) fn checks_to_come(&self) -> BTreeMap<String, CheckResult> {
        let Some(head) = &self.observed.head else { return BTreeMap::new() };
        let known = |name: &str| self.release().is_some_and(|release| release.checks.contains_key(name));
        // Whether anything breaks is not known yet either.
        let to_come = OWN.into_iter().take(2).filter(|name| !known(name)).map(|name| {
            let summary = "still looking…".to_owned();
            let (commit, verdict) = (Some(head.commit.clone()), CheckVerdict::Unknown);
            (name.to_owned(), CheckResult { verdict, summary, findings: Vec::new(), at: None, commit })
        });
        to_come.collect()
    }

    fn told(&mut self, commit: &str) -> Told {
        let made_from = self.told_from(commit);
        if let Some(kept) = &self.told
            && kept.made_from == made_from
        {
            return kept.clone();
        }
        let ledger = self.ledger(&LedgerAsked::default());
        let breaking = ledger.as_ref().map(breaking_of).unwrap_or_default();
        let told = Told { made_from, result: changelog_result(ledger, commit), breaking };
        self.told = Some(told.clone());
        told
    }

    /// Whether a release of this commit would break something; relco's own checks look at the candidate, which may be
    /// another one yet.
    pub(super) fn breaks_at(&self, commit: &str) -> bool {
        let checked = self.checked_rev().or_else(|| self.observed.head.as_ref().map(|head| head.commit.clone()));
        if checked.as_deref() == Some(commit) {
            return self.observed.breaking;
        }
        let from = self.release().and_then(|release| release.base.clone());
        let asked = LedgerAsked { from, to: Some(commit.to_owned()), ..LedgerAsked::default() };
        self.ledger(&asked).is_ok_and(|ledger| !breaking_of(&ledger).is_empty())
    }

    /// Everything that the changelog's check depends on, as one hash.
    fn told_from(&self, commit: &str) -> String {
        let rev = self.checked_rev();
        let path = self.changelog_path(rev.as_deref().unwrap_or("HEAD")).ok().flatten();
        let bytes = path.as_ref().map(|path| match &rev {
            Some(rev) => self.git.read_at(rev, path).unwrap_or_default(),
            None => self.git.read_worktree(path).unwrap_or_default(),
        });
        let release = self.release().map(|release| (&release.version, &release.base));
        let text = sha256_hex(&bytes.unwrap_or_default());
        // What waits in files of its own counts, or is said, before it is committed.
        let package = self.tag_pattern().package().map(str::to_owned);
        let lying = fragments::waiting(&self.git, None, self.plan().fragments.as_deref(), package.as_deref());
        let lying = lying.map(|waiting| sha256_hex(format!("{waiting:?}").as_bytes())).unwrap_or_default();
        sha256_hex(
            format!(
                "{commit} {release:?} {:?} {path:?} {text} {lying} {} {} {:?}",
                self.observed.tags, self.observed.plan_hash, self.observed.shallow, self.project.state.exclusions
            )
            .as_bytes(),
        )
    }

    /// Checks again: looks outside, records what relco's own checks say where that is new, and starts the project's
    /// commands for these gates and items, or for all that have one. [`Session::pump`] takes their answers in; while
    /// [`Session::has_jobs`] some are under way.
    ///
    /// # Errors
    /// A refusal when an id names nothing that can be checked; nothing was started then.
    pub fn run_checks(&mut self, ids: &[String]) -> Result<ChecksAsked, ActError> {
        self.checks_again(ids, false)
    }

    /// As [`Session::run_checks`]; with `again` also those whose answer still holds.
    ///
    /// # Errors
    /// As [`Session::run_checks`].
    pub fn checks_again(&mut self, ids: &[String], again: bool) -> Result<ChecksAsked, ActError> {
        self.refresh()?;
        self.observe_outside();
        self.look_for_strays();
        let mut asked = self.checks_named(ids)?;
        if ids.is_empty() && !again {
            let held: Vec<Checked> = asked.asked.extract_if(.., |one| self.still_holds(one)).collect();
            let why = "it holds, nothing that it looked at moved; --again runs it all the same";
            asked.left_out.extend(held.iter().map(|one| (name(one), why.to_owned())));
        }
        self.record_own_checks()?;
        self.pay_found_ports()?;
        let runs: Vec<Checked> = asked.asked.extract_if(.., |one| self.is_under_way(one)).collect();
        asked.left_out.extend(runs.iter().map(|one| (name(one), "it runs already".to_owned())));
        let wants: Vec<&Checked> = asked.asked.iter().filter(|one| !matches!(one, Checked::Own(_))).collect();
        if wants.is_empty() {
            return Ok(asked);
        }
        match self.may_run_checks() {
            Ok(()) => {
                self.announce()?;
                let jobs: VecDeque<Job> = wants.into_iter().filter_map(|one| self.check_job(one)).collect();
                self.start_checks(jobs);
            }
            Err(refusal) => {
                asked.held_back = Some(refusal);
                asked.asked.retain(|one| matches!(one, Checked::Own(_)));
            }
        }
        Ok(asked)
    }

    /// What is meant by the ids: everything that can be checked when there are none.
    fn checks_named(&self, ids: &[String]) -> Result<ChecksAsked, Refusal> {
        let mut asked = ChecksAsked::default();
        let (gates, items) = self.checkable();
        if ids.is_empty() {
            asked.asked.extend(items);
            asked.asked.extend(gates);
            let waived: Vec<Checked> = asked.asked.extract_if(.., |one| self.is_settled_by_hand(one)).collect();
            asked.left_out.extend(waived.iter().map(|one| (name(one), "settled by a person".to_owned())));
            return Ok(asked);
        }
        for id in ids {
            let bare = id.strip_prefix("gate:").unwrap_or(id);
            let found = items.iter().chain(&gates).find(|one| name(one) == *id || name(one) == format!("gate:{bare}"));
            match found {
                Some(found) => asked.asked.push(found.clone()),
                None if OWN.contains(&id.as_str()) => asked.asked.push(Checked::Own(ItemId::from(id.as_str()))),
                None => return Err(self.not_checkable(id, items.iter().chain(&gates))),
            }
        }
        Ok(asked)
    }

    fn not_checkable<'a>(&self, id: &str, known: impl Iterator<Item = &'a Checked>) -> Refusal {
        let bare = id.strip_prefix("gate:").unwrap_or(id);
        if self.plan().gates.iter().any(|gate| gate.id.as_str() == bare) {
            return Refusal::new(format!("gate {bare} has no command")).next(format!("relco gate pass {bare}"));
        }
        if self.plan().item(&id.into()).is_some() {
            return Refusal::new(format!("{id} has no command")).next(format!("relco item done {id}"));
        }
        let known: Vec<String> = known.map(name).collect();
        Refusal::new(format!("there is no check {id}")).next(format!("checks: {}", known.join(", ")))
    }

    /// Gates with a command, and items that relco or a command finds out; only what applies to the release.
    fn checkable(&self) -> (Vec<Checked>, Vec<Checked>) {
        let release = self.release();
        let applies = |when: &crate::domain::plan::When| {
            release.is_none_or(|release| when.excludes(release.kind(), release.breaking(), None).is_none())
        };
        let plan = self.plan();
        let gates = plan.gates.iter().filter(|gate| gate.check.is_some() && applies(&gate.when));
        let items = plan.list(List::PreRelease).filter(|item| applies(&item.when));
        let items = items.filter_map(|item| match &item.kind {
            ItemKind::Automatic(Check::Git | Check::Changelog | Check::Versions | Check::Upgrade) => {
                Some(Checked::Own(item.id.clone()))
            }
            ItemKind::Command(_) => Some(Checked::Item(item.id.clone())),
            ItemKind::Automatic(_) | ItemKind::Manual | ItemKind::Probe(_) | ItemKind::Notice(_) => None,
        });
        (gates.map(|gate| Checked::Gate(gate.id.clone())).collect(), items.collect())
    }

    /// It passed, and nothing moved that it looked at: neither the commit, nor the files, nor its command.
    fn still_holds(&self, one: &Checked) -> bool {
        let Some(release) = self.release() else { return false };
        let rests = |basis: Option<&Basis>, spec: Option<&CommandSpec>| {
            basis.zip(spec).is_some_and(|(basis, spec)| basis.moved(&self.observed, release, spec).is_none())
        };
        match one {
            Checked::Own(_) => false,
            Checked::Gate(id) => release.gates.get(id).is_some_and(|record| {
                let spec = self.plan().gate(id).and_then(|gate| gate.check.as_ref());
                record.verdict == GateVerdict::Passed && rests(record.basis.as_ref(), spec)
            }),
            Checked::Item(id) => release.items.get(id).is_some_and(|record| {
                let spec = self.plan().item(id).and_then(|item| match &item.kind {
                    ItemKind::Command(step) => Some(&step.run),
                    _ => None,
                });
                record.state == ItemState::Done && rests(record.basis.as_ref(), spec)
            }),
        }
    }

    /// A person waived it, or left it out: that word stands until somebody asks for the check by name.
    fn is_settled_by_hand(&self, one: &Checked) -> bool {
        let Some(release) = self.release() else { return false };
        match one {
            Checked::Own(_) => false,
            Checked::Gate(id) => release.gates.get(id).is_some_and(|record| {
                record.verdict == GateVerdict::Waived && release.holds_for_candidate(record.commit.as_deref())
            }),
            Checked::Item(id) => release.items.get(id).is_some_and(|record| {
                matches!(record.state, ItemState::Skipped | ItemState::Waived | ItemState::NotApplicable)
            }),
        }
    }

    /// Whether the project's checks may run, and would look at what they are taken for.
    fn may_run_checks(&self) -> Result<(), Refusal> {
        if !self.observed.trusted {
            return Err(Refusal::new("the project's commands are not trusted yet").next("relco trust"));
        }
        let Some(release) = self.release().filter(|release| release.is_open()) else {
            return Err(Refusal::new("no release is open").next("relco release start minor, or the version itself"));
        };
        let Some(candidate) = release.commit() else { return Ok(()) };
        if self.observed.head.as_ref().is_none_or(|head| head.commit != candidate) {
            let short = candidate.get(..7).unwrap_or(candidate);
            return Err(Refusal::new(format!("HEAD is not at the candidate {short}"))
                .next(format!("git switch --detach {short}, or relco release candidate")));
        }
        if !self.observed.dirty.is_empty() {
            return Err(Refusal::new("tracked files have changes that are in no commit")
                .details(self.observed.dirty.iter().take(5).cloned())
                .next("commit or stash them"));
        }
        Ok(())
    }

    /// Records relco's own checks where they say something else than is on record.
    fn record_own_checks(&mut self) -> Result<(), ActError> {
        let Some(release) = self.release().filter(|release| release.is_open()) else { return Ok(()) };
        if self.read_only().is_some() {
            return Ok(());
        }
        let new: Vec<Command> = self
            .observed
            .checks
            .iter()
            .filter(|(name, result)| is_new(release, name, result))
            .map(|(name, result)| Command::RecordCheck {
                check: name.clone(),
                verdict: result.verdict,
                summary: result.summary.clone(),
                findings: result.findings.clone(),
            })
            .collect();
        for command in new {
            self.act(&command)?;
        }
        Ok(())
    }

    fn check_job(&self, one: &Checked) -> Option<Job> {
        let release = self.release()?;
        let (spec, asked) = match one {
            Checked::Own(_) => return None,
            Checked::Gate(id) => (self.plan().gates.iter().find(|gate| gate.id == *id)?.check.clone()?, one.clone()),
            Checked::Item(id) => match &self.plan().item(id)?.kind {
                ItemKind::Command(step) => (step.run.clone(), one.clone()),
                _ => return None,
            },
        };
        let command = self.bounded(&spec, self.production_values(release), self.root.clone(), CHECK_LIMIT);
        let basis = Basis::now(&self.observed, &spec);
        let log = self.check_log_place(&name(one));
        Some(Job { asked, spec, command, basis, log, about: CheckOf { commit: release.commit().map(str::to_owned) } })
    }

    /// The plan's probes, ready to be asked in an environment. Asking is the caller's to do, on a thread where it may
    /// wait.
    ///
    /// # Errors
    /// A refusal where the environment is not there or the project is not trusted: a probe is the project's word on
    /// where to ask, and may be a command.
    pub fn probers(&self, env: &EnvName) -> Result<Vec<(Probe, Prober)>, ActError> {
        if self.plan().environment(env).is_none() {
            let names: Vec<&str> = self.plan().environments.iter().map(|env| env.name.as_str()).collect();
            return Err(Refusal::new(format!("there is no environment {env}"))
                .next(format!("environments: {}", names.join(", ")))
                .into());
        }
        if !self.observed.trusted {
            return Err(Refusal::new("the project's commands are not trusted yet").next("relco trust").into());
        }
        let values = self.values(self.plan(), self.release(), Some(env));
        let probes = self.plan().probes.iter();
        Ok(probes.map(|probe| (probe.clone(), Prober::new(probe, values.clone(), self.root.clone()))).collect())
    }
}

/// The id under which a person asks for a check.
pub(super) fn name(one: &Checked) -> String {
    match one {
        Checked::Own(id) | Checked::Item(id) => id.to_string(),
        Checked::Gate(id) => format!("gate:{id}"),
    }
}

fn is_new(release: &ReleaseState, name: &str, result: &CheckResult) -> bool {
    release.checks.get(name).is_none_or(|old| {
        old.verdict != result.verdict
            || old.summary != result.summary
            || old.findings != result.findings
            || old.commit != result.commit
    })
}

fn versions_result(matrix: &Matrix, commit: &str) -> CheckResult {
    let verdict = match (matrix.rows.is_empty(), matrix.is_ok()) {
        (true, _) => CheckVerdict::Unknown,
        (_, true) => CheckVerdict::Ok,
        (_, false) => CheckVerdict::Bad,
    };
    CheckResult {
        verdict,
        summary: matrix.summary(),
        findings: matrix.findings(),
        at: None,
        commit: Some(commit.to_owned()),
    }
    .bounded()
}

fn changelog_result(ledger: Result<Ledger, TruthError>, commit: &str) -> CheckResult {
    let commit = Some(commit.to_owned());
    let ledger = match ledger {
        Ok(ledger) => ledger,
        Err(error) => {
            let verdict = CheckVerdict::Unknown;
            return CheckResult { verdict, summary: error.to_string(), findings: Vec::new(), at: None, commit };
        }
    };
    let findings = ledger.findings();
    let (verdict, summary) = match &ledger.section.state {
        SectionState::NoChangelog => (CheckVerdict::Unknown, NO_CHANGELOG.to_owned()),
        _ if !findings.is_empty() => (CheckVerdict::Bad, noted(&ledger)),
        _ if ledger.cut_off => {
            let words = "history is cut off, so changes may be missing from the list";
            (CheckVerdict::Unknown, format!("{}; {words}", noted(&ledger)))
        }
        _ => (CheckVerdict::Ok, noted(&ledger)),
    };
    CheckResult { verdict, summary, findings, at: None, commit }.bounded()
}

/// The ledger in one line, with what must be known about what was read.
fn noted(ledger: &Ledger) -> String {
    let notes = ledger.notes.iter().map(|note| format!("; {note}"));
    format!("{}{}", ledger.summary(), notes.collect::<String>())
}
