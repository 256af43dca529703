//! How the step log measures up: opening and searching a log of 1.1 GB and 17 million lines.
//!
//! Run with `cargo bench --bench log`; `RELCO_BENCH_LINES` makes the log smaller. Prints ratios against `less` and
//! `rg` in the same run and on the same file, medians of several rounds with the file in the page cache; where one
//! is not installed, it says so. It asserts nothing about time. The log lies in a temporary directory and is removed.

use std::io::{Read, Write};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use relco::steplog::{Pattern, Reader, Search, Writer};
use relco::tui::logview::{LogCommand, LogLook, LogView};
use relco::tui::theme::{Palette, Theme};

/// Rounds of each measurement.
const ROUNDS: usize = 9;

/// The line that is looked for, at 95 % of the log.
const NEEDLE: &str = "Needle at ninety-five percent";

fn main() -> std::io::Result<()> {
    let lines = std::env::var("RELCO_BENCH_LINES").ok().and_then(|text| text.parse().ok()).unwrap_or(17_000_000);
    let dir = tempfile::tempdir()?;
    let wrote_ms = generate(dir.path(), lines)?;
    let log = dir.path().join(relco::steplog::LOG_NAME);
    let bytes = std::fs::metadata(&log)?.len();
    println!("log: {lines} lines, {:.2} GB, written in {wrote_ms:.0} ms", bytes as f64 / 1e9);

    let open_ms = median(|| open(dir.path(), lines));
    println!("open and read the last 50 lines: {open_ms:.3} ms");
    let frame_ms = median(|| first_frame(dir.path(), lines));
    println!("open and draw the first frame of the log pane: {frame_ms:.3} ms");
    let less_ms = peer("less", &["--version"]).then(|| median(|| less(&log, lines)));
    ratio("open and first frame", frame_ms, "less", less_ms);
    let mut view = LogView::in_zone(jiff::tz::TimeZone::UTC);
    view.open("bench", Reader::open(dir.path())?);
    for (what, act) in [("a page up", LogCommand::PageUp), ("a page up, wrapped", LogCommand::Wrap)] {
        view.handle(act);
        let page_ms = median(|| {
            view.handle(LogCommand::PageUp);
            draw(&mut view);
            Some(())
        });
        println!("{what}: {page_ms:.3} ms");
    }
    drop(view);

    std::fs::remove_file(dir.path().join(relco::steplog::INDEX_NAME))?;
    let count_ms = median(|| open(dir.path(), lines));
    println!("the same without an index, counted to the end: {count_ms:.1} ms");

    for (what, needle, flags) in [
        ("plain needle at 95 %", NEEDLE.to_owned(), &["-F"][..]),
        ("the same in any case", NEEDLE.to_lowercase(), &["-F", "-i"]),
        ("expression", format!(r"/{} perc\w+$/", "ninety-five"), &["-i"]),
    ] {
        let ours_ms = median(|| find(dir.path(), &needle));
        println!("{what}: {ours_ms:.1} ms");
        let theirs_ms = peer("rg", &["--version"]).then(|| {
            let plain = needle.trim_matches('/');
            median(|| run(Command::new("rg").arg("--no-config").args(flags).args(["-e", plain]).arg(&log)))
        });
        ratio(what, ours_ms, "rg", theirs_ms);
    }
    let errors_ms = median(|| search(dir.path(), Pattern::errors().ok(), 0));
    println!("all error lines: {errors_ms:.1} ms");
    println!("peak memory of this process: {} KiB", peak_kib());
    Ok(())
}

/// Writes the log as the supervisor would, 64 KiB at a time.
fn generate(dir: &Path, lines: u64) -> std::io::Result<f64> {
    let start = Instant::now();
    let mut writer = Writer::create(dir)?;
    let mut piece = Vec::with_capacity(80 * 1024);
    let needle_at = lines / 20 * 19;
    for number in 0..lines {
        if number == needle_at {
            writeln!(piece, "{NEEDLE}")?;
        } else {
            writeln!(piece, "2026-11-22T12:00:00Z info asset {number:>9} installed in {:>4} ms", number % 977)?;
        }
        if piece.len() >= 64 * 1024 {
            writer.write(&piece, now_ms())?;
            piece.clear();
        }
    }
    writer.write(&piece, now_ms())?;
    writer.sync()?;
    Ok(start.elapsed().as_secs_f64() * 1e3)
}

fn now_ms() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or(Duration::ZERO);
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}

/// Opens the log, counts to its end if need be and reads what a screen would show.
fn open(dir: &Path, lines: u64) -> Option<()> {
    let mut reader = Reader::open(dir).ok()?;
    while reader.refresh().ok()?.behind {}
    let last = reader.read_lines(lines - 50, 50, 4096).ok()?;
    (reader.lines() == lines && last.len() == 50).then_some(())
}

