//! The files of harbor, the example project, as they stand at the head of its history.
//!
//! They are embedded, so that the example needs nothing but this binary. A file whose name would mean something to
//! this repository's own tools is kept under another name in `assets/demo/harbor`. Must never read the disk.
//! Enter at [`FILES`].

/// One file of the example project.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct File {
    /// Where it stands in the example project, with forward slashes.
    pub path: &'static str,
    /// Its text at the head of the history.
    pub text: &'static str,
    /// Whether it is a program: a script that starts with `#!`.
    pub program: bool,
}

/// A file that keeps its name in `assets/demo/harbor`, and one that does not.
macro_rules! file {
    ($path:literal) => {
        file!($path, $path)
    };
    ($path:literal, $asset:literal) => {{
        let text = include_str!(concat!("../../assets/demo/harbor/", $asset));
        File { path: $path, text, program: starts_a_program(text) }
    }};
}

const fn starts_a_program(text: &str) -> bool {
    matches!(text.as_bytes(), [b'#', b'!', ..])
}

/// Every file of the example project, sorted by path.
pub const FILES: &[File] = &[
    file!(".gitignore", "gitignore"),
    file!("CHANGELOG.md"),
    file!("README.md"),
    file!("backend/Cargo.toml", "backend/Cargo.toml.txt"),
    file!("backend/migrations/0001_berths.sql"),
    file!("backend/migrations/0002_arrivals.sql"),
    file!("backend/migrations/0003_tides.sql"),
    file!("backend/migrations/0004_fees.sql"),
    file!("backend/migrations/0005_pilots.sql"),
    file!("backend/migrations/0006_arrivals_by_berth.sql"),
    file!("backend/migrations/0007_berth_depth.sql"),
    file!("backend/service.conf"),
    file!("backend/src/arrivals.rs"),
    file!("backend/src/berths.rs"),
    file!("backend/src/closures.rs"),
    file!("backend/src/fees.rs"),
    file!("backend/src/health.rs"),
    file!("backend/src/main.rs"),
    file!("backend/src/pilots.rs"),
    file!("backend/src/search.rs"),
    file!("backend/src/tides.rs"),
    file!("ci/acceptance"),
    file!("ci/migrations"),
    file!("ci/pipeline"),
    file!("ci/qa-report"),
    file!("ci/reports/qa-1.3.0.txt"),
    file!("ci/scripts"),
    file!("ci/smoke"),
    file!("deploy/backend"),
    file!("deploy/backup"),
    file!("deploy/clear-caches"),
    file!("deploy/credentials"),
    file!("deploy/frontend"),
    file!("deploy/lib.sh"),
    file!("deploy/migrate"),
    file!("deploy/same-config"),
    file!("deploy/switch"),
    file!("deploy/warm-up"),
    file!("docs/faults.md"),
    file!("docs/migrations.md"),
    file!("docs/notes-1.3.0.md"),
    file!("docs/releases.md"),
    file!("docs/rollback.md"),
    file!("docs/stories-1.3.0.txt"),
    file!("frontend/app.js"),
    file!("frontend/index.html"),
    file!("frontend/package.json"),
    file!("frontend/preview.js"),
    file!("frontend/style.css"),
    file!("ops/alerts"),
    file!("ops/alerts.txt"),
    file!("ops/dashboard"),
    file!("ops/health"),
    file!("ops/logs"),
    file!("ops/status-page"),
    file!("ops/tell"),
    file!("relco.toml"),
    file!("tools/list-change"),
];

/// The text of a file of the example project, by its path there.
pub fn text(path: &str) -> Option<&'static str> {
    FILES.iter().find(|file| file.path == path).map(|file| file.text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_asset_is_embedded_once_and_in_order() {
        let mut on_disk = 0;
        let mut todo = vec![std::path::PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("assets/demo/harbor")];
        while let Some(dir) = todo.pop() {
            for entry in std::fs::read_dir(dir).unwrap() {
                let entry = entry.unwrap();
                if entry.file_type().unwrap().is_dir() {
                    todo.push(entry.path());
                } else {
                    on_disk += 1;
                }
            }
        }
        assert_eq!(FILES.len(), on_disk);
        assert!(FILES.is_sorted_by(|a, b| a.path < b.path));
    }

    #[test]
    fn lines_end_as_they_do_on_unix_and_nothing_is_too_wide() {
        for file in FILES {
            assert!(file.text.ends_with('\n'), "{}", file.path);
            assert!(!file.text.contains('\r') && !file.text.contains('\t'), "{}", file.path);
            for line in file.text.lines() {
                assert!(line.chars().count() <= 140, "{}: {line}", file.path);
                assert_eq!(line, line.trim_end(), "{}", file.path);
            }
        }
    }
}
