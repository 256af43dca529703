//! HTTP requests with a hard time limit: GET for probes, POST for webhooks.
//!
//! Enter at [`Asker`] and [`post_json`]. No error and no answer ever holds the address: that of a webhook is a secret.
//! A loopback address is never asked through a proxy, whatever the environment says; others use the usual variables.

use std::collections::BTreeMap;
use std::io::{self, ErrorKind, Read};
use std::net::IpAddr;
use std::time::{Duration, Instant};

use thiserror::Error;
use ureq::http::Uri;
use ureq::tls::{Certificate, PemItem, RootCerts, TlsConfig, parse_pem};
use ureq::{Agent, Proxy};

/// How much of an answer is read.
const READ_BYTES: u64 = 1024 * 1024;

/// How many redirects a GET follows, as a browser's user would meet them.
const REDIRECTS: u32 = 5;

/// Why there is no answer.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum HttpError {
    /// Not an address that can be asked.
    #[error("the address is not a valid http or https address")]
    Address,
    /// Nobody took the connection.
    #[error("{0}")]
    NotReached(&'static str),
    /// The limit was over first.
    #[error("no answer within {}", crate::domain::duration::limit(*.0))]
    Timeout(Duration),
    /// The connection ended before the answer.
    #[error("the connection was closed before an answer")]
    Closed,
    /// What came back is not what HTTP says.
    #[error("{0}")]
    NoAnswer(&'static str),
}

impl HttpError {
    /// Whether the request may have reached the other side all the same.
    pub fn may_have_arrived(&self) -> bool {
        match self {
            Self::Address | Self::NotReached(_) => false,
            Self::Timeout(_) | Self::Closed | Self::NoAnswer(_) => true,
        }
    }
}

/// What came back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Answer {
    /// The status of the last answer.
    pub status: u16,
    /// From the start of the request to the end of the answer, a fresh connection and redirects included.
    pub took: Duration,
}

/// How an address is asked.
#[derive(Debug, Clone, Default)]
pub struct Asking {
    /// When an answer counts as missing.
    pub limit: Duration,
    /// Certificates in PEM form that are trusted for https, instead of the public ones.
    pub roots_pem: Option<Vec<u8>>,
    /// Keeps the connection between two questions.
    pub reuse: bool,
}

/// An address that is asked again and again.
#[derive(Debug, Clone)]
pub struct Asker {
    agent: Agent,
    address: String,
    limit: Duration,
}

impl Asker {
    /// Readies an address.
    ///
    /// # Errors
    /// [`HttpError::Address`], or what cannot be trusted by.
    pub fn new(address: &str, asking: &Asking) -> Result<Self, HttpError> {
        let agent = agent(address, asking, REDIRECTS)?;
        Ok(Self { agent, address: address.to_owned(), limit: asking.limit })
    }

    /// Asks once. The second part is the answer's body, as far as it is read.
    ///
    /// # Errors
    /// [`HttpError`]; an answer of any status is no error.
    pub fn ask(&self) -> Result<(Answer, Vec<u8>), HttpError> {
        let started = Instant::now();
        let mut body = Vec::new();
        let answer = finish(self.agent.get(&self.address).call(), started, self.limit, &mut body)?;
        Ok((answer, body))
    }
}

/// Sends a JSON document. A redirect is not followed: it would carry the message to an address nobody named.
///
/// # Errors
/// [`HttpError`]; an answer of any status is no error.
pub fn post_json(address: &str, json: &str, limit: Duration) -> Result<Answer, HttpError> {
    let agent = agent(address, &Asking { limit, ..Asking::default() }, 0)?;
    let started = Instant::now();
    finish(agent.post(address).content_type("application/json").send(json), started, limit, &mut io::sink())
}

/// Fills `${NAME}` from `values`; a `$` without a brace stands for itself.
///
/// # Errors
/// The name that has no value, or what follows an opening brace that is never closed.
pub fn fill(template: &str, values: &BTreeMap<String, String>) -> Result<String, String> {
    let mut pieces = template.split("${");
    let mut filled = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        let (name, rest) = piece.split_once('}').ok_or_else(|| piece.to_owned())?;
        filled.push_str(values.get(name).ok_or_else(|| name.to_owned())?);
        filled.push_str(rest);
    }
    Ok(filled)
}

