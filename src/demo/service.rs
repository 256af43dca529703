//! The example's service: one process for each environment, a small HTTP/1.1 server on a free port of the loopback.
//!
//! It belongs to no step and to no cockpit: a session of its own, its own log, and a lock that says that it lives.
//! It ends when its directory vanishes, when it is asked to, or after an hour without a question. It listens on the
//! loopback alone and runs nothing. Enter at [`run`]; what it answers stands in [`super::answer`].

use std::ffi::OsString;
use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};

use super::answer::{Answer, Deployed, answer};
use super::place::Place;

/// How long nobody has to ask until the service ends.
const IDLE: Duration = Duration::from_secs(3600);
/// How often the service looks whether its directory is still there.
const LOOK_EVERY_S: i64 = 1;
/// How many questions are answered at once; the next one is told to come back.
const MOST_AT_ONCE: usize = 16;
/// How long a client may take to send its question or to take its answer.
const CLIENT_PATIENCE: Duration = Duration::from_secs(2);
/// The longest head of a question that is read.
const HEAD_BYTES: usize = 8 * 1024;

/// The hidden subcommand: `--dir DIR --env NAME [--idle-s N]`. Says `ready PORT` on standard output once it answers,
/// and returns its exit code when it ends: 0, or 2 for wrong arguments, or 3 when it could not start.
pub fn run(args: &[OsString]) -> u8 {
    let Some(asked) = Asked::parse(args) else {
        complain("usage: demo-service --dir DIR --env NAME [--idle-s SECONDS]");
        return 2;
    };
    // Fails only for the leader of a process group, which is how a shell starts it by hand; it works there too.
    let _ = rustix::process::setsid();
    match Service::start(&asked) {
        Ok(service) => {
            service.serve();
            0
        }
        Err(error) => {
            complain(&format!("cannot start the service of {}: {error}", asked.name));
            3
        }
    }
}

struct Asked {
    place: Place,
    name: String,
    idle: Duration,
}

impl Asked {
    fn parse(args: &[OsString]) -> Option<Asked> {
        let (mut dir, mut name, mut idle) = (None, None, IDLE);
        let mut args = args.iter();
        while let Some(option) = args.next() {
            let value = args.next()?;
            match option.to_str()? {
                "--dir" => dir = Some(PathBuf::from(value)),
                "--env" => name = Some(value.to_str()?.to_owned()),
                "--idle-s" => idle = Duration::from_secs(value.to_str()?.parse().ok()?),
                _ => return None,
            }
        }
        Some(Asked { place: Place::new(dir?), name: name?, idle })
    }
}

struct Service {
    place: Place,
    name: String,
    idle: Duration,
    listener: TcpListener,
    /// Device and inode of DIR: another directory of the same name is not ours.
    dir: (u64, u64),
    /// Held as long as the service lives; the system lets go of it whatever kills the process.
    _lock: File,
    busy: Arc<AtomicUsize>,
    diary: Arc<Mutex<Diary>>,
}

impl Service {
    fn start(asked: &Asked) -> io::Result<Service> {
        let (place, name) = (asked.place.clone(), asked.name.clone());
        let lock = File::options().create(true).truncate(false).write(true).open(place.service(&name, "lock"))?;
        take_lock(&lock)?;
        // A request to stop that nobody was there to hear is not meant for this process.
        forget(&place.service(&name, "stop"))?;
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        listener.set_nonblocking(true)?;
        let port = listener.local_addr()?.port();
        let home = place.dir().to_str().ok_or_else(|| io::Error::other("the directory's name is not UTF-8"))?;
        replace(&place.service(&name, "pid"), &format!("{}\n", std::process::id()))?;
        replace(&place.service(&name, "env"), &format!("HARBOR_HOME={home}\nPORT={port}\n"))?;
        replace(&place.service(&name, "port"), &format!("{port}\n"))?;
        let service = Service {
            dir: identity(place.dir()).ok_or_else(|| io::Error::other("the directory is gone"))?,
            place,
            name,
            idle: asked.idle,
            listener,
            _lock: lock,
            busy: Arc::new(AtomicUsize::new(0)),
            diary: Arc::new(Mutex::new(Diary::default())),
        };
        note(&service.name, &format!("listening on 127.0.0.1:{port}"));
        note_change(&service.diary, &service.name, Deployed::find(&service.site()).as_ref());
        // The one who started us waits for this line and may be gone right after it.
        let _ = writeln!(io::stdout(), "ready {port}").and_then(|()| io::stdout().flush());
        Ok(service)
    }

    fn site(&self) -> PathBuf {
        self.place.environment(&self.name)
    }

    fn serve(&self) {
        let mut last_asked = Instant::now();
        let why = loop {
            if identity(self.place.dir()) != Some(self.dir) {
                break "its directory is gone";
            }
            if self.place.service(&self.name, "stop").exists() {
                break "asked to stop";
            }
            if last_asked.elapsed() >= self.idle && self.busy.load(Ordering::SeqCst) == 0 {
                break "nobody asked for an hour";
            }
            let mut fds = [PollFd::new(&self.listener, PollFlags::IN)];
            // An interrupted or failed wait only brings the next look forward.
            let _ = poll(&mut fds, Some(&Timespec { tv_sec: LOOK_EVERY_S, tv_nsec: 0 }));
            while let Ok((client, _)) = self.listener.accept() {
                last_asked = Instant::now();
                self.take(client);
            }
        };
        note(&self.name, &format!("ends: {why}"));
    }

