//! Keeping streams short.

use super::*;
use crate::redis::Trimmed;

/// 512 lines an entry: 1, 513, 1025, 1537, 2049, 2561.
async fn filled(server: &Redis, span: Span) -> (RedisStreams, Place) {
    let settings = RedisSettings { stream_age: span, ..settings(&server.url()) };
    let streams = RedisStreams::open(&settings, STORE).unwrap();
    let place = put(&streams, batch(1, 3_001), &Place::default()).await.unwrap();
    (streams, place)
}

#[tokio::test]
async fn streams_are_trimmed_by_length() {
    let Some(server) = server() else { return };
    let (streams, place) = filled(&server, Span::from_hours(24)).await;
    let trimmed = streams.trim(&web(), &place, 3_001, time_of(3_000)).await.unwrap();
    assert_eq!(
        trimmed,
        Trimmed { lines: 1_536, unread_lines: 0 },
        "at least the newest 1000 lines stay, in whole entries"
    );
    assert_holds(&streams, &web(), 1_537, 3_001).await;
    assert_eq!(streams.trim(&web(), &place, 3_001, time_of(3_000)).await.unwrap(), Trimmed::default());
    put(&open(&server.url()), batch(3_001, 3_010), &place).await.unwrap();
    assert_holds(&streams, &web(), 1_537, 3_010).await;
}

#[tokio::test]
async fn streams_are_trimmed_by_age() {
    let Some(server) = server() else { return };
    let (streams, place) = filled(&server, Span::from_secs(300)).await;
    // The entry 2049 .. 2561 ends 299 seconds before the time given, the one before it 811 seconds.
    let trimmed = streams.trim(&web(), &place, 3_001, time_of(2_860)).await.unwrap();
    assert_eq!(trimmed, Trimmed { lines: 2_048, unread_lines: 0 });
    assert_holds(&streams, &web(), 2_049, 3_001).await;
    let trimmed = streams.trim(&web(), &place, 3_001, time_of(9_000)).await.unwrap();
    assert_eq!(trimmed.lines, 952, "a stream may become empty");
    let place = put(&open(&server.url()), batch(3_001, 3_010), &place).await.unwrap();
    assert_eq!(place.next_seq, 3_010, "and still knows where it ends");
    assert_holds(&streams, &web(), 3_001, 3_010).await;
}

#[tokio::test]
async fn what_is_not_acknowledged_is_not_trimmed() {
    let Some(server) = server() else { return };
    let (streams, place) = filled(&server, Span::from_secs(1)).await;
    let trimmed = streams.trim(&web(), &place, 600, time_of(9_000)).await.unwrap();
    assert_eq!(trimmed, Trimmed { lines: 512, unread_lines: 0 }, "line 600 lies in the second entry");
    assert_holds(&streams, &web(), 513, 3_001).await;
}

#[tokio::test]
async fn a_stream_that_nobody_reads_is_cut_and_the_lines_are_counted() {
    let Some(server) = server() else { return };
    let (streams, place) = filled(&server, Span::from_hours(24)).await;
    let place = put(&streams, batch(3_001, 7_681), &place).await.unwrap();
    let trimmed = streams.trim(&web(), &place, 600, time_of(3_000)).await.unwrap();
    // 7680 - 4 * 1000 = 3680 may go; the entry that holds it begins at 3513.
    assert_eq!(trimmed, Trimmed { lines: 3_512, unread_lines: 2_913 });
    assert_holds(&streams, &web(), 3_513, 7_681).await;
}

#[tokio::test]
async fn nothing_is_trimmed_where_nothing_is() {
    let Some(server) = server() else { return };
    let streams = open(&server.url());
    let place = Place { next_seq: 1, note: vec![0; 8] };
    assert_eq!(streams.trim(&web(), &place, 1, time_of(1)).await.unwrap(), Trimmed::default());
    assert_eq!(streams.trim(&web(), &Place::default(), 1, time_of(1)).await.unwrap(), Trimmed::default());
}
