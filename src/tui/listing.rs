//! The list of the present phase as rows: what the checklist pane shows, which row is next, what Enter does there.
//!
//! Pure: a snapshot in, rows out. It decides nothing: what a row's act may do is said by `decide` when it is asked.

use jiff::Timestamp;

use crate::domain::id::{EnvName, GateId, ItemId, Role, RunId};
use crate::domain::item::{ItemState, Tally};
use crate::domain::overdue;
use crate::domain::plan::{Check, ItemKind, List};
use crate::domain::readiness;
use crate::domain::release::ReleaseState;
use crate::domain::run::{Run, RunPurpose};
use crate::domain::status::{self, GateRow, Row};
use crate::domain::trouble;
use crate::session::Snapshot;

/// What Enter does on a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RowAct {
    /// Nothing.
    None,
    /// Start a release.
    StartRelease,
    /// Allow the project's commands.
    Trust,
    /// Set the candidate.
    SetCandidate,
    /// Look at versions and set them.
    Versions,
    /// Look at the changes against the changelog.
    Changes,
    /// Write the release notes.
    Notes,
    /// Fill in and agree to the sheet.
    Sheet,
    /// Sign off for this role.
    SignOff(Role),
    /// Decide this gate, by its check where it has one.
    Gate(GateId),
    /// Run the check of this item.
    CheckItem(ItemId),
    /// A person's word on an item.
    Item(Option<RunId>, ItemId),
    /// Deploy there.
    Deploy(EnvName),
    /// Rehearse there.
    Rehearse(EnvName),
    /// Do the next thing of this run.
    Next(RunId),
    /// The run's next slot failed: try again, skip, roll back.
    Failed(RunId, ItemId),
    /// The run's next slot is over its time or silent: wait, stop it, roll back.
    Overdue(RunId, ItemId),
    /// The outcome of the run's next slot is unknown.
    Unknown(RunId, ItemId),
    /// End the pause of this run.
    Resume(RunId),
    /// A rollback of this run is proposed: roll back, or go on with a reason.
    Proposal(RunId),
    /// Make the release tag.
    Tag,
    /// Say who was told by hand.
    Told,
    /// Move the incident on: its status, then its paperwork.
    Incident,
    /// Commit what relco wrote into tracked files.
    Commit,
    /// Complete the release.
    Complete,
    /// Give the release up: it was rolled back.
    Abandon,
    /// Let deployments into this environment again.
    Unlock(EnvName),
    /// Accept the blocker of this name, with a reason.
    Waive(String),
    /// Settle what an incident left to be done.
    FollowUp(String),
}

/// What a row is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RowKind {
    /// A heading with its tally.
    Heading,
    /// An item, a gate, a slot of a run.
    Entry,
    /// Something that can be started now.
    Deed,
    /// What stands directly below is not undone by a rollback.
    NoWayBack,
}

/// A row of the list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListRow {
    /// What it is.
    pub kind: RowKind,
    /// Its id, to find it again after a change: `R1/migrate`, `gate:qa`.
    pub id: String,
    /// As shown.
    pub title: String,
    /// Its state; headings and deeds have none.
    pub state: Option<ItemState>,
    /// Whose job it is.
    pub role: Option<Role>,
    /// Who said so.
    pub by: Option<String>,
    /// When.
    pub at: Option<Timestamp>,
    /// Evidence, reason, rule; a heading's tally.
    pub evidence: String,
    /// What it waits for.
    pub findings: Vec<(String, Role)>,
    /// What Enter does.
    pub act: RowAct,
    /// The run it belongs to.
    pub run: Option<RunId>,
    /// The item itself, for acts on it.
    pub item: Option<ItemId>,
    /// The gate itself.
    pub gate: Option<GateId>,
}

/// The list of the present phase.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Listing {
    /// What it is called: `Pre-release`, `Deployment`, `Rollback`.
    pub title: String,
    /// Done of all, for the pane's title.
    pub tally: Tally,
    /// The rows.
    pub rows: Vec<ListRow>,
    /// The row that is next.
    pub next: Option<usize>,
}

impl Listing {
    /// The list of the present phase.
    pub fn of(snapshot: &Snapshot, now: Timestamp) -> Self {
        let mut listing = match &snapshot.release {
            None => without_release(snapshot, now),
            Some(release) => match run_in_focus(snapshot, release) {
                Some(run) => of_run(snapshot, release, run, now),
                None => pre_release(snapshot, release, now),
            },
        };
        listing.next = next_row(snapshot, &listing, now);
        listing
    }

