//! Attempts with the real binary: what a supervisor records, and what is found when it dies.

use std::fs::{self, OpenOptions};
use std::io::{Read, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use relco::supervisor::record::{Fact, History, Recorder};
use relco::supervisor::spec::{CTL_NAME, DrainLimits, LOCK_NAME, RECORD_NAME, SPEC_NAME, StopSignal};
use relco::supervisor::{is_held, procs};
use relco::system::attempt::{
    AttemptError, AttemptResult, Declared, Found, Launched, LeftRunning, Outcome, Spec, declare_void, find, kill,
    launch_with, living, prepare, send_input, stop, stop_unsupervised,
};
use rustix::process::{Pid, Signal, kill_process, kill_process_group};

const RELCO: &str = env!("CARGO_BIN_EXE_relco");
/// Longer than anything here takes; reached only by a defect.
const LIMIT: Duration = Duration::from_secs(60);

/// A prepared attempt in a directory of its own. Whatever it leaves running is killed at the end of the test.
struct Case {
    place: tempfile::TempDir,
    launched: Vec<Launched>,
}

impl Case {
    fn new(spec: impl FnOnce(&Path) -> Spec) -> Case {
        let place = tempfile::tempdir().unwrap();
        prepare(&place.path().join("a1"), &spec(place.path())).unwrap();
        Case { place, launched: Vec::new() }
    }

    /// A shell script that runs in the test's directory.
    fn script(text: &str) -> Case {
        Case::new(|place| shell(place, text))
    }

    fn dir(&self) -> PathBuf {
        self.place.path().join("a1")
    }

    fn launch(&mut self) {
        self.launched.push(launch_with(Path::new(RELCO), &self.dir()).unwrap());
    }

    /// Blocks until `look` gives something.
    fn wait<T>(&self, what: &str, mut look: impl FnMut(Found) -> Option<T>) -> T {
        let started = Instant::now();
        loop {
            if let Some(found) = look(find(&self.dir()).unwrap()) {
                return found;
            }
            assert!(started.elapsed() < LIMIT, "{what} did not come: {:?}", find(&self.dir()));
            std::thread::yield_now();
        }
    }

    fn end(&self) -> AttemptResult {
        self.wait("the end", |found| if let Found::Ended(result) = found { Some(result) } else { None })
    }

    fn run(&mut self) -> AttemptResult {
        self.launch();
        self.end()
    }

    fn running_pid(&self) -> i32 {
        self.wait("the start", |found| if let Found::Running(running) = found { Some(running.pid) } else { None })
    }

    fn history(&self) -> History {
        History::read(&self.dir()).unwrap().unwrap()
    }

    fn supervisor_pid(&self) -> i32 {
        let Fact::Accepted { supervisor, .. } = self.history().facts[0].fact else { panic!("not accepted") };
        supervisor
    }

    /// Kills the supervisor and waits until it is collected.
    fn kill_supervisor(&mut self) {
        kill_process(Pid::from_raw(self.supervisor_pid()).unwrap(), Signal::KILL).unwrap();
        assert_eq!(self.supervisor_exit(), None);
    }

    /// Waits until the supervisor has left, and gives its exit code.
    fn supervisor_exit(&mut self) -> Option<i32> {
        let started = Instant::now();
        loop {
            if let Some(status) = self.launched.last_mut().unwrap().reap().unwrap() {
                return status.code();
            }
            assert!(started.elapsed() < LIMIT);
            std::thread::yield_now();
        }
    }

    fn log(&self) -> Vec<u8> {
        fs::read(self.dir().join("log")).unwrap()
    }

    fn log_text(&self) -> String {
        String::from_utf8(self.log()).unwrap()
    }

    /// Blocks until a file of the test's directory exists.
    fn wait_for_file(&self, name: &str) {
        wait_until(name, || self.place.path().join(name).exists());
    }

    /// A FIFO in the test's directory: a process that reads it stands still until it is written to.
    fn fifo(&self, name: &str) -> PathBuf {
        let path = self.place.path().join(name);
        assert!(Command::new("mkfifo").arg(&path).status().unwrap().success());
        path
    }
}

impl Drop for Case {
    fn drop(&mut self) {
        let facts = History::read(&self.dir()).ok().flatten().map(|history| history.facts).unwrap_or_default();
        for fact in facts {
            let Fact::Started(started) = fact.fact else { continue };
            let steps =
                |process: &&procs::Process| process.session == started.session && process.pid != started.session;
            for process in procs::alive().iter().filter(steps) {
                let _ = kill_process(Pid::from_raw(process.pid).unwrap(), Signal::KILL);
            }
        }
        // Without its step a supervisor ends by itself.
        for launched in &mut self.launched {
            let started = Instant::now();
            while matches!(launched.reap(), Ok(None)) && started.elapsed() < LIMIT {
                std::thread::yield_now();
            }
        }
    }
}

/// Which of the processes that outlived an attempt still live. A pid that now belongs to another command is gone.
fn still_running(left: &[LeftRunning]) -> Vec<LeftRunning> {
    let lives = |left: &&LeftRunning| {
        procs::find(left.pid).is_some_and(|process| !process.ended) && procs::command(left.pid) == left.command
    };
    left.iter().filter(lives).cloned().collect()
}

fn shell(place: &Path, text: &str) -> Spec {
    let argv = ["/bin/sh", "-c", text].map(str::to_owned).to_vec();
    let mut spec = Spec::new("a1", argv, place);
    // Survivors are not what most tests wait for.
    spec.drain = DrainLimits { quiet_ms: 100, limit_ms: 10_000 };
    spec
}

fn wait_until(what: &str, mut done: impl FnMut() -> bool) {
    let started = Instant::now();
    while !done() {
        assert!(started.elapsed() < LIMIT, "{what} did not come");
        std::thread::yield_now();
    }
}

#[test]
fn the_exit_code_is_the_kernels() {
    for code in [0, 1, 2, 42, 126, 127, 255] {
        let mut case = Case::script(&format!("echo one; echo two >&2; exit {code}"));
        let result = case.run();
        assert_eq!(result.outcome, Outcome::Code(code));
        assert_eq!((result.log_lines, result.log_bytes, result.lost_bytes), (2, 8, 0));
        assert_eq!(result.left_running, []);
        assert_eq!(case.log_text(), "one\ntwo\n");
        assert_eq!(case.supervisor_exit(), Some(0));
        let kinds: Vec<&str> = case.history().facts.iter().map(|at| kind(&at.fact)).collect();
        assert_eq!(kinds, ["accepted", "started", "ended"]);
        assert!(result.started_at.unwrap() <= result.ended_at);
    }
}

fn kind(fact: &Fact) -> &'static str {
    match fact {
        Fact::Accepted { .. } => "accepted",
        Fact::Void { .. } => "void",
        Fact::Started(_) => "started",
        Fact::StopRequested(_) => "stop_requested",
        Fact::Gap(_) => "gap",
        Fact::Ended(_) => "ended",
    }
}

