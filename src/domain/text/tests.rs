//! What the sanitiser shows, and what it never lets through.

use proptest::prelude::*;
use unicode_width::UnicodeWidthStr;

use super::*;

fn text(bytes: &[u8]) -> String {
    sanitize_line(bytes, 1000).text()
}

/// The spans as `{style}text`, with the style in short.
fn runs(bytes: &[u8]) -> String {
    let line = sanitize_line(bytes, 1000);
    let short = |style: &TextStyle| {
        let mut out = String::new();
        if let Some(fg) = style.fg {
            out += &format!("{fg:?}");
        }
        if let Some(bg) = style.bg {
            out += &format!("/{bg:?}");
        }
        for (on, name) in [
            (style.bold, "+b"),
            (style.dim, "+d"),
            (style.underline, "+u"),
            (style.reverse, "+r"),
            (style.shown, "?"),
            (style.marked, "!"),
        ] {
            if on {
                out += name;
            }
        }
        out
    };
    line.spans.iter().map(|span| format!("{{{}}}{}", short(&span.style), span.text)).collect()
}

#[test]
fn plain_text_passes_and_line_ends_are_no_part_of_it() {
    assert_eq!(text("fetched 212 assets – 18.4 MB".as_bytes()), "fetched 212 assets – 18.4 MB");
    assert_eq!(sanitize_line(b"done\r\n", 80), sanitize_line(b"done", 80));
    assert_eq!(sanitize_line(b"", 80), SafeLine::default());
}

#[test]
fn colours_survive_as_runs() {
    assert_eq!(runs(b"\x1b[1;31merror\x1b[0m: no"), "{Red+b}error{}: no");
    assert_eq!(runs(b"\x1b[2;4;7mx\x1b[22;24;27my\x1b[m"), "{+d+u+r}x{}y");
    assert_eq!(runs(b"\x1b[97;44mx\x1b[39my\x1b[49mz"), "{BrightWhite/Blue}x{/Blue}y{}z");
}

#[test]
fn larger_palettes_are_brought_down_to_the_sixteen() {
    assert_eq!(runs(b"\x1b[38;5;196mx"), "{BrightRed}x");
    assert_eq!(runs(b"\x1b[38;2;0;200;0mx"), "{Green}x");
    assert_eq!(runs(b"\x1b[38:2::0:0:230mx\x1b[48:5:232;1my"), "{Blue}x{Blue/Black+b}y");
    assert_eq!(runs(b"\x1b[38;5mx\x1b[38mx\x1b[38;9;1mx"), "{Black}xx{Black+b}x");
}

#[test]
fn colours_cannot_hide_text() {
    assert_eq!(runs(b"\x1b[31;41msecret\x1b[0;8mconcealed"), "{Red}secret{}concealed");
}

#[test]
fn other_escapes_are_shown_in_short() {
    assert_eq!(runs(b"a\x1b[2Jb"), "{}a{?}␛[2J{}b");
    assert_eq!(text(b"\x1b[?25l\x1bc\x1b7\x1b(0x"), "␛[?25l␛c␛7␛(0x");
    assert_eq!(text(b"\x1b]0;you are root\x07$"), "␛]0;you are root␛\\$");
    assert_eq!(text(b"\x1b]8;;https://example.com/a/long/way\x1b\\link"), "␛]8;;https://example.com/…␛\\link",);
    assert_eq!(text(b"\x1b[>4;2m"), "␛[>4;2m", "not a colour, though it ends like one");
}

#[test]
fn what_is_unterminated_swallows_nothing() {
    assert_eq!(text(b"\x1b]0;title rm -rf"), "␛]0;title rm -rf");
    assert_eq!(text(b"\x1b[31"), "␛[31");
    assert_eq!(text(b"\x1b[31\x1b[32mgreen"), "␛[31green");
    assert_eq!(text(b"\x1b"), "␛");
    let long = [b"\x1bP".as_slice(), &vec![b'q'; 1 << 20], b"\x1b\\"].concat();
    assert!(sanitize_line(&long, 50).text().starts_with("␛Pqqqq"));
}

