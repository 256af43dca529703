//! What the example's service answers, from what is deployed in its environment at this moment.
//!
//! Nothing is remembered between two questions, so a switched link, an undone migration or a cleared cache shows at
//! once. Reads the environment's directory and writes into its cache, nowhere else. Enter at [`Deployed::find`] and
//! [`answer`].

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// No release makes anybody wait longer than this, whatever its file says.
const LONGEST_LATENCY_MS: u64 = 10_000;

/// The pages that people ask for; all of them are cached.
pub const PAGES: [&str; 6] = ["/", "/berths", "/arrivals", "/tides", "/fees", "/pilots"];

/// An answer over HTTP, before it is put on the wire.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// The status code.
    pub status: u16,
    /// The media type of the body.
    pub kind: &'static str,
    /// The body.
    pub body: Vec<u8>,
}

/// The release that an environment's `current` link leads to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Deployed {
    release: PathBuf,
    /// The version of the backend.
    pub backend: String,
    /// The version of the frontend.
    pub frontend: String,
    /// How long this release takes for each answer.
    pub latency: Duration,
    /// What is wrong with it; `None` when it is well.
    pub trouble: Option<String>,
}

impl Deployed {
    /// What is live in the environment's directory; `None` when nothing is deployed there.
    pub fn find(site: &Path) -> Option<Deployed> {
        // The link is read once, so that one answer never mixes two releases.
        let release = site.join(fs::read_link(site.join("current")).ok()?);
        let backend = word(&release.join("backend/version"))?;
        let latency_ms = word(&release.join("backend/latency_ms")).and_then(|text| text.parse().ok()).unwrap_or(0);
        Some(Deployed {
            trouble: trouble(site, &release),
            frontend: word(&release.join("frontend/version")).unwrap_or_else(|| "none".to_owned()),
            latency: Duration::from_millis(LONGEST_LATENCY_MS.min(latency_ms)),
            backend,
            release,
        })
    }
}

/// A release is well when it says so itself and the database has the schema that it needs.
fn trouble(site: &Path, release: &Path) -> Option<String> {
    let said =
        word(&release.join("backend/health")).unwrap_or_else(|| "the release says nothing about its health".into());
    if said != "ok" {
        return Some(said);
    }
    let needs = word(&release.join("backend/schema"))?;
    let applied = fs::read_to_string(site.join("db/schema")).unwrap_or_default();
    let there = applied.lines().any(|line| line.strip_prefix(&needs).is_some_and(|rest| rest.starts_with('_')));
    (!there).then(|| format!("schema: needs {needs}, which is not applied"))
}

fn word(path: &Path) -> Option<String> {
    Some(fs::read_to_string(path).ok()?.trim().to_owned())
}

/// The answer to a question for this path; `deployed` is what [`Deployed::find`] found for the same environment.
pub fn answer(site: &Path, deployed: Option<&Deployed>, path: &str) -> Answer {
    let Some(live) = deployed else {
        return Answer {
            status: 503,
            kind: JSON,
            body: b"{\"status\":\"failing\",\"why\":\"nothing is deployed\"}\n".to_vec(),
        };
    };
    match path {
        "/health" => health(live),
        "/version" => json(200, format!("{{\"backend\":{:?},\"frontend\":{:?}}}\n", live.backend, live.frontend)),
        "/" => {
            page(site, live, "index", &fs::read_to_string(live.release.join("frontend/index.html")).unwrap_or_default())
        }
        _ if PAGES.contains(&path) => {
            let name = path.trim_start_matches('/');
            page(site, live, name, &table(site, live, name))
        }
        _ => file(live, path.trim_start_matches('/')),
    }
}

const JSON: &str = "application/json";
const HTML: &str = "text/html; charset=utf-8";

fn json(status: u16, body: String) -> Answer {
    Answer { status, kind: JSON, body: body.into_bytes() }
}

fn health(live: &Deployed) -> Answer {
    let version = &live.backend;
    match &live.trouble {
        None => json(200, format!("{{\"status\":\"ok\",\"version\":{version:?}}}\n")),
        Some(why) => json(503, format!("{{\"status\":\"failing\",\"version\":{version:?},\"why\":{why:?}}}\n")),
    }
}

/// A page comes from the cache when it is there, whatever version drew it: that is why caches must be cleared.
fn page(site: &Path, live: &Deployed, name: &str, drawn: &str) -> Answer {
    let cached = site.join("cache").join(format!("{name}.html"));
    if let Ok(body) = fs::read(&cached) {
        return Answer { status: 200, kind: HTML, body };
    }
    if drawn.is_empty() {
        return Answer { status: 500, kind: HTML, body: b"<p>the frontend is not installed</p>\n".to_vec() };
    }
    // Two questions may draw the same page; each writes its own file, and the last rename wins with the same text.
    let part = site.join("cache").join(format!(".{name}.{}.{:?}", live.backend, std::thread::current().id()));
    // A cache that cannot be written makes the service slower, not wrong.
    if fs::write(&part, drawn).is_ok() && fs::rename(&part, &cached).is_err() {
        let _ = fs::remove_file(&part);
    }
    Answer { status: 200, kind: HTML, body: drawn.as_bytes().to_vec() }
}

fn table(site: &Path, live: &Deployed, name: &str) -> String {
    let rows = fs::read_to_string(site.join(format!("db/{name}.tsv"))).unwrap_or_default();
    let mut body = String::new();
    for row in rows.lines() {
        let cells: String = row.split('\t').map(|cell| format!("<td>{cell}</td>")).collect();
        body.push_str(&format!("<tr>{cells}</tr>\n"));
    }
    let version = &live.frontend;
    format!(
        "<!doctype html>\n<title>harbor {version}</title>\n<h1>{name}</h1>\n<table>\n{body}</table>\n<footer>harbor {version}</footer>\n"
    )
}

/// A file of the frontend; only what its own manifest names, so no question leads out of the release.
fn file(live: &Deployed, name: &str) -> Answer {
    let home = live.release.join("frontend");
    let manifest = fs::read_to_string(home.join("manifest")).unwrap_or_default();
    let known = manifest.lines().any(|line| line == name && line != "end");
    match fs::read(home.join(name)) {
        Ok(body) if known => Answer { status: 200, kind: kind(name), body },
        _ => Answer { status: 404, kind: "text/plain; charset=utf-8", body: b"no such page\n".to_vec() },
    }
}

fn kind(name: &str) -> &'static str {
    match name.rsplit_once('.').map(|(_, end)| end) {
        Some("svg") => "image/svg+xml",
        Some("css") => "text/css; charset=utf-8",
        Some("js") => "text/javascript; charset=utf-8",
        Some("json") => JSON,
        _ => HTML,
    }
}
