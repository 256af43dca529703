//! What is read from repositories of every awkward kind.

use std::fs;

use semver::Version;

use super::testing::Sample;
use super::*;
use crate::domain::repo_path::RepoPath;
use crate::domain::tag::TagPattern;

fn path(text: &str) -> RepoPath {
    RepoPath::parse(text).unwrap()
}

fn notes(git: &Git) -> Vec<String> {
    git.facts().unwrap().notes().iter().map(ToString::to_string).collect()
}

#[test]
fn a_directory_outside_of_any_repository_is_said_in_words() {
    let dir = tempfile::TempDir::new().unwrap();
    let error = Git::discover(dir.path()).unwrap_err();
    let asked = dir.path().canonicalize().unwrap();
    assert_eq!(error.to_string(), format!("{} is not in a git repository", asked.display()));
    assert!(error.hint().unwrap().contains("relco demo"));
}

#[test]
fn an_empty_repository_has_no_commits_and_says_so() {
    let sample = Sample::new();
    let git = sample.git();
    assert_eq!(git.head().unwrap_err().to_string(), "the repository has no commits yet");
    assert!(matches!(git.resolve("HEAD"), Err(GitError::NoCommits)));
    assert_eq!(notes(&git), ["the repository has no commits yet"]);
    assert!(git.tags(&TagPattern::default()).unwrap().is_empty());
    assert_eq!(git.guess_tag_pattern().unwrap(), None);
    assert!(git.dirty().unwrap().is_clean());
}

#[test]
fn it_is_found_from_a_directory_below() {
    let sample = Sample::new();
    sample.write("a/b/c.txt", "x").commit("first");
    let git = Git::discover(&sample.path().join("a/b")).unwrap();
    assert_eq!(git.root().unwrap().canonicalize().unwrap(), sample.path().canonicalize().unwrap());
    assert_eq!(git.common_dir().unwrap(), sample.path().join(".git").canonicalize().unwrap());
}

#[test]
fn all_work_trees_share_one_common_directory() {
    let sample = Sample::new();
    sample.write("a.txt", "x").commit("first");
    let beside = tempfile::TempDir::new().unwrap();
    sample.repo.worktree("beside", &beside.path().join("tree"), None).unwrap();
    let other = Git::discover(&beside.path().join("tree")).unwrap();
    assert_eq!(other.common_dir().unwrap(), sample.git().common_dir().unwrap());
    assert_ne!(other.root(), sample.git().root());
}

#[test]
fn head_branch_and_detached_head() {
    let sample = Sample::new();
    let commit = sample.write("a.txt", "x").commit("first");
    let git = sample.git();
    assert_eq!(git.head().unwrap(), Head { commit: commit.clone(), branch: Some("main".to_owned()) });
    sample.repo.set_head_detached(git2::Oid::from_str(&commit).unwrap()).unwrap();
    assert_eq!(git.head().unwrap().branch, None);
    assert_eq!(notes(&git), [format!("HEAD is at {}, on no branch", &commit[..7])]);
}

#[test]
fn dirty_tracked_files_are_named_and_bounded_and_untracked_ones_are_not() {
    let sample = Sample::new();
    for number in 0..30 {
        sample.write(&format!("{number:02}.txt"), "x");
    }
    sample.commit("first");
    sample.write("new.txt", "untracked");
    assert!(sample.git().dirty().unwrap().is_clean());
    sample.write("00.txt", "longer than before");
    assert_eq!(notes(&sample.git()), ["1 tracked file differs from HEAD: 00.txt"]);
    for number in 0..30 {
        fs::remove_file(sample.path().join(format!("{number:02}.txt"))).unwrap();
    }
    let dirty = sample.git().dirty().unwrap();
    assert_eq!((dirty.total, dirty.paths.len()), (30, DIRTY_PATHS_MAX));
    assert_eq!(dirty.to_string(), "00.txt, 01.txt, 02.txt and 27 more");
}

#[test]
fn a_missing_identity_is_said_and_a_blank_one_counts_as_missing() {
    let sample = Sample::new();
    assert_eq!(sample.git().identity().unwrap().to_string(), "ana@example.com");
    let mut config = sample.repo.config().unwrap();
    config.set_str("user.email", " ").unwrap();
    assert_eq!(sample.git().identity().unwrap().to_string(), "Ana");
    config.set_str("user.name", "").unwrap();
    assert_eq!(sample.git().identity(), None);
    assert!(notes(&sample.git()).contains(&"git does not know who you are".to_owned()));
}

