//! Which text holds, and whether it may run: the file as it lies there, the plan that was frozen with the candidate,
//! the plan that a run was started with. On the real binary, in projects whose steps write down what they were told.

use std::fs;
use std::net::TcpListener;
use std::path::PathBuf;
use std::process::{Output, Stdio};

use relco::session::{Options, Session};

use crate::support::stage::{RELCO, Stage};

/// A project whose steps write lines to a file beside it. Production runs 1.0.0.
struct Place {
    at: Stage,
}

/// A step that says a word, and another one when it is taken back.
fn step(id: &str, word: &str) -> String {
    format!(
        "[[deploy.step]]\nid = \"{id}\"\ntitle = \"{id}\"\nrole = \"devops\"\nclass = \"reversible\"\nshell = true\n\
         run = 'echo {word} $RELCO_COMMIT $RELCO_VERSION >> ../said'\nundo = 'echo undo-{word} $RELCO_COMMIT >> ../said'\n"
    )
}

const HEAD: &str = "[project]\nname = \"small\"\ntag = \"v{version}\"\n[plan]\ndefaults = false\n\
                    [environment.staging]\ndanger = \"confirm\"\n[environment.production]\ndanger = \"typed\"\n";
const DEPLOY: &str = "deploy start --env production --all --confirm 1.1.0@production";

impl Place {
    fn new(file: &str) -> Self {
        let at = Stage::plain();
        at.write("relco.toml", file);
        let place = Self { at };
        place.commit("Steps");
        place.at.git(&["tag", "v1.0.0"]);
        place.at.git(&["commit", "--quiet", "--allow-empty", "--message", "Work"]);
        place.at.must(&["live", "set", "production", "1.0.0"]);
        place
    }

    fn commit(&self, message: &str) {
        self.at.git(&["add", "--all"]);
        self.at.git(&["commit", "--quiet", "--message", message]);
    }

    /// The file changes, and that is committed.
    fn rewrite(&self, file: &str) {
        self.at.write("relco.toml", file);
        self.commit("Another plan");
    }

    fn must_all(&self, lines: &[&str]) {
        for line in lines {
            self.at.must(&line.split(' ').collect::<Vec<_>>());
        }
    }

    fn relco(&self, line: &str) -> Output {
        self.at.relco(&line.split(' ').collect::<Vec<_>>())
    }

    /// What a command said that must not succeed.
    fn refused(&self, line: &str) -> String {
        let output = self.relco(line);
        assert!(!output.status.success(), "{line}: {output:?}");
        String::from_utf8_lossy(&output.stderr).into_owned() + &String::from_utf8_lossy(&output.stdout)
    }

    /// What the steps said.
    fn said(&self) -> Vec<String> {
        let text = fs::read_to_string(self.at.dir().join("said")).unwrap_or_default();
        text.lines().map(str::to_owned).collect()
    }

    /// The first words of what the steps said.
    fn words(&self) -> Vec<String> {
        self.said().iter().map(|line| line.split(' ').next().unwrap_or_default().to_owned()).collect()
    }

    fn rev(&self, rev: &str) -> String {
        let output = self.at.command("git").args(["rev-parse", rev]).output().unwrap();
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    }

    fn session(&self) -> Session {
        let options = Options {
            project: Some(self.at.project().to_owned()),
            state_dir: Some(self.at.dir().join("state")),
            ..Options::default()
        };
        Session::open(&options).unwrap()
    }

    /// The only frozen plan.
    fn blob(&self) -> PathBuf {
        let release = self.session().release_dir().unwrap().to_owned();
        let mut blobs = fs::read_dir(release.join("blobs")).unwrap();
        blobs.next().unwrap().unwrap().path()
    }
}

