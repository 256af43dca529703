//! All or nothing: through errors, kills and other people's changes.

use tempfile::TempDir;

use super::*;

pub(super) mod kills;

struct Tree {
    root: TempDir,
    state: TempDir,
    files: Vec<VersionFile>,
}

const CARGO: &str = "# the backend\r\n[package]\r\nversion   = '1.2.4' # keep\r\n";
const PLAIN: &str = "v1.2.4\n";

fn tree() -> Tree {
    let (root, state) = (TempDir::new().unwrap(), TempDir::new().unwrap());
    for dir in ["backend", "frontend"] {
        fs::create_dir(root.path().join(dir)).unwrap();
    }
    fs::write(root.path().join("backend/Cargo.toml"), CARGO).unwrap();
    fs::write(root.path().join("frontend/version.txt"), PLAIN).unwrap();
    Tree { root, state, files: files() }
}

fn files() -> Vec<VersionFile> {
    let file = |path: &str| VersionFile { name: path.to_owned(), path: path.to_owned(), pattern: None, matches: None };
    vec![file("backend/Cargo.toml"), file("frontend/version.txt")]
}

impl Tree {
    fn plan(&self) -> SetPlan {
        plan_set(self.root.path(), &self.files, &Version::new(1, 3, 0), &[], &Vec::new).unwrap()
    }

    fn says(&self) -> [bool; 2] {
        ["backend/Cargo.toml", "frontend/version.txt"].map(|path| self.read(path).contains("1.3.0"))
    }

    fn read(&self, path: &str) -> String {
        fs::read_to_string(self.root.path().join(path)).unwrap()
    }

    fn apply(&self) -> Result<(), SetError> {
        apply_set(self.root.path(), self.state.path(), &self.plan())
    }

    /// As a kill between the two renames leaves it.
    fn killed_half_way(&self) {
        let plan = self.plan();
        note(self.state.path(), &plan).unwrap();
        let asides = write_asides(self.root.path(), &plan).unwrap();
        fs::rename(&asides[0].0, &asides[0].1).unwrap();
        assert_eq!(self.says(), [true, false]);
    }

    fn nothing_is_left(&self) {
        assert_eq!(fs::read_dir(self.state.path()).unwrap().count(), 0);
        for dir in ["backend", "frontend"] {
            assert_eq!(fs::read_dir(self.root.path().join(dir)).unwrap().count(), 1, "{dir}");
        }
    }
}

#[test]
fn the_change_is_shown_and_then_made_to_the_byte() {
    let tree = tree();
    let plan = tree.plan();
    assert_eq!(
        plan.diff(),
        [
            "backend/Cargo.toml:3",
            "- version   = '1.2.4' # keep",
            "+ version   = '1.3.0' # keep",
            "frontend/version.txt:1",
            "- v1.2.4",
            "+ v1.3.0",
        ]
    );
    assert_eq!(tree.says(), [false, false]);
    tree.apply().unwrap();
    assert_eq!(tree.read("backend/Cargo.toml"), CARGO.replace("1.2.4", "1.3.0"));
    assert_eq!(tree.read("frontend/version.txt"), "v1.3.0\n");
    tree.nothing_is_left();
    assert!(tree.plan().files.is_empty());
    tree.apply().unwrap();
}

#[test]
fn a_pattern_that_takes_the_whole_line_leaves_the_mark_and_the_line_end() {
    let tree = tree();
    let path = tree.root.path().join("frontend/version.txt");
    fs::write(&path, "\u{feff}1.2.4\r\nof harbor\r\n").unwrap();
    let file = VersionFile {
        name: "frontend".to_owned(),
        path: "frontend/version.txt".to_owned(),
        pattern: Some(r"^(?<version>\d.*)$".to_owned()),
        matches: Some(1),
    };
    let plan = plan_set(tree.root.path(), &[file], &Version::new(1, 3, 0), &[], &Vec::new).unwrap();
    apply_set(tree.root.path(), tree.state.path(), &plan).unwrap();
    assert_eq!(fs::read_to_string(&path).unwrap(), "\u{feff}1.3.0\r\nof harbor\r\n");
}

