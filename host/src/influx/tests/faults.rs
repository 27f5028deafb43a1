//! Servers that die, refuse, or lose what they had.

use std::time::Duration;

use super::*;
use crate::clock::now_ns;
use crate::spool::{PutError, ServerError};

#[tokio::test]
async fn a_server_killed_in_the_middle_of_writes_has_each_line_once() {
    let Some((mut server, influx, _dir)) = begin(real::Options::default()) else { return };
    let containers: Vec<_> = (0..4).map(|number| Identity::of_name("host", &format!("c{number}"))).collect();
    const LINES: u64 = 12_000;
    let influx = std::sync::Arc::new(influx);
    let writer = tokio::spawn({
        let (influx, containers) = (influx.clone(), containers.clone());
        async move {
            let mut failed = 0;
            for first_seq in (1..=LINES).step_by(400) {
                for identity in &containers {
                    let batch = numbered(identity, first_seq, 400);
                    // Times rise by a millisecond, so each stamp follows from its line alone.
                    while influx.put(&[(batch.clone(), Place::default())]).await.pop().unwrap().is_err() {
                        failed += 1;
                        tokio::time::sleep(Duration::from_millis(20)).await;
                    }
                }
            }
            failed
        }
    });
    for pause in [40, 130, 70, 200] {
        tokio::time::sleep(Duration::from_millis(pause)).await;
        server = tokio::task::spawn_blocking(move || {
            server.kill().unwrap();
            server.start_again().unwrap();
            server
        })
        .await
        .unwrap();
    }
    let failed = writer.await.unwrap();
    assert!(failed > 0, "the server was never missed");
    assert_eq!(count(&server, "foghorn_line", "seq"), LINES * containers.len() as u64);
    for identity in &containers {
        assert!(whole(&influx, identity).await == numbered(identity, 1, LINES as usize).lines, "{identity}");
    }
}

#[tokio::test]
async fn a_server_that_is_down_is_away_and_comes_back() {
    let Some((mut server, influx, _dir)) = begin(real::Options::default()) else { return };
    server.stop().unwrap();
    for _ in 0..2 {
        let error = influx.check().await.unwrap_err();
        assert!(matches!(&error, ServerError::Away(text) if text.contains(&server.url())), "{error}");
        let put = influx.put(&[(numbered(&web(), 1, 5), Place::default())]).await.pop().unwrap();
        assert!(matches!(put, Err(PutError::Server(ServerError::Away(_)))), "{put:?}");
    }
    server.start_again().unwrap();
    influx.check().await.unwrap();
    put(&influx, &numbered(&web(), 1, 5)).await;
    assert_eq!(whole(&influx, &web()).await, numbered(&web(), 1, 5).lines);
}

#[tokio::test]
async fn a_server_that_lost_everything_is_noticed_once_also_when_new_lines_are_there() {
    let Some((mut server, influx, dir)) = begin(real::Options::default()) else { return };
    assert!(influx.is_empty().await.unwrap(), "nothing was sent");
    put(&influx, &numbered(&web(), 1, 5)).await;
    assert!(!influx.is_empty().await.unwrap());
    server.query("DROP DATABASE foghorn").unwrap();
    server.query("CREATE DATABASE foghorn").unwrap();
    put(&influx, &numbered(&web(), 6, 5)).await;
    assert!(influx.is_empty().await.unwrap(), "lines 1 to 5 are gone");
    assert!(influx.is_empty().await.unwrap(), "nothing was sent again yet");
    put(&influx, &numbered(&web(), 1, 10)).await;
    assert!(!influx.is_empty().await.unwrap());
    server.wipe_and_start_again().unwrap();
    let after_restart = open(&settings(server.url()), dir.path());
    assert!(after_restart.is_empty().await.unwrap());
}

#[tokio::test]
async fn a_new_process_knows_the_marker_of_the_one_before() {
    let Some((server, influx, dir)) = begin(real::Options::default()) else { return };
    put(&influx, &numbered(&web(), 1, 5)).await;
    let after_restart = open(&settings(server.url()), dir.path());
    assert!(!after_restart.is_empty().await.unwrap());
    put(&after_restart, &numbered(&web(), 1, 10)).await;
    assert_eq!(count(&server, "foghorn_store", "format"), 1, "it is not written with every body");
}

#[tokio::test]
async fn an_old_marker_is_written_anew_before_a_retention_takes_it() {
    let Some((server, influx, _dir)) = begin(real::Options::default()) else { return };
    let hour_ago = now_ns() - 3_600 * SECOND_NS;
    server.write(format!("foghorn_store,store={STORE_ID:016x} format=1i {hour_ago}\n").as_bytes()).unwrap();
    for _ in 0..2 {
        assert!(!influx.is_empty().await.unwrap());
        assert_eq!(count(&server, "foghorn_store", "format"), 2, "once");
    }
}

