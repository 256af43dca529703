//! The danger ladder: dialogs before anything changes a system. They show exactly what would run.

use crate::domain::command::Command;
use crate::domain::decide::deploy::typed_word;
use crate::domain::decide::rollback;
use crate::domain::event::Fact;
use crate::domain::id::{EnvName, ItemId, RunId};
use crate::domain::item::ItemState;
use crate::domain::plan::{Danger, EffectClass, ItemKind, List, Step};
use crate::domain::release::ReleaseState;
use crate::domain::run::{Act, Run, Slot};
use crate::domain::sequence;
use crate::domain::time::Precision;
use crate::domain::trouble;
use crate::session::{Place, Snapshot, WayBack};
use crate::tui::listing::rehearsal_place;
use crate::tui::overlay::choice::Entry;
use crate::tui::overlay::typed::Deed;
use crate::tui::overlay::{Choice, Overlay, Typed};
use crate::tui::worker::{Ask, Scripts};

use super::Cockpit;
use super::dialogs::{About, Carried, Dialog};

impl Cockpit {
    /// Asks once before something changes a system, unless the rules refuse it anyway.
    pub(super) fn ask_started(
        &mut self,
        command: Command,
        title: &str,
        verb: &str,
        words: Vec<String>,
        commands: Vec<String>,
    ) {
        if let Some(refusal) = self.refusal_of(&command) {
            return self.refused(&refusal);
        }
        self.ask_confirm(Carried::Act(command), title, verb, words, commands);
    }

    pub(super) fn refusal_of(&self, command: &Command) -> Option<crate::domain::refusal::Refusal> {
        self.snapshot()?.dry_run(self.now.wall, command).err()
    }

    pub(super) fn ask_deploy_somewhere(&mut self) {
        // Before production stands what comes before it: staging, while nothing of this candidate ran there.
        let target = self.snapshot().and_then(|one| {
            let release = one.release.as_ref()?;
            let untouched = rehearsal_place(one).filter(|env| {
                !release.runs.iter().any(|run| {
                    run.env == *env
                        && run.purpose == crate::domain::run::RunPurpose::Deployment
                        && release.commit() == Some(&run.commit)
                })
            });
            untouched.or_else(|| one.plan.production().map(|env| env.name.clone()))
        });
        match target {
            Some(env) => self.ask_deploy(env),
            None => self.say("no release is open: N starts one"),
        }
    }

    pub(super) fn ask_deploy(&mut self, env: EnvName) {
        let Some(snapshot) = self.snapshot_arc() else { return };
        let Some(release) = &snapshot.release else { return self.say("no release is open: N starts one") };
        let word = typed_word(&release.version, &env);
        let command = Command::StartDeployment { env: env.clone(), all: true, confirm: Some(word.clone()) };
        if let Some(refusal) = self.refusal_of(&command) {
            return self.refused(&refusal);
        }
        let slots = applying(&snapshot, release, &env, sequence::deployment(&snapshot.plan), None);
        let title = format!("Deploy {} to {env}", release.version);
        let typed = snapshot.plan.environment(&env).is_some_and(|env| env.danger == Danger::Typed);
        if !typed {
            let commands = slots.iter().filter_map(|slot| line(&snapshot, slot)).collect();
            let words = vec!["runs on until something fails or needs a person".to_owned()];
            return self.ask_confirm(Carried::Act(command), &title, "deploy", words, commands);
        }
        let words = vec!["runs on until something fails or needs a person".to_owned()];
        self.ask_typed(Carried::Act(command), &title, &word, "deploy", deeds(&snapshot, &slots), words);
    }

