//! Keys in, what is asked of the session out: the cockpit without a session, on pictures made by hand.

mod trouble;

use std::sync::LazyLock;
use std::sync::mpsc::{Receiver, channel};

use jiff::Timestamp;
use proptest::prelude::*;

use super::danger::{changes, will_run};
use super::*;
use crate::domain::command::Command;
use crate::domain::id::EnvName;
use crate::domain::refusal::Refusal;
use crate::domain::sheet::SheetField;
use crate::session::{Elsewhere, Place};
use crate::tui::driver::Driver;
use crate::tui::overlay::{ARMED_AFTER, Overlay};
use crate::tui::screen::states::{self, World};
use crate::tui::theme::Palette;
use crate::tui::worker::Scripts;

/// A cockpit on a picture, and what it asked for.
struct Bench {
    driver: Driver<Cockpit>,
    asks: Receiver<Ask>,
}

fn on_snapshot(snapshot: &Snapshot, now: Timestamp, columns: u16, rows: u16) -> Bench {
    let (send, asks) = channel();
    let (keymap, _) = keys::keymap(&[]);
    let cockpit = Cockpit::new(send, Theme::with(Palette::Either), keymap, TimeZone::UTC, Now::read());
    let mut driver = Driver::new(cockpit, columns, rows);
    driver.now.wall = now;
    driver.update(Update::Snapshot(Arc::new(snapshot.clone())));
    Bench { driver, asks }
}

fn on(world: &World) -> Bench {
    on_snapshot(&world.snapshot, world.now, 120, 36)
}

impl Bench {
    fn press(&mut self, keys: &str) -> &mut Self {
        self.driver.press(keys);
        self
    }

    fn type_text(&mut self, text: &str) -> &mut Self {
        self.driver.type_text(text);
        self
    }

    /// Waits until a dialog that one key answers takes it.
    fn look(&mut self) -> &mut Self {
        self.driver.now = self.driver.now.later(ARMED_AFTER);
        self
    }

    fn asked(&self) -> Vec<Ask> {
        self.asks.try_iter().collect()
    }

    /// The only thing that was asked for, drafts and looks aside.
    #[track_caller]
    fn asked_one(&self) -> Ask {
        let asides = |ask: &Ask| matches!(ask, Ask::Draft(..) | Ask::Scripts(..));
        let mut asked: Vec<Ask> = self.asked().into_iter().filter(|ask| !asides(ask)).collect();
        assert_eq!(asked.len(), 1, "{asked:?}\n{}", self.driver.screen());
        asked.remove(0)
    }

    #[track_caller]
    fn shows(&mut self, text: &str) -> &mut Self {
        assert!(self.driver.screen().contains(text), "{text:?} is not shown:\n{}", self.driver.screen());
        self
    }

    fn overlay(&self) -> Option<&Overlay> {
        self.driver.app.dialog.as_ref().map(|dialog| &dialog.overlay)
    }
}

fn act(command: Command) -> Ask {
    Ask::Act(Box::new(command))
}

#[test]
fn nothing_is_known_at_first_and_no_key_breaks_that() {
    let (send, _asks) = channel();
    let (keymap, _) = keys::keymap(&[]);
    let cockpit = Cockpit::new(send, Theme::with(Palette::Either), keymap, TimeZone::UTC, Now::read());
    let mut driver = Driver::new(cockpit, 80, 24);
    for key in every_key() {
        driver.press(&key);
        driver.press("esc");
        if driver.closed {
            return;
        }
    }
    panic!("q quits");
}

/// The view of changes, opened and answered.
fn on_changes() -> Bench {
    let mut bench = on(&states::preparing());
    bench.press("g");
    assert_eq!(bench.asked_one(), Ask::Changes(true));
    bench.driver.update(Update::Changes(Arc::new(crate::session::Changes::sample()), false, true));
    bench
}

fn exclude(rule: &str, reason: Option<&str>) -> Ask {
    let reason = reason.map(str::to_owned);
    act(Command::ExcludeChange { rule: rule.parse().unwrap(), reason })
}

#[test]
fn each_change_that_is_missing_is_settled_by_one_key() {
    let mut bench = on_changes();
    bench.shows("Not in the changelog  2").shows("merged before v1.2.4").press("a");
    assert_eq!(bench.asked_one(), Ask::AddEntries(vec!["#123".to_owned()], None));
    bench.press("x").shows("#123 needs no entry").press("enter");
    assert_eq!(bench.asked(), [], "a reason is wanted");
    bench.type_text("internal\n");
    assert_eq!(bench.asked_one(), exclude("#123", Some("internal")));
    // What came of it is read again, and the view stays.
    bench.driver.update(Update::Done(Vec::new()));
    assert_eq!(bench.asked_one(), Ask::Changes(false));
    bench.press("down X").shows("None like #124 needs an entry").shows("type docs").press("enter");
    assert!(matches!(bench.asked_one(), Ask::Act(_)));
    bench.press("esc").shows("Gates");
}