#[test]
fn a_signal_is_not_an_exit_code() {
    for (name, number) in [("KILL", 9), ("TERM", 15), ("HUP", 1), ("ABRT", 6)] {
        let mut case = Case::script(&format!("ulimit -c 0; kill -{name} $$"));
        assert_eq!(case.run().outcome, Outcome::Signal(number), "{name}");
    }
}

#[test]
fn what_cannot_be_executed_says_why() {
    let failed = |spec: Spec| {
        let mut case = Case::new(|_| spec);
        let result = case.run();
        assert!(result.started_at.is_some());
        assert_eq!(case.log(), b"");
        let Outcome::ExecFailed(error) = result.outcome else { panic!("{:?}", result.outcome) };
        error
    };
    let argv = |program: &str| vec![program.to_owned()];
    let missing = failed(Spec::new("a1", argv("/no/such/program"), "/"));
    assert!(missing.starts_with("cannot execute /no/such/program: No such file"), "{missing}");
    let mut by_name = Spec::new("a1", argv("no-such-program-of-relco"), "/");
    by_name.env.insert("PATH".into(), "/usr/bin:/bin".into());
    let unknown = failed(by_name);
    assert!(unknown.starts_with("cannot execute no-such-program-of-relco: No such file"), "{unknown}");
    let directory = failed(Spec::new("a1", argv("/"), "/"));
    assert!(directory.starts_with("cannot execute /: Permission denied"), "{directory}");
    let nowhere = failed(Spec::new("a1", argv("/bin/true"), "/no/such/directory"));
    assert!(nowhere.starts_with("cannot enter /no/such/directory: No such file"), "{nowhere}");
}

#[test]
fn a_specification_that_cannot_work_is_refused_before_anything_is_made() {
    let place = tempfile::tempdir().unwrap();
    let dir = place.path().join("a1");
    let refused = prepare(&dir, &Spec::new("a1", Vec::new(), "/")).unwrap_err();
    assert!(matches!(refused, AttemptError::Spec(_)));
    assert!(!dir.exists());
}

#[test]
fn an_attempt_is_private_and_prepared_once() {
    let case = Case::script("true");
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&case.dir()), 0o700);
    for name in [SPEC_NAME, LOCK_NAME, CTL_NAME] {
        assert_eq!(mode(&case.dir().join(name)), 0o600, "{name}");
    }
    assert!(prepare(&case.dir(), &Spec::new("a1", vec!["true".into()], "/")).is_err());
    assert_eq!(find(&case.dir()).unwrap(), Found::NotStarted);
}

