//! The search on its thread: comes to the end, goes on with the log, stops.

use std::io::Write;
use std::sync::mpsc::RecvTimeoutError;
use std::time::Duration;

use super::*;

/// A search over a file, and what tells that it has come to the end of its target.
fn search(file: &File, text: &str, target_bytes: u64) -> (Search, Receiver<()>) {
    let (sender, woken) = mpsc::channel();
    let sender = Mutex::new(sender);
    let waker: Waker = Arc::new(move || {
        let _ = sender.lock().unwrap().send(());
    });
    let pattern = Pattern::plain(text).unwrap();
    (Search::start(file.try_clone().unwrap(), pattern, target_bytes, Some(waker)).unwrap(), woken)
}

fn wait(search: &Search, woken: &Receiver<()>) -> SearchProgress {
    while !search.progress().done {
        assert_ne!(woken.recv_timeout(Duration::from_secs(60)), Err(RecvTimeoutError::Timeout));
    }
    search.progress()
}

#[test]
fn finds_everything_and_goes_on_as_the_log_grows() {
    let mut file = tempfile::tempfile().unwrap();
    file.write_all(&b"some line\nNeedle\n".repeat(100_000)).unwrap();
    let (mut search, woken) = search(&file, "needle", 1_700_000);
    let progress = wait(&search, &woken);
    assert_eq!((progress.hits, progress.scanned_lines, progress.failed), (100_000, 200_000, false));
    assert_eq!(search.next_after(1).unwrap().map(|(number, hit)| (number, hit.line)), Some((1, 3)));
    assert_eq!(search.last_before(1).unwrap(), None);
    assert_eq!(search.last_before(2).unwrap().map(|(number, hit)| (number, hit.line)), Some((0, 1)));
    assert_eq!(search.next_after(199_999).unwrap(), None);

    file.write_all(b"a needle").unwrap();
    search.extend(1_700_008);
    assert_eq!(wait(&search, &woken).hits, 100_001);
    file.write_all(b" and more\n").unwrap();
    search.extend(1_700_018);
    assert_eq!(wait(&search, &woken).hits, 100_001, "the same line counts once");
}

#[test]
fn an_empty_log_is_done_at_once() {
    let file = tempfile::tempfile().unwrap();
    let (search, _woken) = search(&file, "x", 0);
    assert_eq!(search.progress(), SearchProgress { done: true, ..SearchProgress::default() });
}

#[test]
fn a_dropped_search_has_ended_its_thread() {
    let file = tempfile::tempfile().unwrap();
    file.set_len(1 << 32).unwrap();
    let (search, woken) = search(&file, "x", 1 << 32);
    drop(search);
    assert_eq!(woken.try_recv(), Err(mpsc::TryRecvError::Disconnected), "the thread held the other end");
}
