//! The view of changes at every size, and its selection.

use super::*;
use crate::tui::theme::Palette;

fn view() -> ChangesView {
    ChangesView::new(Arc::new(Changes::sample()), false)
}

fn rows(view: &mut ChangesView, width: u16, height: u16) -> Vec<String> {
    let area = Rect::new(0, 0, width, height);
    let mut buf = Buffer::empty(area);
    let keys = [("a".to_owned(), "add a line".to_owned()), ("Esc".to_owned(), "goes back".to_owned())];
    view.draw(&mut buf, area, &Theme::with(Palette::Either), &keys);
    let row = |y| (0..width).map(|x| buf[(x, y)].symbol()).collect::<String>().trim_end().to_owned();
    (0..height).map(row).collect()
}

fn at(view: &ChangesView) -> String {
    match view.selected() {
        Some(Selected::Change(change)) => change.id.clone().unwrap_or_else(|| change.commit[..7].to_owned()),
        Some(Selected::Habit(habit)) => habit.rule.to_string(),
        None => "nothing".to_owned(),
    }
}

#[test]
fn what_somebody_must_act_on_stands_first_and_is_told_below() {
    let mut view = view();
    insta::assert_snapshot!("changes_100x24", rows(&mut view, 100, 24).join("\n"));
    view.key(Key::plain(Code::Down));
    view.key(Key::plain(Code::Down));
    insta::assert_snapshot!("changes_habit_80x24", rows(&mut view, 80, 24).join("\n"));
}

#[test]
fn the_selection_goes_over_changes_and_rules_and_stays_on_its_change() {
    let mut view = view();
    assert_eq!(at(&view), "#123");
    let mut seen = vec![at(&view)];
    for _ in 0..9 {
        view.key(Key::plain(Code::Down));
        seen.push(at(&view));
    }
    assert_eq!(&seen[..7], ["#123", "#124", "type docs", "#121", "#122", "0000005", "0000005"]);
    view.key(Key::plain(Code::Home));
    assert_eq!(at(&view), "#123");
    view.key(Key::plain(Code::Up));
    assert_eq!(at(&view), "#123");
    view.key(Key::plain(Code::Down));
    // #123 was settled meanwhile: the selection stays on #124, where it was.
    let mut settled = Changes::sample();
    settled.ledger.changes[0].verdict = Verdict::Excluded;
    view.replace(Arc::new(settled), false);
    assert_eq!(at(&view), "#124");
    let mut all = Changes::sample();
    all.ledger.changes.clear();
    all.habits.clear();
    all.ledger.extra.clear();
    view.replace(Arc::new(all), false);
    assert_eq!(at(&view), "nothing");
    assert!(rows(&mut view, 60, 10).iter().any(|row| row.contains("Nothing changed")));
    assert_eq!(view.key(Key::plain(Code::Esc)), Outcome::Back);
    assert_eq!(view.key(Key::char('a')), Outcome::Ignored);
}

#[test]
fn no_size_and_no_title_breaks_the_view() {
    let mut changes = Changes::sample();
    changes.ledger.changes[0].title = "漢字\u{202e}\u{1b}[2J ".repeat(40);
    changes.ledger.changes[0].merged_by = "\u{1b}]0;x\u{7}".repeat(30);
    let mut view = ChangesView::new(Arc::new(changes), true);
    for (width, height) in (0..=12).flat_map(|n| [(n, 12 - n), (n * 12, n * 4), (n * 3, 20)]) {
        for code in [Code::Down, Code::PageDown, Code::End, Code::Up, Code::PageUp, Code::Home] {
            let shown = rows(&mut view, width, height);
            assert!(shown.iter().all(|row| !row.contains('\u{1b}') && !row.contains('\u{202e}')));
            view.key(Key::plain(code));
        }
    }
}
