//! Acts: what a key, a palette entry or Enter on a row asks for.
//!
//! Safe acts happen; those that change a system ask once and show the exact command; production and rollback want
//! the word typed. Nothing here judges: a refusal comes from `decide`, in its words.

use crate::action::ActionId as Id;
use crate::domain::command::Command;
use crate::domain::id::{EnvName, Role, RunId};
use crate::domain::item::ItemState;
use crate::domain::plan::{Check, ItemKind, Purpose};
use crate::tui::listing::{RowAct, rehearsal_place};
use crate::tui::overlay::choice::Entry;
use crate::tui::worker::{Ask, Page};

use super::Cockpit;
use super::dialogs::{About, Carried};
use super::incident::Asked;
use super::keys::Do;

impl Cockpit {
    /// Does what a key or a palette entry means.
    pub(super) fn perform(&mut self, what: Do) {
        match what {
            Do::Move(to) => self.go(to),
            Do::Act(id) => self.perform_act(id),
        }
    }

    fn perform_act(&mut self, id: Id) {
        match id {
            Id::Check if self.checks_run() => {
                let list = entries([("stop them", "what they would have said is not recorded"), ("let them run", "")]);
                self.ask_choice(About::StopChecks, "Checks are running", list);
            }
            Id::Check => self.carry(Ask::Check(Vec::new())),
            Id::ReleaseStart => self.ask_release(),
            Id::ReleaseCandidate => self.ask_candidate(),
            Id::ReleaseCommit => self.ask_commit(false),
            Id::ReleaseTag => self.ask_tag(),
            Id::ReleaseArtifacts => self.carry(Ask::Artifacts),
            Id::ReleasePush => self.carry(Ask::Push),
            Id::ReleaseBranch => self.carry(Ask::Branch),
            Id::ReleaseComplete => self.ask_complete(),
            Id::ReleaseAbandon => self.ask_line(
                About::Abandon,
                "Give this release up",
                "why; the record stays",
                "abandon",
                Some("say why"),
            ),
            Id::GatePass | Id::GateFail | Id::GateWaive => self.gate_key(id),
            Id::SignOff => self.ask_sign_off_role(),
            Id::ItemDone | Id::ItemFail | Id::ItemSkip | Id::ItemNa | Id::ItemUndo => self.item_key(id),
            Id::Notes => self.show(Page::Notes),
            Id::SheetSet | Id::SheetAgree => self.ask_sheet(),
            Id::DeployStart => self.ask_deploy_somewhere(),
            Id::DeployNext | Id::RollbackNext => self.with_run(|cockpit, run| cockpit.ask_next(&run)),
            Id::DeployRetry | Id::RollbackRetry => self.with_run(|cockpit, run| cockpit.ask_retry(&run)),
            Id::DeploySkip | Id::RollbackSkip => self.skip_next(),
            Id::DeployPause => self.with_run(|cockpit, run| {
                cockpit.ask_line(
                    About::Pause(run),
                    "Pause the run",
                    "why (may be empty); what runs goes on, nothing new starts",
                    "pause",
                    None,
                )
            }),
            Id::DeployResume => self.with_run(|cockpit, run| cockpit.ask_resume(&run)),
            Id::DeployWait => self.with_run(|cockpit, run| cockpit.act(Command::WaitLonger { run, reason: None })),
            Id::DeployStop => self.with_run(Self::ask_stop),
            Id::DeployAbort | Id::RollbackAbort => self.with_run(|cockpit, run| cockpit.ask_abort(run)),
            Id::DeployTake => self.with_run(|cockpit, run| {
                cockpit.ask_line(
                    About::Take(run),
                    "Take the run over",
                    "why; the other terminal sees it and stops",
                    "take over",
                    Some("say why"),
                )
            }),
            Id::AttemptResolve => self.ask_resolve(),
            Id::RollbackStart => self.ask_rollback(),
            Id::AttemptType => self.ask_typing(),
            Id::DeployUnlock => self.ask_unlock(),
            Id::RollbackRehearse => self.ask_rehearsal(),
            Id::TriggerFire => self.ask_trigger(),
            Id::IncidentOpen
            | Id::IncidentNote
            | Id::IncidentCorrect
            | Id::IncidentRemove
            | Id::IncidentPin
            | Id::IncidentSeverity
            | Id::IncidentStatus
            | Id::IncidentImpact
            | Id::IncidentDecide
            | Id::IncidentRole
            | Id::IncidentAccept
            | Id::IncidentBrief
            | Id::IncidentUpdate
            | Id::IncidentSnooze
            | Id::IncidentWrite
            | Id::IncidentClose
            | Id::IncidentReport
            | Id::FollowUpList
            | Id::FollowUpAssign
            | Id::FollowUpDone
            | Id::FollowUpDrop => self.incident_act(id),
            Id::NotifySend => self.ask_choice(
                About::Notify,
                "Tell the stakeholders",
                initials(Purpose::ALL.iter().map(|one| (one.name(), ""))),
            ),
            Id::NotifyTold => self.ask_told(),
            Id::LiveSet => self.ask_live(),
            Id::DebtPay => self.ask_debt(),
            Id::Trust => self.show(Page::Trust),
            Id::Changes => self.show_changes(),
            Id::ChangesAdd | Id::ChangesExclude | Id::ChangesAlike | Id::ChangesInclude | Id::ChangesRules => {
                self.changes_act(id)
            }
            Id::Versions => self.show(Page::Versions),
            Id::Feedback => self.show(Page::Feedback),
            Id::SheetShow => self.show(Page::Sheet),
            Id::Metrics => self.show(Page::Metrics),
            Id::ReleaseList | Id::DebtList => self.show(Page::History),
            Id::NotifyList => self.show(Page::Notices),
            Id::Report | Id::ReleaseShow => self.show(Page::Report),
            Id::DeployPlan | Id::RollbackPlan | Id::TriggerList => self.show(Page::Plan),
            Id::Status | Id::GateList | Id::ItemList => self.go(super::keys::Move::NextThing),
            Id::Log => self.go(super::keys::Move::Focus(crate::tui::layout::Pane::Log)),
            Id::Timeline => self.go(super::keys::Move::Focus(crate::tui::layout::Pane::Timeline)),
            // Only as commands; they have no key and no palette entry.
            Id::Demo
            | Id::Init
            | Id::ConfigCheck
            | Id::ConfigSchema
            | Id::ConfigPaths
            | Id::TriggerSamples
            | Id::TriggerReplay
            | Id::Watch
            | Id::JournalVerify
            | Id::JournalRepair
            | Id::Doctor
            | Id::Completions
            | Id::Man => {}
        }
    }

