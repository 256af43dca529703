//! The example's own way to ask its service, for scripts on machines that have no HTTP client.
//!
//! A hidden subcommand: `demo-probe URL [--contains TEXT] [--count N] [--quiet]`. It speaks to `http://` addresses
//! directly, past every proxy, and changes nothing. Enter at [`run`]; [`ask`] is the same for the drill.

use std::ffi::OsString;
use std::io::{self, Read, Write};
use std::net::{TcpStream, ToSocketAddrs};
use std::time::{Duration, Instant};

/// How long an answer may take in all its parts.
const PATIENCE: Duration = Duration::from_secs(15);
/// More of an answer than this is not read.
const MOST_BYTES: u64 = 1024 * 1024;

/// What the service answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Heard {
    /// The status code.
    pub status: u16,
    /// The body, as text.
    pub body: String,
    /// From the connection to the last byte, in milliseconds.
    pub took_ms: u64,
}

/// The hidden subcommand. Prints a line for each answer; 0 when every answer was a 2xx and contained the text, 1 when
/// one did not, 2 for wrong arguments.
pub fn run(args: &[OsString]) -> u8 {
    let Some(asked) = Asked::parse(args) else {
        return tell(2, "usage: demo-probe URL [--contains TEXT] [--count N] [--quiet]");
    };
    for _ in 0..asked.count {
        let heard = match ask(&asked.url) {
            Ok(heard) => heard,
            Err(error) => return tell(1, &format!("ERROR {} does not answer: {error}", asked.url)),
        };
        let Heard { status, body, took_ms } = &heard;
        let first = body.lines().next().unwrap_or_default();
        let shown = if asked.quiet { "" } else { first };
        // Whoever reads the output may be gone; the answer is in the exit code too.
        let _ = writeln!(io::stdout(), "{}", format!("GET {}  {status}  {took_ms} ms  {shown}", asked.url).trim_end());
        if !(200..300).contains(status) {
            return tell(1, &format!("ERROR {} answered {status}: {first}", asked.url));
        }
        if let Some(text) = asked.contains.as_ref().filter(|text| !body.contains(text.as_str())) {
            return tell(1, &format!("ERROR the answer of {} does not contain {text}", asked.url));
        }
    }
    0
}

fn tell(code: u8, line: &str) -> u8 {
    let _ = writeln!(io::stderr(), "{line}");
    code
}

struct Asked {
    url: String,
    contains: Option<String>,
    count: u32,
    quiet: bool,
}

impl Asked {
    fn parse(args: &[OsString]) -> Option<Asked> {
        let mut args = args.iter().map(|arg| arg.to_str());
        let mut asked = Asked { url: args.next()??.to_owned(), contains: None, count: 1, quiet: false };
        while let Some(option) = args.next() {
            match option? {
                "--contains" => asked.contains = Some(args.next()??.to_owned()),
                "--count" => asked.count = args.next()??.parse().ok()?,
                "--quiet" => asked.quiet = true,
                _ => return None,
            }
        }
        Some(asked)
    }
}

/// Asks once.
///
/// # Errors
/// What the system said, or that the answer was not HTTP.
pub fn ask(url: &str) -> io::Result<Heard> {
    let rest = url.strip_prefix("http://").ok_or_else(|| io::Error::other("only http:// is spoken here"))?;
    let (host, path) = rest.split_once('/').unwrap_or((rest, ""));
    let address = host.to_socket_addrs()?.next().ok_or_else(|| io::Error::other("no such host"))?;
    let began = Instant::now();
    let mut stream = TcpStream::connect_timeout(&address, PATIENCE)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    stream.write_all(format!("GET /{path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n").as_bytes())?;
    let mut bytes = Vec::new();
    stream.take(MOST_BYTES).read_to_end(&mut bytes)?;
    let took_ms = u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX);
    let text = String::from_utf8_lossy(&bytes);
    let (head, body) = text.split_once("\r\n\r\n").ok_or_else(|| io::Error::other("the answer is not HTTP"))?;
    let status = head.split(' ').nth(1).and_then(|word| word.parse().ok());
    let status = status.ok_or_else(|| io::Error::other("the answer has no status"))?;
    Ok(Heard { status, body: body.to_owned(), took_ms })
}
