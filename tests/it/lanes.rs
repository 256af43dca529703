//! The hotfix lane beside an open release, and what the git program does for a release: tag, signing prompt, push.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use crate::support::bridge::Bridge;
use crate::support::stage::Stage;

fn said(at: &Stage, arguments: &[&str]) -> (Option<i32>, String) {
    let output = at.relco(arguments);
    (output.status.code(), String::from_utf8([output.stdout, output.stderr].concat()).unwrap())
}

fn commit(at: &Stage, message: &str) {
    at.git(&["add", "--all"]);
    at.git(&["commit", "--quiet", "--allow-empty", "--message", message]);
}

fn pump(line: &str) -> String {
    format!("one\ntwo\nthree\n{line}\nfive\nsix\nseven\n")
}

/// At 1.2.4, then 1.3.0, then work on 1.4.0, whose release is open. Only the newest has a relco.toml.
fn harbor() -> Stage {
    let at = Stage::plain();
    at.write("pump.txt", &pump("four"));
    commit(&at, "Pump (#1)");
    at.git(&["tag", "v1.2.4"]);
    at.write("relco.toml", "[project]\nname = \"harbor\"\ntag = \"v{version}\"\n");
    commit(&at, "Sails (#2)");
    at.git(&["tag", "v1.3.0"]);
    commit(&at, "Masts (#3)");
    at.must(&["release", "start", "1.4.0"]);
    at
}

fn hotfix() -> Stage {
    let at = harbor();
    let started = at.relco(&["release", "start", "hotfix", "--base", "v1.2.4", "--reason", "the pump leaks"]);
    let text = String::from_utf8([started.stdout, started.stderr].concat()).unwrap();
    assert!(started.status.success(), "{text}");
    assert!(text.contains("release 1.2.5 started: hotfix, after v1.2.4"), "{text}");
    assert!(text.contains("hotfix/1.2.5 is checked out"), "{text}");
    assert!(text.contains("it has no relco.toml: git show main:relco.toml"), "{text}");
    at
}

#[test]
fn a_hotfix_starts_from_an_older_tag_beside_an_open_release() {
    let at = hotfix();
    let head = at.command("git").args(["log", "-1", "--format=%s %D"]).output().unwrap();
    let head = String::from_utf8(head.stdout).unwrap();
    assert!(head.contains("Pump (#1)") && head.contains("hotfix/1.2.5"), "{head}");
    let (_, list) = said(&at, &["--release", "1.2.5", "item", "list"]);
    assert!(list.contains("not applicable"), "the short list shows what does not apply: {list}");
    // The other one is open as before.
    let (_, all) = said(&at, &["--release", "1.4.0", "release", "list"]);
    assert!(all.contains("1.4.0") && all.contains("1.2.5") && all.matches("open").count() == 2, "{all}");
    // Going there again makes nothing twice.
    at.git(&["switch", "--quiet", "main"]);
    at.must(&["--release", "1.2.5", "release", "branch"]);
    at.git(&["switch", "--quiet", "main"]);
    at.write("pump.txt", "changed and in no commit\n");
    let (code, text) = said(&at, &["--release", "1.2.5", "release", "branch"]);
    assert_eq!(code, Some(1));
    assert!(text.contains("tracked files have changes that are in no commit"), "{text}");
}

#[test]
fn a_forward_port_is_paid_by_the_same_patch_and_by_nothing_else() {
    let at = hotfix();
    at.write("pump.txt", &pump("mended"));
    commit(&at, "Mend the pump");
    at.must(&["--release", "1.2.5", "release", "candidate"]);
    at.git(&["switch", "--quiet", "main"]);
    let pay = ["--release", "1.4.0", "debt", "pay", "1.2.5-forward-port"];
    let (code, text) = said(&at, &pay);
    assert_eq!(code, Some(1));
    assert!(text.contains("the fix of 1.2.5 is not on main") && text.contains("Mend the pump"), "{text}");
    // Another commit to the same file is not the fix.
    at.write("pump.txt", &pump("four").replace("seven", "7"));
    commit(&at, "Mend the pump");
    assert_eq!(said(&at, &pay).0, Some(1));
    let (_, text) = said(&at, &["--release", "1.4.0", "debt", "list"]);
    assert!(text.contains("not on main: "), "{text}");
    // The late review is paid by a word; both debts stay until then.
    assert!(text.contains("1.2.5-late-review"), "{text}");
    at.git(&["cherry-pick", "hotfix/1.2.5"]);
    let (_, text) = said(&at, &["--release", "1.4.0", "debt", "list"]);
    assert!(text.contains("found on main as "), "{text}");
    // Whatever else it says, a check pays what it finds paid.
    at.relco(&["--release", "1.4.0", "check", "changelog"]);
    let (_, text) = said(&at, &["--release", "1.4.0", "debt", "list"]);
    assert!(!text.contains("forward-port") && text.contains("1.2.5-late-review"), "{text}");
}

