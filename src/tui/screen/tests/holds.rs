//! What holds in every picture.

use super::*;
use crate::domain::timeline::Entry;
use crate::tui::listing::RowKind;

fn calm() -> Vec<(&'static str, World)> {
    let wrong = ["preparing", "failed", "rolling back", "rolled back", "proposed", "unknown", "hostile"];
    states::all().into_iter().filter(|(name, _)| !wrong.contains(name)).collect()
}

#[test]
fn nothing_panics_at_any_size() {
    let themes = [Theme::with(Palette::Dark), ascii()];
    let sizes = (0..=12).map(|n| (n * 17, n * 5)).chain((0..=8).map(|n| (n * 25, 5 * (8 - n))));
    let sizes: Vec<(u16, u16)> = sizes.collect();
    for (_, world) in states::all() {
        let (listing, timeline) = (world.listing(), world.timeline());
        for (at, (width, height)) in sizes.iter().enumerate() {
            let area = Rect::new(0, 0, *width, *height);
            let zoom = [None, Some(Pane::Gates), Some(Pane::List), Some(Pane::Timeline)];
            for (step, zoom) in zoom.into_iter().enumerate() {
                let parts = (&listing, timeline.as_slice());
                world.show_parts(&themes[(at + step) % 2], parts, |shown| {
                    let shown = Shown { zoom, selected: at * 3, timeline_up: at * at * step, ..*shown };
                    draw(&shown, &mut Buffer::empty(area), area, |_, _| {});
                });
            }
        }
    }
}

#[test]
fn red_is_nowhere_unless_something_is_wrong() {
    for (name, world) in calm() {
        let (buf, _) = buffer(&world, 120, 36, &Theme::with(Palette::Either));
        let red = buf.content.iter().find(|cell| cell.fg == Color::Red && cell.symbol() != " ");
        assert_eq!(red, None, "{name}");
    }
    let (buf, _) = buffer(&states::failed(), 120, 36, &Theme::with(Palette::Either));
    assert!(buf.content.iter().any(|cell| cell.fg == Color::Red));
}

#[test]
fn the_selected_row_is_marked_wherever_there_are_panes() {
    for (name, mut world) in states::all() {
        world.focus = Pane::Timeline;
        for (width, height) in [(60, 20), (80, 24), (100, 30), (120, 36), (200, 50)] {
            let (buf, drawn) = buffer(&world, width, height, &Theme::with(Palette::Either));
            let list = drawn.layout.pane(Pane::List);
            let marked = (list.top()..list.bottom()).filter(|y| buf[(list.x + 1, *y)].symbol() == "▌").count();
            assert_eq!(marked, 1, "{name} at {width}x{height}\n{}", rows(&buf));
        }
    }
}

#[test]
fn the_picture_says_truly_what_stands_where() {
    for (name, world) in states::all().into_iter().filter(|(name, _)| *name != "hostile") {
        let listing = world.listing();
        let (buf, drawn) = buffer(&world, 200, 50, &Theme::with(Palette::Either));
        let screen: Vec<String> = rows(&buf).lines().map(str::to_owned).collect();
        assert!(!drawn.list_rows.is_empty(), "{name}");
        for (y, at) in drawn.list_rows {
            let row = &listing.rows[at];
            let title: String = row.title.chars().take(20).collect();
            let shown = &screen[usize::from(y)];
            assert!(row.kind == RowKind::NoWayBack || shown.contains(&title), "{name}: {title:?} in {shown:?}");
        }
        for (y, at) in drawn.gate_rows {
            let title = &world.snapshot.plan.gates[at].title;
            let word = title.rsplit(' ').next().unwrap();
            assert!(screen[usize::from(y)].contains(word), "{name}: {title}");
        }
    }
}

#[test]
fn production_differs_at_the_edge_of_sight() {
    let heavy = |world: &World| picture(world, 120, 36).matches('━').count() > 200;
    assert!(heavy(&states::deploying()) && heavy(&states::rolling_back()));
    assert!(!heavy(&states::ready()) && !heavy(&states::complete()), "no run is open there");
    let mut world = states::ready();
    world.start("R3", "staging", crate::domain::run::RunPurpose::Deployment, None);
    let picture = picture(&world, 120, 36);
    assert!(!picture.contains('━') && picture.contains(" staging "), "{picture}");
}