#[test]
fn a_shallow_clone_says_that_changes_cannot_be_complete() {
    let sample = Sample::new();
    sample.write("a.txt", "x").commit("first");
    let second = sample.commit("second");
    fs::write(sample.path().join(".git/shallow"), format!("{second}\n")).unwrap();
    let git = sample.git();
    assert!(git.is_shallow());
    let range = git.commits(None, "HEAD").unwrap();
    assert!(range.shallow);
    assert!(notes(&git).iter().any(|note| note.contains("shallow")));
}

#[test]
fn a_bare_repository_is_read_without_a_work_tree() {
    let sample = Sample::new();
    sample.write("a.txt", "x").commit("first");
    let bare = tempfile::TempDir::new().unwrap();
    let mut builder = git2::build::RepoBuilder::new();
    builder.bare(true).clone(sample.path().to_str().unwrap(), bare.path()).unwrap();
    let git = Git::discover(bare.path()).unwrap();
    assert_eq!(git.read_at("HEAD", &path("a.txt")).unwrap(), b"x");
    assert!(matches!(git.read_worktree(&path("a.txt")), Err(GitError::NoWorkTree)));
    assert!(notes(&git)[0].contains("bare"));
}

#[test]
fn revisions_that_are_not_there_get_words() {
    let sample = Sample::new();
    let commit = sample.write("a.txt", "x").commit("first");
    let git = sample.git();
    assert_eq!(git.resolve(&commit[..9]).unwrap(), commit);
    for rev in ["v9", "HEAD~5", "^", "", "deadbeef", "a..b"] {
        let error = git.resolve(rev).unwrap_err();
        assert!(
            matches!(error, GitError::UnknownRevision { .. } | GitError::NotACommit { .. }),
            "{rev:?} gave {error:?}"
        );
    }
    assert!(matches!(git.resolve("HEAD:a.txt"), Err(GitError::NotACommit { .. })));
}

#[test]
fn a_range_has_the_commits_that_only_the_newer_side_has() {
    let sample = Sample::new();
    sample.write("a.txt", "x").commit("first");
    sample.tag("v1.0.0");
    sample.commit_by("second\nhalf\n\nbody\n\nTrailer: x", "Li <li@example.com>");
    let merge = sample.merge("Merge pull request #3 from ana/fix\n\nFix it", &["inner one", "inner two"]);
    let range = sample.git().commits(Some("v1.0.0"), "HEAD").unwrap();
    let titles: Vec<&str> = range.commits.iter().map(|commit| commit.title.as_str()).collect();
    assert_eq!(titles, ["Merge pull request #3 from ana/fix", "inner two", "inner one", "second half"]);
    assert_eq!(range.commits[0].id, merge);
    assert_eq!(range.commits[0].parents.len(), 2);
    assert_eq!(range.commits[3].body, "body\n\nTrailer: x");
    assert_eq!(range.commits[3].author.email, "li@example.com");
}

#[test]
fn the_changed_paths_of_a_merge_are_what_it_brought_in() {
    let sample = Sample::new();
    sample.write("a.txt", "x").write("dir/b.txt", "x");
    let first = sample.commit("first");
    sample.write("dir/b.txt", "y").write("c.txt", "z");
    let second = sample.commit("second");
    fs::remove_file(sample.path().join("dir/b.txt")).unwrap();
    fs::remove_dir(sample.path().join("dir")).unwrap();
    sample.write("dir", "now a file").write("c.txt", "z");
    let third = sample.commit("third");
    let git = sample.git();
    assert_eq!(git.changed_paths(&third).unwrap(), ["dir", "dir/b.txt"]);
    assert_eq!(git.changed_paths(&first).unwrap(), ["a.txt", "dir/b.txt"]);
    assert_eq!(git.changed_paths(&second).unwrap(), ["c.txt", "dir/b.txt"]);
}

#[test]
fn the_base_is_the_highest_reachable_final_release_below() {
    let sample = Sample::new();
    let first = sample.write("a.txt", "x").commit("first");
    sample.tag("v1.2.0").tag("other-9.0.0");
    sample.commit("on main");
    sample.tag("v1.3.0-rc.1");
    sample.commit("more");
    sample.tag("v1.3.0");
    sample.switch("maintenance", &first);
    sample.write("b.txt", "fix").commit("fix");
    sample.tag("v1.2.1");
    let git = sample.git();
    let tags = git.tags(&TagPattern::default()).unwrap();
    let names: Vec<&str> = tags.iter().map(|tag| tag.name.as_str()).collect();
    assert_eq!(names, ["v1.3.0", "v1.3.0-rc.1", "v1.2.1", "v1.2.0"]);
    let base = |to: &str, below: Option<&str>| {
        let below = below.map(|below| Version::parse(below).unwrap());
        git.base(&tags, to, below.as_ref()).unwrap().map(|tag| tag.name.clone())
    };
    assert_eq!(base("main", None).as_deref(), Some("v1.3.0"));
    assert_eq!(base("main", Some("1.3.0")).as_deref(), Some("v1.2.0"));
    assert_eq!(base("maintenance", None).as_deref(), Some("v1.2.1"));
    assert_eq!(base("maintenance", Some("1.2.1")).as_deref(), Some("v1.2.0"));
    assert_eq!(base("maintenance", Some("1.2.0")), None);
}