#[test]
fn sequences_without_effect_are_dropped_and_counted() {
    let line = sanitize_line(b"\x1b[01;31m\x1b[Kmain.c:3\x1b[m\x1b[K\x1b(B", 80);
    assert_eq!((line.text().as_str(), line.hidden), ("main.c:3", 3));
}

#[test]
fn controls_and_overwriting_are_shown() {
    assert_eq!(text(b"10%\r20%\x08\x07\0\x7f"), "10%␍20%␈␇␀␡");
    assert_eq!(text("a\u{85}b\u{9b}2J".as_bytes()), "a<U+0085>b<U+009B>2J");
    assert_eq!(sanitize_line(b"\r\r\n", 80).hidden, 1);
}

#[test]
fn bidi_zero_width_and_tag_characters_are_shown() {
    assert_eq!(text("a\u{202e}b\u{200b}c\u{feff}\u{e0041}".as_bytes()), "a<U+202E>b<U+200B>c<U+FEFF><U+E0041>");
    assert_eq!(text("\u{2066}x\u{2069}\u{ad}".as_bytes()), "<U+2066>x<U+2069><U+00AD>");
}

#[test]
fn combining_marks_stay_on_their_letter_within_reason() {
    assert_eq!(text("e\u{301}t".as_bytes()), "e\u{301}t");
    assert_eq!(text("\u{301}x".as_bytes()), "<U+0301>x");
    assert_eq!(text(format!("z{}", "\u{336}".repeat(6)).as_bytes()), "z\u{336}\u{336}\u{336}\u{336}<U+0336><U+0336>");
    let warning = sanitize_line("⚠\u{fe0f} x".as_bytes(), 80);
    assert_eq!((warning.text().as_str(), warning.hidden), ("⚠ x", 1));
}

#[test]
fn invalid_utf_8_keeps_its_bytes() {
    assert_eq!(text(b"a\xff\xc3(\xe2\x82"), "a\\xff\\xc3(\\xe2\\x82");
}

#[test]
fn tabs_go_to_the_next_stop_wherever_the_window_begins() {
    assert_eq!(text(b"a\tb\t"), "a       b       ");
    let window = Window { skip_cells: 4, max_cells: 80, marks: &[] };
    assert_eq!(sanitize_window(b"a\tb", &window).text(), "    b");
}

#[test]
fn a_window_keeps_to_its_cells() {
    let cut = sanitize_line("日本語".as_bytes(), 5);
    assert_eq!((cut.text().as_str(), cut.cells, cut.cut), ("日本", 4, true));
    let window = Window { skip_cells: 1, max_cells: 4, marks: &[] };
    let part = sanitize_window("日本語".as_bytes(), &window);
    assert_eq!((part.text().as_str(), part.cells, part.cut), (" 本", 3, true));
    assert!(sanitize_line(b"x", 0).cut);
    assert!(!sanitize_line(b"", 0).cut);
}

#[test]
fn a_wrapped_line_loses_nothing() {
    let rows = |text: &str, cells| -> Vec<String> {
        sanitize_line(text.as_bytes(), usize::MAX).wrapped(cells).iter().map(SafeLine::text).collect()
    };
    assert_eq!(rows("abcdef", 4), ["abcd", "ef"]);
    assert_eq!(rows("abcd", 4), ["abcd"]);
    assert_eq!(rows("", 4), [""]);
    assert_eq!(rows("日本語", 5), ["日本", "語"]);
    assert_eq!(rows("a日e\u{301}", 1), ["a", "…", "e\u{301}"]);
    assert_eq!(rows("ab", 0).concat(), "ab");
}