#[test]
fn trust_is_asked_for_the_plan_that_would_run() {
    let place = Place::new(&format!("{HEAD}{}", step("one", "good")));
    place.must_all(&["trust --yes", "release start 1.1.0"]);
    place.at.git(&["switch", "--quiet", "--create", "other"]);
    place.rewrite(&format!("{HEAD}{}", step("one", "evil")));
    place.must_all(&["release candidate"]);
    // The file that lies here now is trusted; what was frozen is another one.
    place.at.git(&["switch", "--quiet", "-"]);
    place.at.git(&["merge", "--quiet", "other"]);
    place.at.git(&["checkout", "--quiet", "v1.0.0", "--", "relco.toml"]);
    place.at.git(&["stash", "--quiet"]);
    let good = format!("{HEAD}{}", step("one", "good"));
    let beside = place.at.dir().join("good.toml");
    fs::write(&beside, good).unwrap();
    let config = format!("--config {} ", beside.display());
    assert!(place.refused(&format!("{config}{DEPLOY}")).contains("not trusted yet"));
    assert!(place.refused(&format!("{config}status")).contains("not trusted yet"));
    assert_eq!(place.said(), [""; 0]);
    // Asking shows the frozen plan, and only a word about it lets it run.
    let asked = place.refused(&format!("{config}trust"));
    assert!(asked.contains("echo evil") && asked.contains("candidate"), "{asked}");
    place.must_all(&[&format!("{config}trust --yes")]);
    place.must_all(&[&format!("{config}{DEPLOY}")]);
    assert_eq!(place.words(), ["evil"]);
}

#[test]
fn a_frozen_plan_that_was_trusted_goes_on_whatever_lies_there_now() {
    let place = Place::new(&format!("{HEAD}{}", step("one", "good")));
    place.must_all(&["trust --yes", "release start 1.1.0", "release candidate"]);
    let other = place.at.dir().join("other.toml");
    fs::write(&other, format!("{HEAD}{}", step("one", "evil"))).unwrap();
    let config = format!("--config {} ", other.display());
    place.must_all(&[&format!("{config}{DEPLOY}"), &format!("{config}rollback start --confirm 1.0.0@production")]);
    assert_eq!(place.words(), ["good", "undo-good"]);
    // Nothing of the other file was let through by it.
    assert!(place.refused(&format!("{config}trust --hash 0123")).contains("not 0123"));
    let shown = String::from_utf8(place.relco(&format!("{config}config check --json")).stdout).unwrap();
    assert!(shown.contains("\"trusted\": false"), "{shown}");
}

#[test]
fn editing_after_trust_is_asked_about_again_in_one_question() {
    let place = Place::new(&format!("{HEAD}{}", step("one", "first")));
    place.must_all(&["trust --yes", "release start 1.1.0", "release candidate"]);
    place.rewrite(&format!("{HEAD}{}", step("one", "second")));
    let asked = place.refused("trust");
    assert!(asked.contains("echo second") && !asked.contains("echo first"), "{asked}");
    // The frozen plan was trusted.
    assert!(place.at.must(&["status", "--json"]).contains("\"ready\": true"));
    place.must_all(&["release candidate"]);
    assert!(place.refused(DEPLOY).contains("not trusted yet"));
    place.must_all(&["trust --yes", DEPLOY]);
    assert_eq!(place.words(), ["second"]);
}

#[test]
fn a_candidate_is_frozen_with_its_own_file() {
    let place = Place::new(&format!("{HEAD}{}", step("one", "first")));
    place.rewrite(&format!("{HEAD}{}", step("one", "second")));
    place.must_all(&["trust --yes", "release start 1.1.0"]);
    let refused = place.refused("release candidate HEAD~1");
    assert!(refused.contains("relco.toml") && refused.contains("git switch --detach"), "{refused}");
    // A revision with the same file is one like any other.
    place.at.git(&["commit", "--quiet", "--allow-empty", "--message", "More"]);
    place.must_all(&["release candidate HEAD~1"]);
}

#[test]
fn nobody_is_told_anything_by_a_file_that_nobody_trusted() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.set_nonblocking(true).unwrap();
    let address = format!("http://{}/evil", listener.local_addr().unwrap());
    let place = Place::new(&format!(
        "{HEAD}vars = {{ HOOK = \"{address}\" }}\nenv_file = \"pipe\"\n\
         [[stakeholder]]\nname = \"page\"\nnotify = {{ webhook_env = \"HOOK\" }}\n\
         [[stakeholder]]\nname = \"people\"\n"
    ));
    place.must_all(&["release start 1.1.0"]);
    assert!(place.at.command("mkfifo").arg("pipe").status().unwrap().success());
    place.relco("notify send window");
    assert!(listener.accept().is_err(), "an address was asked that nobody trusted");
    let told = String::from_utf8(place.relco("notify list").stdout).unwrap();
    assert!(told.contains("not trusted"), "{told}");
}