#[tokio::test]
async fn a_point_that_is_refused_is_set_aside_and_the_rest_is_stored() {
    let Some((server, influx, dir)) = begin(real::Options::default()) else { return };
    // Somebody wrote a number where our bytes go: lines that are not UTF-8 cannot be stored in this shard.
    server.write(format!("foghorn_line,container=x bytes=7i {BEGIN_NS}\n").as_bytes()).unwrap();
    let odd = [17usize, 18, 700];
    let texts: Vec<_> = (0..1_000).map(|number| if odd.contains(&number) { vec![0xff] } else { vec![b'a'] }).collect();
    let lines: Vec<_> = texts.iter().zip(BEGIN_NS..).map(|(text, time_ns)| (time_ns, text.as_slice())).collect();
    let batch = batch(&web(), &lines);
    let place = put(&influx, &batch).await;
    assert_eq!(place.next_seq, 1_001);
    assert_eq!(influx.rejected_points(), 3);
    assert_eq!(count(&server, "foghorn_line", "seq"), 997);
    let aside = set_aside(&dir);
    assert!(aside.iter().all(|entry| entry["reason"].as_str().unwrap().contains("field type conflict")), "{aside:?}");
    assert!(aside[2]["point"].as_str().unwrap().contains("seq=701i,text=\"\u{fffd}\",bytes=\"ff\""), "{aside:?}");
    let firsts: Vec<_> = all_lines(&influx, &web()).await.iter().map(|batch| batch.first_seq).collect();
    assert_eq!(firsts, [1, 20, 702], "reading goes on behind each hole");
}

#[tokio::test]
async fn a_body_whose_points_are_all_of_another_type_is_set_aside_at_once() {
    let Some((server, influx, dir)) = begin(real::Options::default()) else { return };
    server.write(format!("foghorn_line,container=x seq=0.5 {BEGIN_NS}\n").as_bytes()).unwrap();
    put(&influx, &numbered(&web(), 1, 2_000)).await;
    assert_eq!((influx.rejected_points(), set_aside(&dir).len()), (2_000, 2_000));
    use crate::history::History as _;
    assert_eq!(influx.lines(&web(), 1, 10, 10).await.unwrap(), None);
}

#[tokio::test]
async fn lines_older_than_the_retention_are_set_aside_and_newer_ones_stored() {
    let options = real::Options { retention: Some("1h".into()), ..real::Options::default() };
    let Some((server, influx, dir)) = begin(options) else { return };
    let now_ns = now_ns();
    let times = (0..1_000).map(|number| if number < 300 { now_ns - 86_400 * SECOND_NS } else { now_ns } + number);
    let lines: Vec<_> = times.map(|time_ns| (time_ns, b"text".as_slice())).collect();
    put(&influx, &batch(&web(), &lines)).await;
    assert_eq!(count(&server, "foghorn_line", "seq"), 700);
    assert_eq!(influx.rejected_points(), 300);
    assert!(set_aside(&dir).iter().all(|entry| entry["reason"].as_str().unwrap().contains("retention policy")));
    assert!(!influx.is_empty().await.unwrap(), "the marker is new enough");
}

#[tokio::test]
async fn bodies_that_are_too_large_for_the_server_are_split() {
    let options = real::Options { body_bytes_max: Some(5_000), ..real::Options::default() };
    let Some((server, influx, dir)) = begin(options) else { return };
    let long = vec![b'x'; 6_000];
    let mut lines: Vec<_> = (0..300).map(|number| (BEGIN_NS + number, b"short".as_slice())).collect();
    lines[123].1 = &long;
    put(&influx, &batch(&web(), &lines)).await;
    assert_eq!(count(&server, "foghorn_line", "seq"), 299);
    assert_eq!(set_aside(&dir).len(), 1, "the line that is too long alone");
}

#[tokio::test]
async fn points_that_cannot_be_set_aside_are_kept_by_the_sender() {
    let Some((server, influx, dir)) = begin(real::Options::default()) else { return };
    server.write(format!("foghorn_line,container=x seq=0.5 {BEGIN_NS}\n").as_bytes()).unwrap();
    std::fs::create_dir(dir.path().join("influxdb-rejected.jsonl")).unwrap();
    let put = influx.put(&[(numbered(&web(), 1, 5), Place::default())]).await.pop().unwrap();
    assert!(
        matches!(&put, Err(PutError::Server(ServerError::Away(text))) if text.contains("cannot be written")),
        "{put:?}"
    );
    assert_eq!(influx.rejected_points(), 0);
}

#[tokio::test]
async fn of_many_batches_those_before_an_outage_are_told_as_stored() {
    let Some((mut server, influx, _dir)) = begin(real::Options::default()) else { return };
    influx.check().await.unwrap();
    server.kill().unwrap();
    let batches: Vec<_> =
        ["a", "b", "c"].map(|name| (numbered(&Identity::from_text(name), 1, 5), Place::default())).into();
    let answers = influx.put(&batches).await;
    assert_eq!(answers.len(), 3);
    assert!(answers.iter().all(Result::is_err));
    server.start_again().unwrap();
    let answers = influx.put(&batches).await;
    assert!(answers.iter().all(|answer| answer.as_ref().is_ok_and(|place| place.next_seq == 6)));
    assert_eq!(influx.put(&[]).await, []);
}