    /// Asks for the word of the way back. Where the dialog stands already, the same keys ask about the next way there is:
    /// what runs in production may be another release's than the run that is under way here.
    pub(super) fn ask_rollback(&mut self) {
        let Some(here) = self.snapshot_arc() else { return };
        let mut ways = here.ways_back(self.now.wall);
        if ways.is_empty() {
            return self.no_way_back(&here);
        }
        let asked_before = self.way_asked.take();
        let before = ways.iter().position(|way| Some(Way::of(way)) == asked_before);
        let first = before.map_or(0, |at| at + 1) % ways.len();
        ways.rotate_left(first);
        let next = ways.get(1).map(back_words);
        let Some(way) = ways.first() else { return };
        let (snapshot, env) = (&way.snapshot, &way.env);
        let Some(release) = &snapshot.release else { return };
        let Some(old) = release.run(&way.run) else { return };
        let to = rollback::goes_back_to(release, old);
        let word = typed_word(&to, env);
        let started = sequence::started_items(&snapshot.plan, release, old);
        let slots = applying(snapshot, release, env, sequence::rollback(&snapshot.plan, release, old), Some(&started));
        let running: Vec<&str> =
            release.running().filter(|one| one.run == old.id).map(|one| one.slot.as_str()).collect();
        // Asked to stop before, and still there: a second typed word goes on, which says so.
        let despite_running = !running.is_empty() && self.not_dead.as_ref() == Some(&old.id);
        let fate = if despite_running { "does not stop: the rollback starts beside it" } else { "it is stopped first" };
        let mut warnings: Vec<String> = Vec::new();
        if way.elsewhere.is_some() {
            warnings.push(format!("this is release {}: its {} is the last run in {env}", release.version, old.id));
        }
        warnings.extend(running.iter().map(|slot| format!("{slot} still runs: {fate}")));
        warnings.extend(not_undone(snapshot, &slots, old));
        if let Some(next) = next {
            warnings.push(format!("{} again: {next}", self.key_names().roll_back));
        }
        let command = Command::StartRollback {
            env: env.clone(),
            all: true,
            confirm: Some(word.clone()),
            despite_running,
            dir: None,
        };
        let title = back_words(way);
        // Whether the scripts are as they were takes a look at every one of them; the word can be typed meanwhile.
        self.send(Ask::Scripts(env.clone(), way.elsewhere.clone()));
        let carried = Carried::RollBack(Way::of(way), command, Scripts::AsTheyLie);
        let mut deeds = deeds(snapshot, &slots);
        for (deed, slot) in deeds.iter_mut().zip(slots.iter().filter(|slot| snapshot.plan.item(&slot.item).is_some())) {
            if let Some(how) = half_done(release, old, slot) {
                deed.how = format!("{}  ({how})", deed.how);
            }
        }
        self.ask_typed(carried, &title, &word, "roll back", deeds, warnings);
    }

    fn no_way_back(&mut self, snapshot: &Snapshot) {
        let open = snapshot.release.as_ref().and_then(|release| release.any_open_run()).map(|run| run.env.clone());
        let env = open.or_else(|| snapshot.plan.production().map(|env| env.name.clone()));
        match env.and_then(|env| rollback::target(&snapshot.situation(self.now.wall), &env).err()) {
            Some(refusal) => self.refused(&refusal),
            None => self.say("there is nothing to roll back"),
        }
    }

    /// Names the scripts of the rollback that is asked about and that are not as the candidate has them, and offers to
    /// run the candidate's.
    pub(super) fn scripts_found(&mut self, of: &EnvName, changed: &[String], commit: &str) {
        let Some(Dialog { overlay: Overlay::Typed(typed), about: About::Carry(carried) }) = &mut self.dialog else {
            return;
        };
        if !matches!(carried.as_ref(), Carried::RollBack(way, _, _) if way.env == *of) {
            return;
        }
        let short = commit.get(..7).unwrap_or(commit);
        let named = changed.iter().take(3).cloned().collect::<Vec<_>>().join(", ");
        let more = if changed.len() > 3 { format!(" and {} more", changed.len() - 3) } else { String::new() };
        if !changed.is_empty() {
            typed.offer(
                &format!("changed since {short}: {named}{more}. They run as they lie here; Tab runs those of {short}"),
                &format!("the scripts of {short} run, in a work tree of its own; Tab runs those that lie here"),
            );
        }
    }

