//! What the format promises, held against random records and random damage.

use std::path::Path;

use proptest::prelude::*;

use super::*;

/// A file of records, with the place where each starts.
struct Sample {
    records: Vec<Record>,
    bytes: Vec<u8>,
    starts: Vec<usize>,
}

impl Sample {
    /// Every record in an append of its own.
    fn of(datas: Vec<Table>) -> Sample {
        Sample::appended(datas.into_iter().map(|data| vec![data]).collect())
    }

    fn appended(appends: Vec<Vec<Table>>) -> Sample {
        let mut sample = Sample { records: Vec::new(), bytes: Vec::new(), starts: Vec::new() };
        let mut position = Position::START;
        for datas in appends {
            let of = datas.len() as u32;
            for (nth, data) in (1..).zip(datas) {
                let record = Record { part: Part { nth, of }, ..record(position, data) };
                let encoded = encode(&record).unwrap();
                sample.starts.push(sample.bytes.len());
                sample.bytes.extend(&encoded.bytes);
                sample.records.push(record);
                position = position.after(encoded.bytes.len(), encoded.hash);
            }
        }
        sample
    }

    fn numbered(count: i64) -> Sample {
        Sample::of((1..=count).map(|number| Table::new().with("n", number).with("text", "step ready")).collect())
    }

    fn end_of(&self, index: usize) -> usize {
        self.starts.get(index + 1).copied().unwrap_or(self.bytes.len())
    }

    fn slice(&self, index: usize) -> &[u8] {
        &self.bytes[self.starts[index]..self.end_of(index)]
    }

    /// The record that this byte belongs to.
    fn record_at(&self, byte: usize) -> usize {
        (0..self.records.len()).filter(|&index| self.end_of(index) <= byte).count()
    }

    /// The first record of the append that wrote this one.
    fn append_of(&self, index: usize) -> usize {
        index + 1 - self.records[index].part.nth as usize
    }

    /// How many records belong to appends that end at or before this byte.
    fn whole_before(&self, byte: usize) -> usize {
        let whole = self.record_at(byte);
        if whole < self.records.len() { self.append_of(whole) } else { whole }
    }
}

fn record(position: Position, data: Table) -> Record {
    Record {
        seq: position.seq + 1,
        kind: "gate.decided".to_owned(),
        v: 1,
        at: "2026-11-22T12:00:01.123Z".to_owned(),
        boot: "74685d3d".to_owned(),
        mono: 101_334_301,
        actor: "ana@example.com".to_owned(),
        via: "git config".to_owned(),
        data,
        prev: position.head,
        part: Part::WHOLE,
    }
}

fn any_value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        any::<String>().prop_map(Value::String),
        "[\\PC\n\t\"\\\\\u{202e}\u{200b}\u{e0041}]{0,12}".prop_map(Value::String),
        any::<i64>().prop_map(Value::Integer),
        any::<f64>().prop_filter("finite", |number| number.is_finite()).prop_map(Value::Float),
        any::<bool>().prop_map(Value::Bool),
    ];
    leaf.prop_recursive(3, 12, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::Array),
            any_table_of(inner).prop_map(Value::Table),
        ]
    })
}

fn any_table_of(value: impl Strategy<Value = Value>) -> impl Strategy<Value = Table> {
    let key = prop_oneof!["[a-z_]{1,6}", "[\\PC\n]{0,6}"];
    prop::collection::btree_map(key, value, 0..4).prop_map(|map| map.into_iter().collect())
}

fn any_sample() -> impl Strategy<Value = Sample> {
    let append = prop::collection::vec(any_table_of(any_value()), 1..4);
    prop_oneof![any_singles(), prop::collection::vec(append, 2..5).prop_map(Sample::appended),]
}

/// A file as it was written before a record told its place in an append.
fn any_singles() -> impl Strategy<Value = Sample> {
    prop::collection::vec(any_table_of(any_value()), 2..6).prop_map(Sample::of)
}

/// A file whose last append wrote several records.
fn any_sample_with_a_long_append() -> impl Strategy<Value = Sample> {
    let long = (any_table_of(any_value()), 0..900_usize).prop_map(|(mut data, len)| {
        data.push("a long text", "x".repeat(len));
        data
    });
    let append = prop::collection::vec(any_table_of(any_value()), 1..3);
    (prop::collection::vec(append, 0..3), prop::collection::vec(long, 2..6)).prop_map(|(mut appends, last)| {
        appends.push(last);
        Sample::appended(appends)
    })
}