    /// Where the row of that id stands.
    pub fn position(&self, id: &str) -> Option<usize> {
        self.rows.iter().position(|row| row.id == id)
    }

    /// The nearest row from `from` in the given direction that can be selected.
    pub fn step(&self, from: usize, down: bool) -> Option<usize> {
        let selectable = |at: &usize| self.rows.get(*at).is_some_and(ListRow::selectable);
        if down { (from + 1..self.rows.len()).find(selectable) } else { (0..from).rev().find(selectable) }
    }
}

impl ListRow {
    /// Whether the selection may stand on it.
    pub fn selectable(&self) -> bool {
        matches!(self.kind, RowKind::Entry | RowKind::Deed)
    }

    fn heading(title: &str, tally: Tally) -> Self {
        Self {
            evidence: format!("{}/{}", tally.done + tally.waived, tally.total()),
            ..Self::bare(RowKind::Heading, title)
        }
    }

    fn deed(id: &str, title: impl Into<String>, role: &str, act: RowAct) -> Self {
        Self { id: id.to_owned(), role: Some(Role::from(role)), act, ..Self::bare(RowKind::Deed, &title.into()) }
    }

    fn bare(kind: RowKind, title: &str) -> Self {
        Self {
            kind,
            id: format!("heading:{title}"),
            title: title.to_owned(),
            state: None,
            role: None,
            by: None,
            at: None,
            evidence: String::new(),
            findings: Vec::new(),
            act: RowAct::None,
            run: None,
            item: None,
            gate: None,
        }
    }

    fn of_row(row: Row, act: RowAct) -> Self {
        let id = row.run.as_ref().map_or_else(|| row.id.to_string(), |run| format!("{run}/{}", row.id));
        Self {
            id,
            state: Some(row.state),
            role: Some(row.role),
            by: row.by,
            at: row.at,
            evidence: row.evidence,
            findings: if row.state.settled() { Vec::new() } else { row.findings },
            act,
            run: row.run,
            item: Some(row.id),
            ..Self::bare(RowKind::Entry, &row.title)
        }
    }

    fn of_gate(gate: GateRow) -> Self {
        let (state, evidence) = match (&gate.not_applicable, gate.void) {
            (Some(rule), _) => (ItemState::NotApplicable, rule.clone()),
            (None, Some(void)) => (gate.verdict.as_item_state(), format!("void: {void}")),
            (None, None) => (gate.verdict.as_item_state(), gate.evidence),
        };
        Self {
            id: format!("gate:{}", gate.id),
            state: Some(state),
            role: Some(gate.role),
            by: gate.by,
            at: gate.at,
            evidence,
            act: RowAct::Gate(gate.id.clone()),
            gate: Some(gate.id),
            ..Self::bare(RowKind::Entry, &gate.title)
        }
    }
}

/// The run that the list shows: the open one; else a rollback that ended last, until the release ends.
fn run_in_focus<'a>(snapshot: &Snapshot, release: &'a ReleaseState) -> Option<&'a Run> {
    if let Some(run) = release.any_open_run() {
        return Some(run);
    }
    let production = snapshot.plan.production().map(|env| &env.name);
    let last = release.runs.last()?;
    (Some(&last.env) == production && last.purpose != RunPurpose::Rehearsal).then_some(last)
}

fn without_release(snapshot: &Snapshot, now: Timestamp) -> Listing {
    let sit = snapshot.situation(now);
    let mut rows = Vec::new();
    if !snapshot.observed.trusted {
        rows.push(ListRow::deed("trust", "Allow this project's commands", Role::DEVOPS, RowAct::Trust));
    }
    rows.push(ListRow::deed("release", "Start a release", Role::RELEASE_MANAGER, RowAct::StartRelease));
    grouped(&mut rows, status::pre_release(&sit), |row| pre_release_act(snapshot, row));
    grouped(&mut rows, status::followups(&sit), followup_act);
    Listing { title: "Pre-release".to_owned(), tally: Tally::default(), rows, next: None }
}