/// What a person sees first: the end of the log on a screen of 120x36.
fn first_frame(dir: &Path, lines: u64) -> Option<()> {
    let mut view = LogView::in_zone(jiff::tz::TimeZone::UTC);
    view.open("bench", Reader::open(dir).ok()?);
    draw(&mut view).then(|| view.title().lines == lines)?.then_some(())
}

/// Draws a view; returns whether its last row holds text.
fn draw(view: &mut LogView) -> bool {
    let mut buf = Buffer::empty(Rect::new(0, 0, 120, 36));
    let look = LogLook::of(&Theme::with(Palette::Dark));
    view.render(buf.area, &mut buf, &look);
    buf.cell((20, 35)).is_some_and(|cell| cell.symbol() != " ")
}

fn find(dir: &Path, needle: &str) -> Option<()> {
    search(dir, Pattern::from_input(needle).ok(), 1)
}

/// Looks through the whole log on the search's own thread.
fn search(dir: &Path, pattern: Option<Pattern>, hits: u64) -> Option<()> {
    let reader = Reader::open(dir).ok()?;
    let bytes = reader.file_bytes();
    let (sender, woken) = std::sync::mpsc::channel();
    let sender = std::sync::Mutex::new(sender);
    let waker = std::sync::Arc::new(move || {
        if let Ok(sender) = sender.lock() {
            let _ = sender.send(());
        }
    });
    let search = Search::start(reader.file().ok()?, pattern?, bytes, Some(waker)).ok()?;
    while !search.progress().done {
        woken.recv().ok()?;
    }
    (search.progress().hits == hits).then_some(())
}

/// Runs a peer to its end and reads what it prints.
fn run(command: &mut Command) -> Option<()> {
    command.stdin(Stdio::null()).output().ok()?.status.success().then_some(())
}

/// Lets `less` show the last line on a terminal of its own: it needs one, else it prints the whole file.
fn less(log: &Path, lines: u64) -> Option<()> {
    use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
    let master = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).ok()?;
    grantpt(&master).ok()?;
    unlockpt(&master).ok()?;
    let name = ptsname(&master, Vec::new()).ok()?;
    let terminal = std::fs::OpenOptions::new().read(true).write(true).open(name.to_str().ok()?).ok()?;
    rustix::termios::tcsetwinsize(
        &terminal,
        rustix::termios::Winsize { ws_row: 50, ws_col: 120, ws_xpixel: 0, ws_ypixel: 0 },
    )
    .ok()?;
    let mut child = Command::new("less")
        .args(["-n", "+G"])
        .arg(log)
        .env("TERM", "xterm")
        .env("LESS", "")
        .stdin(terminal.try_clone().ok()?)
        .stdout(terminal.try_clone().ok()?)
        .stderr(terminal)
        .spawn()
        .ok()?;
    let mut screen = std::fs::File::from(master);
    let last = format!("{:>9} installed", lines - 1);
    let (mut seen, mut piece) = (Vec::new(), [0; 4096]);
    while memchr::memmem::find(&seen, last.as_bytes()).is_none() {
        match screen.read(&mut piece) {
            Ok(more @ 1..) => seen.extend_from_slice(piece.get(..more)?),
            _ => break,
        }
    }
    screen.write_all(b"q").ok()?;
    child.wait().ok()?;
    memchr::memmem::find(&seen, last.as_bytes()).map(|_| ())
}

fn peer(name: &str, args: &[&str]) -> bool {
    run(Command::new(name).args(args)).is_some()
}

/// The median time of a round in milliseconds.
fn median(mut round: impl FnMut() -> Option<()>) -> f64 {
    let mut times: Vec<f64> = (0..ROUNDS)
        .map(|_| {
            let start = Instant::now();
            assert!(round().is_some(), "the measured work did not give its result");
            start.elapsed().as_secs_f64() * 1e3
        })
        .collect();
    times.sort_by(f64::total_cmp);
    times.get(ROUNDS / 2).copied().unwrap_or(f64::NAN)
}

fn ratio(what: &str, ours_ms: f64, peer: &str, theirs_ms: Option<f64>) {
    match theirs_ms {
        Some(theirs_ms) => println!("  {what}: {:.2}x of {peer} ({theirs_ms:.1} ms)", ours_ms / theirs_ms),
        None => println!("  {what}: not compared: no {peer}"),
    }
}

/// The most memory that this process ever held, by the kernel's account.
fn peak_kib() -> String {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.map_or_else(|| "unknown".into(), |text| text.trim().trim_end_matches(" kB").to_owned())
}
