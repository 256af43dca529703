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