    /// Enter on the selected row.
    pub(super) fn enter(&mut self) {
        let Some(row) = self.selected_row().cloned() else { return };
        match row.act {
            RowAct::None => self.say("nothing to do here: . goes to what is next"),
            RowAct::StartRelease => self.ask_release(),
            RowAct::Trust => self.show(Page::Trust),
            RowAct::SetCandidate => self.ask_candidate(),
            RowAct::Versions => self.show(Page::Versions),
            RowAct::Changes => self.show_changes(),
            RowAct::Notes => self.show(Page::Notes),
            RowAct::Sheet => self.ask_sheet(),
            RowAct::SignOff(role) => self.ask_sign_off(role),
            RowAct::Gate(gate) => {
                let checked =
                    self.snapshot().is_some_and(|one| one.plan.gate(&gate).is_some_and(|gate| gate.check.is_some()));
                if checked && row.state == Some(ItemState::Open) {
                    self.carry(Ask::Check(vec![format!("gate:{gate}")]));
                } else {
                    let list = vec![
                        Entry::new(self.key_of(Id::GatePass, 'p'), "passed", ""),
                        Entry::new(self.key_of(Id::GateFail, 'x'), "failed", "with a reason"),
                        Entry::new(self.key_of(Id::GateWaive, 'w'), "waived", "with a reason; leaves a debt"),
                    ];
                    self.ask_choice(About::GateChoice(gate), &row.title, list);
                }
            }
            RowAct::CheckItem(item) => self.carry(Ask::Check(vec![item.to_string()])),
            RowAct::Item(run, item) => {
                let list = vec![
                    Entry::new(self.key_of(Id::ItemDone, 'd'), "done", ""),
                    Entry::new(self.key_of(Id::ItemFail, 'x'), "failed", "with a reason"),
                    Entry::new(self.key_of(Id::ItemSkip, 's'), "skipped", "with a reason"),
                    Entry::new(self.key_of(Id::ItemNa, 'n'), "does not apply", "with a reason"),
                ];
                self.ask_choice(About::ItemChoice(run, item), &row.title, list);
            }
            RowAct::Deploy(env) => match self.open_run_in(&env) {
                Some(run) => self.ask_next(&run),
                None => self.ask_deploy(env),
            },
            RowAct::Rehearse(_) => self.ask_rehearsal(),
            RowAct::Next(run) => self.ask_next(&run),
            RowAct::Failed(run, slot) => self.ask_failed(run, slot),
            RowAct::Overdue(run, slot) => self.ask_overdue(run, slot),
            RowAct::Unknown(..) => self.ask_resolve(),
            RowAct::Resume(run) => self.ask_resume(&run),
            RowAct::Proposal(run) => self.ask_proposal(&run),
            RowAct::Tag => self.ask_tag(),
            RowAct::Told => self.ask_told(),
            RowAct::Incident => self.ask_incident_on(),
            RowAct::Commit => self.ask_commit(false),
            RowAct::Complete => self.ask_complete(),
            RowAct::FollowUp(id) => self.incident_chosen(Asked::FollowUps(vec![id]), 0),
            RowAct::Abandon => self.perform_act(Id::ReleaseAbandon),
            RowAct::Unlock(env) => self.ask_unlock_of(&env),
            RowAct::Waive(blocker) => self.ask_line(
                About::Waive(blocker),
                &row.title,
                "why it may be deployed all the same",
                "waive",
                Some("say why"),
            ),
        }
    }