fn agent(address: &str, asking: &Asking, redirects: u32) -> Result<Agent, HttpError> {
    let uri: Uri = address.parse().map_err(|_| HttpError::Address)?;
    if !matches!(uri.scheme_str(), Some("http" | "https")) {
        return Err(HttpError::Address);
    }
    let host = uri.host().filter(|host| !host.is_empty()).ok_or(HttpError::Address)?;
    let proxy = if is_loopback(host) { None } else { Proxy::try_from_env() };
    let mut config = Agent::config_builder();
    if let Some(pem) = &asking.roots_pem {
        config = config.tls_config(TlsConfig::builder().root_certs(roots(pem)?).build());
    }
    if !asking.reuse {
        config = config.max_idle_connections(0);
    }
    let config = config
        .http_status_as_error(false)
        .timeout_global(Some(asking.limit))
        .max_redirects(redirects)
        .max_redirects_will_error(redirects > 0)
        .proxy(proxy)
        .user_agent(concat!("relco/", env!("CARGO_PKG_VERSION")))
        .build();
    Ok(config.new_agent())
}

fn roots(pem: &[u8]) -> Result<RootCerts, HttpError> {
    let found: Result<Vec<Certificate<'static>>, ureq::Error> = parse_pem(pem)
        .filter_map(|item| match item {
            Ok(PemItem::Certificate(certificate)) => Some(Ok(certificate)),
            Ok(_) => None,
            Err(error) => Some(Err(error)),
        })
        .collect();
    match found {
        Ok(certificates) if !certificates.is_empty() => Ok(RootCerts::new_with_certs(&certificates)),
        _ => Err(HttpError::NotReached("the file of certificates holds none")),
    }
}

fn is_loopback(host: &str) -> bool {
    let bare = host.trim_start_matches('[').trim_end_matches(']').trim_end_matches('.');
    let name = bare.eq_ignore_ascii_case("localhost") || bare.to_ascii_lowercase().ends_with(".localhost");
    name || bare.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

fn finish(
    called: Result<ureq::http::Response<ureq::Body>, ureq::Error>,
    started: Instant,
    limit: Duration,
    body: &mut dyn io::Write,
) -> Result<Answer, HttpError> {
    let mut answer = called.map_err(|error| failure(&error, limit))?;
    let mut read = answer.body_mut().as_reader().take(READ_BYTES);
    io::copy(&mut read, body).map_err(|error| read_failure(&error, limit))?;
    Ok(Answer { status: answer.status().as_u16(), took: started.elapsed() })
}

/// Names a failure in words of our own: those of the library may hold the address.
fn failure(error: &ureq::Error, limit: Duration) -> HttpError {
    match error {
        ureq::Error::Timeout(_) => HttpError::Timeout(limit),
        ureq::Error::Io(error) => io_failure(error, limit),
        ureq::Error::HostNotFound => HttpError::NotReached("the host was not found"),
        ureq::Error::ConnectionFailed => HttpError::NotReached("no connection"),
        ureq::Error::InvalidProxyUrl => HttpError::NotReached("the proxy's address is not valid"),
        ureq::Error::ConnectProxyFailed(_) => HttpError::NotReached("the proxy made no connection"),
        ureq::Error::BadUri(_) | ureq::Error::Http(_) => HttpError::Address,
        ureq::Error::Tls(_) | ureq::Error::Rustls(_) => HttpError::NotReached(tls_words(&error.to_string())),
        ureq::Error::TooManyRedirects | ureq::Error::RedirectFailed => HttpError::NoAnswer("too many redirects"),
        ureq::Error::Protocol(_) => HttpError::NoAnswer("the answer is not HTTP"),
        _ => HttpError::NoAnswer("the request failed"),
    }
}

/// A failure while the body is read: the library wraps its own errors in those of the reader.
fn read_failure(error: &io::Error, limit: Duration) -> HttpError {
    match error.get_ref().and_then(|inner| inner.downcast_ref::<ureq::Error>()) {
        Some(inner) => failure(inner, limit),
        None => io_failure(error, limit),
    }
}

fn io_failure(error: &io::Error, limit: Duration) -> HttpError {
    match error.kind() {
        ErrorKind::TimedOut | ErrorKind::WouldBlock => HttpError::Timeout(limit),
        ErrorKind::ConnectionRefused => HttpError::NotReached("connection refused"),
        ErrorKind::HostUnreachable | ErrorKind::NetworkUnreachable | ErrorKind::NetworkDown => {
            HttpError::NotReached("the host cannot be reached")
        }
        // The system's resolver has no kind of its own.
        _ if error.to_string().contains("lookup address") => HttpError::NotReached("the host was not found"),
        ErrorKind::ConnectionReset
        | ErrorKind::ConnectionAborted
        | ErrorKind::BrokenPipe
        | ErrorKind::UnexpectedEof => HttpError::Closed,
        ErrorKind::InvalidData => HttpError::NotReached(tls_words(&error.to_string())),
        _ => HttpError::NoAnswer("the request failed"),
    }
}

/// Why there is no TLS connection, in words of our own: the library's name hosts, and so addresses.
fn tls_words(error: &str) -> &'static str {
    let words = [
        ("UnknownIssuer", "its certificate is not signed by anybody who is trusted"),
        ("not valid for name", "its certificate is of another host"),
        ("NotValidForName", "its certificate is of another host"),
        ("certificate expired", "its certificate is out of date"),
        ("Expired", "its certificate is out of date"),
        ("not valid yet", "its certificate is not valid yet"),
        ("NotValidYet", "its certificate is not valid yet"),
    ];
    let said = words.iter().find(|(part, _)| error.contains(part)).map(|(_, said)| *said);
    said.unwrap_or("no trusted TLS connection")
}