#[test]
fn an_env_file_is_an_ordinary_file_of_bounded_size() {
    let file = format!("{HEAD}env_file = \"../secrets\"\n{}", step("one", "went"));
    let place = Place::new(&file);
    let secrets = place.at.dir().join("secrets");
    assert!(place.at.command("mkfifo").arg(&secrets).status().unwrap().success());
    place.must_all(&["trust --yes", "release start 1.1.0", "release candidate"]);
    let mut child = place.at.command(RELCO);
    let child = child.args(DEPLOY.split(' ')).stdout(Stdio::null()).stderr(Stdio::null());
    // Had it waited for the pipe, nobody would ever write to it.
    assert!(child.status().unwrap().success());
    assert_eq!(place.words(), ["went"]);
}

#[test]
fn trusting_shows_how_a_step_is_stopped_and_what_is_written_outside() {
    let log = "[release_log]\npath = \"/elsewhere/log\"\n";
    let place = Place::new(&format!("{HEAD}{}cancel = 'echo stop-it'\n{log}", step("one", "good")));
    let shown = place.refused("trust");
    assert!(shown.contains("stop-it") && shown.contains("writes") && shown.contains("/elsewhere/log"), "{shown}");
}

/// A release without anything to do, whose completion writes a line.
fn with_log(log: &str) -> Place {
    let place = Place::new(&format!("{HEAD}[release_log]\npath = \"{log}\"\n"));
    place.must_all(&["release start 1.1.0", "release candidate"]);
    place
}

#[test]
fn a_release_log_outside_the_project_is_written_only_when_trusted() {
    let dir = tempfile::tempdir().unwrap();
    let log = dir.path().join("log");
    let place = with_log(log.to_str().unwrap());
    assert!(place.refused(DEPLOY).contains("not trusted yet"));
    place.must_all(&["trust --yes", DEPLOY, "release complete"]);
    assert!(fs::read_to_string(&log).unwrap().contains("1.1.0"));
}

#[test]
fn a_release_log_inside_the_project_does_not_lead_out_of_it() {
    let place = with_log("docs/log");
    let outside = place.at.dir().join("outside");
    fs::create_dir(&outside).unwrap();
    std::os::unix::fs::symlink(&outside, place.at.project().join("docs")).unwrap();
    place.must_all(&[DEPLOY]);
    let output = place.relco("release complete");
    assert!(output.status.success(), "{output:?}");
    assert!(String::from_utf8_lossy(&output.stderr).contains("paste this line"), "{output:?}");
    assert!(!outside.join("log").exists());
}

#[test]
fn a_rollback_goes_back_under_the_plan_of_the_run_in_its_environment() {
    let place = Place::new(&format!("{HEAD}{}", step("one", "one")));
    place.must_all(&["trust --yes", "release start 1.1.0", "release candidate", DEPLOY]);
    place.rewrite(&format!("{HEAD}{}", step("renamed", "renamed")));
    place.must_all(&["trust --yes", "release candidate", "live set staging 1.0.0"]);
    // Shown as it would run, too.
    assert!(place.session().page("plan").unwrap().contains("echo undo-one"));
    place.must_all(&["deploy start --env staging --all"]);
    place.must_all(&["rollback start --env staging --confirm 1.0.0@staging"]);
    assert_eq!(place.words(), ["one", "renamed", "undo-renamed"]);
    place.must_all(&["rollback start --env production --confirm 1.0.0@production"]);
    assert_eq!(place.words(), ["one", "renamed", "undo-renamed", "undo-one"]);
}

#[test]
fn a_damaged_plan_does_not_matter_while_the_file_says_the_same() {
    let place = Place::new(&format!("{HEAD}{}", step("one", "one")));
    place.must_all(&["trust --yes", "release start 1.1.0", "release candidate", DEPLOY]);
    let blob = place.blob();
    fs::write(&blob, fs::read_to_string(&blob).unwrap() + "#").unwrap();
    place.must_all(&["status", "journal verify", "rollback start --confirm 1.0.0@production"]);
    assert_eq!(place.words(), ["one", "undo-one"]);
}

