//! Reading through the consumer group.

use super::*;

#[tokio::test]
async fn lines_are_read_in_order_with_any_size_of_batch() {
    let Some(server) = server() else { return };
    let streams = open(&server.url());
    let place = put(&streams, batch(1, 3_000), &Place::default()).await.unwrap();
    for lines_max in [1_000, 7, 512, 100_000] {
        assert_eq!(read_all(&streams, &place, 1, lines_max).await, 3_000);
    }
    let place = put(&streams, batch(3_000, 3_001), &place).await.unwrap();
    assert_eq!(read_all(&streams, &place, 3_000, 10).await, 3_001);
}

#[tokio::test]
async fn nothing_is_read_where_nothing_is() {
    let Some(server) = server() else { return };
    let streams = open(&server.url());
    assert_eq!(streams.read(&web(), &Place::default(), 1, 10).await.unwrap(), None, "never sent");
    let place = put(&streams, batch(1, 10), &Place::default()).await.unwrap();
    assert_eq!(streams.read(&web(), &place, 10, 10).await.unwrap(), None, "not yet sent");
    server.cli(&["DEL", WEB_KEY]).unwrap();
    assert_eq!(streams.read(&web(), &place, 1, 10).await.unwrap(), None, "gone");
    assert_eq!(open(&server.url()).read(&web(), &place, 1, 10).await.unwrap(), None, "gone, and never looked at");
    streams.acknowledge(&web(), &place, 5).await.unwrap();
    assert_eq!(
        server.cli(&["EXISTS", WEB_KEY]).unwrap(),
        "0",
        "only who writes makes a stream, else the loss is not noticed"
    );
}

#[tokio::test]
async fn any_order_of_reading_gives_the_lines_asked_for() {
    let Some(server) = server() else { return };
    let streams = open(&server.url());
    let place = put(&streams, batch(1, 6_000), &Place::default()).await.unwrap();
    let mut from = 1;
    for _ in 0..200 {
        from = from * 7_919 % 5_999 + 1;
        let lines_max = 1 + usize::try_from(from).unwrap() % 900;
        let batch = streams.read(&web(), &place, from, lines_max).await.unwrap().unwrap();
        assert_eq!((batch.first_seq, &batch.lines), (from, &lines(from, batch.end_seq())));
        if from % 11 == 0 {
            streams.acknowledge(&web(), &place, from).await.unwrap();
        }
    }
}

async fn pending(streams: &RedisStreams) -> u64 {
    streams.lag(&web()).await.unwrap().unwrap().pending_entries
}

#[tokio::test]
async fn only_whole_entries_below_are_acknowledged_also_those_of_before_a_restart() {
    let Some(server) = server() else { return };
    let streams = open(&server.url());
    let place = put(&streams, batch(1, 2_000), &Place::default()).await.unwrap();
    read_all(&streams, &place, 1, 2_000).await;
    streams.acknowledge(&web(), &place, 600).await.unwrap();
    assert_eq!(pending(&streams).await, 3, "of 4 entries one ends below 600");
    let restarted = open(&server.url());
    assert_eq!(read_all(&restarted, &place, 600, 2_000).await, 2_000, "what is pending is read again");
    restarted.acknowledge(&web(), &place, 2_000).await.unwrap();
    assert_eq!(pending(&restarted).await, 0);
}

#[tokio::test]
async fn lines_read_from_the_spool_are_passed_over_and_acknowledged_with_their_results() {
    let Some(server) = server() else { return };
    let streams = open(&server.url());
    let place = put(&streams, batch(1, 20_000), &Place::default()).await.unwrap();
    let batch = streams.read(&web(), &place, 15_000, 10).await.unwrap().unwrap();
    assert_eq!((batch.first_seq, batch.lines), (15_000, lines(15_000, 15_010)));
    assert!(pending(&streams).await >= 29, "nobody said that they are scored");
    streams.acknowledge(&web(), &place, 15_000).await.unwrap();
    assert!(pending(&streams).await <= 11);
}

#[tokio::test]
async fn entries_pending_for_a_dead_consumer_are_taken_over() {
    let Some(server) = server() else { return };
    let streams = open(&server.url());
    let place = put(&streams, batch(1, 5_000), &Place::default()).await.unwrap();
    let dead = ["XREADGROUP", "GROUP", "foghorn", "dead", "COUNT", "6", "STREAMS", WEB_KEY, ">"];
    server.cli(&dead).unwrap();
    assert_eq!(read_all(&streams, &place, 1, 1_000).await, 5_000);
    let of_dead = server.cli(&["XPENDING", WEB_KEY, "foghorn", "-", "+", "10", "dead"]).unwrap();
    assert_eq!(of_dead, "", "nothing is left with the dead");
    streams.acknowledge(&web(), &place, 5_000).await.unwrap();
    assert_eq!(streams.lag(&web()).await.unwrap().unwrap().pending_entries, 0);
}

#[tokio::test]
async fn lines_that_were_trimmed_are_passed_over() {
    let Some(server) = server() else { return };
    let streams = open(&server.url());
    let place = put(&streams, batch(1, 2_000), &Place::default()).await.unwrap();
    streams.read(&web(), &place, 1, 10).await.unwrap().unwrap();
    server.cli(&["XTRIM", WEB_KEY, "MINID", "1025"]).unwrap();
    let restarted = open(&server.url());
    let batch = restarted.read(&web(), &place, 400, 5_000).await.unwrap().unwrap();
    assert_eq!((batch.first_seq, batch.lines), (1_025, lines(1_025, 2_000)), "the caller takes 400 to 1024 elsewhere");
}

#[tokio::test]
async fn entries_of_others_are_not_scored() {
    let Some(server) = server() else { return };
    let streams = open(&server.url());
    let place = put(&streams, batch(1, 10), &Place::default()).await.unwrap();
    server.cli(&["XADD", WEB_KEY, "10-5", "message", "hello"]).unwrap();
    assert_eq!(read_all(&streams, &place, 1, 100).await, 10);
    assert_eq!(streams.read(&web(), &place, 10, 100).await.unwrap(), None);
}

#[tokio::test]
async fn a_group_that_was_destroyed_is_made_again() {
    let Some(server) = server() else { return };
    let streams = open(&server.url());
    let place = put(&streams, batch(1, 1_000), &Place::default()).await.unwrap();
    assert_eq!(read_all(&streams, &place, 1, 1_000).await, 1_000);
    server.cli(&["XGROUP", "DESTROY", WEB_KEY, "foghorn"]).unwrap();
    let place = put(&streams, batch(1_000, 1_100), &place).await.unwrap();
    assert_eq!(streams.read(&web(), &place, 1_000, 100).await.unwrap(), None, "noticed");
    assert_eq!(read_all(&streams, &place, 1_000, 100).await, 1_100, "and mended");
}
