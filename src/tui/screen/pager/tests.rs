use super::*;
use crate::tui::theme::{Palette, Theme};

fn rows(pager: &mut Pager, width: u16, height: u16) -> Vec<String> {
    let area = Rect::new(0, 0, width, height);
    let mut buf = Buffer::empty(area);
    pager.draw(&mut buf, area, &Theme::with(Palette::Either));
    let row = |y| (0..width).map(|x| buf[(x, y)].symbol()).collect::<String>().trim_end().to_owned();
    (0..height).map(row).collect()
}

fn numbered(count: usize) -> Pager {
    let lines = (1..=count).map(|n| PagerLine::plain(format!("line {n}"))).collect();
    Pager::new("Changes", lines, vec![("w".to_owned(), "write".to_owned())])
}

#[test]
fn a_text_is_read_page_by_page_and_ends_at_its_end() {
    let mut pager = numbered(30);
    assert_eq!(rows(&mut pager, 60, 8)[1], "  line 1");
    pager.key(Key::plain(Code::PageDown));
    assert_eq!(rows(&mut pager, 60, 8)[1], "  line 5");
    pager.key(Key::plain(Code::Down));
    assert_eq!(rows(&mut pager, 60, 8)[1], "  line 6");
    pager.key(Key::plain(Code::End));
    assert_eq!(rows(&mut pager, 60, 8)[5], "  line 30");
    pager.key(Key::plain(Code::PageDown));
    assert_eq!(rows(&mut pager, 60, 8)[5], "  line 30", "no room stays empty below");
    pager.key(Key::plain(Code::Home));
    pager.key(Key::plain(Code::Up));
    assert_eq!(rows(&mut pager, 60, 8)[1], "  line 1");
    assert_eq!(pager.key(Key::plain(Code::Esc)), Outcome::Back);
    assert_eq!(pager.key(Key::char('w')), Outcome::Ignored);
}

#[test]
fn a_search_goes_from_hit_to_hit_and_says_when_there_is_none() {
    let mut pager = numbered(40);
    rows(&mut pager, 60, 8);
    let search = |pager: &mut Pager, text: &str| {
        pager.key(Key::char('/'));
        for c in text.chars() {
            pager.key(Key::char(c));
        }
        pager.key(Key::plain(Code::Enter));
    };
    search(&mut pager, "LINE 2");
    assert_eq!(rows(&mut pager, 60, 8)[1], "▌ line 2");
    pager.key(Key::char('n'));
    assert_eq!(rows(&mut pager, 60, 8)[1], "▌ line 20");
    pager.key(Key::char('N'));
    assert_eq!(pager.line(), 1);
    search(&mut pager, "nowhere");
    assert_eq!(rows(&mut pager, 60, 8)[7], " \"nowhere\" is not in this text");
    assert_eq!(pager.line(), 1, "the reader stays");
}

#[test]
fn esc_ends_the_search_before_it_leaves() {
    let mut pager = numbered(3);
    pager.key(Key::char('/'));
    assert_eq!(pager.key(Key::char('q')), Outcome::Stay, "q is a letter while a search is typed");
    assert_eq!(pager.key(Key::plain(Code::Esc)), Outcome::Stay);
    assert_eq!(pager.key(Key::plain(Code::Esc)), Outcome::Back);
}

#[test]
fn what_must_not_be_wrapped_moves_sideways() {
    let long = (0..30).map(|n| format!("{n:02} ")).collect::<String>();
    let lines = vec![PagerLine::plain(long.clone()).whole(), PagerLine::plain(long)];
    let mut pager = Pager::new("Plan", lines, Vec::new());
    assert_eq!(
        rows(&mut pager, 23, 9)[1..4],
        ["  00 01 02 03 04 05 0…", "  00 01 02 03 04 05 06", "  07 08 09 10 11 12 13"]
    );
    pager.key(Key::plain(Code::Right));
    assert_eq!(rows(&mut pager, 23, 9)[1], "   03 04 05 06 07 08 …");
    for _ in 0..40 {
        pager.key(Key::plain(Code::Right));
    }
    assert_eq!(rows(&mut pager, 23, 9)[1], "  3 24 25 26 27 28 29");
}

#[test]
fn a_wrapped_line_is_scrolled_row_by_row() {
    let words = (0..40).map(|n| format!("w{n} ")).collect::<String>();
    let mut pager = Pager::new("Notes", vec![PagerLine::plain(words), PagerLine::plain("end")], Vec::new());
    let before = rows(&mut pager, 20, 6);
    pager.key(Key::plain(Code::Down));
    let after = rows(&mut pager, 20, 6);
    assert_eq!(before[2], after[1]);
    pager.key(Key::plain(Code::End));
    assert_eq!(rows(&mut pager, 20, 6)[3], "  end");
    pager.key(Key::plain(Code::Up));
    assert!(rows(&mut pager, 20, 6)[3].contains("w39"));
}