#[cfg(test)]
pub(super) mod tests {
    use std::io::{BufRead, BufReader, Write};
    use std::net::TcpListener;
    use std::thread::{self, JoinHandle};

    use super::*;

    const PATIENT: Duration = Duration::from_secs(60);

    fn get(address: &str, limit: Duration) -> Result<Answer, HttpError> {
        Asker::new(address, &Asking { limit, ..Asking::default() })?.ask().map(|(answer, _)| answer)
    }

    /// Answers one connection after the other, each with the next text, and gives back what was asked.
    pub(in super::super) fn server(answers: Vec<String>) -> (String, JoinHandle<Vec<String>>) {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let serve = move || {
            answers
                .into_iter()
                .map(|answer| {
                    let (mut stream, _) = listener.accept().unwrap();
                    let asked = request(&mut BufReader::new(&stream));
                    stream.write_all(answer.as_bytes()).unwrap();
                    asked
                })
                .collect()
        };
        (address, thread::spawn(serve))
    }

    fn request(reader: &mut impl BufRead) -> String {
        let (mut head, mut length) = (String::new(), 0);
        loop {
            let mut line = String::new();
            reader.read_line(&mut line).unwrap();
            if let Some(count) = line.to_ascii_lowercase().strip_prefix("content-length:") {
                length = count.trim().parse().unwrap();
            }
            head.push_str(&line);
            if line.trim().is_empty() {
                break;
            }
        }
        let mut body = vec![0; length];
        reader.read_exact(&mut body).unwrap();
        head + &String::from_utf8(body).unwrap()
    }

    pub(in super::super) fn answer(status: u16) -> String {
        format!("HTTP/1.1 {status} X\r\ncontent-length: 2\r\nconnection: close\r\n\r\nok")
    }

    /// Answers `questions` questions, as many on one connection as it gets, and gives back how many connections it took.
    pub(in super::super) fn keeping_server(questions: usize) -> (String, JoinHandle<usize>) {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let serve = move || {
            let (mut answered, mut connections) = (0, 0);
            while answered < questions {
                let (mut stream, _) = listener.accept().unwrap();
                connections += 1;
                let mut reader = BufReader::new(stream.try_clone().unwrap());
                // An empty look ahead is the other side's end of the connection.
                while answered < questions && reader.fill_buf().is_ok_and(|bytes| !bytes.is_empty()) {
                    request(&mut reader);
                    stream.write_all(b"HTTP/1.1 200 X\r\ncontent-length: 2\r\n\r\nok").unwrap();
                    answered += 1;
                }
            }
            connections
        };
        (address, thread::spawn(serve))
    }

    /// A port that takes connections and never answers, as long as the listener lives.
    pub(in super::super) fn silent() -> (String, TcpListener) {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        (format!("http://{}", listener.local_addr().unwrap()), listener)
    }

    /// A port on which nobody listens.
    pub(in super::super) fn refused() -> String {
        let (address, listener) = silent();
        drop(listener);
        address
    }

    #[test]
    fn every_status_is_an_answer() {
        let (address, served) = server([200, 404, 503].map(answer).to_vec());
        let statuses = [(); 3].map(|()| get(&format!("{address}/health?x=1"), PATIENT).unwrap().status);
        assert_eq!(statuses, [200, 404, 503]);
        let asked = served.join().unwrap();
        assert!(asked[0].starts_with("GET /health?x=1 HTTP/1.1\r\n"), "{}", asked[0]);
        assert!(asked[0].contains(concat!("relco/", env!("CARGO_PKG_VERSION"))), "{}", asked[0]);
    }

