//! All the ways to reach a Redis.

use foghorn_test_servers::redis::{Cluster, Sentinels};

use super::*;

async fn assert_works(settings: &RedisSettings) -> RedisStreams {
    let streams = RedisStreams::open(settings, STORE).unwrap();
    let said = streams.check().await.unwrap();
    assert!(!said.contains("warning"), "{said}");
    let place = put(&streams, batch(1, 1_000), &Place::default()).await.unwrap();
    assert_eq!(read_all(&streams, &place, 1, 300).await, 1_000);
    streams
}

#[tokio::test]
async fn a_server_that_is_not_there_is_away() {
    let Some(mut server) = server() else { return };
    server.kill();
    let away = open(&server.url()).check().await;
    assert!(matches!(&away, Err(ServerError::Away(text)) if text.contains(&server.port().to_string())), "{away:?}");
}

#[tokio::test]
async fn a_server_that_does_not_answer_holds_up_many_at_once() {
    let options = Options { password: Some("sesame".into()), ..Options::default() };
    let Some(server) = server_with(options) else { return };
    let streams = open(&server.url().replace("//", "//:sesame@"));
    server.signal("STOP").unwrap();
    let place = Place { next_seq: 9, note: vec![0; 8] };
    let begun = std::time::Instant::now();
    let web = web();
    let reads = (0..20).map(|_| streams.read(&web, &place, 1, 10));
    for answer in futures_util::future::join_all(reads).await {
        assert!(matches!(answer, Err(ServerError::Away(_))), "{answer:?}");
    }
    assert!(begun.elapsed() < Duration::from_secs(9), "{:?}", begun.elapsed());
}

#[tokio::test]
async fn a_database_has_streams_of_its_own() {
    let Some(server) = server() else { return };
    let streams = assert_works(&settings(&format!("{}/3", server.url()))).await;
    assert_eq!(server.cli(&["-n", "3", "EXISTS", WEB_KEY]).unwrap(), "1");
    assert_eq!(server.cli(&["EXISTS", WEB_KEY]).unwrap(), "0");
    assert_holds(&streams, &web(), 1, 1_000).await;
    let Err(ServerError::Refused(text)) = open(&format!("{}/99", server.url())).check().await else { panic!() };
    assert!(text.contains("database 99"), "{text}");
}

#[tokio::test]
async fn a_unix_socket_is_a_way_too() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("redis.sock").display().to_string();
    let arguments = ["--unixsocket", &path].map(String::from).to_vec();
    let Some(_server) = server_with(Options { arguments, ..Options::default() }) else { return };
    assert_works(&settings(&format!("unix://{path}?db=2"))).await;
}

#[tokio::test]
async fn tls_needs_the_certificate_of_who_signed() {
    let Some(server) = server_with(Options { tls: true, ..Options::default() }) else { return };
    let trusting = RedisSettings { ca_file: server.ca_file(), ..settings(&server.url()) };
    assert_works(&trusting).await;
    let Err(ServerError::Refused(text)) = open(&server.url()).check().await else {
        panic!("an unknown signer is trusted")
    };
    assert!(text.contains("redis-ca-file"), "{text}");
    let plain = open(&server.url().replace("rediss", "redis")).check().await;
    assert!(matches!(plain, Err(ServerError::Away(_))), "{plain:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_cluster_keeps_each_stream_on_one_node() {
    if !is_installed() {
        return;
    }
    let mut cluster = Cluster::start(3).unwrap();
    let streams = assert_works(&settings(&cluster.url())).await;
    let names: Vec<_> = (0..24).map(|number| Identity::from_text(&format!("host/{number}"))).collect();
    let batches: Vec<_> = names.iter().map(|name| (batch_of(name, 1, 2_000), Place::default())).collect();
    let places: Vec<_> = streams.put(&batches).await.into_iter().map(Result::unwrap).collect();
    for node in &cluster.nodes {
        assert_ne!(node.cli(&["DBSIZE"]).unwrap(), "0", "every node has some of 24 streams");
    }
    let alone = open(&cluster.nodes[0].url());
    let said: Vec<_> =
        alone.put(&batches).await.into_iter().filter_map(Result::err).map(|error| error.to_string()).collect();
    assert!(said.iter().any(|text| text.contains("redis+cluster")), "{said:?}");

    // A node that is killed comes back; what was written before goes on without hole.
    cluster.nodes[1].kill();
    cluster.nodes[1].start_again().unwrap();
    for (name, mut place) in names.iter().zip(places) {
        send(&streams, name, &mut place, 3_000, 400).await;
        assert_holds(&streams, name, 1, 3_000).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sentinels_lead_to_the_master_also_after_it_changed() {
    if !is_installed() {
        return;
    }
    let mut sentinels = Sentinels::start().unwrap();
    // A replica may become master without the last lines; all of them are sent again then.
    let settings = RedisSettings { stream_lines: 100_000, ..settings(&sentinels.url()) };
    let streams = assert_works(&settings).await;
    let unknown = open(&sentinels.url().replace("/main", "/other")).check().await;
    assert!(matches!(&unknown, Err(ServerError::Refused(text)) if text.contains("name")), "{unknown:?}");

    let mut place = put(&streams, batch(1_000, 1_100), &Place { next_seq: 1_000, note: vec![0; 8] }).await.unwrap();
    sentinels.master.kill();
    send(&streams, &web(), &mut place, 2_000, 100).await;
    assert_eq!(sentinels.master_port(), Some(sentinels.replica.port()));
    assert_holds(&streams, &web(), 1, 2_000).await;
}