#[test]
fn the_step_gets_a_clean_start() {
    let look = "readlink /proc/self/fd/0; ls -l /proc/self/fd; grep -E '^Sig(Blk|Ign)' /proc/self/status";
    let case = Case::script(look);
    // A conductor that was started by nohup or in the background ignores signals; its steps must not.
    let wrapper = "trap '' HUP INT QUIT USR1 TERM; exec \"$@\"";
    let mut wrapped = Command::new("/bin/sh");
    wrapped.args(["-c", wrapper, "sh", RELCO, "supervise"]).arg(case.dir());
    assert!(wrapped.status().unwrap().success());
    assert_eq!(case.end().outcome, Outcome::Code(0));
    let text = case.log_text();
    assert!(text.starts_with("/dev/null\n"), "{text}");
    // What this test itself inherited is not the supervisor's to close; nothing of the supervisor's own is passed on.
    let bare = Command::new("/bin/sh").args(["-c", look]).output().unwrap();
    let arrows = |text: &str| text.matches(" -> ").count();
    assert_eq!(arrows(&text), arrows(&String::from_utf8(bare.stdout).unwrap()), "{text}");
    assert!(!text.contains(case.place.path().to_str().unwrap()), "{text}");
    let mask = |name: &str| {
        let (_, rest) = text.split_once(name).unwrap();
        u64::from_str_radix(rest.lines().next().unwrap().trim(), 16).unwrap()
    };
    // Signals 32 and 33 belong to the C library's threads.
    let threads = 1 << 31 | 1 << 32;
    assert_eq!((mask("SigBlk:"), mask("SigIgn:") & !threads), (0, 0), "{text}");
}

#[test]
fn the_environment_is_inherited_with_changes() {
    let case = Case::new(|place| {
        let mut spec = shell(place, "echo \"$KEPT|$SET|${GONE-unset}\"; pwd");
        spec.env.insert("SET".into(), "a b\n\"c\"".into());
        spec.env_remove.push("GONE".into());
        spec
    });
    let mut relco = Command::new(RELCO);
    relco.arg("supervise").arg(case.dir()).envs([("KEPT", "kept"), ("SET", "old"), ("GONE", "secret")]);
    assert!(relco.status().unwrap().success());
    let place = case.place.path().canonicalize().unwrap();
    assert_eq!(case.log_text(), format!("kept|a b\n\"c\"|unset\n{}\n", place.display()));
    let written = fs::read_to_string(case.dir().join(SPEC_NAME)).unwrap();
    assert!(!written.contains("secret") && !written.contains("kept"));
}

#[test]
fn output_is_kept_byte_for_byte_and_in_order() {
    let mut case = Case::script("printf 'a\\377\\000\\033[2J\\r\\n'; echo e1 >&2; echo o2; echo e2 >&2; printf end");
    let result = case.run();
    assert_eq!(case.log(), b"a\xff\0\x1b[2J\r\ne1\no2\ne2\nend");
    assert_eq!(result.log_lines, 5);
}

#[test]
fn two_hundred_thousand_lines_are_exact() {
    let mut case = Case::script("seq 1 200000");
    let result = case.run();
    assert_eq!(result.log_lines, 200_000);
    let expected: String = (1..=200_000).map(|number| format!("{number}\n")).collect();
    assert!(case.log_text() == expected, "the log differs");
}

#[test]
fn one_endless_line_is_one_line() {
    const LEN: usize = 20_000_000;
    let mut case = Case::script(&format!("head -c {LEN} /dev/zero | tr '\\0' x"));
    let result = case.run();
    assert_eq!((result.log_lines, result.log_bytes), (1, LEN as u64));
    assert!(case.log().iter().all(|&byte| byte == b'x'));
}

#[test]
fn a_survivor_that_holds_the_output_is_listed_and_read_on() {
    let mut case = Case::script("(read line < hold; echo \"late $line\") & echo done");
    let hold = case.fifo("hold");
    let result = case.run();
    assert_eq!(result.outcome, Outcome::Code(0));
    assert_eq!(case.log_text(), "done\n");
    let [left] = result.left_running.as_slice() else { panic!("{:?}", result.left_running) };
    assert!(left.in_group && left.command.contains("read line"), "{left:?}");
    assert_eq!(still_running(&result.left_running), result.left_running);
    // The end is on record, and yet the supervisor still reads.
    assert!(is_held(&case.dir()).unwrap());
    fs::write(hold, "word\n").unwrap();
    assert_eq!(case.supervisor_exit(), Some(0));
    assert_eq!(case.log_text(), "done\nlate word\n");
    assert_eq!(still_running(&result.left_running), []);
    assert_eq!(case.end(), result);
}