#[test]
fn rights_and_links_inside_the_repository_stay() {
    let tree = tree();
    let script = tree.root.path().join("frontend/version.txt");
    fs::set_permissions(&script, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    let link = tree.root.path().join("VERSION");
    std::os::unix::fs::symlink("frontend/version.txt", &link).unwrap();
    let files = [VersionFile { name: "top".to_owned(), path: "VERSION".to_owned(), pattern: None, matches: None }];
    let plan = plan_set(tree.root.path(), &files, &Version::new(1, 3, 0), &[], &Vec::new).unwrap();
    apply_set(tree.root.path(), tree.state.path(), &plan).unwrap();
    assert!(link.symlink_metadata().unwrap().is_symlink());
    assert_eq!(tree.read("frontend/version.txt"), "v1.3.0\n");
    assert_eq!(fs::metadata(&script).unwrap().mode() & 0o777, 0o755);
}

#[test]
fn one_file_without_a_place_stops_all() {
    let mut tree = tree();
    fs::write(tree.root.path().join("VERSION"), "no version here\n").unwrap();
    tree.files.push(VersionFile { name: "x".to_owned(), path: "VERSION".to_owned(), pattern: None, matches: None });
    let error = plan_set(tree.root.path(), &tree.files, &Version::new(1, 3, 0), &[], &Vec::new).unwrap_err();
    assert_eq!(error.to_string(), "VERSION has no single version in it");
    for out in ["../x/VERSION", "/etc/VERSION"] {
        tree.files[2].path = out.to_owned();
        assert!(plan_set(tree.root.path(), &tree.files, &Version::new(1, 3, 0), &[], &Vec::new).is_err());
    }
    assert_eq!(tree.says(), [false, false]);
}

#[test]
fn a_link_that_leads_out_is_refused() {
    let tree = tree();
    let outside = TempDir::new().unwrap();
    fs::write(outside.path().join("VERSION"), "1.2.4\n").unwrap();
    std::os::unix::fs::symlink(outside.path().join("VERSION"), tree.root.path().join("VERSION")).unwrap();
    let files = [VersionFile { name: "x".to_owned(), path: "VERSION".to_owned(), pattern: None, matches: None }];
    let error = plan_set(tree.root.path(), &files, &Version::new(1, 3, 0), &[], &Vec::new).unwrap_err();
    assert_eq!(error.to_string(), "VERSION leads out of the repository");
}

#[test]
fn two_patterns_in_one_file_are_both_set() {
    let tree = tree();
    fs::write(tree.root.path().join("about.txt"), "a 1.2.4\nb 1.2.3\n").unwrap();
    let file = |pattern: &str| VersionFile {
        name: "x".to_owned(),
        path: "about.txt".to_owned(),
        pattern: Some(pattern.to_owned()),
        matches: None,
    };
    let files = [file(r"^a (?<version>\S+)"), file(r"^b (?<version>\S+)")];
    let plan = plan_set(tree.root.path(), &files, &Version::new(1, 3, 0), &[], &Vec::new).unwrap();
    assert_eq!(plan.files.len(), 1);
    apply_set(tree.root.path(), tree.state.path(), &plan).unwrap();
    assert_eq!(tree.read("about.txt"), "a 1.3.0\nb 1.3.0\n");
}

#[test]
fn a_pattern_that_no_longer_finds_what_was_set_is_refused() {
    let tree = tree();
    let files = [VersionFile {
        name: "x".to_owned(),
        path: "frontend/version.txt".to_owned(),
        pattern: Some(r"v(?<version>1\.2\.\d)".to_owned()),
        matches: None,
    }];
    assert!(plan_set(tree.root.path(), &files, &Version::new(1, 3, 0), &[], &Vec::new).is_err());
}

#[test]
fn what_was_changed_after_the_change_was_shown_is_not_overwritten() {
    let tree = tree();
    let plan = tree.plan();
    fs::write(tree.root.path().join("frontend/version.txt"), "v1.2.4 by hand\n").unwrap();
    let error = apply_set(tree.root.path(), tree.state.path(), &plan).unwrap_err();
    assert_eq!(error.to_string(), "frontend/version.txt was changed meanwhile; nothing was set");
    assert_eq!(tree.says(), [false, false]);
    tree.nothing_is_left();
}

#[test]
fn an_error_half_way_puts_the_originals_back() {
    let tree = tree();
    let plan = tree.plan();
    note(tree.state.path(), &plan).unwrap();
    let asides = write_asides(tree.root.path(), &plan).unwrap();
    fs::remove_file(&asides[1].0).unwrap();
    let error = put_in_place(tree.root.path(), tree.state.path(), &plan, &asides).unwrap_err();
    assert!(matches!(&error, SetError::Restored { path, .. } if path == "frontend/version.txt"), "{error}");
    assert!(error.to_string().ends_with("all files are as before"));
    assert_eq!((tree.read("backend/Cargo.toml").as_str(), tree.says()), (CARGO, [false, false]));
    tree.nothing_is_left();
}

#[test]
fn a_file_changed_between_the_renames_stays_as_it_was_left() {
    let tree = tree();
    let plan = tree.plan();
    note(tree.state.path(), &plan).unwrap();
    let asides = write_asides(tree.root.path(), &plan).unwrap();
    fs::write(tree.root.path().join("frontend/version.txt"), "by hand\n").unwrap();
    let error = put_in_place(tree.root.path(), tree.state.path(), &plan, &asides).unwrap_err();
    assert!(matches!(error, SetError::ChangedMeanwhile { .. }), "{error}");
    assert_eq!(
        (tree.read("backend/Cargo.toml").as_str(), tree.read("frontend/version.txt").as_str()),
        (CARGO, "by hand\n")
    );
    tree.nothing_is_left();
}

#[test]
fn after_a_kill_it_is_named_and_finished_or_reverted() {
    for (how, expected) in [(Settle::Finish, [true, true]), (Settle::Revert, [false, false])] {
        let tree = tree();
        tree.killed_half_way();
        let half = half_done(tree.root.path(), tree.state.path()).unwrap().unwrap();
        assert_eq!(
            half.to_string(),
            "setting 1.3.0 stopped half-way: backend/Cargo.toml has the new one, frontend/version.txt has the old version"
        );
        let refused = apply_set(tree.root.path(), tree.state.path(), &tree.plan()).unwrap_err();
        assert!(matches!(refused, SetError::HalfDone(_)));
        assert_eq!(settle(tree.root.path(), tree.state.path(), how).unwrap().as_deref(), Some("1.3.0"));
        assert_eq!(tree.says(), expected);
        tree.nothing_is_left();
        assert_eq!(half_done(tree.root.path(), tree.state.path()).unwrap(), None);
    }
}

#[test]
fn a_kill_before_the_note_leaves_nothing_under_way() {
    let tree = tree();
    let dir = tree.state.path().join(UNDER_WAY);
    fs::create_dir(&dir).unwrap();
    fs::write(dir.join("0.before"), "half").unwrap();
    assert_eq!(half_done(tree.root.path(), tree.state.path()).unwrap(), None);
    tree.apply().unwrap();
    assert_eq!(tree.says(), [true, true]);
    tree.nothing_is_left();
}

#[test]
fn a_file_changed_by_hand_after_a_kill_is_never_overwritten() {
    let tree = tree();
    tree.killed_half_way();
    fs::write(tree.root.path().join("frontend/version.txt"), "by hand\n").unwrap();
    let error = settle(tree.root.path(), tree.state.path(), Settle::Revert).unwrap_err();
    assert!(matches!(&error, SetError::Neither { path } if path == "frontend/version.txt"), "{error}");
    assert_eq!(tree.read("frontend/version.txt"), "by hand\n");
    assert_eq!(tree.read("backend/Cargo.toml"), CARGO);
    // Put right, it comes to its end.
    fs::write(tree.root.path().join("frontend/version.txt"), PLAIN).unwrap();
    assert_eq!(settle(tree.root.path(), tree.state.path(), Settle::Revert).unwrap().as_deref(), Some("1.3.0"));
    tree.nothing_is_left();
}