#[test]
fn a_fix_that_was_ported_in_another_way_is_paid_by_a_word_that_says_how() {
    let at = hotfix();
    let pay = ["--release", "1.4.0", "debt", "pay", "1.2.5-forward-port", "--by-hand"];
    let (code, text) = said(&at, &pay);
    assert_eq!(code, Some(1));
    assert!(text.contains("a forward-port by hand says how it was done"), "{text}");
    at.must(&[&pay[..], &["--note", "done anew in #9"]].concat());
}

/// A release 1.3.0 with its candidate, and a remote.
fn to_push() -> Stage {
    let at = Stage::plain();
    commit(&at, "Sails (#1)");
    at.git(&["tag", "v1.2.4"]);
    commit(&at, "Masts (#2)");
    at.git(&["init", "--quiet", "--bare", "../remote.git"]);
    at.git(&["remote", "add", "origin", "../remote.git"]);
    at.must(&["release", "start", "1.3.0"]);
    at.must(&["release", "candidate"]);
    at
}

#[test]
fn pushing_asks_and_is_recorded_once_it_is_seen_there() {
    let at = to_push();
    let (code, text) = said(&at, &["release", "push"]);
    assert_eq!(code, Some(1));
    assert!(text.contains("the release has no tag yet"), "{text}");
    let (code, text) = said(&at, &["release", "tag"]);
    assert_eq!(code, Some(1));
    assert!(text.contains("git tag --annotate --message 'plain 1.3.0' -- v1.3.0 "), "{text}");
    at.must(&["release", "tag", "--make"]);
    for confirm in [&[][..], &["--confirm", "v1.3.0"]] {
        let (code, text) = said(&at, &[&["release", "push"], confirm].concat());
        assert_eq!(code, Some(1));
        assert!(text.contains("git push --atomic -- origin refs/tags/v1.3.0: --confirm v1.3.0@origin"), "{text}");
    }
    at.must(&["release", "push", "--with-branch", "--confirm", "v1.3.0@origin"]);
    assert!(at.must(&["timeline"]).contains("tag v1.3.0 pushed to origin"));
    let there = at.command("git").args(["ls-remote", "origin"]).output().unwrap();
    let there = String::from_utf8(there.stdout).unwrap();
    assert!(there.contains("refs/tags/v1.3.0^{}") && there.contains("refs/heads/main"), "{there}");
    let (code, text) = said(&at, &["release", "push", "--confirm", "v1.3.0@origin"]);
    assert_eq!(code, Some(1));
    assert!(text.contains("pushed to origin already"), "{text}");
}

#[test]
fn a_tag_that_stands_elsewhere_stops_and_shows_both() {
    let at = to_push();
    at.git(&["push", "--quiet", "origin", "v1.2.4:refs/tags/v1.3.0"]);
    at.must(&["release", "tag", "--make"]);
    let (code, text) = said(&at, &["release", "push", "--confirm", "v1.3.0@origin"]);
    assert_eq!(code, Some(1));
    assert!(text.contains("tag v1.3.0 stands on ") && text.contains(" at origin, and on "), "{text}");
    let at = to_push();
    at.git(&["tag", "v1.3.0", "v1.2.4"]);
    let (code, text) = said(&at, &["release", "tag", "--make"]);
    assert_eq!(code, Some(1));
    assert!(text.contains("tag v1.3.0 stands on ") && text.contains("the candidate is "), "{text}");
}