#[test]
fn a_survivor_that_escaped_into_its_own_session_is_listed() {
    let text = "setsid sh -c 'exec >escaped 2>&1; echo $$; read line < hold' & while [ ! -s escaped ]; do :; done";
    let mut case = Case::script(text);
    let hold = case.fifo("hold");
    let result = case.run();
    let pid: i32 = fs::read_to_string(case.place.path().join("escaped")).unwrap().trim().parse().unwrap();
    let [left] = result.left_running.as_slice() else { panic!("{:?}", result.left_running) };
    assert_eq!((left.pid, left.in_group), (pid, false));
    // It does not hold the output, so the supervisor has nothing left to do.
    assert_eq!(case.supervisor_exit(), Some(0));
    fs::write(hold, "\n").unwrap();
    wait_until("its end", || still_running(&result.left_running).is_empty());
}

#[test]
fn orphans_are_collected_while_the_step_runs() {
    let text = "for i in 1 2 3; do (read line < orphan &); done; echo ready; read line < hold";
    let mut case = Case::script(text);
    let (orphan, hold) = (case.fifo("orphan"), case.fifo("hold"));
    case.launch();
    let pid = case.running_pid();
    wait_until("ready", || case.log() == b"ready\n");
    let supervisor = case.supervisor_pid();
    let children = || {
        let text = fs::read_to_string(format!("/proc/{supervisor}/task/{supervisor}/children")).unwrap();
        text.split_whitespace().map(|child| child.parse().unwrap()).collect::<Vec<i32>>()
    };
    wait_until("the orphans", || children().len() == 4);
    // Opened for both directions it waits for nobody; each of the three takes one of the empty lines.
    let mut lines = OpenOptions::new().read(true).write(true).open(orphan).unwrap();
    lines.write_all(b"\n\n\n").unwrap();
    wait_until("their end", || children() == [pid]);
    fs::write(hold, "\n").unwrap();
    assert_eq!(case.end().left_running, []);
}

#[test]
fn output_after_the_exit_prolongs_the_wait_for_quiet() {
    // Each line comes before the quiet is over, so all of them belong to what the end counts.
    let mut case = Case::new(|place| {
        let mut spec = shell(place, "(for i in 1 2 3 4 5; do echo $i; read go < go$i; done; echo last) & exit 3");
        spec.drain = DrainLimits { quiet_ms: 20_000, limit_ms: 40_000 };
        spec
    });
    let gates: Vec<PathBuf> = (1..=5).map(|number| case.fifo(&format!("go{number}"))).collect();
    case.launch();
    for gate in gates {
        fs::write(gate, "\n").unwrap();
    }
    let result = case.end();
    assert_eq!((result.outcome, result.log_lines), (Outcome::Code(3), 6));
    assert_eq!(case.log_text(), "1\n2\n3\n4\n5\nlast\n");
}

#[test]
fn a_step_that_is_asked_to_stop_ends_by_that_signal() {
    for (signal, name, number) in [(StopSignal::Term, "TERM", 15), (StopSignal::Int, "INT", 2)] {
        let mut case = Case::new(|place| {
            let mut spec = shell(place, "echo ready; read line < hold");
            spec.stop_signal = signal;
            spec
        });
        let _hold = case.fifo("hold");
        case.launch();
        case.running_pid();
        wait_until("ready", || case.log() == b"ready\n");
        stop(&case.dir(), "ana@example.com", "wrong \"version\"\nof it").unwrap();
        let result = case.end();
        assert_eq!(result.outcome, Outcome::Signal(number));
        let [stop] = result.stops.as_slice() else { panic!("{:?}", result.stops) };
        let said = (stop.fact.signal.as_str(), stop.fact.sender.as_str(), stop.fact.reason.as_str());
        assert_eq!(said, (name, "ana@example.com", "wrong \"version\"\nof it"));
    }
}

/// Two processes that ignore TERM, both waiting on FIFOs.
const STUBBORN: &str = "trap '' TERM; (read line < hold1) & echo ready; read line < hold2; echo never";

#[test]
fn a_tree_that_ignores_term_is_killed_after_the_grace() {
    let mut case = Case::new(|place| {
        let mut spec = shell(place, STUBBORN);
        spec.grace_ms = 50;
        spec
    });
    for name in ["hold1", "hold2"] {
        case.fifo(name);
    }
    case.launch();
    let pid = case.running_pid();
    wait_until("ready", || case.log() == b"ready\n");
    stop(&case.dir(), "ana", "enough").unwrap();
    let result = case.end();
    assert_eq!(result.outcome, Outcome::Signal(9));
    assert_eq!(result.left_running, []);
    let signals: Vec<(&str, &str)> =
        result.stops.iter().map(|stop| (stop.fact.signal.as_str(), stop.fact.sender.as_str())).collect();
    assert_eq!(signals, [("TERM", "ana"), ("KILL", "supervisor")]);
    assert!(!procs::alive().iter().any(|process| process.group == pid));
}