const FORM: &str = "## Deployment: v1.3.0

- Environment: production
- Run: R3

### Deployment Steps
1. [x] Run database migrations (relco, 2026-11-22 13:52 UTC; exit 0)
2. [x] Deploy backend services
3. [ ] Deploy frontend - failed (relco, 2026-11-22 13:54 UTC; exit 1)
4. [ ] Clear caches - skipped (ana, 2026-11-22 13:55 UTC; nobody looked at them \\[yet])
- [ ] Gate 10: Security - WAIVED (kim; a long reason that does not fit into one row of the screen and goes on)

| Time | Action | Owner |
|------|--------|-------|
| 14:11 | step \\| failed | ana |
| 14:12 | **rolled back** | relco |

- **Berth map**: drag a ship, `PUT /berths/3` (fixes #123)
2 * 3 = 6, a `lonely tick and a \\*star\\*
```
./deploy/frontend --remove    # as it is
```
# not | a table";

#[test]
fn forms_are_styled_for_reading() {
    let mut pager = Pager::new("Report", markdown(FORM, &Glyphs::UNICODE), Vec::new());
    let roles: Vec<String> = pager
        .lines
        .iter()
        .map(|line| line.spans.iter().map(|(text, role)| format!("{role:?}({text})")).collect::<Vec<_>>().join(" "))
        .collect();
    insta::assert_snapshot!("markdown_roles", roles.join("\n"));
    insta::assert_snapshot!("markdown_72x34", rows(&mut pager, 72, 34).join("\n"));
}

/// The owner of a timeline stands behind the longest column: it is seen all the same.
#[test]
fn a_table_that_is_too_wide_wraps_its_widest_column() {
    let text = "| Time | Action | Owner |\n|---|---|---|\n\
                | 14:11 | deploy-frontend failed in production: exit 1 after half a minute of silence | ana |\n\
                | 14:12 | short | li |\n\nbelow";
    let mut pager = Pager::new("Report", markdown(text, &Glyphs::UNICODE), Vec::new());
    let shown = rows(&mut pager, 51, 12);
    let wanted = [
        "  Time   Action                              Owner",
        "  ────────────────────────────────────────────────",
        "  14:11  deploy-frontend failed in           ana",
        "         production: exit 1 after half a",
        "         minute of silence",
        "  14:12  short                               li",
        "",
        "  below",
    ];
    assert_eq!(shown[1..9].iter().map(|row| row.trim_end()).collect::<Vec<_>>(), wanted);
    // Where even that leaves no room, it is cut, and can be moved sideways.
    let shown = rows(&mut pager, 24, 12);
    assert!(shown[3].contains("14:11  deploy-fron"), "{}", shown[3]);
}

#[test]
fn foreign_text_in_a_pager_is_made_safe() {
    let mut pager = Pager::new("\u{1b}[2J\u{202e}", vec![PagerLine::plain("a\u{1b}[31mb\u{200b}c")], Vec::new());
    let rows = rows(&mut pager, 40, 5);
    assert!(rows[0].contains("␛[2J<U+202E>"), "{}", rows[0]);
    assert_eq!(rows[1], "  a␛[31mb<U+200B>c");
}

#[test]
fn no_size_and_no_key_breaks_a_pager() {
    let hostile = "漢字\u{202e}👩‍👩‍👧‍👦 e\u{301} | `**` [ ] ".repeat(5);
    let text = format!("{FORM}\n{hostile}\n| {hostile} |\n\n- [ ] {hostile}");
    let keys = [Code::Down, Code::PageDown, Code::End, Code::Right, Code::Up, Code::PageUp, Code::Home, Code::Left];
    for ascii in [false, true] {
        let glyphs = if ascii { &Glyphs::ASCII } else { &Glyphs::UNICODE };
        for (width, height) in (0..=10).flat_map(|n| [(n, 10 - n), (n * 12, n * 4), (n * 3, 20)]) {
            let mut pager =
                Pager::new(hostile.clone(), markdown(&text, glyphs), vec![(hostile.clone(), hostile.clone())]);
            for key in keys {
                rows(&mut pager, width, height);
                pager.key(Key::plain(key));
            }
            pager.replace(Vec::new());
            rows(&mut pager, width, height);
        }
    }
}