#[test]
fn an_entry_in_a_file_of_its_own_asks_of_which_kind_it_is() {
    let mut bench = on(&states::preparing());
    let mut changes = crate::session::Changes::sample();
    changes.form = Some(crate::domain::ledger::fragment_form::FragmentForm {
        tool: crate::domain::ledger::fragment_form::Tool::Towncrier,
        dir: "newsfragments".to_owned(),
        kinds: vec!["feature".to_owned(), "bugfix".to_owned(), "doc".to_owned()],
        ending: ".md".to_owned(),
        parts: Vec::new(),
        custom: Vec::new(),
    });
    bench.driver.update(Update::Changes(Arc::new(changes), false, true));
    bench.press("a").shows("Of which kind is #123?").shows("newsfragments").press("b");
    let wanted = Ask::AddEntries(vec!["#123".to_owned()], Some("bugfix".to_owned()));
    assert_eq!(bench.asked_one(), wanted);
    // The title of the next one says it: Enter takes that.
    bench.press("down a").shows("docs: words").press("enter");
    assert_eq!(bench.asked_one(), Ask::AddEntries(vec!["#124".to_owned()], Some("doc".to_owned())));
    bench.press("enter A").shows("Of which kind is each that is missing?").shows("#123 does not say").press("b");
    assert_eq!(bench.asked_one(), Ask::AddEntries(Vec::new(), Some("feature".to_owned())));
}

#[test]
fn a_line_with_the_version_before_is_chosen_from_a_list_and_accepted_or_made_a_place() {
    use crate::domain::version_files::{Stray, Strays};
    let world = states::preparing();
    let mut snapshot = world.snapshot.clone();
    let stray = |path: &str, line: usize| Stray {
        path: path.to_owned(),
        line,
        text: "harbor 1.2.4".to_owned(),
        says: "1.2.4".to_owned(),
    };
    let lines = vec![stray("README.md", 3), stray("docs/install.md", 12)];
    snapshot.observed.strays = Strays { old: vec!["1.2.4".to_owned()], lines, more: 0, accepted: 0 };
    let mut bench = on_snapshot(&snapshot, world.now, 120, 36);
    let page = || Update::Page(crate::tui::worker::Page::Versions, "versions".to_owned());
    bench.driver.update(page());
    bench.press("p").shows("Which line with 1.2.4 is a place").shows("docs/install.md:12").press("b");
    assert_eq!(bench.asked_one(), Ask::AddStray("docs/install.md:12".to_owned()));
    bench.driver.update(page());
    bench.press("a").shows("Which line may go on saying 1.2.4?").press("a");
    assert_eq!(bench.asked_one(), Ask::AcceptStray("README.md:3".to_owned()));
}

#[test]
fn a_hotfix_starts_from_a_tag_of_a_list_where_several_lines_are_kept() {
    let mut snapshot = states::preparing().snapshot;
    snapshot.release = None;
    let tag = |version: &str| (format!("v{version}"), version.parse().unwrap(), "a".repeat(40));
    snapshot.observed.tags = ["1.3.0", "1.2.4", "1.2.3", "2.0.0-rc.1"].map(tag).to_vec();
    let mut bench = on_snapshot(&snapshot, states::preparing().now, 120, 36);
    bench.press("N").type_text("hotfix\n");
    bench.shows("Which release is broken?").shows("v1.2.4").shows("becomes 1.2.5");
    let screen = bench.driver.screen();
    assert!(!screen.contains("v1.2.3") && !screen.contains("rc.1"), "{screen}");
    bench.press("b").shows("Start a hotfix of v1.2.4").type_text("#77 pages are blank\n");
    let wanted = Command::StartRelease {
        asked: "hotfix".parse().unwrap(),
        reason: Some("#77 pages are blank".to_owned()),
        base: Some("v1.2.4".to_owned()),
    };
    assert_eq!(bench.asked_one(), act(wanted));
}