    fn ask_typed(
        &mut self,
        carried: Carried,
        title: &str,
        word: &str,
        verb: &str,
        deeds: Vec<Deed>,
        warnings: Vec<String>,
    ) {
        let typed = Typed::new(title, word, verb, self.pressed, self.now.mono).deeds(deeds).warnings(warnings);
        self.dialog = Some(Dialog { overlay: Overlay::Typed(typed), about: About::Carry(Box::new(carried)) });
    }

    pub(super) fn ask_next(&mut self, run: &RunId) {
        let command = Command::Next { run: run.clone(), all: false, safe: false };
        // Whether somebody was told is a person's to say: the question comes with the refusal.
        if let Some(refusal) = self.refusal_of(&command)
            && self.has_lost_notice(run)
        {
            self.refused(&refusal);
            return self.ask_told();
        }
        self.ask_step(run, command, "Do the next thing", "start");
    }

    pub(super) fn ask_retry(&mut self, run: &RunId) {
        self.ask_step(run, Command::Retry { run: run.clone() }, "Try again", "try again");
    }

    pub(super) fn ask_resume(&mut self, run: &RunId) {
        let Some(snapshot) = self.snapshot_arc() else { return };
        let Some(release) = &snapshot.release else { return };
        if trouble::proposals(release).any(|(of, _)| of.id == *run) {
            return self.ask_proposal(run);
        }
        let command = Command::Resume { run: run.clone(), all: true };
        let paused = release.run(run).and_then(|run| run.paused.as_ref());
        let mut words: Vec<String> = paused.map(|pause| format!("paused: {}", pause.reason)).into_iter().collect();
        words.push("runs on until something fails or needs a person".to_owned());
        let commands = release.run(run).map(|run| commands_on(&snapshot, run)).unwrap_or_default();
        self.ask_started(command, "End the pause", "run on", words, commands);
    }

    /// Asks what becomes of a rollback that is proposed: why it is, what each answer would run.
    pub(super) fn ask_proposal(&mut self, run: &RunId) {
        let Some(snapshot) = self.snapshot_arc() else { return };
        let Some(release) = &snapshot.release else { return };
        let Some((run, fired)) = trouble::proposals(release).find(|(of, _)| of.id == *run) else {
            return self.ask_resume_plainly(run);
        };
        let title = snapshot.plan.trigger(&fired.trigger).map_or(fired.trigger.as_str(), |one| one.title.as_str());
        let to = rollback::goes_back_to(release, run);
        let started = sequence::started_items(&snapshot.plan, release, run);
        let slots =
            applying(&snapshot, release, &run.env, sequence::rollback(&snapshot.plan, release, run), Some(&started));
        let back: Vec<String> = slots.iter().filter_map(|slot| line(&snapshot, slot)).collect();
        let mut words = vec![title.to_owned()];
        words.extend(Some(fired.words.clone()).filter(|seen| !seen.is_empty() && seen != title));
        words.push(match back.as_slice() {
            [] => "rolling back runs no command".to_owned(),
            commands => format!("rolling back runs: {}", commands.join("; ")),
        });
        let resume = Command::Resume { run: run.id.clone(), all: true };
        let mut go_on = Entry::new('g', &format!("go on with {}", run.to), "with a reason");
        if let Some(refusal) = self.refusal_of(&resume) {
            go_on = go_on.disabled(&refusal.what);
        }
        let list = vec![Entry::new('b', &format!("roll back to {to}"), "shows each step, wants the word"), go_on];
        let choice = Choice::new("Rollback is proposed", list, 0).words(words);
        self.dialog = Some(Dialog { overlay: Overlay::Choice(choice), about: About::Proposal(run.id.clone()) });
    }