#[test]
fn in_ascii_there_is_nothing_but_ascii() {
    for (name, world) in states::all().into_iter().filter(|(name, _)| *name != "hostile") {
        let (buf, _) = buffer(&world, 120, 36, &ascii());
        let text = rows(&buf);
        assert!(text.is_ascii(), "{name}: {:?}", text.lines().find(|line| !line.is_ascii()));
    }
}

#[test]
fn without_colour_there_is_no_colour() {
    for (name, world) in states::all() {
        let (buf, _) = buffer(&world, 120, 36, &ascii());
        let coloured = buf.content.iter().any(|cell| cell.fg != Color::Reset || cell.bg != Color::Reset);
        assert!(!coloured, "{name}");
    }
}

#[test]
fn foreign_text_moves_nothing_and_hides_nothing() {
    let world = states::hostile();
    for (width, height) in [(60, 20), (80, 24), (120, 36), (200, 50)] {
        let (buf, _) = buffer(&world, width, height, &Theme::with(Palette::Either));
        for cell in &buf.content {
            let hidden = |c: char| {
                c.is_control()
                    || matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{e0000}'..='\u{e007f}')
            };
            assert!(!cell.symbol().chars().any(hidden), "{:?}", cell.symbol());
        }
    }
}

#[test]
fn the_phase_is_said_in_words() {
    let words = |world: World| {
        let theme = Theme::with(Palette::Either);
        world.show(&theme, |shown| progress::progress(&View::new(shown)).words)
    };
    let all: Vec<(&str, String)> = states::all().into_iter().map(|(name, world)| (name, words(world))).collect();
    let expected = [
        ("plain clone", "no release"),
        ("preparing", "preparing"),
        ("ready", "ready"),
        ("deploying", "deploying 3/6"),
        ("failed", "FAILED at 3/6"),
        ("rolling back", "rolling back 2/6"),
        ("rolled back", "rolled back"),
        ("complete", "complete"),
        ("observing", "deploying 3/6"),
        ("unwatched", "deploying 3/6"),
        ("proposed", "ROLLBACK PROPOSED"),
        ("paused", "paused at 3/6"),
        ("unknown", "OUTCOME UNKNOWN at 3/6"),
        ("asking", "verifying 6/6"),
        ("hotfix", "preparing"),
        ("hostile", "FAILED at 3/6"),
    ];
    assert_eq!(all, expected.map(|(name, words)| (name, words.to_owned())));
}

#[test]
fn a_deployment_that_is_over_is_not_ready_again() {
    let mut world = states::deploying();
    world.end("R3", "deploy-frontend", 9, crate::domain::run::AttemptOutcome::Exited(0));
    world.finish("R3", crate::domain::run::RunOutcome::Aborted);
    let theme = Theme::with(Palette::Either);
    let words = world.show(&theme, |shown| progress::progress(&View::new(shown)).words);
    assert_eq!(words, "deployment aborted");
    assert!(picture(&world, 120, 36).contains("Stopped before its end"));
}

#[test]
fn a_repository_that_cannot_be_read_is_said_in_its_own_words() {
    let mut world = states::plain_clone();
    let first = |world: &World| picture(world, 120, 36).lines().next().unwrap().to_owned();
    world.snapshot.observed.head = None;
    assert!(first(&world).contains("HEAD unknown"), "{}", first(&world));
    world.snapshot.observed.no_repository = Some("the repository has no commits yet".to_owned());
    assert!(first(&world).contains("the repository has no commits yet"), "{}", first(&world));
}

#[test]
fn a_rehearsal_never_looks_like_a_deployment() {
    let mut world = states::ready();
    world.start("R3", "staging", crate::domain::run::RunPurpose::Rehearsal, None).through("R3", "deploy-backend");
    let words = |world: &World| {
        let theme = Theme::with(Palette::Either);
        world.show(&theme, |shown| progress::progress(&View::new(shown)).words)
    };
    assert_eq!(words(&world), "rehearsing 2/6");
    let undo = world.snapshot.release.as_ref().unwrap().runs.last().unwrap().sequence[6].id.to_string();
    world.through("R3", &undo);
    assert_eq!(words(&world), "rehearsing rollback 1/6");
}

#[test]
fn going_on_answers_a_proposal() {
    let proposed = |world: &World| picture(world, 120, 36).contains("Rollback proposed");
    let mut world = states::proposed();
    assert!(proposed(&world));
    let by = "ana@example.com".to_owned();
    world.fact(crate::domain::event::Fact::RunResumed { run: "R3".into(), all: false, by });
    assert!(!proposed(&world));
}