#[test]
fn enter_on_a_change_offers_what_settles_it_and_a_rule_is_accepted_by_name() {
    let mut bench = on_changes();
    bench.press("enter").shows("add a line for it").press("A").shows("Add a line for each that is missing");
    bench.look().press("enter");
    assert_eq!(bench.asked(), [], "Enter does not accept");
    bench.press("y");
    assert_eq!(bench.asked_one(), Ask::AddEntries(Vec::new(), None));
    bench.press("down down enter").shows("Leave out: type docs").look().press("y");
    assert_eq!(bench.asked_one(), exclude("type docs", None));
    bench.press("down a").shows("it stands in the changelog already in line 5");
    bench.press("down u").shows("set apart by itself: dependency update");
    assert_eq!(bench.asked(), []);
    bench.press("r");
    assert_eq!(bench.asked_one(), Ask::Show(Page::Rules));
    bench.press("c");
    assert_eq!(bench.asked_one(), Ask::Check(vec!["changelog".to_owned()]));
}

#[test]
fn a_rollback_is_two_keys_away_from_the_changes_too() {
    let mut bench = on(&states::failed());
    bench.press("g");
    bench.asked();
    bench.driver.update(Update::Changes(Arc::new(crate::session::Changes::sample()), false, true));
    bench.press("ctrl-x r").shows("Roll back PRODUCTION to 1.2.4");
}

#[test]
fn production_wants_the_word_and_nothing_else_will_do() {
    let mut bench = on(&states::ready());
    bench.press("enter").shows("Type 1.3.0@production to deploy");
    bench.press("enter").look().press("enter y");
    bench.press("ctrl-u").type_text("1.3.0").press("enter");
    bench.shows("this is not 1.3.0@production").press("ctrl-u");
    bench.driver.paste("1.3.0@production");
    bench.shows("pasted text is not taken").press("enter");
    assert_eq!(bench.asked(), []);
    bench.type_text("1.3.0@production").press("enter");
    let confirm = Some("1.3.0@production".to_owned());
    assert_eq!(bench.asked_one(), act(Command::StartDeployment { env: "production".into(), all: true, confirm }));
}

/// Two keys and the word.
#[test]
fn from_failure_to_rollback_are_two_keys_and_the_word() {
    let mut bench = on(&states::failed());
    bench
        .press("ctrl-x r")
        .shows("Roll back PRODUCTION to 1.2.4")
        .shows("Undo: Deploy backend")
        .shows("(it failed half-way)")
        .shows("Esc goes back");
    bench.type_text("1.2.4@production\n");
    let command = Command::StartRollback {
        env: "production".into(),
        all: true,
        confirm: Some("1.2.4@production".to_owned()),
        despite_running: false,
        dir: None,
    };
    assert_eq!(bench.asked_one(), Ask::RollBack("production".into(), Box::new(command), Scripts::AsTheyLie));
}

#[test]
fn what_must_be_safe_before_it_is_undone_says_who_is_asked() {
    let world = states::failed();
    let mut bench = on_snapshot(&world.snapshot, world.now, 160, 40);
    bench
        .press("ctrl-x r")
        .shows("./deploy/migrate --down  (if it is safe: ")
        .shows("./deploy/migrate --can-go-down is asked first)");
    let mut snapshot = world.snapshot.clone();
    let mut plan = (*snapshot.plan).clone();
    for item in &mut plan.items {
        if let crate::domain::plan::ItemKind::Command(step) = &mut item.kind
            && step.safe_if.take().is_some()
        {
            step.asks_safe = true;
        }
    }
    snapshot.plan = Arc::new(plan);
    let mut bench = on_snapshot(&snapshot, world.now, 160, 40);
    bench.press("ctrl-x r").shows("(a person must say").shows("that it is safe)");
}

#[test]
fn what_does_not_stop_is_named_and_a_second_word_goes_on() {
    let mut bench = on(&states::deploying());
    bench.press("ctrl-x r").shows("deploy-frontend still runs: it is stopped first").type_text("1.2.4@production\n");
    assert!(matches!(bench.asked_one(), Ask::RollBack(..)));
    bench.driver.update(Update::NotDead("R3".into()));
    bench.press("ctrl-x r").shows("deploy-frontend still runs: does not stop").press("enter");
    assert_eq!(bench.asked(), [Ask::Scripts("production".into(), None)], "the second word is a word too");
    bench.type_text("1.2.4@production\n");
    let asked = bench.asked_one();
    let despite = |command: &Command| matches!(command, Command::StartRollback { despite_running: true, .. });
    assert!(matches!(&asked, Ask::RollBack(_, command, _) if despite(command)));
}