    /// Answers one client on a thread of its own, while there are not too many of them.
    fn take(&self, client: TcpStream) {
        if client.set_nonblocking(false).is_err() {
            return;
        }
        let busy = Arc::clone(&self.busy);
        if busy.fetch_add(1, Ordering::SeqCst) >= MOST_AT_ONCE {
            busy.fetch_sub(1, Ordering::SeqCst);
            let sorry = Answer { status: 503, kind: "text/plain; charset=utf-8", body: b"too busy\n".to_vec() };
            // It is a courtesy; a client that does not take it meets a closed connection instead.
            let _ = client.set_write_timeout(Some(CLIENT_PATIENCE)).and_then(|()| send(&client, &sorry, true));
            return;
        }
        let (site, name, diary) = (self.site(), self.name.clone(), Arc::clone(&self.diary));
        let started = std::thread::Builder::new().spawn({
            let busy = Arc::clone(&busy);
            move || {
                // What goes wrong with one client is that client's: there is nobody to tell.
                let _ = talk(&client, &site, &name, &diary);
                busy.fetch_sub(1, Ordering::SeqCst);
            }
        });
        if started.is_err() {
            busy.fetch_sub(1, Ordering::SeqCst);
        }
    }
}

/// Reads one question, waits as long as the deployed release takes, and answers.
fn talk(client: &TcpStream, site: &Path, name: &str, diary: &Mutex<Diary>) -> io::Result<()> {
    client.set_read_timeout(Some(CLIENT_PATIENCE))?;
    client.set_write_timeout(Some(CLIENT_PATIENCE))?;
    let Some((method, path)) = question(client)? else {
        return send(client, &plain(400, "this is no question that harbor understands\n"), true);
    };
    if method != "GET" && method != "HEAD" {
        return send(client, &plain(405, "harbor only answers GET and HEAD\n"), true);
    }
    let live = Deployed::find(site);
    note_change(diary, name, live.as_ref());
    if let Some(live) = &live {
        std::thread::sleep(live.latency);
    }
    send(client, &answer(site, live.as_ref(), &path), method == "GET")
}

/// Method and path of a question, without what follows a `?`; `None` when it is not HTTP or its head is too long.
fn question(mut client: &TcpStream) -> io::Result<Option<(String, String)>> {
    let mut head = Vec::new();
    let mut piece = [0u8; 1024];
    while !head.windows(4).any(|four| four == b"\r\n\r\n") {
        let count = client.read(&mut piece)?;
        head.extend(piece.iter().take(count));
        if count == 0 || head.len() > HEAD_BYTES {
            return Ok(None);
        }
    }
    let text = String::from_utf8_lossy(&head);
    let mut words = text.lines().next().unwrap_or_default().split(' ');
    let (Some(method), Some(target), Some(version)) = (words.next(), words.next(), words.next()) else {
        return Ok(None);
    };
    let path = target.split('?').next().unwrap_or(target);
    Ok((version.starts_with("HTTP/1.") && path.starts_with('/')).then(|| (method.to_owned(), path.to_owned())))
}

fn plain(status: u16, text: &str) -> Answer {
    Answer { status, kind: "text/plain; charset=utf-8", body: text.as_bytes().to_vec() }
}

fn send(mut client: &TcpStream, answer: &Answer, with_body: bool) -> io::Result<()> {
    let Answer { status, kind, body } = answer;
    let reason = match status {
        200 => "OK",
        400 => "Bad Request",
        404 => "Not Found",
        405 => "Method Not Allowed",
        503 => "Service Unavailable",
        _ => "Internal Server Error",
    };
    let length = body.len();
    let mut bytes = format!(
        "HTTP/1.1 {status} {reason}\r\nContent-Type: {kind}\r\nContent-Length: {length}\r\nCache-Control: no-store\r\nConnection: close\r\n\r\n"
    )
    .into_bytes();
    if with_body {
        bytes.extend_from_slice(body);
    }
    client.write_all(&bytes)
}

/// What the log said last, so that it grows with changes and not with questions.
#[derive(Debug, Default)]
struct Diary {
    version: Option<String>,
    trouble: Option<String>,
}

fn note_change(diary: &Mutex<Diary>, name: &str, live: Option<&Deployed>) {
    let mut diary = diary.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    let version = live.map(|live| live.backend.clone());
    let trouble = live.and_then(|live| live.trouble.clone());
    if diary.version != version {
        note(name, &format!("serving {}", version.as_deref().unwrap_or("nothing")));
    }
    if diary.version != version || diary.trouble != trouble {
        match &trouble {
            Some(why) => note(name, &format!("ERROR health: {why}")),
            None => note(name, "health ok"),
        }
    }
    *diary = Diary { version, trouble };
}

/// One line of the log, which is this process's standard error.
fn note(name: &str, text: &str) {
    complain(&format!("{:.3} {name} {text}", jiff::Timestamp::now()));
}

fn complain(line: &str) {
    // A log that cannot be written must not end the service.
    let _ = writeln!(io::stderr(), "{line}");
}

/// Takes the lock that says that the service lives. Whoever asks for a sign of life holds it for a moment, so a held
/// lock is tried again before it counts.
fn take_lock(lock: &File) -> io::Result<()> {
    for _ in 0..100 {
        if lock.try_lock().is_ok() {
            return Ok(());
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    Err(io::Error::other("it is running already"))
}

fn identity(dir: &Path) -> Option<(u64, u64)> {
    fs::metadata(dir).ok().map(|found| (found.dev(), found.ino()))
}

/// Writes a small file so that a reader finds the old text or the new one.
fn replace(path: &Path, text: &str) -> io::Result<()> {
    let part = path.with_extension("part");
    fs::write(&part, text)?;
    fs::rename(&part, path)
}

fn forget(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}