    /// The key that does the same outside a dialog, so that a finger learns one; `otherwise` where it is none to type.
    fn key_of(&self, id: Id, otherwise: char) -> char {
        let name = self.keymap.chord(Do::Act(id)).map(|chord| chord.to_string());
        let mut letters = name.iter().flat_map(|name| name.chars());
        match (letters.next(), letters.next()) {
            (Some(letter), None) => letter,
            _ => otherwise,
        }
    }

    fn open_run_in(&self, env: &EnvName) -> Option<RunId> {
        self.snapshot()?.release.as_ref()?.open_run(env).map(|run| run.id.clone())
    }

    fn with_run(&mut self, act: impl FnOnce(&mut Self, RunId)) {
        let run = self.snapshot().and_then(|one| one.release.as_ref()?.any_open_run().map(|run| run.id.clone()));
        match run {
            Some(run) => act(self, run),
            None => self.say("no run is under way: D starts a deployment"),
        }
    }

    pub(super) fn ask_abort(&mut self, run: RunId) {
        let words = "why; what runs is stopped, what was changed stays changed";
        self.ask_line(About::Abort(run), "Abort the run", words, "abort", Some("say why"));
    }

    fn ask_release(&mut self) {
        let Some(seen) = self.snapshot().map(|one| &one.observed) else { return };
        let tagged: Vec<_> = seen.tags.iter().map(|(_, version, _)| version.clone()).collect();
        let base = seen.base.as_ref().map(|(_, version)| version);
        let words = crate::domain::version::offer_words(base, &tagged);
        self.ask_line(About::StartRelease, "Start a release", &words, "start", Some("a version or a type"));
    }

    /// The candidate is a commit, so what is changed is committed first.
    fn ask_candidate(&mut self) {
        let dirty = self.snapshot().is_some_and(|one| !one.observed.dirty.is_empty());
        if dirty {
            return self.ask_commit(true);
        }
        self.carry(Ask::Candidate);
    }

    fn ask_tag(&mut self) {
        let Some(snapshot) = self.snapshot_arc() else { return };
        let words = vec!["on the candidate; where it stands already, it is only recorded".to_owned()];
        let candidate = snapshot.release.as_ref().and_then(|release| Some((release, release.commit()?)));
        let command = candidate.and_then(|(release, commit)| {
            let version = semver::Version::parse(&release.version).ok()?;
            let commit = commit.get(..7).unwrap_or(commit);
            Some(format!("git tag --annotate {} {commit}", snapshot.plan.tag_of(&version)))
        });
        self.ask_confirm(Carried::Tag, "The release tag", "tag", words, command.into_iter().collect());
    }

    fn ask_commit(&mut self, candidate: bool) {
        let Some(snapshot) = self.snapshot_arc() else { return };
        if snapshot.observed.dirty.is_empty() {
            return self.say("no tracked file is changed");
        }
        let message = match &snapshot.release {
            Some(release) => format!("release {}", release.version),
            None => "prepare the release".to_owned(),
        };
        let title = if candidate { "Commit the changes and set the candidate" } else { "Commit the changes" };
        let words = snapshot.observed.dirty.iter().map(|path| format!("changed: {path}")).collect();
        let message = crate::domain::plan::quote_word(&message);
        let commands = vec![format!("git commit --all --message {message}")];
        self.ask_confirm(Carried::Commit(candidate), title, "commit", words, commands);
    }

    pub(super) fn ask_sign_off(&mut self, role: Role) {
        let title = format!("Sign-off: {role}");
        let note = format!("recorded as said by {}", self.snapshot().map_or("you", |one| one.by.as_str()));
        let list = vec![Entry::new('y', "yes", &note), Entry::new('n', "no", "with a reason")];
        self.ask_choice(About::SignOff(role), &title, list);
    }