    /// The proposal was answered meanwhile.
    fn ask_resume_plainly(&mut self, run: &RunId) {
        let open = self.snapshot().and_then(|one| one.release.as_ref()?.run(run)).is_some_and(Run::is_open);
        match open {
            true => self.ask_resume(run),
            false => self.say("the proposal was answered meanwhile"),
        }
    }

    pub(super) fn proposal_chosen(&mut self, at: usize, run: RunId) {
        if at == 0 {
            return self.ask_rollback();
        }
        let words = "why it goes on although rollback is proposed; it stands on the timeline";
        self.ask_line(About::GoOn(run), "Go on", words, "run on", Some("say why"));
    }

    /// Asks once more, with what would run.
    pub(super) fn ask_go_on(&mut self, run: RunId, reason: &str) {
        let Some(snapshot) = self.snapshot_arc() else { return };
        let Some(of) = snapshot.release.as_ref().and_then(|release| release.run(&run)) else { return };
        let title = format!("Go on with {} although rollback is proposed", of.to);
        let words = vec![reason.to_owned(), "runs on until something fails or needs a person".to_owned()];
        let commands = commands_on(&snapshot, of);
        self.ask_confirm(Carried::GoOn(run, reason.to_owned()), &title, "run on", words, commands);
    }

    /// Goes on with a run whose rollback is proposed: the reason is on record before anything starts.
    pub(super) fn go_on(&mut self, run: RunId, reason: &str) {
        let resume = Command::Resume { run: run.clone(), all: true };
        if let Some(refusal) = self.refusal_of(&resume) {
            return self.refused(&refusal);
        }
        let judged = self.snapshot().and_then(|one| {
            let of = one.release.as_ref()?.run(&run)?;
            let slot = of.next()?;
            matches!(of.state(&slot.id), ItemState::Failed | ItemState::Unknown).then(|| slot.id.clone())
        });
        let text = format!("goes on although rollback is proposed: {reason}");
        self.act(match judged {
            // Its judgement is what failed, so the reason stands with it.
            Some(item) => {
                Command::SetItem { run: Some(run), item, state: ItemState::Skipped, observed: None, reason: Some(text) }
            }
            None => Command::Note { text, occurred: None, precision: Precision::Exact, evidence: None },
        });
        self.act(resume);
    }

    /// Asks before an undo that its step's own question calls unsafe, with the command that would run.
    pub(super) fn ask_undo_all_the_same(&mut self, run: RunId, slot: &ItemId) {
        let Some(snapshot) = self.snapshot_arc() else { return };
        let of = snapshot.release.as_ref().and_then(|release| release.run(&run));
        let Some((of, slot)) = of.and_then(|of| Some((of, of.slot(slot)?))) else { return };
        let title = snapshot.plan.item(&slot.item).map_or_else(|| slot.id.to_string(), |item| item.title.clone());
        let title = format!("Undo \"{title}\" although it may not be safe");
        let words = vec![format!("in {}: its own question says no, and you say that it is safe", of.env)];
        let commands = line(&snapshot, slot).into_iter().collect();
        self.ask_started(Command::Next { run, all: false, safe: true }, &title, "undo", words, commands);
    }

    fn ask_step(&mut self, run: &RunId, command: Command, title: &str, verb: &str) {
        let Some(snapshot) = self.snapshot_arc() else { return };
        let entry = snapshot.release.as_ref().and_then(|release| release.run(run));
        let Some((run, slot)) = entry.and_then(|run| Some((run, run.next()?))) else {
            return self.say("nothing is left in this run");
        };
        if let Some(refusal) = self.refusal_of(&command) {
            return self.refused(&refusal);
        }
        // A run that runs on does not stop behind a check: what follows by itself is asked about with it.
        let follows = will_run(&snapshot, run);
        if !follows.iter().any(|slot| changes(&snapshot, slot)) {
            return self.act(command);
        }
        let commands = follows.iter().filter_map(|slot| line(&snapshot, slot)).collect();
        let mut words = vec![format!("{} in {}", slot.id, run.env)];
        if follows.len() > 1 {
            words.push("then runs on until something fails or needs a person".to_owned());
        }
        self.ask_confirm(Carried::Act(command), title, verb, words, commands);
    }