#[test]
fn a_plan_that_cannot_be_read_closes_nothing_but_writing() {
    let place = Place::new(&format!("{HEAD}{}", step("one", "one")));
    place.must_all(&["trust --yes", "release start 1.1.0", "release candidate", DEPLOY]);
    let blob = place.blob();
    fs::write(&blob, fs::read_to_string(&blob).unwrap() + "#").unwrap();
    place.rewrite(&format!("{HEAD}{}", step("one", "other")));
    let name = blob.file_name().unwrap().to_str().unwrap();
    let status = String::from_utf8(place.relco("status").stderr).unwrap();
    assert!(status.contains("read-only") && status.contains(name), "{status}");
    place.must_all(&["timeline", "journal verify"]);
    let refused = place.relco("rollback start --confirm 1.0.0@production");
    assert_eq!(refused.status.code(), Some(3), "{refused:?}");
    let said = String::from_utf8_lossy(&refused.stdout).into_owned() + &String::from_utf8_lossy(&refused.stderr);
    assert!(said.contains("by hand") && said.contains("echo undo-other") && said.contains("relco.toml"), "{said}");
    assert_eq!(place.words(), ["one"]);
    // The file as it was is the plan again.
    place.at.git(&["checkout", "--quiet", "HEAD~1", "--", "relco.toml"]);
    place.must_all(&["rollback start --confirm 1.0.0@production"]);
    assert_eq!(place.words(), ["one", "undo-one"]);
}

#[test]
fn a_session_that_stays_reads_the_file_again() {
    let place = Place::new(&format!("{HEAD}{}", step("one", "first")));
    place.must_all(&["trust --yes", "release start 1.1.0"]);
    let mut session = place.session();
    let shown = session.closure().unwrap().to_owned();
    place.rewrite(&format!("{HEAD}{}", step("one", "second")));
    // Nobody saw this text: it is not what was asked about.
    assert!(session.grant_trust(&[shown]).is_err());
    session.candidate_from("HEAD").unwrap();
    assert!(fs::read_to_string(place.blob()).unwrap().contains("echo second"));
    assert!(!session.snapshot().observed.trusted);
    // A file that is not understood freezes nothing.
    place.rewrite("[project\n");
    let refused = session.candidate_from("HEAD").unwrap_err().to_string();
    assert!(refused.contains("relco.toml"), "{refused}");
}

#[test]
fn a_new_candidate_breaks_what_its_own_commits_break() {
    let guide = "[[item]]\nid = \"guide\"\nlist = \"pre-release\"\ntitle = \"Migration guide\"\nrole = \"developer\"\nbreaking = true\n";
    let place = Place::new(&format!("{HEAD}{guide}"));
    place.must_all(&["release start 1.1.0", "release candidate"]);
    place.at.git(&["commit", "--quiet", "--allow-empty", "--message", "feat!: Take the old away"]);
    place.must_all(&["release candidate"]);
    let breaking = |place: &Place| place.session().release().unwrap().candidate.as_ref().unwrap().breaking;
    assert!(breaking(&place));
    // And one that comes before it breaks nothing.
    place.must_all(&["release candidate HEAD~1"]);
    assert!(!breaking(&place));
}

#[test]
fn an_undo_is_told_the_commit_that_it_takes_back() {
    let place = Place::new(&format!("{HEAD}{}", step("one", "one")));
    place.must_all(&["trust --yes", "release start 1.1.0", "release candidate", DEPLOY]);
    let deployed = place.rev("HEAD");
    place.at.git(&["commit", "--quiet", "--allow-empty", "--message", "Fix"]);
    place.must_all(&["release candidate", "rollback start --confirm 1.0.0@production"]);
    assert_eq!(place.said(), [format!("one {deployed} 1.1.0"), format!("undo-one {deployed}")]);
}

#[test]
fn what_relco_tells_a_step_cannot_be_told_otherwise() {
    let place = Place::new(&format!("{HEAD}env_file = \"../secrets\"\n{}", step("one", "one")));
    let secrets = "RELCO_VERSION=9.9.9\nRELCO_COMMIT=none\n=odd\nA B=c\nGOOD=1\n";
    fs::write(place.at.dir().join("secrets"), secrets).unwrap();
    place.must_all(&["trust --yes", "release start 1.1.0", "release candidate", DEPLOY]);
    assert_eq!(place.said(), [format!("one {} 1.1.0", place.rev("HEAD"))]);
}
