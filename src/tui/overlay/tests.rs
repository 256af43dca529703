//! Every dialog by what it answers and by what it looks like.

use super::*;
use crate::action::Danger;
use crate::tui::overlay::help::HelpRow;
use crate::tui::overlay::palette::PaletteRow;
use crate::tui::overlay::typed::Deed;
use crate::tui::theme::{Palette as Colours, Surroundings};
use crate::tui::toast::{Kind, Toasts};
use proptest::prelude::*;

fn rows(overlay: &mut Overlay, width: u16, height: u16, now: Instant) -> Vec<String> {
    let area = Rect::new(0, 0, width, height);
    let mut buf = Buffer::with_lines(vec!["·".repeat(usize::from(width)); usize::from(height)]);
    let cursor = overlay.draw(&mut buf, area, &Theme::with(Colours::Either), now);
    if let Some(cursor) = cursor {
        assert!(area.contains(cursor), "the cursor is outside");
        buf[cursor].set_symbol("▏");
    }
    let row = |y| (0..width).map(|x| buf[(x, y)].symbol()).collect::<String>();
    (0..height).map(row).collect()
}

fn picture(overlay: &mut Overlay, now: Instant) -> String {
    rows(overlay, 80, 24, now).into_iter().filter(|row| row.chars().any(|c| c != '·')).collect::<Vec<_>>().join("\n")
}

/// Presses keys by name, one after the other, and returns the last answer.
fn press(overlay: &mut Overlay, keys: &str, now: Instant) -> Outcome {
    keys.split(' ').map(|key| overlay.key(key.parse().unwrap(), now)).last().unwrap()
}

fn type_text(overlay: &mut Overlay, text: &str, now: Instant) -> Outcome {
    text.chars().map(|c| overlay.key(Key::char(c), now)).last().unwrap()
}

fn confirm(opened_by: &str, now: Instant) -> Overlay {
    let confirm = Confirm::new("Deploy frontend to staging", "start", opened_by.parse().ok(), now)
        .words(["staging 1.2.4 becomes 1.3.0; the step can be undone".to_owned()])
        .commands(["./deploy/frontend --env staging --version 1.3.0".to_owned()]);
    Overlay::Confirm(confirm)
}

fn typed(now: Instant) -> Overlay {
    let deed = |title: &str, how: &str| Deed { title: title.to_owned(), how: how.to_owned(), no_way_back: false };
    let typed = Typed::new("Roll back PRODUCTION to 1.2.4", "1.2.4@production", "start", Some(Key::char('r')), now)
        .deeds([
            deed("switch traffic to 1.2.4", "./deploy/switch 1.2.4"),
            deed("undo deploy-frontend", "failed half-way: will be undone"),
            deed("undo deploy-backend", "./deploy/backend --remove 1.3.0 --keep-logs --reason \"rollback of 1.3.0\""),
            deed("undo migrate", "safe: ./deploy/migrate --can-go-down said yes"),
        ])
        .warnings(["verify waits for the new version to be gone".to_owned()]);
    Overlay::Typed(typed)
}

fn choice() -> Overlay {
    let entries = vec![
        choice::Entry::new('c', "continue with a fix", "sets a new candidate"),
        choice::Entry::new('P', "pause", "nothing starts until resumed"),
        choice::Entry::new('r', "roll back", "to 1.2.4").disabled("no changing step was started: nothing to roll back"),
    ];
    Overlay::Choice(Choice::new("What now?", entries, 0))
}

fn prompt(draft: &str) -> Overlay {
    let words = "Why is this waived? The record shows it with your name.";
    Overlay::Prompt(Prompt::new("Waive gate Security", words, "waive", draft).required("a waiver needs a reason"))
}

fn editor(text: &str) -> Overlay {
    Overlay::Editor(Box::new(Editor::new("Release notes 1.3.0", "save the notes", text)))
}

fn palette() -> Overlay {
    let row = |title: &str, keys: &str, danger, disabled: Option<&str>| PaletteRow {
        title: title.to_owned(),
        also: "deploy".to_owned(),
        keys: keys.to_owned(),
        danger,
        disabled: disabled.map(str::to_owned),
    };
    Overlay::Palette(Box::new(Palette::new(vec![
        row("roll back", "Ctrl-X r", Danger::Typed, None),
        row("start the deployment", "", Danger::Typed, Some("gate Security is open; security must pass it: p")),
        row("write a note", "n", Danger::Records, None),
        row("run the next step", "Enter", Danger::Asks, None),
    ])))
}