#[test]
fn a_base_far_down_the_list_of_tags_is_found_too() {
    let sample = Sample::new();
    let first = sample.write("a.txt", "x").commit("first");
    sample.tag("v0.1.0");
    sample.switch("elsewhere", &first);
    for number in 1..10 {
        sample.commit("elsewhere");
        sample.tag(&format!("v1.{number}.0"));
    }
    sample.switch("here", &first);
    sample.write("b.txt", "y").commit("here");
    let git = sample.git();
    let tags = git.tags(&TagPattern::default()).unwrap();
    assert_eq!(git.base(&tags, "here", None).unwrap().unwrap().name, "v0.1.0");
}

#[test]
fn a_base_is_found_by_clocks_that_are_years_apart() {
    let sample = Sample::new();
    sample.write("a.txt", "x").commit("first");
    sample.tag("v1.0.0").turn_clock(-5 * 365 * 24 * 60 * 60);
    sample.commit("by a machine whose battery is empty");
    sample.commit("and another");
    let git = sample.git();
    let tags = git.tags(&TagPattern::default()).unwrap();
    assert_eq!(git.base(&tags, "main", None).unwrap().unwrap().name, "v1.0.0");
}

#[test]
fn the_tag_pattern_is_found_out_from_the_newest_releases() {
    let sample = Sample::new();
    sample.write("a.txt", "x").commit("first");
    sample.tag("v0.1.0").tag("v0.2.0");
    assert_eq!(sample.git().guess_tag_pattern().unwrap().unwrap().to_string(), "v{version}");
    sample.commit("second");
    sample.tag("1.0.0").tag("helper-2.0.0");
    assert_eq!(sample.git().guess_tag_pattern().unwrap().unwrap().to_string(), "{version}");
    assert_eq!(sample.git().tag_commit("1.0.0").unwrap(), Some(sample.git().head().unwrap().commit));
    assert_eq!(sample.git().tag_commit("2.0.0").unwrap(), None);
}

#[test]
fn the_tag_pattern_is_found_among_all_tags() {
    const YEAR_S: i64 = 365 * 24 * 60 * 60;
    let guessed = |sample: &Sample| sample.git().guess_tag_pattern().unwrap().map(|pattern| pattern.to_string());
    let sample = Sample::new();
    sample.write("a.txt", "x").commit("first");
    sample.tag("nightly-2024.01.05").tag("v7.7.0.202606012155-r").tag("latest");
    assert_eq!(guessed(&sample), None, "none of these is a release");
    // No usual form at all: the most, of those in use.
    sample.tag("harbor-build-9.0.0").tag("harbor-build-9.1.0");
    assert_eq!(guessed(&sample).as_deref(), Some("harbor-build-{version}"));
    sample.tag("harbor-cd-1.0.0").tag("harbor-cd-1.1.0").tag("harbor-cd-1.2.0");
    sample.commit("second");
    sample.tag("harbor-events-2.0.0").tag("harbor-events-2.1.0").tag("mark-1.0");
    assert_eq!(guessed(&sample).as_deref(), Some("harbor-cd-{version}"));
    // A usual form is the product, also where a package beside it came out later.
    sample.tag("v1.0.0").commit("third");
    sample.tag("harbor-cd-1.3.0");
    assert_eq!(guessed(&sample).as_deref(), Some("v{version}"));
    // A single usual tag of long ago is a stray one.
    sample.turn_clock(2 * YEAR_S).commit("fourth");
    sample.tag("harbor-cd-1.4.0");
    assert_eq!(guessed(&sample).as_deref(), Some("harbor-cd-{version}"));
}

#[test]
fn files_are_read_at_a_commit_and_from_the_work_tree() {
    let sample = Sample::new();
    sample.write("dir/a.txt", "old").commit("first");
    sample.write("dir/a.txt", "new").write("untracked.txt", "u");
    let git = sample.git();
    assert_eq!(git.read_at("HEAD", &path("dir/a.txt")).unwrap(), b"old");
    assert_eq!(git.read_worktree(&path("dir/a.txt")).unwrap(), b"new");
    assert!(git.is_tracked(&path("dir/a.txt")).unwrap());
    assert!(!git.is_tracked(&path("untracked.txt")).unwrap());
    let words = |result: Result<Vec<u8>, GitError>| result.unwrap_err().to_string();
    assert_eq!(words(git.read_at("HEAD", &path("untracked.txt"))), "there is no untracked.txt in HEAD");
    assert_eq!(words(git.read_at("HEAD", &path("dir"))), "dir is a directory, not a file");
    assert_eq!(words(git.read_worktree(&path("dir"))), "dir is a directory, not a file");
    assert_eq!(words(git.read_worktree(&path("dir/a.txt/b"))), "there is no dir/a.txt/b in the work tree");
}

