//! The log view driven as a person would, over real logs in a temporary directory.

use std::fmt::Write as _;
use std::io::Write as _;

use proptest::prelude::*;
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::{Modifier, Style};

use super::*;
use crate::steplog::Writer;
use crate::tui::theme::{Palette, Surroundings, Theme};

/// 2026-11-22 14:11:02 UTC.
const BEGIN_MS: i64 = 1_795_356_662_000;

/// A log that is written and looked at.
struct Case {
    dir: tempfile::TempDir,
    writer: Writer,
    view: LogView,
    now_ms: i64,
}

impl Case {
    fn new(text: &str) -> Case {
        let dir = tempfile::tempdir().unwrap();
        let mut writer = Writer::create(dir.path()).unwrap();
        writer.write(text.as_bytes(), BEGIN_MS).unwrap();
        let mut view = LogView::in_zone(TimeZone::UTC);
        view.open("deploy-frontend", Reader::open(dir.path()).unwrap());
        let mut case = Case { dir, writer, view, now_ms: BEGIN_MS };
        case.rest();
        case
    }

    /// A log of so many numbered lines.
    fn lines(count: u32) -> Case {
        Case::new(&numbered(0..count))
    }

    fn write(&mut self, later_ms: i64, bytes: impl AsRef<[u8]>) {
        self.now_ms += later_ms;
        self.writer.write(bytes.as_ref(), self.now_ms).unwrap();
        self.rest();
    }

    /// Ticks until nothing goes on by itself.
    fn rest(&mut self) {
        self.view.tick();
        while self.view.is_busy() {
            std::thread::yield_now();
            self.view.tick();
        }
    }

    fn does(&mut self, commands: impl IntoIterator<Item = LogCommand>) -> &mut Case {
        for command in commands {
            self.view.handle(command);
            self.rest();
        }
        self
    }

    fn draw(&mut self, width: u16, height: u16) -> Buffer {
        draw(&mut self.view, width, height, &look())
    }

    fn rows(&mut self, width: u16, height: u16) -> Vec<String> {
        rows(&self.draw(width, height))
    }

    /// What a person sees: the rule above, the rows, and the runs that are not plain.
    fn picture(&mut self, width: u16, height: u16) -> String {
        let buf = self.draw(width, height);
        let title = self.view.title();
        let mut out = format!("{}  {} ─── {}\n", title.name, title.facts(), title.states().join(" · "));
        for row in rows(&buf) {
            writeln!(out, "{}", row.trim_end()).unwrap();
        }
        out + &runs(&buf)
    }

    /// The number of the line on the current row, and that row.
    fn pinned(&mut self, width: u16, height: u16) -> (u64, i64) {
        self.draw(width, height);
        (self.view.current_line().unwrap().number, self.view.place.row)
    }
}

fn numbered(range: std::ops::Range<u32>) -> String {
    range.fold(String::new(), |out, number| out + &format!("line {number}\n"))
}

fn look() -> LogLook {
    LogLook::of(&Theme::with(Palette::Dark))
}

fn draw(view: &mut LogView, width: u16, height: u16, look: &LogLook) -> Buffer {
    let mut buf = Buffer::empty(Rect::new(0, 0, width, height));
    view.render(buf.area, &mut buf, look);
    buf
}

fn rows(buf: &Buffer) -> Vec<String> {
    let width = usize::from(buf.area.width.max(1));
    buf.content.chunks(width).map(|row| row.iter().map(|cell| cell.symbol()).collect()).collect()
}

/// The runs of cells that are neither plain nor merely dim.
fn runs(buf: &Buffer) -> String {
    let mut out = String::new();
    for (y, row) in buf.content.chunks(usize::from(buf.area.width.max(1))).enumerate() {
        for run in row.chunk_by(|one, two| one.style() == two.style()) {
            let text: String = run.iter().map(|cell| cell.symbol()).collect();
            let style = run[0].style();
            if style != Style::reset() && style != Buffer::empty(buf.area).content[0].style() && !text.trim().is_empty()
            {
                let style = format!("{:?} {:?}", style.fg.unwrap(), style.add_modifier).to_lowercase();
                writeln!(out, "{y:>2} {style}: {}", text.trim()).unwrap();
            }
        }
    }
    out
}