fn help() -> Overlay {
    let row = |group: &str, keys: &str, title: &str| HelpRow {
        group: group.to_owned(),
        keys: keys.to_owned(),
        title: title.to_owned(),
    };
    Overlay::Help(Help::new(vec![
        row("everywhere", "Ctrl-X r", "roll back"),
        row("everywhere", "Ctrl-X i", "open an incident"),
        row("log", "/", "search"),
        row("log", "e", "next error"),
    ]))
}

fn history() -> Overlay {
    let (mut toasts, now) = (Toasts::default(), Instant::now());
    toasts.push(Kind::Done, "gate QA passed", "14:02", now);
    toasts.push(Kind::Error, "production refuses: gate Security is open", "14:03", now);
    Overlay::History(History::new(&toasts))
}

fn every(now: Instant) -> Vec<Overlay> {
    let quit = Overlay::Quit(Quit::new("deploy-frontend 0:42, production", now));
    vec![confirm("enter", now), typed(now), choice(), prompt("kim"), editor("a\nb"), palette(), help(), history(), quit]
}

#[test]
fn one_key_confirms_once_the_dialog_was_seen() {
    let now = Instant::now();
    let mut dialog = confirm("enter", now);
    let armed = now + ARMED_AFTER;
    assert_eq!(dialog.wake_at(now), Some(armed));
    assert_eq!(press(&mut dialog, "y", now), Outcome::Stay, "typed ahead");
    assert_eq!(press(&mut dialog, "enter enter enter", armed), Outcome::Stay);
    assert_eq!(dialog.paste("y"), Outcome::Ignored);
    assert_eq!(dialog.wake_at(armed), None);
    assert_eq!(press(&mut dialog, "y", armed), Outcome::Accepted);
    assert_eq!(press(&mut dialog, "esc", now), Outcome::Back);
}

#[test]
fn the_key_that_opened_a_dialog_never_accepts_it() {
    let now = Instant::now();
    let mut dialog = confirm("y", now);
    assert_eq!(press(&mut dialog, "y y y", now + ARMED_AFTER * 9), Outcome::Stay);
    assert_eq!(press(&mut dialog, "Y", now + ARMED_AFTER), Outcome::Accepted);
    assert_eq!(press(&mut confirm("n", now), "n", now), Outcome::Stay, "held down, it must not close it either");
}

#[test]
fn only_the_typed_word_starts() {
    let (now, mut dialog) = (Instant::now(), typed(Instant::now()));
    assert_eq!(press(&mut dialog, "enter enter", now), Outcome::Stay);
    assert_eq!(dialog.paste("1.2.4@production"), Outcome::Stay);
    assert!(picture(&mut dialog, now).contains("pasted text is not taken: type the word"));
    assert_eq!(press(&mut dialog, "enter", now), Outcome::Stay, "the paste left nothing in the field");
    type_text(&mut dialog, "1.2.4@staging", now);
    assert_eq!(press(&mut dialog, "enter", now), Outcome::Stay);
    assert!(picture(&mut dialog, now).contains("this is not 1.2.4@production"));
    press(&mut dialog, "ctrl-u", now);
    type_text(&mut dialog, "1.2.4@production", now);
    assert_eq!(press(&mut dialog, "enter", now), Outcome::Accepted);
    assert_eq!(press(&mut dialog, "esc", now), Outcome::Back);
}

#[test]
fn the_opening_key_held_down_does_not_write_itself() {
    let (now, mut dialog) = (Instant::now(), typed(Instant::now()));
    press(&mut dialog, "r r r", now);
    type_text(&mut dialog, "1.2.4@production", now);
    assert_eq!(press(&mut dialog, "enter", now), Outcome::Accepted);
}

proptest! {
    /// No sequence of presses and pastes accepts, unless the word stands in the field letter by letter.
    #[test]
    fn nothing_but_the_word_is_accepted(presses in proptest::collection::vec(0usize..12, 0..60)) {
        let now = Instant::now();
        let mut dialog = typed(now);
        for at in presses {
            let names = ["enter", "y", "r", "Y", "space", "up", "down", "backspace", "ctrl-x", "1", "tab"];
            let outcome = match names.get(at) {
                Some(name) => press(&mut dialog, name, now + ARMED_AFTER),
                None => dialog.paste("1.2.4@production\n"),
            };
            prop_assert_ne!(outcome, Outcome::Accepted);
        }
    }

    #[test]
    fn a_confirmation_wants_its_key_after_its_time(ms in 0u64..600, key in 0usize..6) {
        let now = Instant::now();
        let name = ["y", "enter", "space", "Y", "tab", "s"][key];
        let outcome = press(&mut confirm("s", now), name, now + Duration::from_millis(ms));
        prop_assert_eq!(outcome == Outcome::Accepted, name == "y" && ms >= 300);
    }
}