#[test]
fn a_link_that_leads_out_is_not_followed() {
    let sample = Sample::new();
    let outside = tempfile::TempDir::new().unwrap();
    fs::write(outside.path().join("secret"), "s").unwrap();
    sample.write("real.txt", "x");
    std::os::unix::fs::symlink(outside.path().join("secret"), sample.path().join("out.txt")).unwrap();
    std::os::unix::fs::symlink(outside.path(), sample.path().join("out")).unwrap();
    std::os::unix::fs::symlink("real.txt", sample.path().join("in.txt")).unwrap();
    std::os::unix::fs::symlink(".git/config", sample.path().join("conf")).unwrap();
    sample.commit("links");
    let git = sample.git();
    assert_eq!(git.read_worktree(&path("in.txt")).unwrap(), b"x");
    for out in ["out.txt", "out/secret", "conf"] {
        assert!(matches!(git.read_worktree(&path(out)), Err(GitError::LeadsOut { .. })), "{out}");
    }
    assert!(matches!(git.read_at("HEAD", &path("out.txt")), Err(GitError::NotAFile { what: "link", .. })));
}

#[test]
fn reading_runs_nothing_that_the_repository_configures() {
    let sample = Sample::new();
    let trace = tempfile::TempDir::new().unwrap();
    let mark = trace.path().join("ran");
    let script = trace.path().join("script");
    fs::write(&script, format!("#!/bin/sh\necho ran >> {}\ncat\n", mark.display())).unwrap();
    fs::set_permissions(&script, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    sample.write("a.txt", "x").write(".gitattributes", "*.txt filter=evil diff=evil\n").commit("first");
    sample.tag("v1.0.0");
    sample.commit("second");
    let mut config = sample.repo.config().unwrap();
    let script = script.to_str().unwrap();
    for key in [
        "core.fsmonitor",
        "core.sshCommand",
        "core.pager",
        "filter.evil.clean",
        "filter.evil.smudge",
        "filter.evil.process",
        "diff.evil.textconv",
        "diff.evil.command",
        "gpg.program",
        "log.showSignature",
    ] {
        config.set_str(key, script).unwrap();
    }
    config.set_str("core.hooksPath", trace.path().to_str().unwrap()).unwrap();
    for hook in ["post-index-change", "reference-transaction", "post-checkout"] {
        fs::copy(script, trace.path().join(hook)).unwrap();
    }
    sample.write("a.txt", "changed, longer");
    let git = sample.git();
    git.facts().unwrap();
    git.commits(Some("v1.0.0"), "HEAD").unwrap();
    git.changed_paths("HEAD").unwrap();
    git.read_at("HEAD", &path("a.txt")).unwrap();
    git.read_worktree(&path("a.txt")).unwrap();
    assert!(!mark.exists(), "something that the repository configures was run");
}

#[test]
fn a_format_that_cannot_be_read_is_named() {
    let sample = Sample::new();
    let mut config = sample.repo.config().unwrap();
    config.set_str("core.repositoryformatversion", "1").unwrap();
    config.set_str("extensions.refstorage", "reftable").unwrap();
    let error = Git::discover(sample.path()).unwrap_err();
    assert!(matches!(&error, GitError::Unsupported { what, .. } if what.contains("refstorage")), "{error}");
}

#[test]
fn the_address_of_a_remote_names_the_project() {
    let slug = |url| slug_of(url).unwrap_or_default();
    assert_eq!(slug("https://github.com/casey/just.git"), "casey/just");
    assert_eq!(slug("git@github.com:casey/just"), "casey/just");
    assert_eq!(slug("ssh://git@host:22/group/sub/project.git/"), "sub/project");
    assert_eq!(slug("/srv/git/harbor.git"), "");
    assert_eq!(slug("file:///srv/git/harbor.git"), "");
    assert_eq!(slug("../harbor"), "");
    let sample = Sample::new();
    sample.repo.remote("fork", "git@host:me/harbor").unwrap();
    sample.repo.remote("origin", "https://host/team/harbor.git").unwrap();
    assert_eq!(sample.git().remote_slugs(), ["team/harbor", "me/harbor"]);
    assert_eq!(sample.git().project_name(), "harbor");
}