fn search(text: &str) -> LogCommand {
    LogCommand::Search(text.to_owned())
}

fn filter(text: &str) -> LogCommand {
    LogCommand::Filter(text.to_owned())
}

#[test]
fn follows_the_end_and_holds_still_when_scrolled_up() {
    let mut case = Case::lines(100);
    assert_eq!(case.rows(60, 3)[2].trim_end(), "▌14:11:02  line 99");
    case.write(0, "line 100\n");
    assert_eq!(case.pinned(60, 3), (101, 2));
    case.does([LogCommand::Up]);
    assert_eq!(case.pinned(60, 3), (100, 1));
    case.write(0, numbered(101..513));
    assert_eq!(case.pinned(60, 3), (100, 1));
    let title = case.view.title();
    assert_eq!((title.following, title.new_lines, title.lines), (false, 412, 513));
    case.does([LogCommand::Down, LogCommand::Down]);
    assert_eq!(case.pinned(60, 3), (102, 2));
    assert_eq!(case.view.title().new_lines, 411, "a new line that was seen is not new any more");
    case.does([LogCommand::End]);
    assert_eq!(case.pinned(60, 3), (513, 2));
    assert!(case.view.title().following);
}

#[test]
fn walking_down_to_the_end_follows_again() {
    let mut case = Case::lines(50);
    case.rows(60, 10);
    case.does([LogCommand::PageUp]);
    case.rows(60, 10);
    assert!(!case.view.title().following);
    case.does([LogCommand::PageDown]);
    case.rows(60, 10);
    assert!(case.view.title().following);
    case.does([LogCommand::Follow]);
    case.write(0, "more\n");
    assert_eq!(case.pinned(60, 10), (50, 9), "not following is possible on the last line too");
    case.does([LogCommand::Down]);
    case.rows(60, 10);
    assert!(case.view.title().following);
}

#[test]
fn goes_where_it_is_told() {
    let mut case = Case::lines(1000);
    case.rows(60, 10);
    case.does([LogCommand::Home]);
    assert_eq!(case.pinned(60, 10), (1, 0));
    case.does([LogCommand::GoToLine(500)]);
    assert_eq!(case.pinned(60, 10), (500, 3));
    case.does([LogCommand::ScrollUp(2)]);
    assert_eq!(case.pinned(60, 10), (500, 5));
    case.does([LogCommand::Select(9)]);
    assert_eq!(case.pinned(60, 10), (504, 9));
    case.does([LogCommand::PageDown]);
    assert_eq!(case.pinned(60, 10), (504, 0));
    case.does([LogCommand::GoToLine(u64::MAX)]);
    assert_eq!(case.pinned(60, 10).0, 1000);
    assert_eq!(case.view.current_line_text().as_deref(), Some("line 999"));
}

#[test]
fn a_search_finds_marks_counts_and_goes_round() {
    let mut case = Case::lines(1000);
    case.rows(60, 10);
    case.does([LogCommand::Home, search("99")]);
    assert_eq!(case.pinned(60, 10).0, 100);
    let states = case.view.title().states();
    assert_eq!(states, ["1 of 19 \"99\""]);
    case.does([LogCommand::NextMatch, LogCommand::NextMatch]);
    assert_eq!((case.pinned(60, 10).0, case.view.title().search.unwrap().position), (300, Some(3)));
    case.does([LogCommand::PreviousMatch, LogCommand::PreviousMatch]);
    assert_eq!(case.view.take_said(), None);
    case.does([LogCommand::PreviousMatch]);
    assert_eq!(case.view.take_said().as_deref(), Some("gone round: from the end"));
    assert_eq!(case.pinned(60, 10).0, 1000);
    case.write(0, "99 again\n");
    case.does([LogCommand::NextMatch]);
    assert_eq!(case.pinned(60, 10).0, 1001, "what came since is searched too");
    case.does([search("")]);
    assert_eq!(case.view.title().search, None);
}

