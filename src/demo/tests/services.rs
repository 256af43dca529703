//! The services: what they answer, and when they end.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::process::{Child, Stdio};

use super::*;

/// A service as our own child, so that its end can be waited for.
fn alone(example: &Example, more: &[&str]) -> Child {
    fs::create_dir_all(example.place.services()).unwrap();
    Command::new(&example.exe)
        .args([running::SERVICE_COMMAND, "--env", "staging", "--dir"])
        .arg(example.place.dir())
        .args(more)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

#[test]
fn it_answers_from_what_is_deployed() {
    let example = Example::with_services(Fault::None);
    for environment in ENVIRONMENTS {
        example.all_well(environment, &["./deploy/clear-caches"]);
        assert_eq!(example.ask(environment, "/health").body, "{\"status\":\"ok\",\"version\":\"1.2.4\"}\n");
        assert_eq!(example.ask(environment, "/version?again").body, "{\"backend\":\"1.2.4\",\"frontend\":\"1.2.4\"}\n");
        assert!(example.ask(environment, "/").body.contains("<footer>harbor 1.2.4</footer>"));
        assert!(example.ask(environment, "/berths").body.contains("<td>Fish Quay</td>"));
        assert!(example.ask(environment, "/assets/berth-07.svg").body.contains("berth 07"));
        for nowhere in ["/nothing", "/../../db/schema", "/end", "/commit", "//etc/passwd"] {
            assert_eq!(example.ask(environment, nowhere).status, 404, "{nowhere}");
        }
        let site = example.place.environment(environment);
        assert!(site.join("cache/index.html").exists());

        // Health follows the deployed files, the schema and the link, each at once.
        let health = site.join("releases/1.2.4/backend/health");
        fs::write(&health, "the mole is under water\n").unwrap();
        let failing = example.ask(environment, "/health");
        assert!(failing.status == 503 && failing.body.contains("the mole is under water"), "{failing:?}");
        fs::write(&health, "ok\n").unwrap();
        let schema = fs::read_to_string(site.join("db/schema")).unwrap();
        fs::write(site.join("db/schema"), "0001_berths 1.2.1\n").unwrap();
        assert!(example.ask(environment, "/health").body.contains("needs 0006"));
        fs::write(site.join("db/schema"), schema).unwrap();
        fs::remove_file(site.join("current")).unwrap();
        assert_eq!(example.ask(environment, "/version").status, 503);

        let log = fs::read_to_string(example.place.service(environment, "log")).unwrap();
        assert!(log.contains(&format!("{environment} serving 1.2.4")), "{log}");
        assert!(log.contains("ERROR health: the mole is under water"), "{log}");
    }
}

#[test]
fn what_is_no_question_gets_an_answer_too() {
    let example = Example::with_services(Fault::None);
    let port = running::port(&example.place, "staging").unwrap();
    for (question, answer) in [
        ("POST / HTTP/1.1\r\n\r\n", "HTTP/1.1 405"),
        ("GET nothing HTTP/1.1\r\n\r\n", "HTTP/1.1 400"),
        ("hello\r\n\r\n", "HTTP/1.1 400"),
        ("HEAD /version HTTP/1.0\r\n\r\n", "HTTP/1.1 200"),
    ] {
        let mut stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
        stream.write_all(question.as_bytes()).unwrap();
        let mut text = String::new();
        stream.read_to_string(&mut text).unwrap();
        assert!(text.starts_with(answer), "{question:?}: {text}");
        assert!(!question.starts_with("HEAD") || text.ends_with("\r\n\r\n"), "{text}");
    }
}

#[test]
fn its_port_reaches_scripts_by_a_file_outside_of_the_repository() {
    let example = Example::with_services(Fault::None);
    let port = running::port(&example.place, "production").unwrap();
    let home = example.place.dir().display();
    let text = fs::read_to_string(example.place.service("production", "env")).unwrap();
    assert_eq!(text, format!("HARBOR_HOME={home}\nPORT={port}\n"));
    assert_eq!(example.git(&["status", "--porcelain", "--ignored"]), "");
}

#[test]
fn it_stops_when_asked_and_starts_again() {
    let example = Example::with_services(Fault::None);
    assert!(running::lives(&example.place, "staging").unwrap());
    assert_eq!(running::stop(&example.place).unwrap(), ["staging", "production"]);
    assert!(!running::lives(&example.place, "staging").unwrap());
    assert!(!example.place.service("staging", "stop").exists());
    running::start(&example.place, &example.exe).unwrap();
    assert_eq!(example.ask("staging", "/health").status, 200);
    // A second start finds the ones that run.
    let port = running::port(&example.place, "staging");
    running::start(&example.place, &example.exe).unwrap();
    assert_eq!(running::port(&example.place, "staging"), port);
}

#[test]
fn it_lives_in_a_session_of_its_own() {
    let example = Example::with_services(Fault::None);
    let pid = fs::read_to_string(example.place.service("staging", "pid")).unwrap();
    let pid = rustix::process::Pid::from_raw(pid.trim().parse().unwrap());
    assert_eq!(rustix::process::getsid(pid).ok(), pid);
}

#[test]
fn it_ends_when_its_directory_vanishes() {
    let example = Example::new(Fault::None);
    let mut child = alone(&example, &[]);
    let moved = example.place.dir().with_extension("moved");
    // The process may still be on its way up; either it finds no directory, or it sees it go.
    fs::rename(example.place.dir(), &moved).unwrap();
    assert!(child.wait().unwrap().code().is_some());
    assert!(!example.place.dir().exists());

    fs::rename(&moved, example.place.dir()).unwrap();
    running::start(&example.place, &example.exe).unwrap();
    let log = example.place.service("production", "log");
    fs::rename(example.place.dir(), &moved).unwrap();
    let log = moved.join(log.strip_prefix(example.place.dir()).unwrap());
    let place = Place::new(&moved);
    while running::lives(&place, "production").unwrap() || running::lives(&place, "staging").unwrap() {
        std::thread::yield_now();
    }
    assert!(fs::read_to_string(log).unwrap().contains("ends: its directory is gone"));
}

#[test]
fn it_ends_when_nobody_asks() {
    let example = Example::new(Fault::None);
    assert!(alone(&example, &["--idle-s", "0"]).wait().unwrap().success());
}

#[test]
fn there_is_never_a_second_one() {
    let example = Example::with_services(Fault::None);
    assert_eq!(alone(&example, &[]).wait().unwrap().code(), Some(3));
    assert_eq!(example.ask("staging", "/health").status, 200);
}

#[test]
fn a_start_that_fails_says_why() {
    let example = Example::new(Fault::None);
    let broken = example.place.dir().join("broken");
    fs::write(&broken, "#!/bin/sh\necho 'no port left' >&2\nexit 3\n").unwrap();
    fs::set_permissions(&broken, fs::Permissions::from_mode(0o755)).unwrap();
    let error = running::start(&example.place, &broken).unwrap_err();
    assert_eq!(error.to_string(), "the service of staging did not start: no port left");
}