fn timeline_of(entries: &[(&str, &str)], up: usize) -> String {
    let mut world = states::plain_clone();
    let entry = |(seq, (at, text)): (usize, &(&str, &str))| Entry {
        seq: seq as u64,
        kind: "note.added",
        precision: crate::domain::time::Precision::Exact,
        run: None,
        attempt: None,
        incident: None,
        reached: None,
        occurred: at.parse().unwrap(),
        at: at.parse().unwrap(),
        actor: "ana@example.com".to_owned(),
        by: "ana@example.com".to_owned(),
        text: (*text).to_owned(),
        alarming: false,
        note: false,
        evidence: None,
        milestone: false,
    };
    let entries: Vec<Entry> = entries.iter().enumerate().map(entry).collect();
    world.now = "2026-11-22T16:00:00Z".parse().unwrap();
    let (theme, listing) = (Theme::with(Palette::Either), world.listing());
    let area = Rect::new(0, 0, 50, 6);
    let mut buf = Buffer::empty(area);
    world.show_parts(&theme, (&listing, &entries), |shown| {
        timeline::draw(&View::new(&Shown { timeline_up: up, ..*shown }), &mut buf, area)
    });
    rows(&buf)
}

#[test]
fn the_timeline_names_the_day_when_it_changes() {
    let days = [("2026-11-20T10:00:00Z", "one"), ("2026-11-22T09:00:00Z", "two"), ("2026-11-22T09:00:01Z", "three")];
    insta::assert_snapshot!(timeline_of(&days, 0), @r"
      2026-11-20 Friday
      10:00:00  one                               ana
      2026-11-22 Sunday
      09:00:00  two                               ana
      09:00:01  three                             ana
    ");
    insta::assert_snapshot!(timeline_of(&days[1..], 0), @r"
      09:00:00  two                               ana
      09:00:01  three                             ana
    ");
    insta::assert_snapshot!(timeline_of(&days, 2), @r"
      2026-11-20 Friday
      10:00:00  one                               ana
    ");
}

#[test]
fn the_hint_line_keeps_the_way_to_all_keys() {
    let mut world = states::failed();
    world.hints = (0..12).map(|n| (format!("K{n}"), "something".to_owned())).collect();
    world.hints.push(("?".to_owned(), "help".to_owned()));
    let last = |world: &World, width| picture(world, width, 24).lines().last().unwrap().to_owned();
    assert_eq!(last(&world, 80), " K0 something   K1 something   K2 something   ? help               next: devops");
    assert_eq!(last(&world, 200).matches("something").count(), 7, "more keys are not read");
    world.recording = true;
    assert!(last(&world, 80).ends_with("recording…"));
}

#[test]
fn too_many_gates_for_one_line_are_counted() {
    let mut world = states::deploying();
    let mut plan = (*world.snapshot.plan).clone();
    let gate = plan.gates[0].clone();
    plan.gates
        .extend((0..9).map(|n| crate::domain::plan::Gate { title: format!("Board{n} says yes"), ..gate.clone() }));
    world.snapshot.plan = std::sync::Arc::new(plan);
    let line = |world: &World| picture(world, 80, 24).lines().nth(3).unwrap().to_owned();
    assert_eq!(line(&world), "  ✔ QA  ✔ Business  ✔ Security  ✔ Board0  ✔ Board1  ✔ Board2  ✔ Board3  +5");
    (world.focus, world.gate) = (Pane::Gates, 11);
    assert!(line(&world).contains("Board8"), "the selected one is in sight: {}", line(&world));
}

#[test]
fn every_state_reads_differently_from_its_neighbour() {
    let pictures: BTreeSet<String> = states::all().iter().map(|(_, world)| picture(world, 80, 24)).collect();
    assert_eq!(pictures.len(), states::all().len());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn the_hint_line_never_overflows(hints in proptest::collection::vec(("\\PC{1,12}", "\\PC{0,20}"), 0..12), width in 0u16..120) {
        let mut world = states::plain_clone();
        world.hints = hints;
        let (theme, listing) = (Theme::with(Palette::Either), world.listing());
        let area = Rect::new(0, 0, width, 1);
        let mut buf = Buffer::empty(Rect::new(0, 0, 130, 2));
        world.show_parts(&theme, (&listing, &[]), |shown| hint::draw(&View::new(shown), &mut buf, area));
        for x in width..130 {
            prop_assert_eq!(buf[(x, 0)].symbol(), " ");
        }
    }
}