#[test]
fn a_release_is_complete_only_with_everything_that_it_must_bring() {
    let at = Stage::plain();
    at.write(
        "relco.toml",
        "[plan]\ndefaults = false\n[environment.production]\n[[artifact]]\nid = \"linux\"\ntitle = \"package for Linux\"\ncommand = \"test -e out-$RELCO_VERSION\"\nshell = true\n\
         [[artifact]]\nid = \"notes\"\ncommand = [\"true\"]\n",
    );
    commit(&at, "first");
    at.must(&["trust", "--yes"]);
    at.must(&["release", "start", "1.0.0"]);
    at.must(&["release", "candidate"]);
    let (code, text) = said(&at, &["release", "complete"]);
    assert_eq!(code, Some(1));
    assert!(text.contains("incomplete: 2 of 2 missing: package for Linux, notes"), "{text}");
    let (code, text) = said(&at, &["release", "artifacts"]);
    assert_eq!(code, Some(1));
    assert!(text.contains("incomplete: 1 of 2 missing: package for Linux"), "{text}");
    at.write("out-1.0.0", "");
    assert!(at.must(&["release", "artifacts"]).contains("all 2 are there"));
    let (_, text) = said(&at, &["release", "complete"]);
    assert!(text.contains("nothing was deployed") && !text.contains("incomplete:"), "{text}");
    assert!(at.must(&["timeline"]).contains("artifact linux is there"));
}

#[test]
fn the_cockpit_gives_the_terminal_to_a_signing_prompt() {
    let bridge = Bridge::small();
    let signer = bridge.dir().join("signer");
    fs::write(
        &signer,
        "#!/bin/sh\necho >>\"$0.tries\"\nprintf 'Passphrase %d: ' $(wc -l <\"$0.tries\") >/dev/tty\nread -r word </dev/tty\n[ \"$word\" = sesame ] || exit 1\ncat >/dev/null\n\
         printf '\\n[GNUPG:] SIG_CREATED \\n' >&2\n\
         printf -- '-----BEGIN PGP SIGNATURE-----\\n\\nseal\\n-----END PGP SIGNATURE-----\\n'\n",
    )
    .unwrap();
    fs::set_permissions(&signer, fs::Permissions::from_mode(0o755)).unwrap();
    bridge.git(&["config", "tag.gpgSign", "true"]);
    bridge.git(&["config", "gpg.program", signer.to_str().unwrap()]);
    let mut at = bridge.cockpit();
    at.wait_for("1 Gates");
    for (prompt, word, what) in
        [("Passphrase 1:", "wrong", "Enter goes back"), ("Passphrase 2:", "sesame", "tag v1.1.0")]
    {
        at.press("T");
        at.confirm("The release tag", "tag");
        at.wait_for(prompt);
        at.type_text(&format!("{word}\r"));
        at.wait_for(what);
        if word == "wrong" {
            at.press("enter");
            at.wait_for("1 Gates");
        }
    }
    at.wait_for("1 Gates");
    at.press("q");
    at.expect_exit(0);
    at.expect_restored();
    assert!(bridge.must(&["timeline"]).contains("tag v1.1.0"));
}

#[test]
fn by_keys_a_hotfix_starts_from_a_tag_of_the_list_and_on_a_branch_of_its_own() {
    let bridge = Bridge::small();
    bridge.git(&["tag", "v0.9.4", "v1.0.0"]);
    let at = bridge.cockpit();
    at.wait_for("1 Gates");
    at.press("N");
    at.wait_for("Start a release");
    at.type_text("hotfix\r");
    at.wait_for("v0.9.4 +becomes 0.9.5");
    at.press("b");
    at.wait_for("Start a hotfix of v0.9.4");
    at.type_text("the pump leaks\r");
    at.confirm("Check out the branch of the hotfix", "check out");
    at.wait_for("hotfix/0.9.5");
    let head = |name: &str| fs::read_to_string(bridge.dir().join("plain/.git").join(name)).unwrap_or_default();
    crate::support::stage::until("the branch", || head("HEAD").trim() == "ref: refs/heads/hotfix/0.9.5");
    assert!(bridge.must(&["--release", "0.9.5", "release", "show"]).contains("v0.9.4"));
}