#[test]
fn a_kill_does_not_wait_for_the_grace() {
    let mut case = Case::new(|place| {
        let mut spec = shell(place, STUBBORN);
        spec.grace_ms = 3_600_000;
        spec
    });
    for name in ["hold1", "hold2"] {
        case.fifo(name);
    }
    case.launch();
    case.running_pid();
    wait_until("ready", || case.log() == b"ready\n");
    stop(&case.dir(), "ana", "enough").unwrap();
    case.wait("the request", |found| match found {
        Found::Running(running) => (!running.stops.is_empty()).then_some(()),
        _ => None,
    });
    kill(&case.dir(), "ana", "now").unwrap();
    let result = case.end();
    assert_eq!((result.outcome, result.stops.len()), (Outcome::Signal(9), 2));
}

#[test]
fn the_end_waits_for_the_group_when_a_stop_is_under_way() {
    // The leader obeys, its child does not: the attempt has not ended before both are gone.
    let mut case = Case::new(|place| {
        let text = "(trap '' TERM; echo ready; read line < hold1) & read line < hold2";
        let mut spec = shell(place, text);
        spec.grace_ms = 300;
        spec.drain = DrainLimits { quiet_ms: 0, limit_ms: 0 };
        spec
    });
    for name in ["hold1", "hold2"] {
        case.fifo(name);
    }
    case.launch();
    let pid = case.running_pid();
    wait_until("ready", || case.log() == b"ready\n");
    stop(&case.dir(), "ana", "enough").unwrap();
    let result = case.end();
    assert_eq!((result.outcome, result.stops.len()), (Outcome::Signal(15), 2));
    assert_eq!(result.left_running, []);
    assert!(!procs::alive().iter().any(|process| process.group == pid));
}

#[test]
fn term_to_the_supervisor_stops_the_step_and_hup_does_not() {
    let mut case = Case::script("echo ready; read line < hold");
    let hold = case.fifo("hold");
    case.launch();
    case.running_pid();
    wait_until("ready", || case.log() == b"ready\n");
    let supervisor = Pid::from_raw(case.supervisor_pid()).unwrap();
    for signal in [Signal::HUP, Signal::INT, Signal::PIPE] {
        kill_process(supervisor, signal).unwrap();
    }
    assert!(matches!(find(&case.dir()).unwrap(), Found::Running(_)));
    kill_process(supervisor, Signal::TERM).unwrap();
    let result = case.end();
    assert_eq!(result.outcome, Outcome::Signal(15));
    let [stop] = result.stops.as_slice() else { panic!("{:?}", result.stops) };
    assert_eq!(stop.fact.sender, "system");
    drop(hold);
}

#[test]
fn a_supervisor_has_a_session_of_its_own() {
    let mut case = Case::script("echo ready; read line < hold");
    let hold = case.fifo("hold");
    case.launch();
    let pid = case.running_pid();
    let supervisor = procs::find(case.supervisor_pid()).unwrap();
    let me = procs::find(std::process::id() as i32).unwrap();
    assert_eq!(supervisor.session, supervisor.pid);
    assert_ne!(supervisor.session, me.session);
    assert_eq!(procs::find(pid).unwrap().group, pid);
    fs::write(hold, "\n").unwrap();
    assert_eq!(case.end().outcome, Outcome::Code(0));
}

#[test]
fn a_killed_supervisor_leaves_a_step_that_is_found_unsupervised_and_then_unknown() {
    let mut case = Case::script("echo ready; read line < hold; exit 0");
    let hold = case.fifo("hold");
    case.launch();
    let pid = case.running_pid();
    // Before this the gate may still be shut, and a shut gate ends with its supervisor.
    wait_until("ready", || case.log() == b"ready\n");
    case.kill_supervisor();
    let Found::Unsupervised(running) = find(&case.dir()).unwrap() else { panic!("{:?}", find(&case.dir())) };
    assert_eq!(running.pid, pid);
    assert_eq!(running.alive.iter().map(|left| left.pid).collect::<Vec<_>>(), [pid]);
    assert!(matches!(stop(&case.dir(), "ana", "x"), Err(AttemptError::NotListening)));
    let refused = declare_void(&case.dir(), "ana", "lost").unwrap();
    assert!(matches!(refused, Declared::Refused(Found::Unsupervised(_))));
    // A second supervisor does not start it again.
    case.launch();
    assert_eq!(case.supervisor_exit(), Some(1));
    fs::write(hold, "\n").unwrap();
    wait_until("the step's end", || matches!(find(&case.dir()).unwrap(), Found::Unknown { .. }));
    let refused = declare_void(&case.dir(), "ana", "lost").unwrap();
    assert!(matches!(refused, Declared::Refused(Found::Unknown { .. })));
}

