//! What every stream must do, as tests over the trait. A backend calls `run` with a stream that is empty.

use super::{Append, Batch, Stream};
use crate::identity::Identity;
use crate::line::{Line, Lines, Output};

/// Runs all of it, each part on containers of its own.
pub(crate) async fn run(stream: &dyn Stream) {
    a_container_never_heard_of_has_nothing(stream).await;
    lines_get_numbers_without_holes(stream).await;
    lines_come_back_as_they_went_in(stream).await;
    one_append_may_hold_a_container_twice(stream).await;
    a_cursor_may_be_saved_without_lines(stream).await;
    reads_begin_anywhere_and_are_bounded(stream).await;
    lines_are_given_again_until_acknowledged(stream).await;
    acknowledging_never_goes_back(stream).await;
    acknowledging_what_is_not_there_is_refused(stream).await;
}

/// `count` lines with numbers in their text, from `first`.
pub(crate) fn numbered(first: u64, count: usize) -> Lines {
    let texts: Vec<_> = (first..).take(count).map(|number| format!("line {number} of the test")).collect();
    texts
        .iter()
        .zip(first..)
        .map(|(text, number)| Line {
            time_ns: 1_700_000_000_000_000_000 + number * 1_000,
            output: if number % 3 == 0 { Output::Stderr } else { Output::Stdout },
            text: text.as_bytes(),
        })
        .collect()
}

pub(crate) fn entry(identity: &Identity, lines: Lines, cursor: &[u8]) -> Append {
    Append { identity: identity.clone(), lines, cursor: cursor.to_vec() }
}

fn container(name: &str) -> Identity {
    Identity::of_name("suite", name)
}

async fn append(stream: &dyn Stream, identity: &Identity, first: u64, count: usize) -> u64 {
    let firsts = stream.append(vec![entry(identity, numbered(first, count), b"c")]).await.unwrap();
    assert_eq!(firsts.len(), 1);
    firsts[0]
}

async fn read(stream: &dyn Stream, identity: &Identity, from_seq: u64, lines_max: usize) -> Option<Batch> {
    let batch = stream.read(identity, from_seq, lines_max).await.unwrap();
    if let Some(batch) = &batch {
        assert!((1..=lines_max).contains(&batch.lines.len()));
        assert_eq!(&batch.identity, identity);
    }
    batch
}

async fn a_container_never_heard_of_has_nothing(stream: &dyn Stream) {
    let nobody = container("nobody");
    assert_eq!(read(stream, &nobody, 1, 10).await, None);
    assert_eq!(stream.cursor(&nobody).await.unwrap(), None);
    assert_eq!(stream.acknowledged(&nobody).await.unwrap(), 1);
    stream.acknowledge(&nobody, 1).await.unwrap();
}

async fn lines_get_numbers_without_holes(stream: &dyn Stream) {
    let (first, second) = (container("numbers-1"), container("numbers-2"));
    assert_eq!(append(stream, &first, 1, 3).await, 1);
    assert_eq!(append(stream, &first, 4, 2).await, 4);
    assert_eq!(append(stream, &second, 1, 1).await, 1, "each container counts for itself");
    assert_eq!(append(stream, &first, 6, 1).await, 6);
}

async fn lines_come_back_as_they_went_in(stream: &dyn Stream) {
    let identity = container("as-is");
    let long = vec![b'x'; 64 << 10];
    let all = [
        (7, Output::Stdout, b"".as_slice()),
        (5, Output::Stderr, b"\x00\xff not utf-8 \xc3"),
        (5, Output::Stdout, b"Traceback:\n  file 1\n  file 2"),
        (i64::MAX.cast_unsigned(), Output::Stderr, &long),
        (0, Output::Stdout, b"the end"),
    ];
    let lines: Lines = all.iter().map(|&(time_ns, output, text)| Line { time_ns, output, text }).collect();
    stream.append(vec![entry(&identity, lines.clone(), b"")]).await.unwrap();
    let batch = read(stream, &identity, 1, 10).await.unwrap();
    assert_eq!((batch.first_seq, batch.lines), (1, lines));
}

async fn one_append_may_hold_a_container_twice(stream: &dyn Stream) {
    let (first, second) = (container("twice-1"), container("twice-2"));
    let entries = vec![
        entry(&first, numbered(1, 2), b"a"),
        entry(&second, numbered(1, 1), b"b"),
        entry(&first, numbered(3, 2), b"c"),
    ];
    assert_eq!(stream.append(entries).await.unwrap(), [1, 1, 3]);
    assert_eq!(stream.cursor(&first).await.unwrap().as_deref(), Some(b"c".as_slice()));
    assert_eq!(stream.cursor(&second).await.unwrap().as_deref(), Some(b"b".as_slice()));
    assert_eq!(read(stream, &first, 1, 10).await.unwrap().lines, numbered(1, 4));
}

async fn a_cursor_may_be_saved_without_lines(stream: &dyn Stream) {
    let identity = container("cursor-only");
    stream.append(vec![entry(&identity, Lines::default(), b"here")]).await.unwrap();
    assert_eq!(stream.cursor(&identity).await.unwrap().as_deref(), Some(b"here".as_slice()));
    assert_eq!(read(stream, &identity, 1, 10).await, None);
    assert_eq!(append(stream, &identity, 1, 1).await, 1);
}

async fn reads_begin_anywhere_and_are_bounded(stream: &dyn Stream) {
    let identity = container("reads");
    for first in [1, 11, 21, 31] {
        append(stream, &identity, first, 10).await;
    }
    for from_seq in 1..=40 {
        let batch = read(stream, &identity, from_seq, 7).await.unwrap();
        let expected = numbered(from_seq, batch.lines.len());
        assert_eq!((batch.first_seq, batch.lines), (from_seq, expected), "from {from_seq}");
    }
    assert_eq!(read(stream, &identity, 41, 7).await, None);
    assert_eq!(read(stream, &identity, 1000, 7).await, None);
    assert_eq!(read(stream, &identity, 5, 1).await.unwrap().lines, numbered(5, 1));
}

async fn lines_are_given_again_until_acknowledged(stream: &dyn Stream) {
    let identity = container("again");
    append(stream, &identity, 1, 4).await;
    let from_seq = stream.acknowledged(&identity).await.unwrap();
    let first = read(stream, &identity, from_seq, 2).await;
    assert_eq!(read(stream, &identity, from_seq, 2).await, first);
    stream.acknowledge(&identity, 3).await.unwrap();
    let from_seq = stream.acknowledged(&identity).await.unwrap();
    assert_eq!(read(stream, &identity, from_seq, 2).await.unwrap().lines, numbered(3, 2));
}

async fn acknowledging_never_goes_back(stream: &dyn Stream) {
    let identity = container("forward");
    append(stream, &identity, 1, 4).await;
    stream.acknowledge(&identity, 4).await.unwrap();
    stream.acknowledge(&identity, 2).await.unwrap();
    assert_eq!(stream.acknowledged(&identity).await.unwrap(), 4);
}

async fn acknowledging_what_is_not_there_is_refused(stream: &dyn Stream) {
    let identity = container("beyond");
    append(stream, &identity, 1, 4).await;
    assert!(stream.acknowledge(&identity, 6).await.is_err(), "line 5 would never be scored");
    stream.acknowledge(&identity, 5).await.unwrap();
}