#[test]
fn the_timeline_can_show_the_incident_alone() {
    let mut bench = on(&states::failed());
    bench.press("4 z").shows("smoke done").press("&");
    bench.shows("INC-1 only, & shows all").shows("checkout page blank");
    assert!(!bench.driver.screen().contains("smoke done"), "{}", bench.driver.screen());
    bench.press("&").shows("smoke done");
    let mut bench = on(&states::preparing());
    bench.press("4 &").shows("there is no incident");
}

/// A hotfix that is being prepared beside a version that failed in production.
fn beside(world: &states::World) -> Snapshot {
    let other = &world.snapshot;
    let release = other.release.clone().unwrap();
    let elsewhere = Elsewhere {
        dir: "/srv/state/1.3.0".into(),
        release,
        plan: Arc::clone(&other.plan),
        plan_hash: "plan".to_owned(),
    };
    let mut here = states::preparing().snapshot;
    here.release.as_mut().unwrap().version = "1.2.5".to_owned();
    here.elsewhere = Some(Arc::new(elsewhere));
    here
}

#[test]
fn what_another_release_left_in_production_is_two_keys_and_the_word_away_too() {
    for world in [states::failed(), states::complete(), states::deploying()] {
        let mut bench = on_snapshot(&beside(&world), world.now, 120, 36);
        bench.press("ctrl-x r").shows("Roll back PRODUCTION to 1.2.4").shows("this is release 1.3.0");
        bench.type_text("1.2.4@production\n");
        let asked = bench.asked();
        let place = Place { version: "1.3.0".to_owned(), dir: "/srv/state/1.3.0".into() };
        assert!(asked.contains(&Ask::Scripts("production".into(), Some(place.clone()))), "{asked:?}");
        let turned = asked.iter().position(|ask| *ask == Ask::Turn(place.clone())).unwrap();
        assert!(matches!(&asked[turned + 1], Ask::RollBack(env, ..) if env.as_str() == "production"), "{asked:?}");
    }
    // What is rolled back already, or is on its way back, is not offered again.
    let mut bench = on_snapshot(&beside(&states::rolling_back()), states::rolling_back().now, 120, 36);
    bench.press("ctrl-x r").shows("nothing was deployed to production in release 1.2.5");
}

#[test]
fn the_same_keys_again_ask_about_the_next_way_back() {
    let mut here = beside(&states::complete());
    let mut open = states::failed();
    open.snapshot.release.as_mut().unwrap().runs.last_mut().unwrap().env = "staging".into();
    here.release = open.snapshot.release;
    let mut bench = on_snapshot(&here, states::failed().now, 120, 36);
    bench.press("ctrl-x r").shows("Roll back STAGING to 1.2.4").shows("Ctrl-X r again: Roll back PRODUCTION to 1.2.4");
    bench.press("ctrl-x r").shows("this is release 1.3.0").shows("Ctrl-X r again: Roll back STAGING");
    bench.press("ctrl-x r").shows("Roll back STAGING to 1.2.4");
    bench.press("esc").press("ctrl-x r").shows("Roll back STAGING to 1.2.4");
}

/// What can lie over the panes, by the keys that open it.
const COVERS: [&str; 10] = ["?", ":", "n", "/", "S", "A", "f2", "a", "enter", "ctrl-x r"];

#[test]
fn rollback_and_incident_are_in_reach_from_everywhere() {
    for focus in ["1", "2", "3", "4"] {
        for cover in COVERS {
            let mut bench = on(&states::failed());
            bench.press(focus).press(cover).press("ctrl-x r");
            bench.shows("Type 1.2.4@production to roll back");
            let mut bench = on(&states::failed());
            bench.press(focus).press(cover);
            bench.asked();
            bench.press("ctrl-x i");
            assert_eq!(bench.asked_one(), Ask::Show(Page::Incident), "{focus} {cover}");
            assert!(bench.overlay().is_none());
        }
    }
    // From a page, and from a long text.
    let mut bench = on(&states::failed());
    bench.driver.update(Update::Page(Page::Report, "the record\n".repeat(99)));
    bench.press("ctrl-x r").shows("Type 1.2.4@production to roll back");
    let mut bench = on(&states::failed());
    bench.driver.update(Update::Page(Page::Notes, "## Summary".to_owned()));
    bench.press("ctrl-x r").shows("Type 1.2.4@production to roll back");
}

#[test]
fn without_an_incident_two_keys_open_one() {
    for world in [states::deploying(), states::plain_clone()] {
        let mut bench = on(&world);
        bench.press("ctrl-x i");
        let asked = bench.asked_one();
        assert!(matches!(&asked, Ask::Act(command) if matches!(**command, Command::OpenIncident { what: None, .. })));
    }
}