#[test]
fn marks_become_runs_of_their_own() {
    let window = Window { skip_cells: 0, max_cells: 80, marks: &[2..4, 6..9] };
    let line = sanitize_window(b"ab\x1b[31mcdef", &window);
    let marked: Vec<_> = line.spans.iter().map(|span| (span.text.as_str(), span.style.marked)).collect();
    assert_eq!(marked, [("ab", false), ("cd", true), ("ef", false)]);
}

#[test]
fn titles_and_names_are_one_plain_line() {
    assert_eq!(plain("fix: \x1b[31mred\x1b[0m\r\nsecond\tline"), "fix: ␛[31mred␛[0m␍␊second line");
    assert_eq!(plain("li\u{202e}moc"), "li<U+202E>moc");
    assert_eq!(plain("Zoe\u{308}"), "Zoe\u{308}");
}

#[test]
fn a_title_is_cut_with_an_ellipsis() {
    assert_eq!(fit("deploy-frontend", 15), "deploy-frontend");
    assert_eq!(fit("deploy-frontend", 8), "deploy-…");
    assert_eq!(fit("日本語", 5), "日本…");
    assert_eq!(fit("日本語", 4), "日…");
    assert_eq!((fit("ab", 1).as_str(), fit("ab", 0).as_str(), fit("", 0).as_str()), ("…", "", ""));
}

/// Bytes with many of the troublesome kinds among them.
fn hostile() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop_oneof![
        any::<Vec<u8>>(),
        any::<String>().prop_map(String::into_bytes),
        any::<char>().prop_map(|ch| ch.to_string().into_bytes()),
        "\\x1b[\\[\\]P_()#][0-9;:?]{0,6}[a-zA-Z\\x07]?".prop_map(String::into_bytes),
        "[\u{200b}-\u{202e}\u{2060}-\u{2069}\u{fe00}-\u{feff}\u{e0000}-\u{e007f}\u{300}\t\r\u{7f}-\u{9f}👍🏽é日ﷺ]{1,8}"
            .prop_map(String::into_bytes),
    ];
    prop::collection::vec(piece, 0..12).prop_map(|pieces| pieces.concat())
}

/// Whether a character must never reach the screen.
fn forbidden(ch: char) -> bool {
    ch.is_control()
        || matches!(ch, '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
            | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{e0000}'..='\u{e0fff}')
}

proptest! {
    #[test]
    fn nothing_dangerous_remains_and_the_width_is_kept(bytes in hostile(), skip_cells in 0..20_usize, max_cells in 0..60_usize) {
        let window = Window { skip_cells, max_cells, marks: &[3..5, 7..9] };
        let line = sanitize_window(&bytes, &window);
        let text = line.text();
        prop_assert!(!text.chars().any(forbidden), "{text:?}");
        prop_assert!(line.cells <= max_cells);
        prop_assert!(text.width() <= max_cells, "{text:?} takes {} of {max_cells}", text.width());
        prop_assert!(line.spans.iter().all(|span| !span.text.is_empty()));
    }

    #[test]
    fn windows_side_by_side_show_the_whole_line(bytes in hostile(), width in 2..9_usize) {
        let whole = sanitize_line(&bytes, usize::MAX);
        prop_assert!(!whole.cut);
        let mut cells = 0;
        let mut skip_cells = 0;
        loop {
            let part = sanitize_window(&bytes, &Window { skip_cells, max_cells: width, marks: &[] });
            cells += part.cells;
            skip_cells += width;
            if !part.cut {
                break;
            }
        }
        // A wide character on an edge is a blank on one side, so cells may be missing, never text in between.
        prop_assert!(cells <= whole.cells && cells + skip_cells / width >= whole.cells);
    }

    #[test]
    fn titles_hold_nothing_dangerous_and_fit(title in any::<String>(), max_cells in 0..40_usize) {
        prop_assert!(!plain(&title).chars().any(forbidden));
        let cut = fit(&title, max_cells);
        prop_assert!(cut.width() <= max_cells, "{cut:?}");
    }
}