    fn ask_sign_off_role(&mut self) {
        let roles: Vec<Role> = self
            .snapshot()
            .map(|one| {
                one.plan
                    .items
                    .iter()
                    .filter_map(|item| match &item.kind {
                        ItemKind::Automatic(Check::SignOff(role)) => Some(role.clone()),
                        _ => None,
                    })
                    .collect()
            })
            .unwrap_or_default();
        let list = entries(roles.iter().map(|role| (role.as_str(), "")));
        self.ask_choice(About::SignOffRole(roles.clone()), "Sign off for", list);
    }

    fn ask_rehearsal(&mut self) {
        let Some(env) = self.snapshot().and_then(rehearsal_place) else {
            return self.say("there is no environment but production to rehearse in");
        };
        let command = Command::StartRehearsal { env: env.clone(), all: true };
        let commands = self.commands_of_rehearsal();
        let words = vec![format!("deploys to {env}, rolls back and verifies, as one recorded act; nobody is told")];
        self.ask_started(command, &format!("Rehearse in {env}"), "rehearse", words, commands);
    }

    fn ask_trigger(&mut self) {
        let triggers: Vec<_> = self.snapshot().map(|one| one.plan.triggers.clone()).unwrap_or_default();
        let list = entries(triggers.iter().map(|one| (one.title.as_str(), "")));
        self.ask_choice(
            About::Trigger(triggers.iter().map(|one| one.id.clone()).collect()),
            "Which rollback trigger holds",
            list,
        );
    }

    pub(super) fn ask_notices(&mut self, purpose: Purpose) {
        let command = Command::SendNotices { purpose, stakeholder: None, again: false };
        let who = self
            .snapshot()
            .map(|one| {
                one.plan
                    .stakeholders
                    .iter()
                    .filter(|one| one.purposes.is_empty() || one.purposes.contains(&purpose))
                    .map(|one| match &one.channel {
                        crate::domain::plan::Channel::Command(command) => format!("{}: {}", one.name, command.words()),
                        crate::domain::plan::Channel::Webhook { variable } => {
                            format!("{}: webhook of {variable}", one.name)
                        }
                        crate::domain::plan::Channel::ByHand => format!("{}: by hand", one.name),
                    })
                    .collect()
            })
            .unwrap_or_default();
        let title = format!("Tell the stakeholders: {}", purpose.name());
        let words = vec!["who was told already is not told again".to_owned()];
        self.ask_started(command, &title, "tell them", words, who);
    }

    fn ask_live(&mut self) {
        let envs: Vec<EnvName> = self
            .snapshot()
            .map(|one| one.plan.environments.iter().map(|env| env.name.clone()).collect())
            .unwrap_or_default();
        let list = entries(envs.iter().map(|env| (env.as_str(), "")));
        self.ask_choice(About::LiveEnv(envs.clone()), "Which environment", list);
    }

    fn ask_debt(&mut self) {
        let debts: Vec<(String, String)> = self
            .snapshot()
            .map(|one| {
                one.project
                    .debts
                    .iter()
                    .filter(|debt| debt.paid.is_none())
                    .map(|debt| (debt.id.clone(), debt.text.clone()))
                    .collect()
            })
            .unwrap_or_default();
        if debts.is_empty() {
            return self.say("no debt is open");
        }
        let list = entries(debts.iter().map(|(_, text)| (text.as_str(), "")));
        self.ask_choice(About::Debt(debts.iter().map(|(id, _)| id.clone()).collect()), "Paid", list);
    }

    /// Asks the session for a page of its own.
    pub(super) fn show(&mut self, page: Page) {
        self.recording += 1;
        self.send(Ask::Show(page));
    }
}

pub(super) fn letter(at: usize) -> char {
    char::from(b'a' + u8::try_from(at % 26).unwrap_or(0))
}

/// Entries that are chosen by a letter of their own name: the first of it that no other has, never one that moves the
/// selection. For what relco itself names; what a project names gets letters in their order.
pub(super) fn initials<'a>(rows: impl IntoIterator<Item = (&'a str, &'a str)>) -> Vec<Entry> {
    let mut taken: Vec<char> = vec!['j', 'k'];
    let mut entries = Vec::new();
    for (title, note) in rows {
        let own = title.chars().filter(char::is_ascii_lowercase).find(|letter| !taken.contains(letter));
        let letter = own.or_else(|| ('a'..='z').find(|letter| !taken.contains(letter))).unwrap_or('?');
        taken.push(letter);
        entries.push(Entry::new(letter, title, note));
    }
    entries
}

pub(super) fn entries<'a>(rows: impl IntoIterator<Item = (&'a str, &'a str)>) -> Vec<Entry> {
    rows.into_iter().enumerate().map(|(at, (title, note))| Entry::new(letter(at), title, note)).collect()
}