#[test]
fn where_nothing_can_be_rolled_back_the_keys_say_why() {
    for (world, why) in [
        (states::preparing(), "nothing was deployed to production"),
        (states::rolled_back(), "production was rolled back by R4"),
        (states::rolling_back(), "rollback R4 is under way"),
        (states::plain_clone(), "no release"),
    ] {
        let mut bench = on(&world);
        bench.press("ctrl-x r").shows(why);
        assert_eq!(bench.asked(), []);
    }
}

#[test]
fn a_note_is_kept_as_it_is_typed_and_offered_again() {
    let mut bench = on(&states::failed());
    bench.press("n").type_text("-7m ab");
    let drafts = bench.asked();
    assert_eq!(drafts.len(), 6);
    assert_eq!(drafts.last(), Some(&Ask::Draft("note", "-7m ab".to_owned())));
    bench.press("esc n").shows("> -7m ab").press("esc ctrl-x r esc n").shows("> -7m ab");
    bench.type_text("c\n");
    let asked = bench.asked();
    let at = bench.driver.now.wall - jiff::SignedDuration::from_mins(7);
    assert!(asked.contains(&Ask::Draft("note", String::new())), "{asked:?}");
    let Some(Ask::Act(command)) = asked.last() else { panic!("{asked:?}") };
    let Command::Note { text, occurred, .. } = &**command else { panic!("{asked:?}") };
    assert_eq!((text.as_str(), *occurred), ("abc", Some(at)));
    assert!(bench.press("n").shows("Note").overlay().is_some());
    assert!(!bench.driver.screen().contains("> -7m"), "what was written is not offered again");
}

#[test]
fn a_line_that_was_left_is_offered_when_the_same_is_asked_again() {
    let mut bench = on(&states::failed());
    bench.press("A").type_text("the asset list").press("ctrl-x i A").shows("> the asset list");
    bench.press("esc P");
    assert!(!bench.driver.screen().contains("the asset list"), "another question begins empty");
    bench.asked();
    bench.press("esc A enter");
    let asked = bench.asked_one();
    assert!(matches!(&asked, Ask::StopThen(_, command) if matches!(**command, Command::Abort { .. })), "{asked:?}");
}

#[test]
fn drafts_that_were_found_are_said_and_stand_in_their_places() {
    let mut bench = on(&states::failed());
    bench.driver.update(Update::Drafts(vec![("note", "half a no".to_owned()), ("notes", "## Half".to_owned())]));
    bench.shows("half-written and kept: note, notes");
    bench.press("n").shows("> half a no").press("esc r");
    assert_eq!(bench.asked(), [Ask::Show(Page::Notes)]);
    bench.driver.update(Update::Page(Page::Notes, "## From the session".to_owned()));
    bench.shows("## Half").press("f2");
    let asked = bench.asked();
    assert_eq!(asked, [Ask::WriteNotes("## Half".to_owned()), Ask::Draft("notes", String::new())]);
    // What is written counts from here on: an empty draft stands in nobody's way.
    bench.driver.update(Update::Page(Page::Notes, "## As written".to_owned()));
    bench.shows("## As written");
}

#[test]
fn an_emptied_text_gives_way_to_what_the_session_has() {
    let mut bench = on(&states::failed());
    bench.driver.update(Update::Page(Page::Notes, "x".to_owned()));
    bench.type_text("y").press("ctrl-k backspace esc");
    assert_eq!(bench.asked(), ["yx", "y", ""].map(|text| Ask::Draft("notes", text.to_owned())));
    bench.driver.update(Update::Page(Page::Notes, "## From the session".to_owned()));
    bench.shows("## From the session");
}

#[test]
fn who_observes_is_told_so_and_may_still_write() {
    let mut bench = on(&states::observing());
    bench.press("space").shows("walked in another terminal");
    assert_eq!(bench.asked(), []);
    bench.press("n").type_text("seen\n");
    assert!(matches!(bench.asked().last(), Some(Ask::Act(command)) if matches!(**command, Command::Note { .. })));
    bench.press(":").type_text("take the run").press("enter").shows("Take the run over").type_text("ana is away\n");
    let command = Command::Take { run: "R3".into(), reason: "ana is away".to_owned() };
    assert_eq!(bench.asked_one(), act(command));
}