#[test]
fn what_cannot_be_found_or_understood_is_said() {
    let mut case = Case::lines(10);
    case.rows(60, 5);
    for (command, said) in [
        (search("nowhere"), "no line matches \"nowhere\""),
        (search("/(/"), "not a pattern: unclosed group"),
        (LogCommand::NextError, "no line looks like an error"),
    ] {
        case.does([command]);
        assert_eq!(case.view.take_said().as_deref(), Some(said));
        assert_eq!(case.view.take_said(), None);
    }
    case.does([search(""), LogCommand::NextMatch]);
    assert_eq!(case.view.take_said().as_deref(), Some("nothing is searched for"));
    assert!(case.view.title().following, "nothing moved");
}

#[test]
fn stands_at_the_first_error_and_walks_the_others() {
    let mut text = numbered(0..100);
    text += "ERROR manifest.json: unexpected end of file at byte 18423\n";
    text += &numbered(0..10);
    text += "deploy-frontend: failed\n";
    let mut case = Case::new(&text);
    case.rows(60, 10);
    assert_eq!(case.view.title().states(), ["2 errors", "following"]);
    case.does([LogCommand::FirstError]);
    assert_eq!(case.pinned(60, 10), (101, 3));
    assert_eq!(case.view.title().states(), ["error 1 of 2"]);
    case.does([LogCommand::NextError]);
    assert_eq!(case.pinned(60, 10).0, 112);
    case.does([LogCommand::PreviousError]);
    assert_eq!(case.pinned(60, 10).0, 101);
    case.does([LogCommand::End, LogCommand::NextError]);
    assert_eq!(case.pinned(60, 10).0, 101, "from the end, the next one is the first");
}

#[test]
fn the_error_that_one_stands_at_is_shown_whole() {
    let long = "ERROR manifest: entry 40 is cut off, and there is no such file: look at the list";
    let mut case = Case::new(&format!("begin\n{long}\n{}", numbered(0..30)));
    assert!(case.rows(38, 8).iter().all(|row| !row.contains("ERROR")), "the end is followed");
    case.does([LogCommand::NextError]);
    let shown = case.rows(38, 8);
    let at = shown.iter().position(|row| row.contains("ERROR manifest")).unwrap();
    let whole: String = shown[at..]
        .iter()
        .take_while(|row| !row.contains("line 0"))
        .map(|row| row.trim_start_matches(['▌', ' ']).trim_end())
        .collect();
    assert!(whole.replace(' ', "").contains("nosuchfile:lookatthelist"), "{shown:?}");
    assert!(shown.iter().any(|row| row.contains("line 0")), "{shown:?}");
    // Nothing moves while the pane is drawn again; and with the next line it is one row again.
    assert_eq!(case.rows(38, 8), shown);
    case.does([LogCommand::Down]);
    assert!(case.rows(38, 8).iter().any(|row| row.contains("ERROR manifest") && row.contains('…')));
    // However long it is, half the pane stays for the rest.
    let mut case = Case::new(&format!("begin\nERROR {}\n{}", "x".repeat(5000), numbered(0..30)));
    case.does([LogCommand::NextError]);
    let shown = case.rows(38, 8);
    assert_eq!(shown.iter().filter(|row| row.contains("xxx")).count(), 4, "{shown:?}");
    assert!(shown.iter().any(|row| row.contains("xxx") && row.contains('…')), "{shown:?}");
}

