//! `relco config …` and `relco init`: what the project's file says, and a first one.

use std::io::ErrorKind;

use serde_json::json;

use super::args::{ConfigCommand, Global};
use super::exit::{Ending, Exit, Failure};
use super::options;
use super::output::{Output, safe};
use crate::config::load::FILE_NAME;
use crate::config::schema;
use crate::session::{FirstFile, OpenError, Session, user_config};

/// Runs a config command.
pub fn run(global: &Global, command: &ConfigCommand) -> Ending {
    let out = Output::new(global.json);
    match command {
        ConfigCommand::Check => check(global, &out),
        ConfigCommand::Schema => {
            out.document(&schema::json::schema());
            Ok(Exit::Done)
        }
        ConfigCommand::Paths => paths(global, &out),
    }
}

fn check(global: &Global, out: &Output) -> Ending {
    let session = match Session::open(&options(global)) {
        Ok(session) => session,
        Err(OpenError::Config(error)) if out.json => {
            let problems: Vec<_> = error
                .problems()
                .iter()
                .map(|one| {
                    json!({
                        "file": one.file,
                        "line": one.at.map(|at| at.line),
                        "column": one.at.map(|at| at.column),
                        "what": one.fault.to_string(),
                    })
                })
                .collect();
            return Ok(not_ok(out, &problems));
        }
        Err(error) => return Err(error.into()),
    };
    let snapshot = session.snapshot();
    if let Some(broken) = snapshot.config_broken {
        if out.json {
            let problem = |what: &str| json!({ "file": FILE_NAME, "line": null, "column": null, "what": what });
            let problems: Vec<_> = broken.lines().map(problem).collect();
            return Ok(not_ok(out, &problems));
        }
        return Err(Failure::usage(broken).hint("the release that is open goes on with its frozen plan"));
    }
    let trusted = session.trusts_file();
    if out.json {
        let problems: [u8; 0] = [];
        out.document(&json!({
            "schema": 1,
            "ok": true,
            "hash": session.closure(),
            "trusted": trusted && session.closure().is_some(),
            "problems": problems,
        }));
        return Ok(Exit::Done);
    }
    let plan = &session.loaded().plan;
    let what = [
        (plan.gates.len(), "gate"),
        (plan.items.len(), "item"),
        (plan.environments.len(), "environment"),
        (plan.probes.len(), "probe"),
        (plan.triggers.len(), "trigger"),
        (plan.stakeholders.len(), "stakeholder"),
        (plan.version_files.len(), "version file"),
    ]
    .map(|(count, one)| format!("{count} {one}{}", if count == 1 { "" } else { "s" }))
    .join(", ");
    match session.closure() {
        None => out.line(format!("no {FILE_NAME}: the default plan holds, with {what}")),
        Some(hash) => {
            out.line(format!("{FILE_NAME} is understood: {what}"));
            let trust = match trusted {
                true if session.asks_for_nothing() => "nothing to trust",
                true => "trusted",
                false => "not trusted",
            };
            out.line(format!("hash {hash}, {trust}"));
        }
    }
    Ok(Exit::Done)
}

/// The document of a file that is not understood.
fn not_ok(out: &Output, problems: &[serde_json::Value]) -> Exit {
    out.document(&json!({ "schema": 1, "ok": false, "hash": null, "trusted": false, "problems": problems }));
    Exit::Usage
}

fn paths(global: &Global, out: &Output) -> Ending {
    let session = Session::open(&options(global))?;
    let file = global.config.clone().unwrap_or_else(|| session.root().join(FILE_NAME));
    let paths = [
        ("project", Some(session.root().to_owned())),
        ("config", Some(file)),
        ("state", Some(session.state_dir().to_owned())),
        ("release", session.release_dir().map(ToOwned::to_owned)),
        ("settings", user_config()),
    ];
    if out.json {
        let mut all = serde_json::Map::new();
        all.insert("schema".to_owned(), json!(1));
        for (name, path) in paths {
            all.insert(name.to_owned(), json!(path.map(|path| path.display().to_string())));
        }
        out.document(&serde_json::Value::Object(all));
        return Ok(Exit::Done);
    }
    for (name, path) in paths {
        let path = path.map_or_else(|| "none".to_owned(), |path| path.display().to_string());
        out.line(safe(&format!("{name:<9} {path}")));
    }
    Ok(Exit::Done)
}

/// Writes a first file for this repository, or prints it.
pub fn init(global: &Global, print: bool) -> Ending {
    let out = Output::new(global.json);
    let first = FirstFile::find(&options(global))?;
    if print && !out.json {
        out.raw(first.text.as_bytes());
        return Ok(Exit::Done);
    }
    let written = if print { Ok(()) } else { first.write() };
    match written {
        Ok(()) => {}
        Err(error) if error.kind() == ErrorKind::AlreadyExists => {
            let what = format!("{} is there already: nothing was written", first.path.display());
            return Err(Failure { exit: Exit::Refused, what, hint: Some("relco init --print".to_owned()) });
        }
        Err(error) => return Err(Failure::environment(format!("cannot write {}: {error}", first.path.display()))),
    }
    if out.json {
        out.document(&json!({
            "schema": 1,
            "path": first.path.display().to_string(),
            "written": !print,
            "found": first.found,
            "text": first.text,
        }));
        return Ok(Exit::Done);
    }
    for line in &first.found {
        out.line(safe(line));
    }
    out.line(safe(&format!("wrote {}", first.path.display())));
    out.hint("look through it, commit it, then relco trust");
    Ok(Exit::Done)
}