/// What stands in the record of signals that were sent.
fn signals(case: &Case) -> Vec<String> {
    case.history()
        .stops()
        .map(|stop| format!("{} {}: {}", stop.fact.signal, stop.fact.sender, stop.fact.reason))
        .collect()
}

#[test]
fn an_unsupervised_step_can_be_stopped() {
    let mut case = Case::new(|place| {
        let spec = shell(place, "trap '' TERM; echo ready; read line < hold; echo never");
        Spec { grace_ms: 0, ..spec }
    });
    let _hold = case.fifo("hold");
    case.launch();
    let pid = case.running_pid();
    wait_until("ready", || case.log() == b"ready\n");
    stop_unsupervised(&case.dir(), "ana", "enough").unwrap();
    assert_eq!(signals(&case), Vec::<String>::new(), "it has a supervisor");
    case.kill_supervisor();
    assert_eq!(living(&case.dir()).unwrap().iter().map(|left| left.pid).collect::<Vec<_>>(), [pid]);
    stop_unsupervised(&case.dir(), "ana", "enough").unwrap();
    assert_eq!(signals(&case), ["TERM ana: enough"]);
    assert!(matches!(find(&case.dir()).unwrap(), Found::Unsupervised(_)), "it does not hear that");
    stop_unsupervised(&case.dir(), "li", "too long").unwrap();
    assert_eq!(signals(&case), ["TERM ana: enough", "KILL li: too long"]);
    wait_until("its end", || matches!(find(&case.dir()).unwrap(), Found::Unknown { .. }));
    let Found::Unknown { stops, .. } = find(&case.dir()).unwrap() else { panic!("it lives") };
    assert_eq!(stops.len(), 2);
    assert_eq!(living(&case.dir()).unwrap(), []);
}

#[test]
fn an_unsupervised_step_has_its_grace() {
    let mut case = Case::new(|place| {
        let spec = shell(place, "trap '' TERM; echo ready; read line < hold; exit 0");
        Spec { grace_ms: 3_600_000, ..spec }
    });
    let hold = case.fifo("hold");
    case.launch();
    case.running_pid();
    wait_until("ready", || case.log() == b"ready\n");
    case.kill_supervisor();
    for _ in 0..3 {
        stop_unsupervised(&case.dir(), "ana", "enough").unwrap();
    }
    assert_eq!(signals(&case), ["TERM ana: enough"], "each signal is sent once, the last one after the grace");
    fs::write(hold, "\n").unwrap();
    wait_until("its end", || matches!(find(&case.dir()).unwrap(), Found::Unknown { .. }));
}

#[test]
fn what_was_not_even_prepared_can_be_declared_void() {
    let place = tempfile::tempdir().unwrap();
    let dir = place.path().join("attempts/a1");
    assert_eq!(find(&dir).unwrap(), Found::NotStarted);
    assert_eq!(declare_void(&dir, "ana", "the machine was gone").unwrap(), Declared::Void);
    assert_eq!(fs::metadata(&dir).unwrap().permissions().mode() & 0o777, 0o700);
    // Whoever comes late finds the place taken.
    let late = prepare(&dir, &shell(place.path(), "touch ran")).unwrap_err();
    assert!(matches!(late, AttemptError::Io { doing: "create", .. }), "{late}");
    assert_eq!(find(&dir).unwrap(), Found::Void("the machine was gone".into()));
}

#[test]
fn another_boot_makes_a_started_attempt_unknown() {
    let case = Case::script("true");
    let me = procs::find(std::process::id() as i32).unwrap();
    let started = relco::supervisor::record::Started {
        pid: me.group,
        session: me.session,
        start_ticks: procs::find(me.group).map_or(0, |leader| leader.start_ticks),
        boot_id: "another boot".into(),
    };
    let accepted = Fact::Accepted { attempt: "a1".into(), supervisor: 1, spec: relco::frame::Hash::ZERO };
    let mut recorder = Recorder::create(&case.dir()).unwrap();
    recorder.append(&accepted).unwrap();
    recorder.append(&Fact::Started(started)).unwrap();
    assert!(matches!(find(&case.dir()).unwrap(), Found::Unknown { .. }));
    // What the record says of a living group is not for this test's own group to be killed by.
    fs::remove_file(case.dir().join(RECORD_NAME)).unwrap();
}

