//! A trail behind a driver that writes and rotates as the engine's does.

use std::io::Write as _;

use flate2::Compression;
use flate2::write::GzEncoder;
use proptest::prelude::*;

use super::*;
use crate::collect::files::record;

const FILE_BYTES: u64 = 900;

/// Rotates before the first record that would come behind the limit, as the engine does.
struct Driver {
    dir: tempfile::TempDir,
    rotation: Rotation,
    packs: bool,
    size: u64,
    written: u64,
    /// What a `Wake` fills, where one listens.
    ahead: Option<Arc<Ahead>>,
}

impl Driver {
    fn new(files_max: u32, packs: bool) -> Self {
        let driver = Self {
            dir: tempfile::tempdir().unwrap(),
            rotation: Rotation { bytes_max: Some(FILE_BYTES), files_max },
            packs,
            size: 0,
            written: 0,
            ahead: None,
        };
        fs::write(driver.path(), "").unwrap();
        driver
    }

    fn path(&self) -> PathBuf {
        self.dir.path().join("c-json.log")
    }

    fn rotated(&self, number: u32) -> PathBuf {
        let packed = if self.packs { ".gz" } else { "" };
        self.dir.path().join(format!("c-json.log.{number}{packed}"))
    }

    fn write(&mut self, lines: u64) {
        for _ in 0..lines {
            if self.size > FILE_BYTES {
                self.rotate();
            }
            self.written += 1;
            let record = format!(
                "{{\"log\":\"line {}\\n\",\"stream\":\"stdout\",\"time\":\"2026-11-22T16:20:04.{:09}Z\"}}\n",
                self.written, self.written
            );
            let mut file = File::options().append(true).open(self.path()).unwrap();
            file.write_all(record.as_bytes()).unwrap();
            self.size += record.len() as u64;
        }
    }

    fn rotate(&mut self) {
        self.size = 0;
        if self.rotation.files_max < 2 {
            return File::create(self.path()).map(drop).unwrap();
        }
        let _ = fs::remove_file(self.rotated(self.rotation.files_max - 1));
        for number in (1..self.rotation.files_max - 1).rev() {
            let _ = fs::rename(self.rotated(number), self.rotated(number + 1));
        }
        if self.packs {
            let mut packed = GzEncoder::new(File::create(self.rotated(1)).unwrap(), Compression::fast());
            packed.write_all(&fs::read(self.path()).unwrap()).unwrap();
            packed.finish().unwrap();
            fs::remove_file(self.path()).unwrap();
        } else {
            fs::rename(self.path(), self.rotated(1)).unwrap();
        }
        fs::write(self.path(), "").unwrap();
        if let Some(ahead) = &self.ahead {
            ahead.push(Kept::open(&self.path()).unwrap());
        }
    }

    /// `is_told`: somebody tells of new files.
    fn reader(&mut self, spot: Option<Spot>, is_told: bool) -> Trail {
        let ahead = Arc::new(Ahead::new(64));
        self.ahead = is_told.then(|| Arc::clone(&ahead));
        Trail::open(&self.path(), self.rotation, spot, ahead).unwrap()
    }
}

/// The numbers of the lines of one read; `None` where there was nothing.
fn numbers(trail: &mut Trail) -> Option<Vec<u64>> {
    let (mut chunk, mut room) = (Vec::new(), Vec::new());
    if trail.read(&mut chunk).unwrap() == Found::Nothing {
        return None;
    }
    let number = |line: &[u8]| {
        let record = record::parse(line, &mut room).expect("a whole record");
        std::str::from_utf8(record.text).unwrap().trim_start_matches("line ").trim_end().parse().unwrap()
    };
    Some(record::lines(&chunk).map(number).collect())
}

fn rest(trail: &mut Trail) -> Vec<u64> {
    std::iter::from_fn(|| numbers(trail)).flatten().collect()
}

#[test]
fn what_was_rotated_before_is_read_first() {
    for packs in [false, true] {
        let mut driver = Driver::new(4, packs);
        driver.write(35);
        let mut trail = driver.reader(None, true);
        assert_eq!(rest(&mut trail), (1..=35).collect::<Vec<_>>(), "packed: {packs}");
        assert_eq!(trail.take_gaps(), [] as [&str; 0]);
    }
}

#[test]
fn files_that_are_gone_are_read_where_they_were_held_open() {
    let mut driver = Driver::new(2, false);
    driver.write(5);
    let mut trail = driver.reader(None, true);
    assert_eq!(rest(&mut trail), (1..=5).collect::<Vec<_>>());
    driver.write(100);
    assert_eq!(rest(&mut trail), (6..=105).collect::<Vec<_>>());
    assert_eq!(trail.take_gaps(), [] as [&str; 0]);
}

#[test]
fn where_nobody_told_of_them_the_gap_is_told() {
    let mut driver = Driver::new(2, false);
    driver.write(5);
    let mut trail = driver.reader(None, false);
    assert_eq!(rest(&mut trail).len(), 5);
    driver.write(100);
    let found = rest(&mut trail);
    assert!(found.is_sorted() && found.last() == Some(&105) && found.len() < 100);
    assert!(trail.take_gaps()[0].contains("faster than they could be read"));
}

