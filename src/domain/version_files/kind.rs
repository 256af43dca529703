//! How files write the version, and which kind a file's name tells.
//!
//! Pure: names only. Where in the text the version stands is found by `system::versions`. Enter at
//! [`PlaceKind::of_name`].

/// How a file writes the version.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PlaceKind {
    /// `Cargo.toml`: `[package] version`, `[workspace.package] version`, and what it asks of its own members.
    Cargo,
    /// `Cargo.lock`: the entries of the workspace's own packages.
    CargoLock,
    /// `package.json` and its like: the `version` at the top.
    Npm,
    /// `package-lock.json`: the project's own entries.
    NpmLock,
    /// `composer.json`: the `version` at the top.
    Composer,
    /// `pyproject.toml`, `setup.cfg`, `setup.py`.
    Python,
    /// A module that assigns `__version__`.
    PythonModule,
    /// `uv.lock`: the entries of the project's own packages.
    UvLock,
    /// `pom.xml`: the project's version, a property that it is made of, or its parent's.
    Maven,
    /// `build.gradle`, `build.gradle.kts`, `gradle.properties`.
    Gradle,
    /// A project file of .NET, its shared properties, or a `.nuspec`.
    DotNet,
    /// `Chart.yaml`: `version` and `appVersion`.
    Helm,
    /// `mix.exs`.
    Mix,
    /// `pubspec.yaml`.
    Pub,
    /// A `.gemspec`, or `version.rb`.
    Ruby,
    /// `CMakeLists.txt`: `project(… VERSION …)`.
    CMake,
    /// `meson.build`: `project(… version : '…')`.
    Meson,
    /// A file that holds the version and nothing else.
    Whole,
    /// Any text, by a pattern with a group `version`.
    Pattern,
    /// The release tag.
    Tag,
    /// The heading of the version's section in the changelog.
    Changelog,
}

/// Files whose whole name tells their kind.
const NAMES: [(&str, PlaceKind); 27] = [
    ("Cargo.toml", PlaceKind::Cargo),
    ("Cargo.lock", PlaceKind::CargoLock),
    ("package.json", PlaceKind::Npm),
    ("lerna.json", PlaceKind::Npm),
    ("deno.json", PlaceKind::Npm),
    ("jsr.json", PlaceKind::Npm),
    ("package-lock.json", PlaceKind::NpmLock),
    ("npm-shrinkwrap.json", PlaceKind::NpmLock),
    ("composer.json", PlaceKind::Composer),
    ("pyproject.toml", PlaceKind::Python),
    ("setup.cfg", PlaceKind::Python),
    ("setup.py", PlaceKind::Python),
    ("__init__.py", PlaceKind::PythonModule),
    ("__version__.py", PlaceKind::PythonModule),
    ("__about__.py", PlaceKind::PythonModule),
    ("_version.py", PlaceKind::PythonModule),
    ("version.py", PlaceKind::PythonModule),
    ("uv.lock", PlaceKind::UvLock),
    ("pom.xml", PlaceKind::Maven),
    ("build.gradle", PlaceKind::Gradle),
    ("build.gradle.kts", PlaceKind::Gradle),
    ("gradle.properties", PlaceKind::Gradle),
    ("Chart.yaml", PlaceKind::Helm),
    ("mix.exs", PlaceKind::Mix),
    ("pubspec.yaml", PlaceKind::Pub),
    ("CMakeLists.txt", PlaceKind::CMake),
    ("meson.build", PlaceKind::Meson),
];

/// Files whose ending tells their kind.
const ENDINGS: [(&str, PlaceKind); 8] = [
    (".gradle", PlaceKind::Gradle),
    (".gradle.kts", PlaceKind::Gradle),
    (".csproj", PlaceKind::DotNet),
    (".fsproj", PlaceKind::DotNet),
    (".vbproj", PlaceKind::DotNet),
    (".props", PlaceKind::DotNet),
    (".nuspec", PlaceKind::DotNet),
    (".gemspec", PlaceKind::Ruby),
];

/// Files that hold a version and nothing else; upper and lower case are one.
const WHOLE: [&str; 4] = ["version", "version.txt", ".version", "version.md"];

impl PlaceKind {
    /// The word for it in machine output.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Cargo => "cargo",
            Self::CargoLock => "cargo lock",
            Self::Npm => "npm",
            Self::NpmLock => "npm lock",
            Self::Composer => "composer",
            Self::Python => "python",
            Self::PythonModule => "python module",
            Self::UvLock => "uv lock",
            Self::Maven => "maven",
            Self::Gradle => "gradle",
            Self::DotNet => "dotnet",
            Self::Helm => "helm",
            Self::Mix => "mix",
            Self::Pub => "pub",
            Self::Ruby => "ruby",
            Self::CMake => "cmake",
            Self::Meson => "meson",
            Self::Whole => "whole file",
            Self::Pattern => "pattern",
            Self::Tag => "tag",
            Self::Changelog => "changelog",
        }
    }

    /// The kind that a file name tells; none where a pattern is needed.
    #[must_use]
    pub fn of_name(file_name: &str) -> Option<Self> {
        let named = NAMES.iter().find(|(name, _)| *name == file_name).map(|(_, kind)| *kind);
        let ends = || ENDINGS.iter().find(|(ending, _)| file_name.ends_with(ending)).map(|(_, kind)| *kind);
        let lower = || file_name.to_ascii_lowercase();
        named
            .or_else(ends)
            .or_else(|| (file_name == "version.rb").then_some(Self::Ruby))
            .or_else(|| WHOLE.contains(&lower().as_str()).then_some(Self::Whole))
    }

    /// Whether it stands in a file of its own, and not in git or among the words of the changelog.
    #[must_use]
    pub const fn is_file(self) -> bool {
        !matches!(self, Self::Tag | Self::Changelog)
    }

    /// Whether such a file is drawn up by a tool from others: it is set with them and never proposed by itself.
    #[must_use]
    pub const fn is_lock(self) -> bool {
        matches!(self, Self::CargoLock | Self::NpmLock | Self::UvLock)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_tell_kinds() {
        for (name, kind) in [
            ("Cargo.toml", Some(PlaceKind::Cargo)),
            ("VERSION", Some(PlaceKind::Whole)),
            ("version.txt", Some(PlaceKind::Whole)),
            ("Harbor.Api.csproj", Some(PlaceKind::DotNet)),
            ("Directory.Build.props", Some(PlaceKind::DotNet)),
            ("harbor.gemspec", Some(PlaceKind::Ruby)),
            ("version.rb", Some(PlaceKind::Ruby)),
            ("version.go", None),
            ("README.md", None),
        ] {
            assert_eq!(PlaceKind::of_name(name), kind, "{name}");
        }
    }
}