#[test]
fn a_line_is_a_draft_until_enter() {
    let (now, mut dialog) = (Instant::now(), prompt(""));
    assert_eq!(press(&mut dialog, "enter", now), Outcome::Stay);
    assert!(picture(&mut dialog, now).contains("a waiver needs a reason"));
    assert_eq!(type_text(&mut dialog, "ki", now), Outcome::Changed("ki".to_owned()));
    assert_eq!(press(&mut dialog, "left", now), Outcome::Stay);
    assert_eq!(dialog.paste("x\ny"), Outcome::Changed("kx yi".to_owned()));
    assert_eq!(press(&mut dialog, "enter", now), Outcome::Text("kx yi".to_owned()));
    assert_eq!(press(&mut dialog, "esc", now), Outcome::Back);
    assert_eq!(press(&mut prompt("kept"), "enter", now), Outcome::Text("kept".to_owned()));
}

#[test]
fn a_choice_says_why_an_entry_is_out_of_reach() {
    let (now, mut dialog) = (Instant::now(), choice());
    assert_eq!(press(&mut dialog, "down enter", now), Outcome::Chosen(1));
    assert_eq!(press(&mut dialog, "P", now), Outcome::Chosen(1));
    assert_eq!(press(&mut dialog, "j j k enter", now), Outcome::Chosen(1));
    assert_eq!(press(&mut dialog, "r", now), Outcome::Stay);
    assert!(picture(&mut dialog, now).contains("roll back: no changing step was started: nothing to roll back"));
    assert_eq!(press(&mut dialog, "esc", now), Outcome::Back);
}

#[test]
fn an_editor_saves_every_change_as_a_draft() {
    let (now, mut dialog) = (Instant::now(), editor("## Summary\n"));
    assert_eq!(press(&mut dialog, "x", now), Outcome::Changed("x## Summary".to_owned()));
    assert_eq!(press(&mut dialog, "end enter", now), Outcome::Changed("x## Summary\n".to_owned()));
    let pasted = dialog.paste("a\r\nb\x1b[31m\u{202e}\tc");
    assert_eq!(pasted, Outcome::Changed("x## Summary\na\nb[31m\tc".to_owned()));
    assert_eq!(press(&mut dialog, "up", now), Outcome::Stay);
    assert_eq!(press(&mut dialog, "ctrl-x", now), Outcome::Ignored, "chords stay live in the editor");
    assert_eq!(press(&mut dialog, "ctrl-u", now), Outcome::Changed("x## Summary\n".to_owned()), "undo");
    assert_eq!(press(&mut dialog, "f4", now), Outcome::Outside("x## Summary\n".to_owned()));
    assert_eq!(press(&mut dialog, "f2", now), Outcome::Saved("x## Summary\n".to_owned()));
    assert_eq!(press(&mut dialog, "ctrl-d", now), Outcome::Saved("x## Summary\n".to_owned()));
    assert_eq!(press(&mut dialog, "esc", now), Outcome::Back);
    let Overlay::Editor(mut editor) = dialog else { unreachable!() };
    editor.replace("from outside\n");
    assert_eq!(editor.text(), "from outside");
}

#[test]
fn the_palette_finds_and_explains() {
    let (now, mut dialog) = (Instant::now(), palette());
    type_text(&mut dialog, "rlb", now);
    assert_eq!(press(&mut dialog, "enter", now), Outcome::Chosen(0));
    press(&mut dialog, "ctrl-u", now);
    type_text(&mut dialog, "start", now);
    assert_eq!(press(&mut dialog, "enter", now), Outcome::Stay, "what is not possible is not chosen");
    assert!(picture(&mut dialog, now).contains("not now: gate Security is open; security must pass it: p"));
    press(&mut dialog, "ctrl-u", now);
    type_text(&mut dialog, "zzz", now);
    assert_eq!(press(&mut dialog, "enter", now), Outcome::Stay);
    assert!(picture(&mut dialog, now).contains("no action fits"));
    press(&mut dialog, "ctrl-u", now);
    assert_eq!(press(&mut dialog, "down down enter", now), Outcome::Chosen(2));
}

#[test]
fn help_filters_by_words_keys_and_place() {
    let (now, mut dialog) = (Instant::now(), help());
    type_text(&mut dialog, "err", now);
    let shown = picture(&mut dialog, now);
    assert!(shown.contains("next error") && !shown.contains("roll back"), "{shown}");
    press(&mut dialog, "ctrl-u", now);
    dialog.paste("ctrl-x\n");
    let shown = picture(&mut dialog, now);
    assert!(shown.contains("roll back") && !shown.contains("next error"), "{shown}");
    assert_eq!(press(&mut dialog, "esc", now), Outcome::Back);
}