fn pre_release(snapshot: &Snapshot, release: &ReleaseState, now: Timestamp) -> Listing {
    let sit = snapshot.situation(now);
    let items = status::pre_release(&sit);
    let gates = status::gates(&sit);
    let of_gates = gates.iter().map(|gate| match gate.not_applicable {
        Some(_) => ItemState::NotApplicable,
        None => gate.verdict.as_item_state(),
    });
    let gate_tally = Tally::of(of_gates.collect::<Vec<_>>());
    let tally = Tally::of(items.iter().map(|row| row.state));
    let mut rows = Vec::new();
    if !snapshot.observed.trusted {
        rows.push(ListRow::deed("trust", "Allow this project's commands", Role::DEVOPS, RowAct::Trust));
    }
    let (sign_offs, before): (Vec<Row>, Vec<Row>) = items.into_iter().partition(|row| row.group == "Sign-offs");
    grouped(&mut rows, before, |row| pre_release_act(snapshot, row));
    rows.push(ListRow::heading("Gates Status", gate_tally));
    rows.extend(gates.into_iter().map(ListRow::of_gate));
    grouped(&mut rows, sign_offs, |row| pre_release_act(snapshot, row));
    grouped(&mut rows, status::followups(&sit), followup_act);
    if !release.is_open() {
        rows.push(ListRow::deed("release", "Start the next release", Role::RELEASE_MANAGER, RowAct::StartRelease));
    } else if let Some(production) = snapshot.plan.production() {
        rows.extend(way_back(snapshot, release, now));
        let title = format!("Deploy {} to {}", release.version, production.name);
        rows.push(ListRow::deed("deploy", title, Role::DEVOPS, RowAct::Deploy(production.name.clone())));
    }
    Listing { title: "Pre-release".to_owned(), tally, rows, next: None }
}

/// Rows under their headings, in the order in which the groups first occur.
fn grouped(rows: &mut Vec<ListRow>, items: Vec<Row>, act: impl Fn(&Row) -> RowAct) {
    let heading_of = |row: &Row| if row.group.is_empty() { row.list.title().to_owned() } else { row.group.clone() };
    let mut headings: Vec<String> = Vec::new();
    for row in &items {
        let heading = heading_of(row);
        if !headings.contains(&heading) {
            headings.push(heading);
        }
    }
    for heading in headings {
        let of_heading: Vec<&Row> = items.iter().filter(|row| heading_of(row) == heading).collect();
        rows.push(ListRow::heading(&heading, Tally::of(of_heading.iter().map(|row| row.state))));
        rows.extend(of_heading.into_iter().map(|row| ListRow::of_row(row.clone(), act(row))));
    }
}

fn followup_act(row: &Row) -> RowAct {
    let id = row.id.as_str();
    RowAct::FollowUp(id.strip_prefix("followup:").unwrap_or(id).to_owned())
}

fn pre_release_act(snapshot: &Snapshot, row: &Row) -> RowAct {
    let Some(item) = snapshot.plan.item(&row.id) else { return RowAct::None };
    if row.state.settled()
        && !matches!(item.kind, ItemKind::Manual)
        && !matches!(
            item.kind,
            ItemKind::Automatic(Check::Notes | Check::Upgrade | Check::Sheet | Check::Changelog | Check::Versions)
        )
    {
        return RowAct::None;
    }
    match &item.kind {
        ItemKind::Manual | ItemKind::Probe(_) | ItemKind::Notice(_) => RowAct::Item(None, row.id.clone()),
        ItemKind::Command(_) => RowAct::CheckItem(row.id.clone()),
        ItemKind::Automatic(check) => match check {
            Check::Git => RowAct::SetCandidate,
            Check::Changelog => RowAct::Changes,
            Check::Versions => RowAct::Versions,
            Check::Notes | Check::Upgrade => RowAct::Notes,
            Check::Sheet => RowAct::Sheet,
            Check::SignOff(role) => RowAct::SignOff(role.clone()),
            Check::Deployed(env) | Check::Verified(env) => RowAct::Deploy(env.clone()),
            Check::Rehearsed => rehearsal_place(snapshot).map_or(RowAct::None, RowAct::Rehearse),
            Check::Trigger(_) | Check::ReleaseLog => RowAct::None,
        },
    }
}

/// The first environment that users do not meet.
pub fn rehearsal_place(snapshot: &Snapshot) -> Option<EnvName> {
    let plan = &snapshot.plan;
    plan.environments.iter().find(|env| !plan.is_production(&env.name)).map(|env| env.name.clone())
}

