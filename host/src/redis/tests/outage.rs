//! Servers that die, forget and lose answers.

use foghorn_test_servers::redis::Proxy;

use super::*;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn kills_of_the_server_leave_no_hole_and_no_line_twice() {
    let Some(mut server) = server() else { return };
    // A disk that is slow to sync makes Redis hold back its log for seconds: a kill may take thousands of lines with it.
    let settings = RedisSettings { stream_lines: 10_000_000, ..settings(&server.url()) };
    let streams = RedisStreams::open(&settings, STORE).unwrap();
    let killer = std::thread::spawn(move || {
        for _ in 0..6 {
            std::thread::sleep(Duration::from_millis(120));
            server.kill();
            std::thread::sleep(Duration::from_millis(30));
            server.start_again().unwrap();
        }
        server
    });
    let mut place = Place::default();
    while !killer.is_finished() {
        let end = place.next_seq + 2_000;
        send(&streams, &web(), &mut place, end, 700).await;
    }
    let _server = killer.join().unwrap();
    assert_holds(&streams, &web(), 1, place.next_seq).await;
    assert_eq!(read_all(&streams, &place, 1, 10_000).await, place.next_seq);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn answers_that_are_lost_leave_no_hole_and_no_line_twice() {
    let Some(server) = server() else { return };
    let proxy = Proxy::start(server.port()).unwrap();
    let streams = open(&proxy.url());
    proxy.cut_every(7);
    let mut place = Place::default();
    send(&streams, &web(), &mut place, 60_000, 300).await;
    assert!(proxy.cuts() > 20, "{} cuts", proxy.cuts());
    let direct = open(&server.url());
    assert_holds(&direct, &web(), 1, 60_000).await;

    let mut from = 1;
    while from < 60_000 {
        match streams.read(&web(), &place, from, 2_000).await {
            Ok(Some(batch)) => {
                assert_eq!((batch.first_seq, &batch.lines), (from, &lines(from, batch.end_seq())));
                from = batch.end_seq();
                // An acknowledgement that was lost is made up for by a later one.
                let _ = streams.acknowledge(&web(), &place, from).await;
            }
            Ok(None) => panic!("line {from} is not there"),
            Err(error) => assert!(matches!(error, ServerError::Away(_)), "{error}"),
        }
    }
    direct.acknowledge(&web(), &place, 60_000).await.unwrap();
    assert_eq!(direct.lag(&web()).await.unwrap().unwrap().pending_entries, 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_hung_stores_a_late_entry_once() {
    let Some(server) = server() else { return };
    let streams = open(&server.url());
    let place = put(&streams, batch(1, 100), &Place::default()).await.unwrap();
    server.signal("STOP").unwrap();
    let error = put(&streams, batch(100, 400), &place).await.unwrap_err();
    assert!(matches!(error, PutError::Server(ServerError::Away(_))), "{error}");
    let pid = server.pid().unwrap().to_string();
    let waker = std::thread::spawn(move || {
        std::thread::sleep(Duration::from_millis(500));
        std::process::Command::new("kill").args(["-CONT", &pid]).status().unwrap();
    });
    // The entry that nobody answered for still lies in the buffer of the server.
    let place = put(&streams, batch(100, 300), &place).await.unwrap();
    waker.join().unwrap();
    put(&streams, batch(300, 500), &place).await.unwrap();
    assert_holds(&streams, &web(), 1, 500).await;
}

#[tokio::test]
async fn a_server_that_forgot_all_is_sent_all_again() {
    let Some(mut server) = server_with(Options { forgetful: true, ..Options::default() }) else { return };
    let streams = open(&server.url());
    let mut place = put(&streams, batch(1, 900), &Place::default()).await.unwrap();
    server.kill();
    server.start_again().unwrap();
    let away = put(&streams, batch(900, 1_000), &place).await.unwrap_err();
    assert!(matches!(away, PutError::Server(ServerError::Away(_))), "{away}");
    let behind = put(&streams, batch(900, 1_000), &place).await.unwrap_err();
    assert_eq!(behind, PutError::Behind(Place { next_seq: 1, note: place.note.clone() }));
    send(&streams, &web(), &mut place, 1_000, 300).await;
    assert_holds(&streams, &web(), 1, 1_000).await;
}

#[tokio::test]
async fn a_stream_deleted_while_connected_is_noticed() {
    let Some(server) = server() else { return };
    let streams = open(&server.url());
    let mut place = put(&streams, batch(1, 900), &Place::default()).await.unwrap();
    for wipe in [["FLUSHALL", "SYNC"], ["DEL", WEB_KEY]] {
        assert_eq!(read_all(&streams, &place, 1, 500).await, place.next_seq);
        server.cli(&wipe).unwrap();
        let end = place.next_seq + 50;
        let behind = put(&streams, batch(place.next_seq, end), &place).await.unwrap_err();
        assert!(matches!(behind, PutError::Behind(Place { next_seq: 1, .. })), "{behind:?}");
        send(&streams, &web(), &mut place, end, 300).await;
        assert_holds(&streams, &web(), 1, end).await;
    }
    assert_eq!(read_all(&streams, &place, 1, 500).await, place.next_seq, "reading goes on in the new stream");
}

#[tokio::test]
async fn no_more_is_sent_again_than_a_stream_may_hold() {
    let Some(server) = server() else { return };
    let streams = open(&server.url());
    let mut place = put(&streams, batch(1, 5_000), &Place::default()).await.unwrap();
    server.cli(&["FLUSHALL"]).unwrap();
    let behind = put(&streams, batch(5_000, 5_010), &place).await.unwrap_err();
    assert_eq!(behind, PutError::Behind(Place { next_seq: 4_000, note: place.note.clone() }));
    send(&streams, &web(), &mut place, 5_010, 300).await;
    assert_holds(&streams, &web(), 4_000, 5_010).await;
    // The spool may reach back less far than that.
    server.cli(&["FLUSHALL"]).unwrap();
    let behind = put(&streams, batch(5_010, 5_020), &place).await.unwrap_err();
    let PutError::Behind(back) = behind else { panic!("{behind}") };
    put(&streams, batch(5_000, 5_020), &back).await.unwrap();
    assert_holds(&streams, &web(), 5_000, 5_020).await;
}

#[tokio::test]
async fn a_server_that_lost_the_last_lines_is_sent_those_again() {
    let Some(mut server) = server() else { return };
    let streams = open(&server.url());
    let place = put(&streams, batch(1, 513), &Place::default()).await.unwrap();
    let kept = server.directory().join("kept");
    let data = server.directory().join("appendonlydir");
    server.stop().unwrap();
    std::process::Command::new("cp").arg("-r").args([&data, &kept]).status().unwrap();
    server.start_again().unwrap();
    let mut place = loop {
        if let Ok(next) = put(&streams, batch(513, 800), &place).await {
            break next;
        }
    };
    server.stop().unwrap();
    std::fs::remove_dir_all(&data).unwrap();
    std::fs::rename(&kept, &data).unwrap();
    server.start_again().unwrap();
    let behind = loop {
        match put(&streams, batch(800, 810), &place).await {
            Err(PutError::Server(ServerError::Away(_))) => {}
            other => break other,
        }
    };
    assert_eq!(behind, Err(PutError::Behind(Place { next_seq: 513, note: place.note.clone() })));
    send(&streams, &web(), &mut place, 810, 1_000).await;
    assert_holds(&streams, &web(), 1, 810).await;
}

#[tokio::test]
async fn a_full_server_is_away_until_it_has_room() {
    let arguments = ["--maxmemory", "3mb"].map(String::from).to_vec();
    let Some(server) = server_with(Options { arguments, ..Options::default() }) else { return };
    let streams = open(&server.url());
    let mut place = Place::default();
    let away = loop {
        match put(&streams, batch(place.next_seq, place.next_seq + 5_000), &place).await {
            Ok(next) => place = next,
            Err(error) => break error,
        }
    };
    assert!(matches!(&away, PutError::Server(ServerError::Away(text)) if text.contains("OOM")), "{away}");
    server.cli(&["CONFIG", "SET", "maxmemory", "100mb"]).unwrap();
    let end = place.next_seq + 5_000;
    send(&streams, &web(), &mut place, end, 5_000).await;
    assert_holds(&streams, &web(), 1, end).await;
}