#[test]
fn quitting_is_asked_and_not_typed_ahead() {
    let now = Instant::now();
    let mut dialog = Overlay::Quit(Quit::new("deploy-frontend", now));
    assert_eq!(press(&mut dialog, "s", now), Outcome::Stay);
    let later = now + ARMED_AFTER;
    assert_eq!(press(&mut dialog, "q", later), Outcome::Ignored);
    assert_eq!(press(&mut dialog, "enter", later), Outcome::Ignored);
    assert_eq!(press(&mut dialog, "s", later), Outcome::Quit(QuitChoice::Stop));
    assert_eq!(press(&mut dialog, "w", later), Outcome::Quit(QuitChoice::Wait));
    assert_eq!(press(&mut dialog, "l", later), Outcome::Quit(QuitChoice::Leave));
    assert_eq!(press(&mut dialog, "esc", later), Outcome::Back);
}

#[test]
fn foreign_text_is_shown_never_obeyed() {
    let now = Instant::now();
    let confirm = Confirm::new("a\u{202e}b", "start", None, now).commands(["rm\x1b[2Jx\ny".to_owned()]);
    let shown = picture(&mut Overlay::Confirm(confirm), now);
    assert!(shown.contains("a<U+202E>b") && shown.contains("rm␛[2Jx␊y"), "{shown}");
}

#[test]
fn dialogs_as_they_look() {
    let now = Instant::now();
    insta::assert_snapshot!("confirm_not_armed", picture(&mut confirm("enter", now), now));
    insta::assert_snapshot!("confirm_armed", picture(&mut confirm("enter", now), now + ARMED_AFTER));
    let mut dialog = typed(now);
    type_text(&mut dialog, "1.2.4@prod", now);
    insta::assert_snapshot!("typed", picture(&mut dialog, now));
    insta::assert_snapshot!("prompt", picture(&mut prompt("kim is on leave"), now));
    insta::assert_snapshot!("choice", picture(&mut choice(), now));
    insta::assert_snapshot!("editor", picture(&mut editor("## Summary\n\nA faster checkout."), now));
    insta::assert_snapshot!("palette", picture(&mut palette(), now));
    insta::assert_snapshot!("help", picture(&mut help(), now));
    insta::assert_snapshot!("history", picture(&mut history(), now));
    let mut dialog = Overlay::Quit(Quit::new("deploy-frontend 0:42, production", now));
    insta::assert_snapshot!("quit", picture(&mut dialog, now + ARMED_AFTER));
    let area = Rect::new(0, 0, 60, 8);
    let mut buf = Buffer::empty(area);
    let next = [("r".to_owned(), "roll back".to_owned()), ("i".to_owned(), "open an incident".to_owned())];
    crate::tui::keys::which::draw(&mut buf, area, &Theme::with(Colours::Either), "Ctrl-X", &next);
    let row = |y| (0..60).map(|x| buf[(x, y)].symbol()).collect::<String>();
    insta::assert_snapshot!("which_key", (0..8).map(row).collect::<Vec<_>>().join("\n"));
}

#[test]
fn on_a_small_screen_the_question_comes_first() {
    let now = Instant::now();
    let mut dialog = typed(now);
    type_text(&mut dialog, "1.2.4@prod", now);
    insta::assert_snapshot!("typed_60x9", rows(&mut dialog, 60, 9, now).join("\n"));
    insta::assert_snapshot!("typed_24x5", rows(&mut dialog, 24, 5, now).join("\n"));
}

#[test]
fn no_size_breaks_a_dialog() {
    let now = Instant::now();
    let ascii = Theme::pick(&Surroundings { ascii: true, no_color: true, ..Surroundings::default() });
    for overlay in &mut every(now) {
        for height in (0..=12).chain([24, 100]) {
            for width in (0..=12).chain([23, 24, 39, 40, 41, 60, 80, 94, 300]) {
                let area = Rect::new(0, 0, width, height);
                let mut buf = Buffer::empty(area);
                let cursor = overlay.draw(&mut buf, area, &ascii, now);
                assert!(cursor.is_none_or(|cursor| area.contains(cursor)), "{overlay:?} at {area}");
                // A place that the frame does not have.
                overlay.draw(&mut buf, Rect::new(5, 5, width, height), &ascii, now);
            }
        }
    }
}