fn of_run(snapshot: &Snapshot, release: &ReleaseState, run: &Run, now: Timestamp) -> Listing {
    let sit = snapshot.situation(now);
    let slots = status::slots(&sit, run);
    let tally = Tally::of(slots.iter().map(|row| row.state));
    let mut rows: Vec<ListRow> = Vec::new();
    let mut list: Option<List> = None;
    let mut lasting = false;
    for row in &slots {
        if list != Some(row.list) {
            let of_list = slots.iter().filter(|one| one.list == row.list).map(|one| one.state);
            rows.push(ListRow::heading(row.list.title(), Tally::of(of_list)));
            list = Some(row.list);
        }
        // Only what stands directly below is meant: what follows it may be undone again.
        let forever = row.list == List::Deployment && row.class == "irreversible";
        if forever && !lasting {
            rows.push(ListRow::bare(RowKind::NoWayBack, "not undone by a rollback"));
        }
        lasting = forever;
        let act = slot_act(snapshot, run, row);
        if act == RowAct::Complete {
            rows.extend(tag_row(snapshot, release));
        }
        rows.push(ListRow::of_row(row.clone(), act));
    }
    rows.extend(after_run(snapshot, release, run, now));
    if run.purpose == RunPurpose::Rollback && run.ended.is_some() && release.is_open() {
        rows.extend(way_back(snapshot, release, now));
        let title = format!("Deploy {} to {}", release.version, run.env);
        rows.push(ListRow::deed("deploy", title, Role::DEVOPS, RowAct::Deploy(run.env.clone())));
    }
    if !release.is_open() {
        if let Some(first) = snapshot.observed.dirty.first() {
            // What completing wrote into the release log is in no commit yet.
            let title = format!("Commit {first}");
            rows.push(ListRow::deed("commit", title, Role::RELEASE_MANAGER, RowAct::Commit));
        }
        rows.push(ListRow::deed("release", "Start the next release", Role::RELEASE_MANAGER, RowAct::StartRelease));
    }
    let title = match run.purpose {
        RunPurpose::Deployment => "Deployment",
        RunPurpose::Rollback => "Rollback",
        RunPurpose::Rehearsal => "Rehearsal",
    };
    Listing { title: title.to_owned(), tally, rows, next: None }
}

fn slot_act(snapshot: &Snapshot, run: &Run, row: &Row) -> RowAct {
    let is_next = run.next().is_some_and(|slot| slot.id == row.id) && run.is_open();
    let manual = snapshot.plan.item(&run.slot(&row.id).map_or_else(|| row.id.clone(), |slot| slot.item.clone()));
    let kind = manual.map(|item| &item.kind);
    let judged = matches!(kind, Some(ItemKind::Automatic(Check::Trigger(_))));
    // Whatever else this row would do waits: somebody was asked whether to go on at all.
    if is_next && waits_for_an_answer(snapshot, run) && may_be_answered(snapshot, run, row, judged) {
        return RowAct::Proposal(run.id.clone());
    }
    if matches!(kind, Some(ItemKind::Manual)) {
        return RowAct::Item(Some(run.id.clone()), row.id.clone());
    }
    if matches!(kind, Some(ItemKind::Automatic(Check::ReleaseLog))) && is_next {
        return RowAct::Complete;
    }
    if !is_next {
        return RowAct::None;
    }
    match row.state {
        ItemState::Failed => RowAct::Failed(run.id.clone(), row.id.clone()),
        // No attempt's outcome is lost: its trigger cannot judge, and can be asked again.
        ItemState::Unknown if judged => RowAct::Failed(run.id.clone(), row.id.clone()),
        ItemState::Unknown => RowAct::Unknown(run.id.clone(), row.id.clone()),
        ItemState::Doing if asks_about(snapshot, run, &row.id) => RowAct::Overdue(run.id.clone(), row.id.clone()),
        ItemState::Doing if attended(snapshot, run, &row.id) => RowAct::None,
        _ if run.paused.is_some() => RowAct::Resume(run.id.clone()),
        _ => RowAct::Next(run.id.clone()),
    }
}

/// Whether a rollback of this run is proposed and nobody decided.
fn waits_for_an_answer(snapshot: &Snapshot, run: &Run) -> bool {
    snapshot.release.as_ref().is_some_and(|release| trouble::proposals(release).any(|(of, _)| of.id == run.id))
}

/// Whether the proposal is the question of this row: a step that failed, or whose end nobody knows, has one of its own.
fn may_be_answered(snapshot: &Snapshot, run: &Run, row: &Row, judged: bool) -> bool {
    match row.state {
        ItemState::Failed | ItemState::Unknown => judged,
        ItemState::Doing => !attended(snapshot, run, &row.id),
        _ => true,
    }
}

/// Whether what runs in a slot is over a limit of its plan, and nobody decided.
fn asks_about(snapshot: &Snapshot, run: &Run, slot: &ItemId) -> bool {
    snapshot.release.as_ref().is_some_and(|release| {
        let here = release.running().filter(|one| one.run == run.id && one.slot == *slot);
        here.flat_map(overdue::questions).next().is_some()
    })
}