    pub(super) fn commands_of_rehearsal(&self) -> Vec<String> {
        let Some(snapshot) = self.snapshot() else { return Vec::new() };
        let (Some(release), Some(env)) = (&snapshot.release, rehearsal_place(snapshot)) else { return Vec::new() };
        let slots = applying(snapshot, release, &env, sequence::rehearsal(&snapshot.plan), None);
        slots.iter().filter_map(|slot| line(snapshot, slot)).collect()
    }
}

/// Which way back a dialog asks about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Way {
    /// Where.
    pub env: EnvName,
    /// The other release, where it is one.
    pub elsewhere: Option<Place>,
}

impl Way {
    fn of(way: &WayBack) -> Self {
        Self { env: way.env.clone(), elsewhere: way.elsewhere.clone() }
    }
}

/// `Roll back PRODUCTION to 1.2.4`.
fn back_words(way: &WayBack) -> String {
    let release = way.snapshot.release.as_ref();
    let to = release.and_then(|release| Some(rollback::goes_back_to(release, release.run(&way.run)?)));
    format!("Roll back {} to {}", way.env.as_str().to_uppercase(), to.unwrap_or_default())
}

/// Of a run that is not started yet, the slots that apply there.
fn applying(
    snapshot: &Snapshot,
    release: &ReleaseState,
    env: &EnvName,
    slots: Vec<Slot>,
    started: Option<&[ItemId]>,
) -> Vec<Slot> {
    let rules = sequence::not_applicable(&snapshot.plan, release, &RunId::from("next"), env, &slots, started);
    let left_out =
        |slot: &Slot| rules.iter().any(|fact| matches!(fact, Fact::ItemSet { item, .. } if *item == slot.id));
    slots.into_iter().filter(|slot| !left_out(slot)).collect()
}

/// What runs when a run goes on, as commands.
fn commands_on(snapshot: &Snapshot, run: &Run) -> Vec<String> {
    will_run(snapshot, run).into_iter().filter_map(|slot| line(snapshot, slot)).collect()
}

/// What the next thing of a run leads to without another word: itself, and what follows until a person is needed.
pub(super) fn will_run<'a>(snapshot: &Snapshot, run: &'a Run) -> Vec<&'a Slot> {
    let open = run.sequence.iter().filter(|slot| !run.state(&slot.id).settled());
    let manual =
        |slot: &&Slot| matches!(snapshot.plan.item(&slot.item).map(|item| &item.kind), Some(ItemKind::Manual) | None);
    open.take(if run.all { usize::MAX } else { 1 }).take_while(|slot| !manual(slot)).collect()
}

pub(super) fn changes(snapshot: &Snapshot, slot: &Slot) -> bool {
    match snapshot.plan.item(&slot.item).map(|item| &item.kind) {
        Some(ItemKind::Command(step)) => step.class != EffectClass::Check,
        Some(ItemKind::Notice(_)) => true,
        Some(ItemKind::Manual | ItemKind::Automatic(_) | ItemKind::Probe(_)) | None => false,
    }
}

/// A slot as a line of what will run; what relco finds out by itself needs none.
fn line(snapshot: &Snapshot, slot: &Slot) -> Option<String> {
    match snapshot.plan.item(&slot.item)?.kind {
        ItemKind::Automatic(_) | ItemKind::Probe(_) => None,
        ItemKind::Manual => deed(snapshot, slot).map(|deed| format!("{}: {}", deed.title, deed.how)),
        ItemKind::Command(_) | ItemKind::Notice(_) => deed(snapshot, slot).map(|deed| deed.how),
    }
}