#[test]
fn a_jump_waits_for_what_is_still_looked_for() {
    let dir = tempfile::tempdir().unwrap();
    let mut writer = Writer::create(dir.path()).unwrap();
    let plain = "some line of output\n".repeat(100_000);
    writer.write(plain.as_bytes(), BEGIN_MS).unwrap();
    writer.write(b"ERROR here\n", BEGIN_MS).unwrap();
    let mut view = LogView::in_zone(TimeZone::UTC);
    view.open("x", Reader::open(dir.path()).unwrap());
    view.handle(LogCommand::FirstError);
    draw(&mut view, 60, 10, &look());
    while view.is_busy() {
        view.tick();
    }
    assert_eq!(view.current_line_text().as_deref(), Some("ERROR here"));
}

#[test]
fn a_filter_shows_what_matches_and_keeps_the_place() {
    let mut case = Case::lines(1000);
    case.rows(60, 10);
    case.does([LogCommand::GoToLine(500), filter("5")]);
    let rows = case.rows(60, 10);
    assert_eq!(
        rows[3].trim_end(),
        "▌14:11:02  line 500",
        "the line before was 499, the next that matches stands there"
    );
    assert_eq!(rows[2].trim_end(), " 14:11:02  line 495");
    assert_eq!(case.view.title().states(), ["only \"5\": 271 lines, 729 hidden"]);
    case.write(0, "line 1005\nline 1006\n");
    assert_eq!(case.pinned(60, 10), (501, 3));
    assert_eq!(case.view.title().filter.unwrap().count, 272);
    case.does([LogCommand::End]);
    assert_eq!(case.pinned(60, 10), (1001, 9));
    case.does([LogCommand::GoToLine(501), filter("")]);
    assert_eq!(case.pinned(60, 10).0, 501);
    assert_eq!(case.rows(60, 10)[4].trim_end(), " 14:11:02  line 501");
}

#[test]
fn a_search_within_a_filter_stays_within() {
    let mut case = Case::lines(200);
    case.rows(60, 10);
    case.does([filter("7"), LogCommand::Home, search("1")]);
    assert_eq!(case.pinned(60, 10).0, 18, "17 is the first with both");
    case.does([LogCommand::NextMatch]);
    assert_eq!(case.pinned(60, 10).0, 72, "71");
    case.does([filter("line 3"), search("99")]);
    assert_eq!(case.view.take_said().as_deref(), Some("no line matches \"99\" among those that the filter shows"));
}

#[test]
fn a_filter_without_matches_says_so() {
    let mut case = Case::lines(10);
    case.does([filter("x\x1b[2J")]);
    assert_eq!(case.rows(60, 3)[0].trim_end(), "           No line matches \"x␛[2J\".");
    case.does([filter("")]);
    assert_eq!(case.rows(60, 3)[2].trim_end(), "▌14:11:02  line 9");
}

#[test]
fn long_lines_are_cut_shifted_or_wrapped() {
    let mut case = Case::new(&format!("short\n{}end\nlast\n", "0123456789".repeat(12)));
    assert_eq!(case.rows(51, 3)[1].trim_end(), " 14:11:02  012345678901234567890123456789012345678…");
    case.does([LogCommand::Right]);
    assert_eq!(case.rows(51, 3)[1].trim_end(), " 14:11:02  012345678901234567890123456789012345678…");
    assert_eq!(case.view.title().states(), ["from column 21", "following"]);
    case.does([LogCommand::Up, LogCommand::LineEnd]);
    assert_eq!(case.rows(51, 3)[1].trim_end(), "▌14:11:02  456789012345678901234567890123456789end");
    case.does([LogCommand::LineStart, LogCommand::Wrap]);
    let wrapped = case.rows(51, 6);
    assert_eq!(wrapped[1].trim_end(), "▌14:11:02  0123456789012345678901234567890123456789");
    assert_eq!(wrapped[4].trim_end(), "▌          end");
    assert_eq!(wrapped[5].trim_end(), " 14:11:02  last");
}

