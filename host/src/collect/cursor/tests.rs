use proptest::prelude::*;

use super::*;

const OUT: Output = Output::Stdout;
const ERR: Output = Output::Stderr;

fn mark(time_ns: u64, count: u32) -> Mark {
    Mark { time_ns, count }
}

#[test]
fn a_line_passes_once() {
    let mut gate = Gate::behind(&Place::start("a", 0));
    assert_eq!(gate.pass(OUT, 5), Some(mark(5, 1)));
    assert_eq!(gate.pass(OUT, 3), None, "the engine stepped back");
    assert_eq!(gate.pass(OUT, 5), None, "and repeats");
    assert_eq!(gate.pass(OUT, 6), Some(mark(6, 1)));
}

#[test]
fn lines_of_one_nanosecond_are_counted() {
    let mut place = Place::start("a", 0);
    place.store(OUT, mark(5, 2));
    let mut gate = Gate::behind(&place);
    let passed: Vec<bool> = [5, 5, 5, 5].iter().map(|&time| gate.pass(OUT, time).is_some()).collect();
    assert_eq!(passed, [false, false, true, true]);
}

#[test]
fn outputs_do_not_hold_each_other_back() {
    let mut place = Place::start("a", 0);
    place.store(OUT, mark(9, 1));
    assert_eq!(Gate::behind(&place).pass(ERR, 4), Some(mark(4, 1)));
}

#[test]
fn lines_from_before_the_range_stay_out() {
    assert_eq!(Gate::behind(&Place::start("a", 10)).pass(OUT, 9), None);
}

#[test]
fn a_silent_output_does_not_force_a_day_to_be_read_again() {
    let mut place = Place::start("a", 1);
    place.store(ERR, mark(2, 1));
    place.store(OUT, mark(90_000_000_000, 1));
    place.settle([None; 2]);
    assert_eq!(place.since_ns, 90_000_000_000 - SKEW_NS);
}

#[test]
fn a_line_that_is_not_stored_is_read_again() {
    let mut place = Place::start("a", 1);
    place.store(OUT, mark(90_000_000_000, 1));
    place.settle([None, Some(7)]);
    assert_eq!(place.since_ns, 7);
}

#[test]
fn the_book_keeps_the_latest_containers() {
    let mut book = Book::default();
    for n in 0..20 {
        book.put(Place::start(&format!("c{n}"), n));
    }
    book.put(Place::start("c15", 99));
    assert_eq!(book.places.len(), PLACES_MAX);
    assert_eq!(book.place("c15").map(|place| place.since_ns), Some(99));
    assert_eq!(book.place("c0"), None);
    assert_eq!(book.newest_ns(), Some(99));
}

#[test]
fn a_newer_format_is_refused_by_name() {
    assert_eq!(Book::decode(&[7, 0]), Err(CursorError::Newer { found: 7 }));
    assert_eq!(Book::decode(&[]), Err(CursorError::Damaged { bytes: 0 }));
}

#[test]
fn a_book_of_the_first_format_is_read() {
    let mut bytes = vec![1, 1, 2, 0, b'c', b'1'];
    bytes.extend(7_u64.to_le_bytes());
    for (time_ns, count) in [(9_u64, 2_u32), (0, 0)] {
        bytes.extend(time_ns.to_le_bytes());
        bytes.extend(count.to_le_bytes());
    }
    let place = Place { container: "c1".into(), since_ns: 7, marks: [Some(mark(9, 2)), None], reached: None };
    assert_eq!(Book::decode(&bytes).unwrap().place("c1"), Some(&place));
}

#[test]
fn out_of_files_a_clock_that_is_set_back_stops_nothing() {
    let place = Place::start("a", 10);
    let mut gate = Gate::in_files(&place, false);
    assert_eq!(gate.pass(OUT, 9), None, "before the range");
    assert_eq!(gate.pass(OUT, 20), Some(mark(20, 1)));
    assert_eq!(gate.pass(OUT, 5), Some(mark(20, 2)));
    assert_eq!(gate.pass(OUT, 21), Some(mark(21, 1)));
    assert_eq!(gate.pass(ERR, 11), Some(mark(11, 1)));
    let spot = Spot { inode: 1, head: 2, offset: 3 };
    let reached = Some(Reached { spot, seen: [Some(mark(20, 2)), None] });
    let place = Place { marks: [Some(mark(21, 1)), Some(mark(11, 1))], reached, ..place };
    let mut again = Gate::in_files(&place, true);
    assert_eq!(again.pass(OUT, 21), None, "stored before");
    assert_eq!(again.pass(OUT, 3), Some(mark(21, 2)), "also behind the place");
}

fn any_mark() -> impl Strategy<Value = Option<Mark>> {
    prop::option::of((any::<u64>(), 1..u32::MAX).prop_map(|(time_ns, count)| Mark { time_ns, count }))
}

fn any_reached() -> impl Strategy<Value = Option<Reached>> {
    let reached = (any::<[u64; 3]>(), any_mark(), any_mark())
        .prop_map(|([inode, head, offset], out, err)| Reached { spot: Spot { inode, head, offset }, seen: [out, err] });
    prop::option::of(reached)
}

fn any_place() -> impl Strategy<Value = Place> {
    ("[a-f0-9]{0,64}", any::<u64>(), any_mark(), any_mark(), any_reached())
        .prop_map(|(container, since_ns, out, err, reached)| Place { container, since_ns, marks: [out, err], reached })
}

proptest! {
    #[test]
    fn a_book_comes_back_as_it_was_saved(places in prop::collection::vec(any_place(), 0..12)) {
        let mut book = Book::default();
        places.into_iter().for_each(|place| book.put(place));
        prop_assert_eq!(Book::decode(&book.encode()), Ok(book));
    }

    #[test]
    fn damaged_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let _ = Book::decode(&bytes);
        let mut valid = vec![FORMAT_VERSION];
        valid.extend(bytes);
        let _ = Book::decode(&valid);
    }

    /// However a reading is broken off and begun again, every line passes exactly once, in order.
    #[test]
    fn broken_readings_pass_every_line_once(
        steps in prop::collection::vec((0u64..3, any::<bool>()), 1..80),
        stops in prop::collection::vec(0usize..80, 0..6),
    ) {
        let mut times = [10u64; 2];
        let log: Vec<(Output, u64)> = steps.iter().map(|&(step, err)| {
            let output = if err { ERR } else { OUT };
            times[output as usize] += step;
            (output, times[output as usize])
        }).collect();
        let mut place = Place::start("a", 0);
        let mut taken = Vec::new();
        for stop in stops.into_iter().chain([log.len()]) {
            let mut gate = Gate::behind(&place);
            for (index, &(output, time)) in log.iter().enumerate().take(stop) {
                if let Some(mark) = gate.pass(output, time) {
                    place.store(output, mark);
                    taken.push(index);
                }
            }
            place.settle([None; 2]);
        }
        taken.sort_unstable();
        prop_assert_eq!(taken, (0..log.len()).collect::<Vec<_>>());
    }
}