/// A run that runs on goes on behind a check by itself, so it is asked about before.
#[test]
fn after_a_break_the_next_check_does_not_start_the_rest_unasked() {
    let mut world = states::ready();
    world.start("R3", "production", crate::domain::run::RunPurpose::Deployment, None).through("R3", "same-config");
    world.snapshot.session = "s-new".into();
    world.snapshot.observed.sessions = [crate::domain::id::SessionId::from("s-new")].into();
    let mut bench = on(&world);
    bench.press("enter").shows("./deploy/same-config").shows("./deploy/migrate").shows("then runs on");
    assert_eq!(bench.asked(), []);
    bench.look().press("y");
    assert_eq!(bench.asked_one(), act(Command::Next { run: "R3".into(), all: false, safe: false }));
}

#[test]
fn a_question_that_died_with_its_session_can_be_asked_again() {
    let mut world = states::ready();
    world.start("R3", "production", crate::domain::run::RunPurpose::Deployment, None).through("R3", "trigger-slow");
    world.item(Some("R3"), "trigger-slow", crate::domain::item::ItemState::Doing, None);
    world.snapshot.busy = true;
    on(&world).press("enter").shows("nothing to do here");
    world.snapshot.session = "s-new".into();
    world.snapshot.busy = false;
    world.snapshot.observed.sessions = [crate::domain::id::SessionId::from("s-new")].into();
    let mut bench = on(&world);
    bench.press("enter");
    assert_eq!(bench.asked_one(), act(Command::Next { run: "R3".into(), all: false, safe: false }));
}

#[test]
fn staging_shows_only_what_will_run_there() {
    let mut world = states::preparing();
    world.snapshot.observed.checks.clear();
    let mut bench = on(&world);
    bench.press("D").shows("Deploy 1.3.0 to staging").shows("./deploy/migrate");
    let screen = bench.driver.screen();
    for not in ["status-page", "tells stakeholders", "same-config", "by hand", "found out"] {
        assert!(!screen.contains(not), "{not} does not happen in staging:\n{screen}");
    }
}

#[test]
fn the_sheet_begins_where_something_is_missing() {
    let mut bench = on(&states::preparing());
    bench.press(":").type_text("fill in a field").press("enter").shows("alignment sheet").press("enter");
    bench.shows("like 2026-11-23").type_text("2026-11-22 14:00-16:00 UTC\n");
    let value = "2026-11-22 14:00-16:00 UTC".to_owned();
    assert_eq!(bench.asked_one(), act(Command::SetSheet { field: SheetField::DeployTime, value }));
    // What stands in a field is not recorded again: that would void what was agreed to.
    bench.press(":").type_text("fill in a field").press("enter a enter").shows("timing preference is as it was");
    assert_eq!(bench.asked(), []);
}

#[test]
fn who_is_not_told_is_asked_about_before_the_record_closes() {
    let mut world = states::ready();
    world.start("R3", "production", crate::domain::run::RunPurpose::Deployment, None).through("R3", "release-log");
    let (tag, commit) = ("v1.3.0".to_owned(), states::COMMIT.to_owned());
    world.fact(crate::domain::event::Fact::TagMade { tag, commit });
    world.fact(crate::domain::event::Fact::NoticeIntended {
        notice: "completion-harbour-office-1".to_owned(),
        stakeholder: "harbour office".to_owned(),
        purpose: crate::domain::plan::Purpose::Completion,
        run: Some("R3".into()),
        text: "it is out".to_owned(),
    });
    let mut bench = on(&world);
    bench.press("enter").shows("harbour office: completion").press("enter");
    let asked = bench.asked_one();
    assert!(matches!(&asked, Ask::Act(command) if matches!(**command, Command::SettleNotice { .. })), "{asked:?}");
}

#[test]
fn a_refusal_says_what_whose_and_what_next() {
    let mut bench = on(&states::preparing());
    let refusal = Refusal::new("nothing was started").role("qa").next("relco gate pass qa");
    bench.driver.update(Update::Refused(refusal));
    bench.shows("nothing was started").shows("qa: p (gate pass qa)");
}

#[test]
fn quitting_while_a_step_runs_asks_and_leaving_leaves() {
    let mut bench = on(&states::deploying());
    bench.press("q l").shows("leave it running");
    assert!(!bench.driver.closed, "not before it could be read");
    bench.look().press("l");
    assert!(bench.driver.closed);
    assert_eq!(bench.asked(), [Ask::Quit]);
    let mut bench = on(&states::preparing());
    bench.press("q");
    assert!(bench.driver.closed);
}