#[test]
fn a_line_of_megabytes_is_shown_in_windows() {
    let mut line = "x".repeat(5_000_000);
    line.replace_range(4_000_000..4_000_006, "needle");
    let mut case = Case::new(&format!("before\n{line}\nafter\n"));
    assert_eq!(case.rows(40, 3)[1].trim_end(), format!(" 14:11:02  {}…", "x".repeat(28)));
    case.does([search("needle")]);
    let rows = case.rows(60, 3);
    assert!(rows[1].contains("xxneedlexx"), "{rows:?}");
    case.does([LogCommand::LineStart, LogCommand::Wrap, LogCommand::Home]);
    let rows = case.rows(120, 200).join("\n");
    assert!(rows.contains("4.9 MB more in this line"), "{rows}");
    let copy = case.does([LogCommand::GoToLine(2)]).view.current_line().unwrap();
    assert_eq!((copy.number, copy.cut, copy.text.len()), (2, true, COPY_BYTES));
}

#[test]
fn of_an_overwritten_line_the_last_state_is_shown() {
    let mut case = Case::new("  0 %\r 10 %\r 20 %\r\x1b[K 30 %\nCRLF is no overwriting\r\n50 %\r   \r");
    let rows = case.rows(60, 3);
    assert_eq!(rows[0].trim_end(), " 14:11:02  ␍×3  30 %");
    assert_eq!(rows[1].trim_end(), " 14:11:02  CRLF is no overwriting");
    assert_eq!(rows[2].trim_end(), "▌14:11:02  50 %␍");
    case.does([LogCommand::Overwritten]);
    assert_eq!(case.rows(60, 3)[0].trim_end(), " 14:11:02    0 %␍ 10 %␍ 20 %␍ 30 %");
    case.does([LogCommand::Overwritten, search("10 %")]);
    assert_eq!(case.rows(60, 3)[0].trim_end(), "▌14:11:02    0 %␍ 10 %␍ 20 %␍ 30 %", "a match must be seen");
}

#[test]
fn times_are_of_day_or_since_the_beginning_or_none() {
    let mut case = Case::lines(1);
    case.write(61_500, "later\n");
    case.write(3_600_000, "much later\n");
    let times =
        |rows: Vec<String>| -> Vec<String> { rows.iter().map(|row| row[..row.len().min(14)].to_owned()).collect() };
    assert_eq!(times(case.rows(60, 3))[..2], [" 14:11:02  lin", " 14:12:03  lat"]);
    case.does([LogCommand::Times]);
    assert_eq!(times(case.rows(60, 3))[..2], ["    +0:00  lin", "    +1:01  lat"]);
    assert_eq!(case.rows(60, 3)[2].trim_end(), "▌+1:01:01  much later");
    case.does([LogCommand::Times]);
    assert_eq!(case.rows(60, 3)[1].trim_end(), "  later");
    case.does([LogCommand::Times]);
    std::fs::remove_file(case.dir.path().join("index")).unwrap();
    let mut view = LogView::in_zone(TimeZone::UTC);
    view.open("x", Reader::open(case.dir.path()).unwrap());
    assert_eq!(rows(&draw(&mut view, 60, 3, &look()))[1].trim_end(), "  later", "no index, no times");
}

#[test]
fn two_million_lines_open_and_answer() {
    let dir = tempfile::tempdir().unwrap();
    let mut writer = Writer::create(dir.path()).unwrap();
    let mut piece = Vec::new();
    for number in 0..2_000_000_u32 {
        writeln!(piece, "l{number}").unwrap();
        if piece.len() > 60_000 {
            writer.write(&piece, BEGIN_MS).unwrap();
            piece.clear();
        }
    }
    writer.write(&piece, BEGIN_MS).unwrap();
    let mut view = LogView::in_zone(TimeZone::UTC);
    view.open("flood", Reader::open(dir.path()).unwrap());
    assert_eq!(rows(&draw(&mut view, 60, 2, &look()))[1].trim_end(), "▌14:11:02  l1999999");
    assert_eq!(view.title().facts(), "2,000,000 lines · 16.8 MB");
    view.handle(LogCommand::GoToLine(1_234_568));
    assert_eq!(rows(&draw(&mut view, 60, 3, &look()))[0].trim_end(), "▌14:11:02  l1234567");
}