#[test]
fn a_file_that_is_cut_is_read_anew_and_nothing_is_missing_where_it_was_read_before() {
    let mut driver = Driver::new(1, false);
    let mut trail = driver.reader(None, true);
    let mut found = Vec::new();
    for _ in 0..100 {
        driver.write(1);
        found.extend(rest(&mut trail));
    }
    assert_eq!((found, trail.take_gaps()), ((1..=100).collect(), Vec::new()));
    driver.write(5);
    rest(&mut trail);
    driver.write(25);
    let late = rest(&mut trail);
    assert!(late.len() < 25 && late.last() == Some(&130));
    assert!(trail.take_gaps()[0].contains("cut before it was read"));
}

#[test]
fn a_record_is_handed_out_when_it_is_whole_and_a_damaged_one_as_it_is() {
    let driver = Driver::new(2, false);
    let mut trail = Trail::open(&driver.path(), driver.rotation, None, Arc::new(Ahead::new(8))).unwrap();
    assert_eq!(trail.spot(), None);
    let (mut chunk, path) = (Vec::new(), driver.path());
    let append = |text: &str| File::options().append(true).open(&path).unwrap().write_all(text.as_bytes()).unwrap();
    append("{\"log\":");
    assert_eq!(trail.read(&mut chunk).unwrap(), Found::Nothing);
    append("1}\nrub");
    assert_eq!(trail.read(&mut chunk).unwrap(), Found::Records);
    assert_eq!(chunk, b"{\"log\":1}\n");
    assert_eq!(trail.spot().map(|spot| spot.offset), Some(10));
    append("bish\n");
    assert_eq!(trail.read(&mut chunk).unwrap(), Found::Records);
    assert_eq!(chunk, b"rubbish\n");
}

#[test]
fn a_packed_file_that_is_damaged_costs_only_itself() {
    let mut driver = Driver::new(4, true);
    driver.write(35);
    let path = driver.rotated(1);
    let packed = fs::read(&path).unwrap();
    fs::write(&path, &packed[..packed.len() / 2]).unwrap();
    let mut trail = driver.reader(None, true);
    let found = rest(&mut trail);
    assert!(found.is_sorted() && found.len() < 35 && found[..12] == (1..=12).collect::<Vec<_>>()[..]);
    assert_eq!(found.last(), Some(&35));
    assert!(trail.take_gaps()[0].contains("damaged"));
}

#[test]
fn a_log_that_is_not_there_is_an_error() {
    let dir = tempfile::tempdir().unwrap();
    let rotation = Rotation { bytes_max: None, files_max: 1 };
    let error = Trail::open(&dir.path().join("c-json.log"), rotation, None, Arc::new(Ahead::new(8))).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound);
}

#[derive(Debug, Clone)]
enum Step {
    Write(u64),
    ReadSome,
    ReadAll,
    /// The reader ends, and another begins where it was.
    Reopen,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        3 => (1_u64..30).prop_map(Step::Write),
        2 => Just(Step::ReadSome),
        1 => Just(Step::ReadAll),
        1 => Just(Step::Reopen),
    ];
    prop::collection::vec(step, 1..40)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    /// Each line once, in order; what is missing is told. Who is told of new files misses nothing while it reads.
    #[test]
    fn lines_come_once_and_gaps_are_told(steps in steps(), files_max in 1_u32..5, packs in any::<bool>(), is_told in any::<bool>()) {
        let mut driver = Driver::new(files_max, packs && files_max > 1);
        let mut trail = driver.reader(None, is_told);
        let (mut found, mut gaps, mut reopened, mut knew) = (Vec::new(), Vec::new(), false, true);
        for step in steps.into_iter().chain([Step::ReadAll]) {
            match step {
                Step::Write(lines) => driver.write(lines),
                Step::ReadSome => found.extend(numbers(&mut trail).unwrap_or_default()),
                Step::ReadAll => found.extend(rest(&mut trail)),
                Step::Reopen => {
                    gaps.extend(trail.take_gaps());
                    let spot = trail.spot();
                    // Who has read nothing yet does not know what there was.
                    knew &= spot.is_some();
                    trail = driver.reader(spot, is_told);
                    // Where it begins anew, the gate stops what was read before.
                    if !trail.is_at(spot) {
                        let last = found.last().copied().unwrap_or(0);
                        found.extend(rest(&mut trail).into_iter().filter(|number| *number > last));
                    }
                    reopened = true;
                }
            }
        }
        gaps.extend(trail.take_gaps());
        prop_assert!(found.windows(2).all(|pair| pair[0] < pair[1]), "{:?}", found);
        prop_assert_eq!(found.last().copied().unwrap_or(0), driver.written);
        let is_whole = found.len() as u64 == driver.written;
        // Of a file that is cut nobody can tell what was in it before it was looked at.
        let is_told_of = is_whole || !gaps.is_empty() || files_max == 1 || !knew;
        prop_assert!(is_told_of, "{} of {} lines, and no gap is told", found.len(), driver.written);
        if is_told && !reopened && files_max > 1 {
            prop_assert!(is_whole && gaps.is_empty(), "{:?}", gaps);
        }
    }
}