#[test]
fn stopping_when_quitting_stops_first() {
    let mut bench = on(&states::deploying());
    bench.press("q").look().press("s");
    let asked = bench.asked_one();
    assert!(
        matches!(&asked, Ask::StopThen(run, command) if run.as_str() == "R3" && matches!(**command, Command::Pause { .. }))
    );
    assert!(!bench.driver.closed, "it waits for the step to end");
    bench.driver.update(Update::Done(Vec::new()));
    bench.driver.update(Update::Snapshot(Arc::new(states::paused().snapshot)));
    assert!(bench.driver.closed);
}

#[test]
fn the_mouse_does_not_reach_through_a_page() {
    let mut bench = on(&states::preparing());
    let before = bench.driver.app.selected;
    bench.driver.update(Update::Page(Page::Report, (0..99).map(|at| format!("line {at}\n\n")).collect()));
    bench.shows("line 0");
    bench.driver.wheel(true, 5, 10);
    assert!(!bench.driver.screen().contains("line 0 "), "{}", bench.driver.screen());
    bench.driver.click(5, 20);
    bench.press("esc");
    assert_eq!((bench.driver.app.selected, bench.driver.app.focus), (before, Pane::List));
}

// --- the danger ladder -------------------------------------------------------------------------------------------------

/// Every state, built once.
static STATES: LazyLock<Vec<(&str, Snapshot, Timestamp)>> =
    LazyLock::new(|| states::all().into_iter().map(|(name, world)| (name, world.snapshot, world.now)).collect());

/// Every key that means something, and some that do not.
fn every_key() -> Vec<String> {
    let (keymap, _) = keys::keymap(&[]);
    let bound = keymap.rows().iter().flat_map(|row| row.chords.iter().map(|chord| chord.name()));
    let others =
        ["y", "Y", "b", "s", "l", "backspace", "ctrl-d", "ctrl-u", "f4", "f9", "delete", "insert", "@", "1", "0"];
    let mut keys: Vec<String> = bound.chain(others.map(str::to_owned)).collect();
    keys.sort();
    keys.dedup();
    keys
}

/// Whether an ask changes a system, tells people, closes a record or writes files.
fn is_changing(snapshot: &Snapshot, ask: &Ask) -> bool {
    match ask {
        Ask::RollBack(..)
        | Ask::Type(..)
        | Ask::StopThen(..)
        | Ask::StopStep(..)
        | Ask::Tag
        | Ask::SetVersion(_)
        | Ask::Commit(_)
        | Ask::SettleVersions(_)
        | Ask::GitDone(_)
        | Ask::AddStray(_)
        | Ask::Trust => true,
        // One line for one change is undone in the file; many at once are asked about.
        Ask::AddEntries(changes, _) => changes.is_empty(),
        Ask::Act(command) => match &**command {
            Command::StartDeployment { .. }
            | Command::StartRehearsal { .. }
            | Command::StartRollback { .. }
            | Command::Retry { .. }
            | Command::Resume { .. }
            | Command::SendNotices { .. }
            | Command::TellUpdate { send: true, .. }
            | Command::CompleteRelease
            | Command::AbandonRelease { .. } => true,
            Command::Next { run, safe, .. } => {
                let run = snapshot.release.as_ref().and_then(|release| release.run(run));
                *safe || run.is_some_and(|run| will_run(snapshot, run).iter().any(|slot| changes(snapshot, slot)))
            }
            _ => false,
        },
        Ask::Check(_)
        | Ask::Pin(..)
        | Ask::Changes(_)
        | Ask::WriteNotes(_)
        | Ask::Candidate
        | Ask::Draft(..)
        | Ask::AcceptStray(_)
        | Ask::Artifacts
        | Ask::Push
        | Ask::Branch
        | Ask::Show(_)
        | Ask::Changed
        | Ask::Scripts(..)
        | Ask::Turn(_)
        | Ask::Probed
        | Ask::StopChecks
        | Ask::Quit => false,
    }
}

/// Whether an ask touches production's version, which wants the word.
fn wants_the_word(ask: &Ask) -> bool {
    let production = EnvName::from("production");
    match ask {
        Ask::RollBack(..) => true,
        Ask::Act(command) => match &**command {
            Command::StartDeployment { env, .. } => *env == production,
            Command::StartRollback { .. } => true,
            _ => false,
        },
        _ => false,
    }
}

/// Presses keys in every state, each time from the panes, and hands over what that asked for.
fn in_every_state(keys: &[String], wait: bool, mut check: impl FnMut(&str, &Snapshot, &str, Vec<Ask>)) {
    for (name, snapshot, now) in STATES.iter() {
        let mut bench = on_snapshot(snapshot, *now, 24, 6);
        for keys in keys {
            for key in keys.split(' ') {
                bench.press(key);
                if wait {
                    bench.look();
                }
            }
            check(name, snapshot, keys, bench.asked());
            let cockpit = &mut bench.driver.app;
            (cockpit.dialog, cockpit.page, cockpit.quitting, cockpit.focus) = (None, None, false, Pane::List);
            cockpit.chords.forget();
            bench.driver.closed = false;
        }
    }
}

