//! Writing while all is well, and after a crash of ours.

use super::*;

#[tokio::test]
async fn lines_are_packed_into_entries_and_come_back_exactly() {
    let Some(server) = server() else { return };
    let streams = open(&server.url());
    let place = put(&streams, batch(1, 1_300), &Place::default()).await.unwrap();
    assert_eq!(place.next_seq, 1_300);
    assert_eq!(server.cli(&["XLEN", WEB_KEY]).unwrap(), "3", "512 + 512 + 275 lines");
    assert_holds(&streams, &web(), 1, 1_300).await;
    let last = server.cli(&["XREVRANGE", WEB_KEY, "+", "-", "COUNT", "1"]).unwrap();
    assert!(last.starts_with("1025-275"), "{last}");
}

#[tokio::test]
async fn batches_of_many_containers_are_answered_in_their_order() {
    let Some(server) = server() else { return };
    let streams = open(&server.url());
    let names: Vec<_> = (0..40).map(|number| Identity::from_text(&format!("host/{number}"))).collect();
    let batches: Vec<_> =
        names.iter().zip(2..).map(|(name, end)| (batch_of(name, 1, end * 20), Place::default())).collect();
    let places = streams.put(&batches).await;
    for ((place, (batch, _)), name) in places.into_iter().zip(&batches).zip(&names) {
        assert_eq!(place.unwrap().next_seq, batch.end_seq());
        assert_holds(&streams, name, 1, batch.end_seq()).await;
    }
}

#[tokio::test]
async fn the_same_batch_again_changes_nothing() {
    let Some(server) = server() else { return };
    let streams = open(&server.url());
    let place = put(&streams, batch(1, 700), &Place::default()).await.unwrap();
    // As after a crash before the place was stored: by the same process and by a new one, with more lines than before.
    assert_eq!(put(&streams, batch(1, 700), &Place::default()).await.unwrap(), place);
    let after_crash = open(&server.url());
    let place = put(&after_crash, batch(1, 900), &Place::default()).await.unwrap();
    assert_holds(&after_crash, &web(), 1, 900).await;
    let older = Place { next_seq: 600, note: place.note.clone() };
    assert_eq!(put(&open(&server.url()), batch(600, 650), &older).await.unwrap().next_seq, 650);
    assert_holds(&after_crash, &web(), 1, 900).await;
}

#[tokio::test]
async fn lines_that_the_spool_dropped_are_a_gap_in_the_stream() {
    let Some(server) = server() else { return };
    let streams = open(&server.url());
    let place = put(&streams, batch(1, 10), &Place::default()).await.unwrap();
    let place = put(&streams, batch(50, 60), &place).await.unwrap();
    let place = put(&open(&server.url()), batch(60, 70), &place).await.unwrap();
    assert_eq!(place.next_seq, 70);
    let ids = server.cli(&["XRANGE", WEB_KEY, "-", "+"]).unwrap();
    let ids: Vec<_> = ids.lines().filter(|line| line.contains('-') && !line.contains(' ')).collect();
    assert_eq!(ids, ["1-9", "50-10", "60-10"]);
}

#[tokio::test]
async fn a_new_data_directory_goes_on_behind_the_old_one() {
    let Some(server) = server() else { return };
    put(&open(&server.url()), batch(1, 101), &Place::default()).await.unwrap();
    let new = RedisStreams::open(&settings(&server.url()), 0xbeef).unwrap();
    let place = put(&new, batch(1, 51), &Place::default()).await.unwrap();
    assert_holds(&new, &web(), 1, 151).await;
    // A crash before the first place was stored does not shift the numbers.
    let again = RedisStreams::open(&settings(&server.url()), 0xbeef).unwrap();
    assert_eq!(put(&again, batch(1, 51), &Place::default()).await.unwrap(), place);
    let place = put(&again, batch(51, 61), &place).await.unwrap();
    assert_holds(&again, &web(), 1, 161).await;
    assert_eq!(read_all(&again, &place, 1, 1_000).await, 61, "only lines of its own, by its own numbers");
    again.acknowledge(&web(), &place, 61).await.unwrap();
    let pending = again.lag(&web()).await.unwrap().unwrap();
    assert_eq!((pending.pending_entries, pending.unread_entries), (0, Some(0)));
}

#[tokio::test]
async fn a_put_that_nobody_waits_for_is_no_reason_to_send_lines_twice() {
    let Some(server) = server() else { return };
    let streams = open(&server.url());
    let mut place = Place::default();
    for round in 0..400 {
        let end = place.next_seq + 300;
        let yields = async {
            for _ in 0..round % 40 {
                tokio::task::yield_now().await;
            }
        };
        tokio::select! {
            biased;
            _ = put(&streams, batch(place.next_seq, end - 1), &place) => {}
            () = yields => {}
        }
        place = put(&streams, batch(place.next_seq, end), &place).await.unwrap();
    }
    assert_holds(&streams, &web(), 1, place.next_seq).await;
}