impl std::fmt::Debug for Sample {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&String::from_utf8_lossy(&self.bytes))
    }
}

/// The same value as the `toml` crate sees it.
fn as_toml(value: &Value) -> toml::Value {
    match value {
        Value::String(text) => toml::Value::String(text.clone()),
        Value::Integer(number) => toml::Value::Integer(*number),
        Value::Float(number) => toml::Value::Float(*number),
        Value::Bool(flag) => toml::Value::Boolean(*flag),
        Value::Array(values) => toml::Value::Array(values.iter().map(as_toml).collect()),
        Value::Table(table) => {
            toml::Value::Table(table.iter().map(|(key, value)| (key.to_owned(), as_toml(value))).collect())
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn records_read_back_and_are_toml_for_others(sample in any_sample()) {
        let found = scan(&sample.bytes);
        prop_assert_eq!(found.verdict, Verdict::Clean);
        prop_assert_eq!(found.at_byte(), None);
        prop_assert_eq!(&found.records, &sample.records);
        prop_assert_eq!(found.good_len, sample.bytes.len() as u64);
        let text = std::str::from_utf8(&sample.bytes).unwrap();
        let table: toml::Table = text.parse().unwrap();
        let events = table["event"].as_array().unwrap();
        prop_assert_eq!(events.len(), sample.records.len());
        for (event, record) in events.iter().zip(&sample.records) {
            prop_assert_eq!(&event["data"], &as_toml(&Value::Table(record.data.clone())));
            prop_assert_eq!(event["seq"].as_integer(), Some(record.seq as i64));
            prop_assert_eq!(event["prev"].as_str().map(str::to_owned), Some(record.prev.to_hex()));
        }
        for line in text.lines().filter(|line| !line.is_empty()) {
            prop_assert!(line.starts_with(|first: char| first.is_ascii_lowercase() || first == '[' || first == '#'));
        }
        for hidden in ['\u{202e}', '\u{200b}', '\u{e0041}', '\u{1b}', '\u{7f}', '\r', '\t'] {
            prop_assert!(!text.contains(hidden));
        }
    }

    #[test]
    fn any_cut_is_clean_or_torn_and_keeps_every_whole_record(sample in any_sample(), cut in any::<prop::sample::Index>()) {
        let cut = cut.index(sample.bytes.len() + 1);
        let whole = sample.whole_before(cut);
        let found = scan(&sample.bytes[..cut]);
        prop_assert_eq!(&found.records, &sample.records[..whole]);
        let at_border = cut == 0 || whole > 0 && sample.end_of(whole - 1) == cut;
        prop_assert_eq!(found.verdict, if at_border { Verdict::Clean } else { Verdict::TornTail });
    }

    #[test]
    fn zeros_after_a_cut_are_a_torn_tail(sample in any_sample(), cut in any::<prop::sample::Index>(), zeros in 1..2000_usize) {
        let cut = cut.index(sample.bytes.len() + 1);
        let mut bytes = sample.bytes[..cut].to_vec();
        bytes.resize(cut + zeros, 0);
        let found = scan(&bytes);
        prop_assert_eq!(found.records.len(), sample.whole_before(cut));
        prop_assert_eq!(found.verdict, Verdict::TornTail);
    }

    #[test]
    fn a_changed_byte_is_damage_and_never_a_torn_tail(
        sample in any_sample(), at in any::<prop::sample::Index>(), to in 1..=255_u8,
    ) {
        let at = at.index(sample.bytes.len());
        let hit = sample.record_at(at);
        let before = sample.append_of(hit);
        let mut bytes = sample.bytes.clone();
        bytes[at] ^= to;
        let found = scan(&bytes);
        prop_assert_eq!(&found.records, &sample.records[..before]);
        prop_assert_eq!(found.at_byte(), Some(sample.starts[before] as u64));
        if hit + 1 < sample.records.len() {
            prop_assert_eq!(found.verdict, Verdict::DamagedMiddle);
        } else if bytes.last() != Some(&0) {
            prop_assert_eq!(found.verdict, Verdict::DamagedLast);
        }
    }

    #[test]
    fn damage_before_a_torn_tail_stays_damage(
        sample in any_sample(), at in any::<prop::sample::Index>(), to in 1..=255_u8, cut in any::<prop::sample::Index>(),
    ) {
        let last = sample.records.len() - 1;
        let at = at.index(sample.starts[last]);
        // The header of the last record is kept: without it and without a good record nothing tells the two apart.
        let cut = sample.starts[last] + 10 + cut.index(sample.slice(last).len() - 10);
        let mut bytes = sample.bytes[..cut].to_vec();
        bytes[at] ^= to;
        let found = scan(&bytes);
        prop_assert_eq!(found.records.len(), sample.whole_before(at));
        // A flip of the newline before that header hides the header from a search for lines.
        let hides_header = at + 1 == sample.starts[last];
        prop_assert!(matches!(found.verdict, Verdict::DamagedMiddle) || hides_header, "{:?}", found.verdict);
        prop_assert_ne!(found.verdict, Verdict::TornTail);
    }

    #[test]
    fn an_append_of_several_records_is_torn_as_a_whole(
        sample in any_sample_with_a_long_append(),
        unfilled in prop::collection::vec(any::<bool>(), 1..12),
        cut in prop::option::of(any::<prop::sample::Index>()),
    ) {
        let first = sample.append_of(sample.records.len() - 1);
        let start = sample.starts[first];
        let mut bytes = sample.bytes.clone();
        // Sectors that the disk had not written when the machine went; what was there before the append stays.
        for (sector, _) in unfilled.iter().enumerate().filter(|(_, unfilled)| **unfilled) {
            let from = (start / 512 + sector) * 512;
            let (from, to) = (from.max(start).min(bytes.len()), (from + 512).min(bytes.len()));
            bytes[from..to].fill(0);
        }
        if let Some(cut) = cut {
            bytes.truncate(start + cut.index(bytes.len() - start));
        }
        let found = scan(&bytes);
        let whole = bytes == sample.bytes;
        let none = bytes.len() == start;
        prop_assert_eq!(&found.records, &sample.records[..if whole { sample.records.len() } else { first }]);
        prop_assert_eq!(found.verdict, if whole || none { Verdict::Clean } else { Verdict::TornTail });
    }

    #[test]
    fn records_of_one_append_are_never_taken_apart(
        sample in any_sample_with_a_long_append(), one in any::<prop::sample::Index>(), other in any::<prop::sample::Index>(),
        what in 0..3,
    ) {
        let count = sample.records.len();
        let (one, other) = (one.index(count), other.index(count));
        let mut order: Vec<usize> = (0..count).collect();
        match what {
            0 => { order.remove(one); }
            1 => order.swap(one, other),
            _ => order.insert(other, one),
        }
        let bytes: Vec<u8> = order.iter().flat_map(|&index| sample.slice(index).to_vec()).collect();
        let found = scan(&bytes);
        let same = order.iter().enumerate().take_while(|(place, index)| place == *index).count();
        let good = if same == count { count } else { sample.append_of(same) };
        prop_assert_eq!(&found.records, &sample.records[..good]);
        let expected = match (same == order.len(), good == order.len()) {
            (_, true) => Verdict::Clean,
            (true, false) => Verdict::TornTail,
            (false, false) => Verdict::BrokenChain,
        };
        prop_assert_eq!(found.verdict, expected);
    }

    #[test]
    fn removed_moved_and_repeated_records_break_the_chain(
        sample in any_singles(), one in any::<prop::sample::Index>(), other in any::<prop::sample::Index>(), what in 0..3,
    ) {
        let count = sample.records.len();
        let (one, other) = (one.index(count), other.index(count));
        let mut order: Vec<usize> = (0..count).collect();
        match what {
            0 => { order.remove(one); }
            1 => order.swap(one, other),
            _ => order.insert(other, one),
        }
        let bytes: Vec<u8> = order.iter().flat_map(|&index| sample.slice(index).to_vec()).collect();
        let found = scan(&bytes);
        let good = order.iter().enumerate().take_while(|(place, index)| place == *index).count();
        prop_assert_eq!(&found.records, &sample.records[..good]);
        let expected = if good == order.len() { Verdict::Clean } else { Verdict::BrokenChain };
        prop_assert_eq!(found.verdict, expected);
    }

    #[test]
    fn random_bytes_never_panic_and_never_count_as_records(bytes in prop::collection::vec(any::<u8>(), 0..600)) {
        let found = scan(&bytes);
        prop_assert!(found.records.is_empty());
        prop_assert_eq!(found.verdict == Verdict::Clean, bytes.is_empty());
    }

    #[test]
    fn a_growing_file_is_read_in_pieces(sample in any_sample(), cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..6)) {
        let mut ends: Vec<usize> = cuts.iter().map(|cut| cut.index(sample.bytes.len() + 1)).collect();
        ends.push(sample.bytes.len());
        ends.sort_unstable();
        let mut scanner = Scanner::new();
        let mut records = Vec::new();
        for end in ends {
            let start = scanner.position().offset as usize;
            let found = scanner.scan(&sample.bytes[start..end]);
            prop_assert!(matches!(found.verdict, Verdict::Clean | Verdict::TornTail));
            records.extend(found.records);
        }
        prop_assert_eq!(&records, &sample.records);
        prop_assert_eq!(scanner.position().offset, sample.bytes.len() as u64);
    }
}

#[test]
fn a_note_cannot_forge_a_record() {
    let forged = "x\"\n[[event]]\nseq = 9\n#%% 12 00\n\n\u{202e}";
    let sample = Sample::of(vec![Table::new().with("note", forged), Table::new()]);
    let text = String::from_utf8(sample.bytes.clone()).unwrap();
    assert_eq!(text.matches("\n[[event]]\n").count(), 1);
    assert!(text.contains(r#"x\"\n[[event]]\nseq = 9\n#%% 12 00\n\n\u202E"#), "{text}");
    assert_eq!(scan(&sample.bytes).records, sample.records);
}

#[test]
fn an_unfilled_sector_inside_the_last_record_is_a_torn_tail() {
    let sample = Sample::of(vec![Table::new().with("n", 1), Table::new().with("text", "x".repeat(4000))]);
    let mut bytes = sample.bytes.clone();
    let sector = (sample.starts[1] / 512 + 2) * 512;
    bytes[sector..sector + 512].fill(0);
    assert_eq!(scan(&bytes).verdict, Verdict::TornTail);
    // The same zeros off the borders were not left by a disk.
    let mut bytes = sample.bytes.clone();
    bytes[sector + 7..sector + 400].fill(0);
    assert_eq!(scan(&bytes).verdict, Verdict::DamagedLast);
}

#[test]
fn a_hole_does_not_make_an_older_append_part_of_the_torn_one() {
    let sample = Sample::appended(vec![
        vec![Table::new().with("text", "x".repeat(1500)), Table::new().with("n", 2)],
        vec![Table::new().with("n", 3), Table::new().with("n", 4)],
    ]);
    let mut bytes = sample.bytes.clone();
    bytes[512..1024].fill(0);
    assert_eq!(scan(&bytes).verdict, Verdict::DamagedMiddle, "what follows was acknowledged after it");
    let started = sample.starts[2] + 20;
    assert_eq!(scan(&bytes[..started]).verdict, Verdict::DamagedMiddle);
    assert_eq!(scan(&bytes[..sample.starts[2]]).verdict, Verdict::TornTail);
}

#[test]
fn a_place_in_an_append_is_one() {
    let good = record(Position::START, Table::new());
    for part in [Part { nth: 0, of: 1 }, Part { nth: 3, of: 2 }] {
        assert_eq!(encode(&Record { part, ..good.clone() }), Err(EncodeError::Range { field: "part" }));
    }
    let text = String::from_utf8(encode(&Record { part: Part { nth: 2, of: 3 }, ..good }).unwrap().bytes).unwrap();
    assert!(text.starts_with("[[event]] # 2 of 3\nseq = 1\n"), "{text}");
    for header in ["[[event]] # 1 of 1", "[[event]] # 0 of 3", "[[event]] # 4 of 3", "[[event]]  # 2 of 3"] {
        assert_eq!(
            parse::body(text.replace("[[event]] # 2 of 3", header).split_once("#%%").unwrap().0.as_bytes()),
            None
        );
    }
}

#[test]
fn a_newer_format_is_named_and_not_read() {
    let sample = Sample::of(vec![Table::new().with("format", FORMAT + 1), Table::new()]);
    let found = scan(&sample.bytes);
    assert_eq!(found.verdict, Verdict::Newer { format: FORMAT + 1 });
    assert_eq!((found.records.len(), found.good_len), (0, 0));
    // A newer format may have an envelope of another shape.
    let body = "[[event]]\nseq = 1\ncrit = true\ndata = { format = 7 }\n";
    let bytes = format!("{body}#%% {} {}\n\n", body.len(), Hash::of(body.as_bytes()));
    assert_eq!(scan(bytes.as_bytes()).verdict, Verdict::Newer { format: 7 });
    let sample = Sample::of(vec![Table::new().with("format", FORMAT), Table::new()]);
    assert_eq!(scan(&sample.bytes).verdict, Verdict::Clean);
}

#[test]
fn an_unknown_envelope_in_a_known_format_is_damage() {
    let first = Sample::of(vec![Table::new()]);
    let body = format!("[[event]]\nseq = 2\nextra = 1\nprev = \"{}\"\n", scan(&first.bytes).head);
    let second = format!("{body}#%% {} {}\n\n", body.len(), Hash::of(body.as_bytes()));
    let bytes = [first.bytes.as_slice(), second.as_bytes()].concat();
    let found = scan(&bytes);
    assert_eq!((found.records.len(), found.verdict), (1, Verdict::DamagedLast));
}

#[test]
fn what_cannot_be_a_record_is_refused() {
    let good = record(Position::START, Table::new());
    let refused = |change: &dyn Fn(&mut Record)| {
        let mut record = good.clone();
        change(&mut record);
        encode(&record).unwrap_err()
    };
    assert_eq!(refused(&|record| record.seq = 0), EncodeError::Range { field: "seq" });
    assert_eq!(refused(&|record| record.mono = u64::MAX), EncodeError::Range { field: "mono" });
    assert_eq!(refused(&|record| record.kind = "Gate".to_owned()), EncodeError::Kind("Gate".to_owned()));
    assert_eq!(refused(&|record| record.kind = "gate.".to_owned()), EncodeError::Kind("gate.".to_owned()));
    let local = "2026-11-22T12:00:01.123+1".to_owned();
    assert_eq!(refused(&|record| record.at.clone_from(&local)), EncodeError::Time(local.clone()));
    let twice = Table::new().with("a", 1).with("b", 2).with("a", 3);
    assert_eq!(refused(&|record| record.data = twice.clone()), EncodeError::RepeatedKey("a".to_owned()));
    assert_eq!(refused(&|record| record.data = Table::new().with("x", f64::NAN)), EncodeError::NotFinite);
    let deep = (0..40).fold(Value::Integer(1), |inner, _| Value::Array(vec![inner]));
    assert_eq!(refused(&|record| record.data = Table::new().with("x", deep.clone())), EncodeError::TooDeep);
}

#[test]
fn a_body_has_at_most_64_kib() {
    let empty = encode(&record(Position::START, Table::new().with("x", ""))).unwrap();
    let trailer_len = empty.bytes.len() - empty.bytes.windows(5).rposition(|window| window == b"\n#%% ").unwrap() - 1;
    let room = BODY_MAX_BYTES - (empty.bytes.len() - trailer_len);
    let fits = Sample::of(vec![Table::new().with("x", "y".repeat(room))]);
    assert_eq!(scan(&fits.bytes).verdict, Verdict::Clean);
    let larger = record(Position::START, Table::new().with("x", "y".repeat(room + 1)));
    assert_eq!(encode(&larger), Err(EncodeError::TooLarge { bytes: BODY_MAX_BYTES + 1 }));
}

/// A file of format 1, kept for ever: every later version of relco must read it to these records.
#[test]
fn format_1_still_reads() {
    let golden = include_bytes!("../../tests/golden/frame-1.toml");
    let found = scan(golden);
    assert_eq!(found.verdict, Verdict::Clean);
    let mut position = Position::START;
    let opened =
        Table::new().with("format", 1).with("uuid", "0d6bb8a4-5b1b-4a7f-9d0e-0a5f0a4f8c11").with("project", "harbor");
    let noted = Table::new()
        .with("text", "tab\tquote\" back\\ newline\n esc \u{1b}[2J rtl \u{202e} tag \u{e0041} ok é 漢 🚢")
        .with("odd key", vec![1_i64, -2, i64::MAX])
        .with("ratio", 2.5)
        .with("nested", Table::new().with("yes", true).with("none", Table::new()).with("list", Vec::<Value>::new()));
    let mut bytes = Vec::new();
    for (kind, data) in [("journal.opened", opened), ("note.added", noted)] {
        let record = Record { kind: kind.to_owned(), ..record(position, data) };
        let encoded = encode(&record).unwrap();
        position = position.after(encoded.bytes.len(), encoded.hash);
        bytes.extend(encoded.bytes);
        assert_eq!(found.records[record.seq as usize - 1], record);
    }
    assert_eq!(String::from_utf8(bytes).unwrap(), String::from_utf8(golden.to_vec()).unwrap());
}

fn sample_file(dir: &Path, sample: &Sample) -> AppendFile {
    let mut file = AppendFile::create(&dir.join("journal.toml")).unwrap();
    assert_eq!(file.append(0, &sample.bytes).unwrap(), sample.bytes.len() as u64);
    file
}

#[test]
fn a_file_is_created_once_with_its_mode() {
    use std::os::unix::fs::PermissionsExt;
    let dir = tempfile::tempdir().unwrap();
    let file = sample_file(dir.path(), &Sample::numbered(3));
    assert_eq!(std::fs::metadata(file.path()).unwrap().permissions().mode() & 0o777, 0o600);
    let again = AppendFile::create(file.path()).unwrap_err();
    assert!(matches!(again, FileError::Io { source, .. } if source.kind() == std::io::ErrorKind::AlreadyExists));
    assert_eq!(scan(&AppendFile::open(file.path()).unwrap().read_from(0).unwrap()).records.len(), 3);
}

#[test]
fn an_append_at_a_wrong_end_writes_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let sample = Sample::numbered(2);
    let mut file = sample_file(dir.path(), &sample);
    let end = sample.bytes.len() as u64;
    let moved = file.append(end - 1, b"x").unwrap_err();
    assert!(matches!(moved, FileError::EndMoved { expected, found } if expected == end - 1 && found == end));
    assert_eq!(file.len().unwrap(), end);
    assert!(!file.is_poisoned());
}

#[test]
fn a_write_error_poisons_the_writer() {
    // Writing to /dev/full fails with "no space left"; it has length 0 and takes no cut.
    let mut file = AppendFile::open(Path::new("/dev/full")).unwrap();
    assert!(matches!(file.append(0, b"x").unwrap_err(), FileError::Io { .. }));
    assert!(file.is_poisoned());
    assert!(matches!(file.append(0, b"x").unwrap_err(), FileError::Poisoned));
    assert!(matches!(file.recover_torn_tail(0).unwrap_err(), FileError::Poisoned));
}

#[test]
fn a_replaced_file_is_noticed() {
    let dir = tempfile::tempdir().unwrap();
    let file = sample_file(dir.path(), &Sample::numbered(1));
    assert!(file.is_at_its_path());
    std::fs::rename(file.path(), dir.path().join("moved")).unwrap();
    assert!(!file.is_at_its_path());
    std::fs::write(file.path(), b"").unwrap();
    assert!(!file.is_at_its_path());
    assert_ne!(Identity::of_path(file.path()).unwrap(), file.identity());
}

#[test]
fn a_torn_tail_is_moved_aside_and_cut() {
    let dir = tempfile::tempdir().unwrap();
    let sample = Sample::numbered(3);
    let mut file = sample_file(dir.path(), &sample);
    let cut = sample.bytes.len() - 9;
    for expected in ["journal.toml.torn-", "journal.toml.torn-"] {
        std::fs::OpenOptions::new().write(true).open(file.path()).unwrap().set_len(cut as u64).unwrap();
        let found = scan(&file.read_from(0).unwrap());
        assert_eq!((found.verdict, found.records.len()), (Verdict::TornTail, 2));
        let aside = file.recover_torn_tail(found.good_len).unwrap();
        assert!(aside.file_name().unwrap().to_str().unwrap().starts_with(expected));
        assert_eq!(std::fs::read(&aside).unwrap(), sample.bytes[sample.starts[2]..cut]);
        let end = file.len().unwrap();
        assert_eq!(end, found.good_len);
        file.append(end, sample.slice(2)).unwrap();
        assert_eq!(scan(&file.read_from(0).unwrap()).records, sample.records);
    }
    assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 3);
    let clean = file.recover_torn_tail(sample.bytes.len() as u64).unwrap_err();
    assert!(matches!(clean, FileError::EndMoved { .. }));
}