#[test]
fn what_did_not_start_can_be_declared_void_and_never_starts() {
    // No supervisor yet; one that died before it wrote; one that died after it had accepted; a torn write.
    for stage in ["nothing", "empty record", "accepted", "torn"] {
        let mut case = Case::script("touch ran");
        if stage != "nothing" {
            let mut recorder = Recorder::create(&case.dir()).unwrap();
            if stage != "empty record" {
                let spec = relco::frame::Hash::ZERO;
                recorder.append(&Fact::Accepted { attempt: "a1".into(), supervisor: 1, spec }).unwrap();
            }
            if stage == "torn" {
                let mut file = OpenOptions::new().append(true).open(case.dir().join(RECORD_NAME)).unwrap();
                file.write_all(b"[[event]]\nseq = 2\nkind = \"att").unwrap();
            }
        }
        assert_eq!(find(&case.dir()).unwrap(), Found::NotStarted, "{stage}");
        assert_eq!(declare_void(&case.dir(), "ana", "the host was gone").unwrap(), Declared::Void, "{stage}");
        let void = Found::Void("the host was gone".into());
        assert_eq!(find(&case.dir()).unwrap(), void, "{stage}");
        case.launch();
        assert_eq!(case.supervisor_exit(), Some(1), "{stage}");
        assert_eq!(find(&case.dir()).unwrap(), void);
        assert_eq!(declare_void(&case.dir(), "ana", "again").unwrap(), Declared::Refused(void));
        assert!(!case.place.path().join("ran").exists());
    }
}

#[test]
fn a_damaged_record_is_not_written_to() {
    let mut case = Case::script("true");
    case.run();
    case.supervisor_exit();
    let path = case.dir().join(RECORD_NAME);
    let mut bytes = fs::read(&path).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    fs::write(&path, &bytes).unwrap();
    assert!(matches!(find(&case.dir()).unwrap(), Found::Unreadable(_)));
    assert!(matches!(declare_void(&case.dir(), "ana", "x").unwrap(), Declared::Refused(Found::Unreadable(_))));
    assert_eq!(fs::read(&path).unwrap(), bytes);
}

#[test]
fn only_one_of_many_supervisors_gets_the_attempt() {
    let mut case = Case::script("echo ran >> ran");
    for _ in 0..4 {
        case.launch();
    }
    assert_eq!(case.end().outcome, Outcome::Code(0));
    let mut codes: Vec<i32> = Vec::new();
    while let Some(mut launched) = case.launched.pop() {
        wait_until("its exit", || match launched.reap().unwrap() {
            Some(status) => {
                codes.push(status.code().unwrap());
                true
            }
            None => false,
        });
    }
    codes.sort_unstable();
    assert_eq!(codes, [0, 1, 1, 1]);
    assert_eq!(fs::read_to_string(case.place.path().join("ran")).unwrap(), "ran\n");
}

/// Kills the supervisor when it has reached each stage that can be seen from outside. Whatever the moment was: an
/// effect of the step means that its start is on record, and the finding never claims more than the record.
#[test]
fn a_kill_at_any_stage_never_hides_a_start() {
    type Stage = fn(&Case) -> bool;
    let stages: [Stage; 6] = [
        |_| true,
        |case| is_held(&case.dir()).unwrap(),
        |case| case.dir().join(RECORD_NAME).exists(),
        |case| History::read(&case.dir()).unwrap().is_some_and(|history| !history.facts.is_empty()),
        |case| History::read(&case.dir()).unwrap().is_some_and(|history| history.started().is_some()),
        |case| case.place.path().join("ran").exists(),
    ];
    for round in 0..5 * stages.len() {
        let mut case = Case::script("echo ran > ran; read line < hold");
        let hold = case.fifo("hold");
        let mut child = Command::new(RELCO).arg("supervise").arg(case.dir()).spawn().unwrap();
        wait_until("the stage", || stages[round % stages.len()](&case));
        child.kill().unwrap();
        child.wait().unwrap();
        // Between fork and exec the gate shares the descriptor of the lock for a moment.
        wait_until("the lock", || !is_held(&case.dir()).unwrap());
        let ran = || case.place.path().join("ran").exists();
        match find(&case.dir()).unwrap() {
            Found::NotStarted => {
                // The gate, if there was one, sees that its supervisor is gone and never becomes the step.
                assert_eq!(declare_void(&case.dir(), "ana", "killed").unwrap(), Declared::Void);
                assert!(!ran());
            }
            Found::Unsupervised(running) => {
                // Either the step behind the opened gate, or a gate that is about to see the end of its supervisor.
                let group = Pid::from_raw(running.pid).unwrap();
                let _ = kill_process_group(group, Signal::KILL);
                wait_until("its end", || matches!(find(&case.dir()).unwrap(), Found::Unknown { .. }));
            }
            Found::Unknown { .. } => {}
            found => panic!("{found:?}"),
        }
        let started = History::read(&case.dir()).unwrap().is_some_and(|history| history.started().is_some());
        assert!(started || !ran());
        drop((hold, std::mem::take(&mut case.launched)));
    }
}