/// What a sequence would do, slot by slot.
fn deeds(snapshot: &Snapshot, slots: &[Slot]) -> Vec<Deed> {
    let mut deeds: Vec<Deed> = Vec::new();
    let mut lasting = false;
    for slot in slots {
        let Some(mut deed) = deed(snapshot, slot) else { continue };
        let forward = for_good(snapshot, slot);
        if let Some(forward) = &forward {
            deed.how = format!("{}  (cannot be taken back: {forward})", deed.how);
            deed.no_way_back = !lasting;
        }
        lasting = forward.is_some();
        deeds.push(deed);
    }
    deeds
}

/// What to do where a step of a deployment cannot be taken back; `None` for one that can.
fn for_good(snapshot: &Snapshot, slot: &Slot) -> Option<String> {
    let item = snapshot.plan.item(&slot.item).filter(|_| slot.act == Act::Do && slot.list == List::Deployment)?;
    match &item.kind {
        ItemKind::Command(step) if step.class == EffectClass::Irreversible => {
            Some(step.roll_forward.clone().unwrap_or_else(|| "its plan does not say what to do instead".to_owned()))
        }
        _ => None,
    }
}

fn deed(snapshot: &Snapshot, slot: &Slot) -> Option<Deed> {
    let item = snapshot.plan.item(&slot.item)?;
    let how = match (&item.kind, slot.act) {
        (ItemKind::Command(step), act) => {
            let command = sequence::command_of(step, act).map(|one| one.words()).unwrap_or_default();
            match safety(step).filter(|_| act == Act::Undo) {
                Some(asks) => format!("{command}  ({asks})"),
                None => command,
            }
        }
        (ItemKind::Probe(probe), _) => format!("asks probe {probe}"),
        (ItemKind::Notice(purpose), _) => format!("tells stakeholders: {}", purpose.name()),
        (ItemKind::Automatic(_), _) => "found out by relco".to_owned(),
        (ItemKind::Manual, _) => "by hand".to_owned(),
    };
    let title = match slot.act {
        Act::Do => item.title.clone(),
        Act::Undo => format!("Undo: {}", item.title),
        Act::Cancel => format!("Cancel: {}", item.title),
    };
    Some(Deed { title, how, no_way_back: false })
}

/// What an undo meets where its step did not come to a good end: it may have changed anything, or nothing.
fn half_done(release: &ReleaseState, old: &Run, slot: &Slot) -> Option<&'static str> {
    if slot.act != Act::Undo {
        return None;
    }
    match old.state(&slot.item) {
        ItemState::Failed => Some("it failed half-way"),
        ItemState::Unknown => Some("its outcome is unknown"),
        _ if release.running().any(|one| one.run == old.id && one.slot == slot.item) => Some("it still runs"),
        _ => None,
    }
}

/// What must be said before a step is undone, where something must.
fn safety(step: &Step) -> Option<String> {
    match &step.safe_if {
        Some(question) => Some(format!("if it is safe: {} is asked first", question.words())),
        None => step.asks_safe.then(|| "a person must say first that it is safe".to_owned()),
    }
}

/// What a rollback leaves as it is: started steps that have no undo.
fn not_undone(snapshot: &Snapshot, slots: &[Slot], run: &Run) -> Vec<String> {
    let Some(release) = &snapshot.release else { return Vec::new() };
    sequence::started_items(&snapshot.plan, release, run)
        .iter()
        .filter(|id| !slots.iter().any(|slot| slot.act == Act::Undo && slot.item == **id))
        .filter_map(|id| snapshot.plan.item(id))
        .filter_map(|item| match &item.kind {
            ItemKind::Command(step) if step.class.changes() => Some(match &step.roll_forward {
                Some(text) => format!("{} is not undone: {text}", item.title),
                None => format!("{} is not undone", item.title),
            }),
            _ => None,
        })
        .collect()
}