#[test]
fn nothing_to_look_at_is_no_trouble() {
    let mut view = LogView::new();
    assert!(!view.tick() && !view.is_busy() && !view.is_open());
    view.handle(LogCommand::PageDown);
    assert_eq!(view.current_line_text(), None);
    assert_eq!(view.title(), LogTitle::default());
    assert_eq!(rows(&draw(&mut view, 9, 1, &look()))[0].trim(), "");
    let mut case = Case::new("");
    assert_eq!(case.rows(60, 3)[0].trim_end(), "  No output yet.");
    case.write(0, "first\n");
    assert_eq!(case.rows(60, 3)[0].trim_end(), "▌14:11:02  first");
    case.view.close();
    assert!(!case.view.is_open());
}

#[test]
fn a_log_that_became_shorter_is_looked_at_anew() {
    let mut case = Case::lines(100);
    case.does([LogCommand::GoToLine(80), search("9")]);
    std::fs::OpenOptions::new().write(true).open(case.dir.path().join("log")).unwrap().set_len(7).unwrap();
    case.rest();
    assert_eq!(case.rows(60, 3)[0].trim_end(), "▌14:11:02  line 0");
}

#[test]
fn in_mono_and_ascii_nothing_is_lost() {
    let mut case = Case::new("\x1b[31mred\x1b[0m \x1b[1mbold\x1b[0m \x1b[2J\n");
    let theme = Theme::pick(&Surroundings { no_color: true, ascii: true, ..Surroundings::default() });
    let buf = draw(&mut case.view, 60, 1, &LogLook::of(&theme));
    assert_eq!(rows(&buf)[0].trim_end(), "|14:11:02  red bold ^[2J");
    assert!(buf.content.iter().all(|cell| cell.style().fg == Some(ratatui::style::Color::Reset)));
    assert!(buf[(15, 0)].modifier.contains(Modifier::BOLD));
}

#[test]
fn pictures() {
    let mut case = Case::new("installing 1.3.0 into releases/1.3.0\n");
    case.write(1000, "fetched 212 assets (18.4 MB)\n\x1b[33mWARN\x1b[0m asset map has 2 unused entries\n");
    case.write(45_000, "linking assets\n");
    case.write(3000, "ERROR manifest.json: unexpected end of file at byte 18423\n");
    case.write(10, "rolling back partial install: 3 files removed\n");
    case.write(
        1000,
        "\x1b]0;owned\x07progress 10%\rprogress 99%\nname\u{202e}gnp.exe \x1b[2Jdone \x1b[38;5;208morange\n",
    );
    case.write(0, "deploy-frontend: giving up, step failed\n");
    insta::assert_snapshot!("following", case.picture(100, 12));
    case.does([LogCommand::FirstError]);
    insta::assert_snapshot!("at_the_first_error", case.picture(100, 6));
    case.does([search("asset"), LogCommand::NextMatch]);
    insta::assert_snapshot!("search", case.picture(78, 6));
    case.does([filter("/^(rolling|linking)/")]);
    insta::assert_snapshot!("filter", case.picture(78, 6));
    case.does([filter(""), search(""), LogCommand::Wrap, LogCommand::End]);
    insta::assert_snapshot!("wrapped_narrow", case.picture(36, 12));
}