    #[test]
    fn a_get_follows_redirects_and_a_post_does_not() {
        let redirect =
            "HTTP/1.1 302 X\r\nlocation: /there\r\ncontent-length: 0\r\nconnection: close\r\n\r\n".to_owned();
        let (address, served) = server(vec![redirect.clone(), answer(200)]);
        assert_eq!(get(&address, PATIENT).unwrap().status, 200);
        assert!(served.join().unwrap()[1].starts_with("GET /there"));
        let (address, served) = server(vec![redirect.clone()]);
        assert_eq!(post_json(&address, "{}", PATIENT).unwrap().status, 302);
        served.join().unwrap();
        let (address, served) = server(vec![redirect; 6]);
        assert_eq!(get(&address, PATIENT), Err(HttpError::NoAnswer("too many redirects")));
        served.join().unwrap();
    }

    #[test]
    fn a_post_carries_its_document() {
        let (address, served) = server(vec![answer(204)]);
        assert_eq!(post_json(&format!("{address}/hook"), r#"{"text":"é"}"#, PATIENT).unwrap().status, 204);
        let asked = served.join().unwrap().remove(0);
        assert!(asked.starts_with("POST /hook HTTP/1.1\r\n"), "{asked}");
        assert!(asked.to_ascii_lowercase().contains("content-type: application/json\r\n"), "{asked}");
        assert!(asked.ends_with("\r\n\r\n{\"text\":\"é\"}"), "{asked}");
    }

    #[test]
    fn silence_ends_at_the_limit() {
        let (address, listener) = silent();
        let limit = Duration::from_millis(100);
        assert_eq!(get(&address, limit), Err(HttpError::Timeout(limit)));
        assert_eq!(HttpError::Timeout(limit).to_string(), "no answer within 100 ms");
        drop(listener);
    }

    #[test]
    fn an_answer_that_never_ends_ends_at_the_limit() {
        let (address, served) = server(vec!["HTTP/1.1 200 X\r\ncontent-length: 10\r\n\r\nhalf".to_owned()]);
        assert_eq!(get(&address, PATIENT), Err(HttpError::Closed));
        served.join().unwrap();
        let (address, listener) = silent();
        let hold = thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            stream.write_all(b"HTTP/1.1 200 X\r\ncontent-length: 10\r\n\r\nhalf").unwrap();
            // Held open until the other side has gone.
            let _ = stream.read_to_end(&mut Vec::new());
        });
        let limit = Duration::from_millis(300);
        assert_eq!(get(&address, limit), Err(HttpError::Timeout(limit)));
        hold.join().unwrap();
    }

    #[test]
    fn failures_are_named_without_the_address() {
        assert_eq!(get(&refused(), PATIENT), Err(HttpError::NotReached("connection refused")));
        let (address, served) = server(vec!["hello\r\n\r\n".to_owned()]);
        assert_eq!(get(&address, PATIENT), Err(HttpError::NoAnswer("the answer is not HTTP")));
        served.join().unwrap();
        let (address, served) = server(vec![String::new()]);
        assert!(get(&address, PATIENT).unwrap_err().may_have_arrived());
        served.join().unwrap();
    }

    #[test]
    fn only_http_and_https_addresses_are_asked() {
        for address in ["", "harbor", "ftp://x/y", "file:///etc/passwd", "http://", "http:// x", "https://a b/c", "/x"]
        {
            assert_eq!(get(address, PATIENT), Err(HttpError::Address), "{address}");
        }
    }

    #[test]
    fn loopback_in_every_spelling() {
        for host in ["localhost", "LOCALHOST", "a.localhost", "localhost.", "127.0.0.1", "127.8.8.8", "[::1]", "::1"] {
            assert!(is_loopback(host), "{host}");
        }
        for host in ["localhost.example.com", "notlocalhost", "128.0.0.1", "[::2]", "0.0.0.0"] {
            assert!(!is_loopback(host), "{host}");
        }
    }

    #[test]
    fn names_are_filled_once_and_missing_ones_named() {
        let values = BTreeMap::from([("PORT".to_owned(), "80".to_owned()), ("A".to_owned(), "${PORT}".to_owned())]);
        assert_eq!(fill("http://h:${PORT}/${A}/$x", &values), Ok("http://h:80/${PORT}/$x".to_owned()));
        assert_eq!(fill("http://h:${NOPE}/", &values), Err("NOPE".to_owned()));
        assert_eq!(fill("http://h:${PORT", &values), Err("PORT".to_owned()));
        assert_eq!(fill("plain", &values), Ok("plain".to_owned()));
    }
}
