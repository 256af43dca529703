//! Finding a berth by its name.

/// "Ångermanland" is found by "angermanland": people type what their keyboard has.
pub fn folded(name: &str) -> String {
    name.to_lowercase().chars().map(plain).collect()
}

fn plain(letter: char) -> char {
    match letter {
        'å' | 'ä' | 'á' | 'à' => 'a',
        'ö' | 'ø' | 'ó' => 'o',
        'é' | 'è' => 'e',
        'ü' => 'u',
        other => other,
    }
}