#[test]
fn a_gate_without_its_supervisor_executes_nothing() {
    let place = tempfile::tempdir().unwrap();
    let mut gate = Command::new(RELCO);
    gate.args(["gate", "pipe"]).arg(place.path()).args(["/bin/sh", "-c", "touch ran"]);
    let status = gate.stdin(std::process::Stdio::null()).status().unwrap();
    assert_eq!(status.code(), Some(126));
    assert!(!place.path().join("ran").exists());
}

#[test]
fn a_full_disk_costs_output_and_never_the_step() {
    let case = Case::script("head -c 300000 /dev/zero | tr '\\0' x; echo reached > reached; exit 7");
    // A limit on the size of files stands in for a full disk: the system refuses the same write.
    let wrapper = "ulimit -f 100; exec \"$@\"";
    let mut limited = Command::new("/bin/sh");
    limited.args(["-c", wrapper, "sh", RELCO, "supervise"]).arg(case.dir());
    assert!(limited.status().unwrap().success());
    let result = case.end();
    assert_eq!(result.outcome, Outcome::Code(7));
    case.wait_for_file("reached");
    assert!(result.lost_bytes > 0);
    assert_eq!(result.log_bytes + result.lost_bytes, 300_000);
    assert_eq!(case.log().len() as u64, result.log_bytes);
    let gaps: u64 =
        case.history().facts.iter().map(|at| if let Fact::Gap(gap) = &at.fact { gap.lost_bytes } else { 0 }).sum();
    assert_eq!(gaps, result.lost_bytes);
}

#[test]
fn a_step_with_a_terminal_is_typed_to() {
    let mut case = Case::new(|place| {
        let text = "test -t 0 && test -t 1 && test -t 2 && stty size; printf 'name? '; read name; echo \"hello $name\"";
        let mut spec = shell(place, text);
        spec.tty = true;
        spec
    });
    case.launch();
    case.running_pid();
    wait_until("the question", || case.log_text().ends_with("name? "));
    assert_eq!(case.log_text(), "24 80\nname? ");
    send_input(&case.dir(), b"ana\n").unwrap();
    let result = case.end();
    assert_eq!(result.outcome, Outcome::Code(0));
    // What is typed is not in the log, but what the step says of it is.
    assert_eq!(case.log_text(), "24 80\nname? hello ana\n");
}

#[test]
fn what_is_typed_is_not_logged_even_where_the_step_turns_its_echo_on() {
    let mut case = Case::new(|place| {
        let text = "stty echo echonl; printf 'word? '; read word; echo \"${#word} letters\"";
        let mut spec = shell(place, text);
        spec.tty = true;
        spec
    });
    case.launch();
    case.running_pid();
    wait_until("the question", || case.log_text().ends_with("word? "));
    send_input(&case.dir(), b"hunter22\n").unwrap();
    assert_eq!(case.end().outcome, Outcome::Code(0));
    assert_eq!(case.log_text(), "word? 8 letters\n");
    for name in ["record.toml", "index", "log"] {
        let bytes = fs::read(case.dir().join(name)).unwrap();
        assert!(!String::from_utf8_lossy(&bytes).contains("hunter22"), "{name}");
    }
}

#[test]
fn a_step_with_a_terminal_is_stopped_with_its_group() {
    let mut case = Case::new(|place| {
        let mut spec = shell(place, "(read line < hold1) & echo ready; read line < hold2");
        spec.tty = true;
        spec
    });
    for name in ["hold1", "hold2"] {
        case.fifo(name);
    }
    case.launch();
    case.running_pid();
    wait_until("ready", || case.log() == b"ready\n");
    stop(&case.dir(), "ana", "enough").unwrap();
    let result = case.end();
    assert_eq!((result.outcome, result.left_running), (Outcome::Signal(15), Vec::new()));
}

#[test]
fn readers_may_read_while_the_step_writes() {
    let mut case = Case::script("echo first; read line < hold; echo second");
    let hold = case.fifo("hold");
    case.launch();
    case.running_pid();
    wait_until("the first line", || case.log() == b"first\n");
    let mut log = fs::File::open(case.dir().join("log")).unwrap();
    let mut text = String::new();
    log.read_to_string(&mut text).unwrap();
    fs::write(hold, "\n").unwrap();
    case.end();
    log.read_to_string(&mut text).unwrap();
    assert_eq!(text, "first\nsecond\n");
}