#[test]
fn every_size_is_survived_within_a_frame() {
    let mut case =
        Case::new(&format!("{}\n日本語 e\u{301}\t\x1b[2J\n\u{202e}{}", "long ".repeat(60), "日".repeat(300)));
    for wrap in [false, true] {
        for (width, height) in (0..24).flat_map(|width| (0..6).map(move |height| (width, height))) {
            case.draw(width, height);
            case.does([LogCommand::Up, LogCommand::Right, LogCommand::PageDown]);
            case.draw(width, height);
            case.does([LogCommand::ScrollUp(1), LogCommand::LineEnd, search("日")]);
            case.draw(width, height);
        }
        case.does([LogCommand::Wrap, LogCommand::LineStart]);
        assert!(wrap || case.view.form.wrap);
    }
    // An area that reaches beyond the frame.
    let mut terminal = Terminal::new(TestBackend::new(20, 5)).unwrap();
    terminal.draw(|frame| case.view.render(Rect::new(10, 3, 50, 50), frame.buffer_mut(), &look())).unwrap();
}

/// What may happen between two frames.
#[derive(Debug, Clone)]
enum Happens {
    Append(u8),
    Partly,
    Do(LogCommand),
    Resize(u16, u16),
}

fn happens() -> impl Strategy<Value = Happens> {
    use LogCommand::*;
    prop_oneof![
        4 => (0..40_u8).prop_map(Happens::Append),
        1 => Just(Happens::Partly),
        1 => (1..90_u16, 1..12_u16).prop_map(|(width, height)| Happens::Resize(width, height)),
        6 => prop::sample::select(vec![
            Up, Down, PageUp, PageDown, ScrollUp(3), ScrollDown(2), Home, End, Left, Right, LineStart, LineEnd,
            GoToLine(7), Select(1), Follow, Wrap, Times, Overwritten, NextMatch, PreviousMatch, FirstError, NextError,
            PreviousError, search("7"), search(""), search("/x{3}$/"), filter("1"), filter(""), filter("nothing at all"),
        ]).prop_map(Happens::Do),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    #[test]
    fn the_pinned_line_stays_on_its_row(steps in prop::collection::vec(happens(), 1..40)) {
        let mut case = Case::lines(30);
        let (mut width, mut height, mut written) = (60, 8, 30);
        case.draw(width, height);
        for step in steps {
            let before = (case.view.items_now() > 0 && !case.view.place.follow)
                .then(|| (case.view.current_line().unwrap().number, case.view.place.row));
            match &step {
                Happens::Append(count) => {
                    let mut text = numbered(written..written + u32::from(*count));
                    if count % 5 == 0 {
                        text += &format!("ERROR {}\n", "x".repeat(usize::from(*count) * 9));
                    }
                    written += u32::from(*count);
                    case.write(700, text);
                }
                Happens::Partly => case.write(5, "\x1b[31mpart\r"),
                Happens::Do(command) => { case.does([command.clone()]); }
                Happens::Resize(to_width, to_height) => (width, height) = (*to_width, *to_height),
            }
            let buf = case.draw(width, height);
            if case.view.items_now() == 0 {
                continue;
            }
            let number = case.view.current_line().unwrap().number;
            let row = case.view.place.row;
            if let (Some(before), Happens::Append(_) | Happens::Partly) = (before, &step) {
                prop_assert_eq!(before, (number, row), "{:?}", step);
            }
            // The current line is on the screen, and marked there.
            prop_assert!(row < i64::from(height));
            let y = u16::try_from(row.max(0)).unwrap();
            if width > 1 {
                prop_assert_eq!(buf[(0, y)].symbol(), "▌");
            }
            if case.view.place.follow {
                prop_assert_eq!(number, case.view.last_line_now() + 1);
            }
            prop_assert!(!rows(&buf).concat().chars().any(char::is_control));
        }
    }
}

impl LogView {
    fn items_now(&self) -> u64 {
        self.source.as_ref().map_or(0, |source| source.items())
    }

    fn last_line_now(&self) -> u64 {
        let source = self.source.as_ref().unwrap();
        source.line_of(source.items() - 1).unwrap()
    }
}