#[test]
fn no_single_key_and_no_enter_enter_changes_anything() {
    let mut keys = every_key();
    keys.extend(["enter enter", "space space", "enter enter enter"].map(str::to_owned));
    for wait in [false, true] {
        in_every_state(&keys, wait, |name, snapshot, keys, asked| {
            assert!(!asked.iter().any(|ask| is_changing(snapshot, ask)), "{name}: {keys} asked {asked:?}");
        });
    }
}

/// The same key again, held down or pressed twice, never answers what it opened.
#[test]
fn no_key_answers_the_dialog_that_it_opened() {
    let keys: Vec<String> = every_key().into_iter().map(|key| format!("{key} {key} {key}")).collect();
    in_every_state(&keys, true, |name, snapshot, keys, asked| {
        assert!(!asked.iter().any(|ask| is_changing(snapshot, ask)), "{name}: {keys} asked {asked:?}");
    });
}

#[derive(Clone, Debug)]
enum Input {
    Keys(String),
    Paste(&'static str),
    Wait,
}

fn input() -> impl Strategy<Value = Input> {
    let keys = proptest::sample::select(every_key());
    let often = proptest::sample::select(vec!["enter", "y", "Y", "esc", "a", "down", "tab", "ctrl-x r", "D", "B", ":"]);
    let pasted =
        proptest::sample::select(vec!["y", "y\ny\n", "1.3.0@production\n", "1.2.4@production\n", "enter\r\ny"]);
    prop_oneof![
        4 => keys.prop_map(Input::Keys),
        4 => often.prop_map(|key| Input::Keys(key.to_owned())),
        1 => pasted.prop_map(Input::Paste),
        1 => Just(Input::Wait),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    /// Keys at random, at the speed of a paste that the terminal did not mark: nothing changes, whatever they are.
    #[test]
    fn a_flood_of_keys_changes_nothing(state in 0..14usize, keys in proptest::collection::vec(input(), 1..30)) {
        let (name, snapshot, now) = &STATES[state % STATES.len()];
        let mut bench = on_snapshot(snapshot, *now, 30, 8);
        for input in keys {
            match input {
                Input::Keys(keys) => drop(bench.press(&keys)),
                Input::Paste(text) => bench.driver.paste(text),
                Input::Wait => {}
            }
        }
        for ask in bench.asked() {
            // What only stops has a reason that was typed and sent off by Enter.
            let stops = matches!(&ask, Ask::StopThen(..) | Ask::StopStep(..)) || matches!(&ask, Ask::Act(command) if matches!(**command, Command::AbandonRelease { .. }));
            prop_assert!(stops || !is_changing(snapshot, &ask), "{name}: {ask:?}");
        }
    }

    /// Keys at random with time to read: what changes something was confirmed by a key of its own, and production
    /// by its word alone, which nobody types by chance.
    #[test]
    fn only_the_ladder_leads_to_a_change(state in 0..14usize, keys in proptest::collection::vec(input(), 1..40)) {
        let (name, snapshot, now) = &STATES[state % STATES.len()];
        let mut bench = on_snapshot(snapshot, *now, 30, 8);
        for input in keys {
            let before = bench.driver.app.dialog.as_ref().map(|dialog| format!("{:?}", dialog.overlay));
            let kind = bench.overlay().map(|overlay| match overlay {
                Overlay::Confirm(_) => "confirm",
                Overlay::Prompt(_) => "prompt",
                Overlay::Quit(_) => "quit",
                _ => "other",
            });
            let pasted = matches!(input, Input::Paste(_));
            match &input {
                Input::Keys(keys) => drop(bench.press(keys)),
                Input::Paste(text) => bench.driver.paste(text),
                Input::Wait => drop(bench.look()),
            }
            for ask in bench.asked() {
                prop_assert!(!wants_the_word(&ask), "{name}: {ask:?} by {input:?} on {before:?}");
                if is_changing(snapshot, &ask) {
                    prop_assert!(!pasted, "{name}: {ask:?} by {input:?}");
                    prop_assert!(kind.is_some_and(|kind| kind != "other"), "{name}: {ask:?} by {input:?} on {before:?}");
                }
            }
        }
    }
}