/// Whether something is really under way in a slot: an attempt, or a question that a living session asks. A session
/// that dies takes its question along, and the slot waits for a person then.
fn attended(snapshot: &Snapshot, run: &Run, slot: &ItemId) -> bool {
    let attempt = |release: &ReleaseState| release.running().any(|one| one.run == run.id && one.slot == *slot);
    let asked = run.conductor.as_ref().is_some_and(|session| {
        if *session == snapshot.session { snapshot.busy } else { snapshot.observed.sessions.contains(session) }
    });
    asked || snapshot.release.as_ref().is_some_and(attempt)
}

/// What comes once a run in production is over.
fn after_run(snapshot: &Snapshot, release: &ReleaseState, run: &Run, now: Timestamp) -> Vec<ListRow> {
    if !release.is_open() || run.ended.is_none() {
        return Vec::new();
    }
    match run.purpose {
        RunPurpose::Deployment => {
            let deed = ListRow::deed("complete", "Complete the release", Role::RELEASE_MANAGER, RowAct::Complete);
            tag_row(snapshot, release).into_iter().chain([deed]).collect()
        }
        RunPurpose::Rollback => {
            let title = "End this release: it was rolled back";
            let deed = ListRow::deed("abandon", title, Role::RELEASE_MANAGER, RowAct::Abandon);
            before_the_end(snapshot, now).into_iter().chain([deed]).collect()
        }
        RunPurpose::Rehearsal => Vec::new(),
    }
}

/// The tag of a version that is out, until it stands or somebody said that there is none.
fn tag_row(snapshot: &Snapshot, release: &ReleaseState) -> Option<ListRow> {
    if release.tag.is_some() || release.candidate.is_none() || release.waivers.contains_key("tag") {
        return None;
    }
    let version = semver::Version::parse(&release.version).ok()?;
    let title = format!("Tag the candidate {}", snapshot.plan.tag_of(&version));
    Some(ListRow::deed("tag", title, Role::RELEASE_MANAGER, RowAct::Tag))
}

/// What must be said before a release that was rolled back can end: each has a row, for a refusal shows only the first.
fn before_the_end(snapshot: &Snapshot, now: Timestamp) -> Vec<ListRow> {
    let row = |blocker: readiness::Blocker| {
        let act = match blocker.id.split_once(':') {
            Some(("notice", _)) => RowAct::Told,
            Some(("incident", _)) => RowAct::Incident,
            // A slot of a run has its own row above.
            _ => return None,
        };
        let open = if act == RowAct::Incident { ", not closed" } else { "" };
        Some(ListRow::deed(&blocker.id, format!("{}{open}", blocker.what), blocker.role.as_str(), act))
    };
    readiness::abandon_blockers(&snapshot.situation(now)).into_iter().filter_map(row).collect()
}

/// What a rollback left in the way of the next deployment to production: each with what lets it in again.
fn way_back(snapshot: &Snapshot, release: &ReleaseState, now: Timestamp) -> Vec<ListRow> {
    let sit = snapshot.situation(now);
    let Some(production) = snapshot.plan.production() else { return Vec::new() };
    let blockers = readiness::of_way_back(&sit, release, &production.name);
    let row = |blocker: readiness::Blocker| {
        let (act, title) = match blocker.id.strip_prefix("held:") {
            Some(env) => (RowAct::Unlock(EnvName::new(env)), format!("Unlock {env}: {}", blocker.what)),
            None => (RowAct::Waive(blocker.id.clone()), format!("Let {} in again: {}", release.version, blocker.what)),
        };
        ListRow::deed(&blocker.id, title, blocker.role.as_str(), act)
    };
    blockers.into_iter().map(row).collect()
}

/// The row that is next: in a run the first slot that is not settled; before it the first blocker's row.
fn next_row(snapshot: &Snapshot, listing: &Listing, now: Timestamp) -> Option<usize> {
    let open = |row: &ListRow| row.kind == RowKind::Deed || row.state.is_some_and(|state| !state.settled());
    let first = || listing.rows.iter().position(|row| row.selectable() && open(row));
    let in_run = listing.rows.iter().any(|row| row.run.is_some());
    if in_run || snapshot.release.is_none() {
        return first();
    }
    let blockers = snapshot.blockers(now);
    let named = blockers.iter().find_map(|blocker| listing.position(&blocker.id));
    named.or_else(|| listing.position("deploy")).or_else(first)
}
