use super::*;
use proptest::prelude::*;

fn decode(bytes: &[u8]) -> Vec<Input> {
    let (mut decoder, mut out) = (Decoder::default(), Vec::new());
    decoder.feed(bytes, &mut out);
    decoder.silence(&mut out);
    assert_eq!(decoder.undecided(), None);
    out
}

/// What the bytes mean, as names: `ctrl-x r`, `paste "x"`, `press 3,4`.
fn names(bytes: &[u8]) -> String {
    let name = |input: &Input| match input {
        Input::Key(key) => key.name(),
        Input::Paste(text) => format!("paste {text:?}"),
        Input::Mouse(Mouse { kind, column, row }) => format!("{kind:?} {column},{row}"),
        Input::Focus(on) => format!("focus {on}"),
    };
    decode(bytes).iter().map(name).collect::<Vec<_>>().join(" ")
}

#[test]
fn plain_and_control_keys() {
    assert_eq!(names(b"aZ /"), "a Z space /");
    assert_eq!(names(b"\x18r"), "ctrl-x r");
    assert_eq!(names(b"\r\n\t\x7f\x08"), "enter enter tab backspace backspace");
    assert_eq!(names(b"\x00\x1c"), "ctrl-space ctrl-4");
    assert_eq!(names("é✔🙂".as_bytes()), "é ✔ 🙂");
}

#[test]
fn escape_alone_before_and_inside() {
    assert_eq!(names(b"\x1b"), "esc");
    assert_eq!(names(b"\x1b\x1b"), "esc esc");
    assert_eq!(names(b"\x1bx"), "alt-x");
    assert_eq!(names("\x1bé".as_bytes()), "alt-é");
    assert_eq!(names(b"\x1b\x1b[A"), "esc up");
    assert_eq!(names(b"\x1b["), "alt-[");
    assert_eq!(names(b"\x1bO"), "alt-O");
    assert_eq!(names(b"\x1b]"), "alt-]");
    assert_eq!(names(b"\x1b[1;\x1b[B"), "down", "a broken-off sequence leaves nothing behind");
}

#[test]
fn cursor_and_function_keys_of_several_terminals() {
    assert_eq!(names(b"\x1b[A\x1b[B\x1b[C\x1b[D\x1b[H\x1b[F"), "up down right left home end");
    assert_eq!(names(b"\x1bOA\x1bOH\x1bOP\x1bOS"), "up home f1 f4");
    assert_eq!(names(b"\x1b[1~\x1b[4~\x1b[7~\x1b[8~\x1b[5~\x1b[6~"), "home end home end pgup pgdn");
    assert_eq!(names(b"\x1b[2~\x1b[3~"), "insert delete");
    assert_eq!(names(b"\x1b[15~\x1b[17~\x1b[21~\x1b[23~\x1b[24~"), "f5 f6 f10 f11 f12");
    assert_eq!(names(b"\x1b[[A\x1b[[E"), "f1 f5");
    assert_eq!(names(b"\x1b[Z"), "backtab");
    assert_eq!(names(b"\x1b[1;5C\x1b[1;2A\x1b[3;3~"), "ctrl-right shift-up alt-delete");
    assert_eq!(names(b"\x1b[a"), "shift-up");
    assert_eq!(names(b"\x1b[120;5u\x1b[13u\x1b[27;5;9~\x1b[97;2u\x1b[9;2u"), "ctrl-x enter ctrl-tab A backtab");
}

#[test]
fn mouse_and_focus() {
    assert_eq!(names(b"\x1b[<0;4;5M\x1b[<0;4;5m"), "Press 3,4");
    assert_eq!(names(b"\x1b[<64;1;1M\x1b[<65;200;50M"), "WheelUp 0,0 WheelDown 199,49");
    assert_eq!(names(b"\x1b[<2;4;5M\x1b[<32;4;5M\x1b[<0;70000;1M"), "");
    assert_eq!(names(b"\x1b[I\x1b[O"), "focus true focus false");
}

#[test]
fn pastes_are_whole_and_never_keys() {
    assert_eq!(names(b"\x1b[200~1.3.0@production\r\x1b[201~y"), "paste \"1.3.0@production\\r\" y");
    assert_eq!(names(b"\x1b[200~half"), "paste \"half\"");
    assert_eq!(names(b"\x1b[200~a\xffb\x1b[201~"), "paste \"a\u{fffd}b\"");
    let mut long = b"\x1b[200~".to_vec();
    long.resize(long.len() + PASTE_BYTES_MAX + 100, b'x');
    long.extend_from_slice(b"\x1b[201~q");
    let inputs = decode(&long);
    assert!(matches!(&inputs[..], [Input::Paste(text), Input::Key(key)]
        if text.len() == PASTE_BYTES_MAX && *key == Key::char('q')));
}

#[test]
fn answers_of_the_terminal_are_swallowed_whole() {
    assert_eq!(names(b"\x1b]11;rgb:0000/0000/0000\x07q"), "q");
    assert_eq!(names(b"\x1bP1+r544e=787465726d\x1b\\q"), "q");
    assert_eq!(names(b"\x1b[?62;22c\x1b[12;40Rq"), "q");
    assert_eq!(names(b"\x1b]11;rgb:00"), "", "and so is the half of one");
}

#[test]
fn a_sequence_may_arrive_in_any_pieces() {
    let whole = "a\x1b[1;5Cé\x1b[<64;1;1M\x1b[200~p\x1b[201~\x1b]0;t\x07z".as_bytes();
    let expected = decode(whole);
    for cut in 0..whole.len() {
        let (mut decoder, mut out) = (Decoder::default(), Vec::new());
        decoder.feed(&whole[..cut], &mut out);
        decoder.feed(&whole[cut..], &mut out);
        assert_eq!(out, expected, "cut at {cut}");
    }
}

proptest! {
    #[test]
    fn hostile_bytes_never_stop_it(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        decode(&bytes);
        // After any rubbish and a silence the next key is that key.
        let (mut decoder, mut out) = (Decoder::default(), Vec::new());
        decoder.feed(&bytes, &mut out);
        decoder.silence(&mut out);
        out.clear();
        decoder.feed(b"q", &mut out);
        prop_assert_eq!(out, vec![Input::Key(Key::char('q'))]);
    }
}
