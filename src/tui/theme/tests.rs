use super::*;

fn around(pairs: &[(&str, &str)]) -> Surroundings {
    let pairs: Vec<(String, String)> = pairs.iter().map(|(k, v)| (k.to_string(), v.to_string())).collect();
    Surroundings::read(move |name| pairs.iter().find(|(key, _)| key == name).map(|(_, value)| value.clone()))
}

#[test]
fn the_surroundings_choose_the_palette() {
    let palette = |pairs: &[(&str, &str)]| Theme::pick(&around(pairs)).palette;
    assert_eq!(palette(&[]), Palette::Either);
    assert_eq!(palette(&[("COLORFGBG", "15;0")]), Palette::Dark);
    assert_eq!(palette(&[("COLORFGBG", "0;default;15")]), Palette::Light);
    assert_eq!(palette(&[("COLORFGBG", "nonsense")]), Palette::Either);
    assert_eq!(palette(&[("COLORFGBG", "0;15"), ("NO_COLOR", "1")]), Palette::Mono);
    assert_eq!(palette(&[("NO_COLOR", "")]), Palette::Either, "an empty NO_COLOR means nothing");
    let said = Surroundings { palette: Some(Palette::Light), ..around(&[("COLORFGBG", "15;0")]) };
    assert_eq!(Theme::pick(&said).palette, Palette::Light);
}

#[test]
fn the_surroundings_choose_the_glyphs() {
    let ascii = |pairs: &[(&str, &str)]| Theme::pick(&around(pairs)).glyphs.ascii;
    assert!(!ascii(&[("LANG", "en_US.UTF-8")]));
    assert!(!ascii(&[("LANG", "C"), ("LC_ALL", "C.utf8")]));
    assert!(ascii(&[("LANG", "en_US.UTF-8"), ("LC_ALL", "C")]));
    assert!(ascii(&[]));
    assert!(ascii(&[("LANG", "en_US.UTF-8"), ("TERM", "linux")]));
    assert!(ascii(&[("LANG", "en_US.UTF-8"), ("RELCO_ASCII", "1")]));
    assert!(!ascii(&[("LANG", "en_US.UTF-8"), ("RELCO_ASCII", "0")]));
}

#[test]
fn mono_has_no_colour_and_keeps_what_matters_apart() {
    let mut theme = Theme::with(Palette::Mono);
    theme.change(Role::Ok, Style::new().fg(Color::Green));
    for (name, role) in ROLES {
        let style = theme.style(*role);
        assert_eq!((style.fg, style.bg), (None, None), "{name} has a colour");
    }
    assert!(theme.style(Role::Selection).add_modifier.contains(Modifier::REVERSED));
    assert_ne!(theme.style(Role::Error), theme.style(Role::Ok));
    assert_ne!(theme.style(Role::EnvironmentDanger), theme.style(Role::EnvironmentNormal));
}

#[test]
fn every_role_has_one_name() {
    for (at, (name, role)) in ROLES.iter().enumerate() {
        assert_eq!(ROLES.iter().position(|(other, _)| other == name), Some(at));
        assert_eq!(ROLES.iter().position(|(_, other)| other == role), Some(at));
    }
}

#[test]
fn styles_are_read_from_words() {
    assert_eq!(parse_style("red bold"), Ok(Style::new().fg(Color::Red).bold()));
    assert_eq!(parse_style("white on-light-blue"), Ok(Style::new().fg(Color::White).bg(Color::LightBlue)));
    assert_eq!(parse_style("plain"), Ok(Style::new()));
    assert_eq!(parse_style("red shiny"), Err(StyleError("shiny".to_owned())));
    assert_eq!(parse_style("#ff0000"), Err(StyleError("#ff0000".to_owned())));
    assert_eq!(parse_style("on-12"), Err(StyleError("on-12".to_owned())));
    let mut theme = Theme::with(Palette::Dark);
    theme.change(Role::Dim, parse_style("dim").unwrap());
    assert_eq!(theme.style(Role::Dim), Style::new().add_modifier(Modifier::DIM));
}

/// The 16 colours of two palettes that differ much: the VGA text mode and VS Code's terminal.
const PALETTES: [[u32; 16]; 2] = [
    [
        0x000000, 0xaa0000, 0x00aa00, 0xaa5500, 0x0000aa, 0xaa00aa, 0x00aaaa, 0xaaaaaa, 0x555555, 0xff5555, 0x55ff55,
        0xffff55, 0x5555ff, 0xff55ff, 0x55ffff, 0xffffff,
    ],
    [
        0x000000, 0xcd3131, 0x0dbc79, 0xe5e510, 0x2472c8, 0xbc3fbc, 0x11a8cd, 0xe5e5e5, 0x666666, 0xf14c4c, 0x23d18b,
        0xf5f543, 0x3b8eea, 0xd670d6, 0x29b8db, 0xe5e5e5,
    ],
];

fn number(color: Color) -> usize {
    const ORDER: [Color; 16] = [
        Color::Black,
        Color::Red,
        Color::Green,
        Color::Yellow,
        Color::Blue,
        Color::Magenta,
        Color::Cyan,
        Color::Gray,
        Color::DarkGray,
        Color::LightRed,
        Color::LightGreen,
        Color::LightYellow,
        Color::LightBlue,
        Color::LightMagenta,
        Color::LightCyan,
        Color::White,
    ];
    ORDER.iter().position(|each| *each == color).expect("only the 16 named colours are used")
}

/// WCAG 2 relative luminance.
fn luminance(rgb: u32) -> f64 {
    let channel = |shift: u32| {
        let value = f64::from((rgb >> shift) & 0xff) / 255.0;
        if value <= 0.03928 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
    };
    0.2126 * channel(16) + 0.7152 * channel(8) + 0.0722 * channel(0)
}

fn contrast(a: u32, b: u32) -> f64 {
    let (a, b) = (luminance(a) + 0.05, luminance(b) + 0.05);
    a.max(b) / a.min(b)
}

#[test]
fn every_colour_reads_on_the_backgrounds_it_is_meant_for() {
    let (black, white) = (0x000000, 0xffffff);
    // Large and bold text wants 3; green on white reaches 2.5 in no palette of a dark theme, and always has a
    // glyph and a word beside it.
    let cases: [(Palette, &[u32], f64); 3] =
        [(Palette::Dark, &[black], 2.8), (Palette::Light, &[white], 2.4), (Palette::Either, &[black, white], 2.4)];
    for (palette, backgrounds, least) in cases {
        let theme = Theme::with(palette);
        for (name, role) in ROLES {
            let style = theme.style(*role);
            let Some(fg) = style.fg else { continue };
            for colours in PALETTES {
                let own = style.bg.map(|bg| vec![colours[number(bg)]]);
                for background in own.as_deref().unwrap_or(backgrounds) {
                    let reached = contrast(colours[number(fg)], *background);
                    assert!(reached >= least, "{palette:?} {name}: {reached:.2} on {background:06x}");
                }
            }
        }
    }
}
