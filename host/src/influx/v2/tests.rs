//! The dialect against the strict stand-in.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;

use foghorn_test_servers::influx2::{Influx2, Options, Reply};
use proptest::prelude::*;

use super::*;
use crate::influx::dialect::{ANSWER_BYTES_MAX, Value};

const STORE: &str = "00000000000000ff";
/// All that could end a string, begin an expression or split a line of protocol; no backslash at an end (see `Select`).
const HOSTILE: &str = "we\"b, 1=${r} $x\\y/#é/ '\" |> drop()";

const ALL: Select<'_> = Select {
    measurement: "log",
    store: STORE,
    container: None,
    from_ns: i64::MIN,
    until_ns: i64::MAX,
    fields: &["seq", "text"],
    between: None,
    newest: false,
    limit: 1_000,
};

fn open_with(url: &str, org: &str, bucket: &str, token: &str, gzip: bool) -> V2 {
    V2::open(&Url::parse(url).unwrap(), org, bucket, token, None, gzip).unwrap()
}

fn open(server: &Influx2) -> V2 {
    open_with(&server.url(), "acme", "foghorn", Influx2::TOKEN, false)
}

fn tag(text: &str) -> String {
    text.replace(',', "\\,").replace('=', "\\=").replace(' ', "\\ ")
}

fn string(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

/// A point of measurement `log`.
fn line(container: &str, output: &str, time_ns: i64, seq: i64, text: &str) -> String {
    let (container, text) = (tag(container), string(text));
    format!("log,container={container},output={output},store={STORE} seq={seq}i,text={text} {time_ns}\n")
}

async fn write(v2: &V2, body: &str) {
    v2.write(body.as_bytes()).await.unwrap();
}

async fn seqs(v2: &V2, select: Select<'_>) -> Vec<i64> {
    let rows = v2.select(&select).await.unwrap();
    let seq = |row: Row| match row.values[0] {
        Value::Integer(seq) => seq,
        ref other => panic!("seq is {other:?}"),
    };
    rows.into_iter().map(seq).collect()
}

/// Five points, ten seconds apart, of two series of container `a`, and one of `b`.
async fn some_points(v2: &V2) {
    let mut body: String = (1..=5)
        .map(|seq| line("a", if seq % 2 == 0 { "stderr" } else { "stdout" }, seq * 10, seq, &format!("line {seq}")))
        .collect();
    body += &line("b", "stdout", 25, 1, "of b");
    body += "log,container=a,output=stdout,store=other seq=77i,text=\"of another store\" 20\n";
    body += &format!("window,container=a,store={STORE} seq=88i 20\n");
    write(v2, &body).await;
}

#[tokio::test]
async fn points_come_back_as_they_went_in() {
    let server = Influx2::start().unwrap();
    let v2 = open(&server);
    let text = "at \"x\"\n\tby y, z\\ = ${n} 'é' \\n # \u{202e}";
    write(&v2, &line(HOSTILE, "stderr", 1_700_000_000_123_456_789, 7, text)).await;
    write(
        &v2,
        &format!(
            "log,container={},output=stdout,store={STORE} seq=8i,score=0.1,part=true,big=9223372036854775807i -3\n",
            tag(HOSTILE)
        ),
    )
    .await;
    let fields = &["seq", "text", "score", "part", "big", "never", "output"];
    let rows = v2.select(&Select { container: Some(HOSTILE), fields, ..ALL }).await.unwrap();
    let text_of = |text: &str| Value::Text(text.into());
    let early = vec![
        Value::Integer(8),
        Value::Absent,
        Value::Float(0.1),
        Value::Boolean(true),
        Value::Integer(i64::MAX),
        Value::Absent,
        text_of("stdout"),
    ];
    let late = vec![
        Value::Integer(7),
        text_of(text),
        Value::Absent,
        Value::Absent,
        Value::Absent,
        Value::Absent,
        text_of("stderr"),
    ];
    assert_eq!(rows, [Row { time_ns: -3, values: early }, Row { time_ns: 1_700_000_000_123_456_789, values: late }]);
    assert_eq!(seqs(&v2, Select { container: Some("we"), ..ALL }).await, [0; 0], "names are compared as a whole");
}

#[tokio::test]
async fn the_same_points_again_change_nothing() {
    let server = Influx2::start().unwrap();
    let v2 = open(&server);
    some_points(&v2).await;
    some_points(&v2).await;
    assert_eq!(server.points(), 8);
}

#[tokio::test]
async fn the_oldest_the_newest_and_ranges_are_found() {
    let server = Influx2::start().unwrap();
    let v2 = open(&server);
    some_points(&v2).await;
    let a = Select { container: Some("a"), ..ALL };
    assert_eq!(seqs(&v2, a).await, [1, 2, 3, 4, 5]);
    assert_eq!(seqs(&v2, Select { limit: 2, ..a }).await, [1, 2]);
    assert_eq!(seqs(&v2, Select { limit: 2, newest: true, ..a }).await, [4, 5], "the newest come oldest first");
    assert_eq!(seqs(&v2, Select { from_ns: 20, until_ns: 40, ..a }).await, [2, 3], "until is not in it");
    assert_eq!(seqs(&v2, Select { from_ns: 20, until_ns: 40, limit: 1, newest: true, ..a }).await, [3]);
    assert_eq!(seqs(&v2, ALL).await, [1, 2, 1, 3, 4, 5], "all containers");
    let between = |from, until| Select { between: Some(Between { field: "seq", from, until }), ..a };
    assert_eq!(seqs(&v2, between(2, 5)).await, [2, 3, 4]);
    assert_eq!(seqs(&v2, Select { limit: 2, ..between(2, 5) }).await, [2, 3]);
    assert_eq!(seqs(&v2, Select { limit: 2, newest: true, ..between(2, 5) }).await, [3, 4]);
    assert_eq!(seqs(&v2, between(i64::MIN, i64::MAX)).await, [1, 2, 3, 4, 5]);
    assert_eq!(seqs(&v2, Select { fields: &["seq"], limit: 2, newest: true, ..between(2, 5) }).await, [3, 4]);
    let of_texts = Select { fields: &["text"], ..between(4, 5) };
    assert_eq!(v2.select(&of_texts).await.unwrap()[0].values, [Value::Text("line 4".into())], "seq was not asked for");
}

#[tokio::test]
async fn what_is_not_there_is_no_rows() {
    let server = Influx2::start().unwrap();
    let v2 = open(&server);
    assert_eq!(v2.select(&ALL).await, Ok(Vec::new()), "of an empty bucket");
    some_points(&v2).await;
    let between = Some(Between { field: "seq", from: 100, until: 200 });
    for select in [
        Select { container: Some("none"), ..ALL },
        Select { measurement: "alert", ..ALL },
        Select { store: "none", ..ALL },
        Select { from_ns: 1_000, ..ALL },
        Select { from_ns: 20, until_ns: 20, ..ALL },
        Select { limit: 0, ..ALL },
        Select { between, ..ALL },
    ] {
        assert_eq!(v2.select(&select).await, Ok(Vec::new()), "{select:?}");
    }
}

#[tokio::test]
async fn series_with_one_time_stay_apart() {
    let server = Influx2::start().unwrap();
    let v2 = open(&server);
    write(&v2, &(line("a", "stdout", 5, 1, "out") + &line("a", "stderr", 5, 2, "err"))).await;
    let mut found = seqs(&v2, ALL).await;
    found.sort_unstable();
    assert_eq!(found, [1, 2]);
}

#[tokio::test]
async fn requests_are_as_documented() {
    let server = Influx2::start().unwrap();
    let v2 = open(&server);
    some_points(&v2).await;
    v2.select(&ALL).await.unwrap();
    let requests = server.requests();
    let [write, query] = requests.as_slice() else { panic!("{requests:?}") };
    assert_eq!((write.method.as_str(), write.path.as_str(), write.status), ("POST", "/api/v2/write", 204));
    let parameters = [("org", "acme"), ("bucket", "foghorn"), ("precision", "ns")];
    assert_eq!(write.query, parameters.map(|(name, value)| (name.to_owned(), value.to_owned())));
    assert_eq!(write.header("content-type"), Some("text/plain; charset=utf-8"));
    assert_eq!(write.header("content-encoding"), None);
    assert_eq!((query.method.as_str(), query.path.as_str(), query.status), ("POST", "/api/v2/query", 200));
    assert_eq!(query.query, [("org".to_owned(), "acme".to_owned())]);
    assert_eq!(query.header("accept"), Some("application/csv"));
    assert!(
        requests.iter().all(|request| request.header("authorization") == Some(&format!("Token {}", Influx2::TOKEN)))
    );
}

#[tokio::test]
async fn bodies_are_compressed_when_asked() {
    let server = Influx2::start().unwrap();
    let v2 = open_with(&server.url(), "acme", "foghorn", Influx2::TOKEN, true);
    let body: String = (1..=500).map(|seq| line("a", "stdout", seq, seq, "the same again")).collect();
    write(&v2, &body).await;
    assert_eq!(server.points(), 500);
    let request = server.requests().pop().unwrap();
    assert_eq!(request.header("content-encoding"), Some("gzip"));
    let sent: usize = request.header("content-length").unwrap().parse().unwrap();
    assert!(sent < body.len() / 4, "{sent} of {}", body.len());
    assert_eq!(request.body, body.as_bytes());
}

#[tokio::test]
async fn a_usable_server_is_described_in_one_sentence_and_left_as_it_was() {
    let server = Influx2::start_with(Options { retention_s: 30 * 86_400, ..Options::default() }).unwrap();
    let said = open(&server).check().await.unwrap();
    assert_eq!(said, format!("InfluxDB at {} is v2.7.12: bucket foghorn of acme, kept 30 d", server.url()));
    assert_eq!(server.points(), 0);
    let server = Influx2::start().unwrap();
    assert!(open(&server).check().await.unwrap().ends_with("kept for ever"));
}

async fn refusal(v2: &V2) -> String {
    match v2.check().await {
        Err(ServerError::Refused(text)) => text,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn what_must_be_changed_first_is_refused_with_the_cure() {
    let server = Influx2::start().unwrap();
    let url = server.url();
    for (v2, cure) in [
        (open_with(&url, "acme", "foghorn", "of-another-server", false), "influx auth create --org acme"),
        (open_with(&url, "acme", "typo", Influx2::TOKEN, false), "influx bucket create --name typo --org acme"),
        (open_with(&url, "typo", "foghorn", Influx2::TOKEN, false), "--influx-org"),
        (
            open_with(&url, "acme", "foghorn", Influx2::READ_TOKEN, false),
            "does not let the token write to bucket foghorn",
        ),
        (open_with(&url, "acme", "foghorn", Influx2::WRITE_TOKEN, false), "or let the token read it"),
    ] {
        let text = refusal(&v2).await;
        assert!(text.contains(cure) && text.contains(&url), "{text}");
        assert!(!text.contains("of-another-server") && !text.contains("token-that"), "{text}");
    }
}

#[tokio::test]
async fn rights_lost_later_are_refused_too() {
    let server = Influx2::start().unwrap();
    let with = |token| open_with(&server.url(), "acme", "foghorn", token, false);
    for token in [Influx2::READ_TOKEN, "unknown"] {
        let error = with(token).write(b"m f=1i 1\n").await.unwrap_err();
        assert!(matches!(&error, WriteError::Server(ServerError::Refused(_))), "{error}");
    }
    for token in [Influx2::WRITE_TOKEN, "unknown"] {
        let error = with(token).select(&ALL).await.unwrap_err();
        assert!(matches!(&error, ServerError::Refused(_)), "{error}");
    }
    let v2 = open_with(&server.url(), "acme", "removed", Influx2::TOKEN, false);
    assert!(matches!(v2.write(b"m f=1i 1\n").await, Err(WriteError::Server(ServerError::Refused(_)))));
    assert!(matches!(v2.select(&ALL).await, Err(ServerError::Refused(_))));
}

#[tokio::test]
async fn other_versions_are_refused_by_name() {
    for version in ["v1.8.10", "1.8.10", "v3.2.0"] {
        let server = Influx2::start_with(Options { version: version.into(), ..Options::default() }).unwrap();
        let text = refusal(&open(&server)).await;
        assert!(text.contains(version) && text.contains("--influx-api v1"), "{text}");
    }
    let server = Influx2::start().unwrap();
    server.answer_next("/health", Reply::new(200, "text/plain", "OK"));
    let text = refusal(&open(&server)).await;
    assert!(text.contains("--influx-api v1"), "as 3.x answers: {text}");
    server.answer_next("/health", Reply::new(404, "text/plain", "404 page not found\n"));
    let text = refusal(&open(&server)).await;
    assert!(text.contains("--influx-api v1"), "as 1.6 answers: {text}");
}

#[tokio::test]
async fn a_server_that_is_not_well_is_asked_again() {
    let server = Influx2::start().unwrap();
    let sick = r#"{"name":"influxdb","status":"fail","message":"disk full","version":"v2.7.12"}"#;
    server.answer_next("/health", Reply::new(503, "application/json", sick));
    let error = open(&server).check().await.unwrap_err();
    assert!(matches!(&error, ServerError::Away(text) if text.contains("disk full")), "{error}");
}

#[tokio::test]
async fn points_that_are_refused_are_told_from_trouble() {
    let server =
        Influx2::start_with(Options { body_bytes_max: 1_500, retention_s: 3_600, ..Options::default() }).unwrap();
    let v2 = open(&server);
    let now = i64::try_from(crate::clock::now_ns()).unwrap();
    write(&v2, &format!("m f=1i {now}\n")).await;
    let long_name = "k".repeat(1_000);
    for (body, reason) in [
        ("no line protocol at all".to_owned(), "unable to parse"),
        (format!("m f=0.5 {now}\nm f=2i {}\n", now + 1), "field type conflict"),
        (format!("m,t={long_name} f=3i 1\nm f=3i 2\n"), "retention policy"),
        (format!("m,t={long_name} f=3i 1\nm f=3i 2\n"), "dropped=2"),
    ] {
        let error = v2.write(body.as_bytes()).await.unwrap_err();
        assert!(matches!(&error, WriteError::Points { reason: found } if found.contains(reason)), "{error}");
    }
    assert_eq!(server.points(), 2, "the good half of a body is stored");
    let large = "m f=1i 1\n".repeat(200);
    assert!(matches!(v2.write(large.as_bytes()).await, Err(WriteError::TooLarge(_))));
    let zipped = open_with(&server.url(), "acme", "foghorn", Influx2::TOKEN, true);
    assert!(matches!(zipped.write(large.as_bytes()).await, Err(WriteError::TooLarge(_))), "counted when unpacked");
}

#[tokio::test]
async fn trouble_of_the_server_or_a_proxy_gives_up_no_points() {
    let server = Influx2::start().unwrap();
    let v2 = open(&server);
    let mut busy = Reply::error(503, "unavailable", "cache is full");
    busy.headers.push(("retry-after", "7".into()));
    server.answer_next("/api/v2/write", busy);
    let error = v2.write(b"m f=1i 1\n").await.unwrap_err();
    assert!(matches!(&error, WriteError::Server(ServerError::Away(text)) if text.contains("after 7 s")), "{error}");
    for status in [200, 302, 400, 422, 502] {
        let mut page = Reply::new(status, "text/html", "<html>of a proxy</html>");
        page.headers.push(("location", "http://127.0.0.1:1/".into()));
        server.answer_next("/api/v2/write", page);
        let error = v2.write(b"m f=1i 1\n").await.unwrap_err();
        assert!(matches!(error, WriteError::Server(_)), "{status}: {error}");
    }
}

#[tokio::test]
async fn a_token_in_an_answer_is_not_passed_on() {
    let server = Influx2::start().unwrap();
    let v2 = open(&server);
    server.answer_next("/api/v2/write", Reply::error(400, "invalid", &format!("bad token {}", Influx2::TOKEN)));
    let error = v2.write(b"m f=1i 1\n").await.unwrap_err().to_string();
    assert!(error.contains("bad token [token]"), "{error}");
    assert!(!format!("{v2:?}").contains(Influx2::TOKEN));
}

#[tokio::test]
async fn a_server_that_comes_back_is_used_again() {
    let mut server = Influx2::start().unwrap();
    let v2 = open(&server);
    some_points(&v2).await;
    server.stop();
    for _ in 0..2 {
        let error = v2.write(b"m f=1i 1\n").await.unwrap_err();
        assert!(
            matches!(&error, WriteError::Server(ServerError::Away(text)) if text.contains(&server.url())),
            "{error}"
        );
        assert!(matches!(v2.select(&ALL).await, Err(ServerError::Away(_))));
        assert!(matches!(v2.check().await, Err(ServerError::Away(_))));
    }
    server.start_again().unwrap();
    v2.check().await.unwrap();
    assert_eq!(seqs(&v2, ALL).await.len(), 6);
    server.wipe();
    assert_eq!(v2.select(&ALL).await, Ok(Vec::new()));
}

#[tokio::test]
async fn wrong_answers_are_errors_and_no_more() {
    const HEAD: &str = "#datatype,string,long,dateTime:RFC3339,long\n#group,false,false,false,false\n#default,_result,,,\n\
                        ,result,table,_time,seq\n";
    let server = Influx2::start().unwrap();
    let v2 = open(&server);
    let cut_short = format!("{HEAD},,0,2024-01-01T00:00:00Z,12");
    let untyped = format!("{HEAD},,0,2024-01-01T00:00:00Z,twelve\n");
    let missing = format!("{HEAD},,0,,12\n");
    let many = HEAD.to_owned() + &",,0,2024-01-01T00:00:00Z,12\n".repeat(1_001);
    let quote = format!("{HEAD},,0,2024-01-01T00:00:00Z,\"12");
    for body in
        [&cut_short, &untyped, &missing, &many, &quote, "<html>sign in</html>", "{\"code\":\"x\"}", "\u{0}\u{1}", "#"]
    {
        server.answer_next("/api/v2/query", Reply::new(200, "text/csv", body));
        let answer = v2.select(&ALL).await;
        assert!(answer.is_err(), "{body:?} gave {answer:?}");
    }
    for path in ["/health", "/api/v2/buckets", "/api/v2/query", "/api/v2/write"] {
        for body in
            ["", "{", "[]", "null", "<html></html>", "\u{0}", "{\"buckets\":[{\"name\":7}]}", "{\"status\":\"new\"}"]
        {
            for status in [200, 201, 302, 404, 418, 500] {
                let is_plain_list = path == "/api/v2/query" && status == 200 && body.is_empty();
                server.answer_next(path, Reply::new(status, "application/json", body));
                assert_eq!(v2.check().await.is_err(), !is_plain_list, "{path} {status} {body:?}");
            }
        }
    }
}

#[tokio::test]
async fn a_query_that_fails_on_the_way_is_an_error() {
    let server = Influx2::start().unwrap();
    let error = "#datatype,string,string\n#group,true,true\n#default,,\n,error,reference\n,memory limit exceeded,\n";
    server.answer_next("/api/v2/query", Reply::new(200, "text/csv", error));
    let error = open(&server).select(&ALL).await.unwrap_err();
    assert!(matches!(&error, ServerError::Away(text) if text.contains("memory limit exceeded")), "{error}");
}

#[tokio::test]
async fn a_connection_that_breaks_off_is_an_error() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let server = std::thread::spawn(move || {
        let (mut connection, _) = listener.accept().unwrap();
        let _ = connection.read(&mut [0; 4096]).unwrap();
        // Whole rows, so that only the promised length tells that there was to be more.
        let head =
            "#datatype,string,long,dateTime:RFC3339,long\r\n,result,table,_time,seq\r\n,,0,2024-01-01T00:00:00Z,1\r\n";
        write!(connection, "HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n{head}").unwrap();
    });
    let v2 = open_with(&url, "acme", "foghorn", Influx2::TOKEN, false);
    let error = v2.select(&ALL).await.unwrap_err();
    assert!(matches!(&error, ServerError::Away(text) if text.contains("broke off")), "{error}");
    server.join().unwrap();
}

#[tokio::test]
async fn a_long_answer_ends_early_with_the_rows_wanted_most() {
    let server = Influx2::start().unwrap();
    let text = "x".repeat(64 * 1024);
    let rows = ANSWER_BYTES_MAX / text.len() + 50;
    let mut body = "#datatype,string,long,dateTime:RFC3339,long,string\r\n,result,table,_time,seq,text\r\n".to_owned();
    for seq in (1..=rows).rev() {
        body += &format!(",,0,1970-01-01T00:00:00.{seq:09}Z,{seq},{text}\r\n");
    }
    server.answer_next("/api/v2/query", Reply::new(200, "text/csv", body));
    let found = seqs(&open(&server), Select { newest: true, limit: 10_000, ..ALL }).await;
    assert!((rows - 100..rows).contains(&found.len()), "{} of {rows}", found.len());
    assert_eq!(found.last().copied(), i64::try_from(rows).ok(), "the newest came first");
    assert!(found.is_sorted());
}

#[test]
fn what_cannot_be_spoken_to_is_refused_when_opened() {
    let url = Url::parse("http://127.0.0.1:1").unwrap();
    for (token, ca_pem, cure) in [
        ("", None, "--influx-token-file"),
        (" \n", None, "--influx-token-file"),
        ("a\nb", None, "characters that no token has"),
        ("t", Some(&b"no certificate"[..]), "--influx-ca-file"),
    ] {
        let error = V2::open(&url, "acme", "foghorn", token, ca_pem, false).unwrap_err();
        assert!(matches!(&error, ServerError::Refused(text) if text.contains(cure)), "{error}");
    }
}

#[tokio::test]
async fn tls_is_trusted_with_the_authority_given_and_not_without() {
    let server = Influx2::start_with(Options { tls: true, ..Options::default() }).unwrap();
    let url = Url::parse(&server.url()).unwrap();
    assert_eq!(url.scheme(), "https");
    let open = |ca_pem| V2::open(&url, "acme", "foghorn", Influx2::TOKEN, ca_pem, false).unwrap();
    let trusting = open(Some(server.ca_pem().as_bytes()));
    trusting.check().await.unwrap();
    some_points(&trusting).await;
    assert_eq!(seqs(&trusting, ALL).await.len(), 6);
    for error in [
        open(None).check().await.unwrap_err(),
        open(None).select(&ALL).await.unwrap_err(),
        match open(None).write(b"m f=1i 1\n").await.unwrap_err() {
            WriteError::Server(error) => error,
            other => panic!("{other}"),
        },
    ] {
        assert!(matches!(&error, ServerError::Refused(text) if text.contains("--influx-ca-file")), "{error}");
    }
}

/// What a test writes: time, seq, which of the texts and series.
type Written = (i64, i64, bool, bool);

fn model(points: &[Written], select: &Select<'_>) -> Vec<(i64, i64)> {
    let mut all: Vec<(i64, i64)> = points.iter().map(|&(time, seq, _, _)| (time, seq)).collect();
    all.sort_unstable();
    all.retain(|(time, _)| (select.from_ns..select.until_ns).contains(time));
    all.retain(|(_, seq)| select.between.is_none_or(|between| (between.from..between.until).contains(seq)));
    let over = all.len().saturating_sub(select.limit);
    if select.newest { all.split_off(over) } else { all.into_iter().take(select.limit).collect() }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, ..ProptestConfig::default() })]
    /// Limits are taken before fields meet in rows; fields that are missing in some points must not shift them.
    #[test]
    fn any_selection_is_what_a_list_would_give(
        points in prop::collection::btree_map(0_i64..60, (0_i64..60, any::<bool>(), any::<bool>()), 0..40),
        range in (0_i64..60, 0_i64..60),
        between in prop::option::of((0_i64..60, 0_i64..60)),
        newest in any::<bool>(),
        limit in 0_usize..12,
    ) {
        let points: Vec<Written> = points.into_iter().map(|(time, (seq, text, err))| (time, seq, text, err)).collect();
        let between = between.map(|(from, until)| Between { field: "seq", from, until });
        let select = Select { from_ns: range.0, until_ns: range.1, between, newest, limit, ..ALL };
        let body: String = points.iter().map(|&(time, seq, with_text, err)| {
            let output = if err { "stderr" } else { "stdout" };
            let text = if with_text { format!(",text=\"of {seq}\"") } else { String::new() };
            format!("log,container=a,output={output},store={STORE} seq={seq}i{text} {time}\n")
        }).collect();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let rows = runtime.block_on(async {
            let server = Influx2::start().unwrap();
            let v2 = open(&server);
            if !body.is_empty() {
                write(&v2, &body).await;
            }
            v2.select(&select).await.unwrap()
        });
        let expected = model(&points, &select);
        let found: Vec<_> = rows.iter().map(|row| (row.time_ns, &row.values)).collect();
        prop_assert_eq!(found.len(), expected.len());
        for ((time, values), (due_time, due_seq)) in found.into_iter().zip(expected) {
            let with_text = points.iter().any(|&(at, _, with_text, _)| at == due_time && with_text);
            let text = if with_text { Value::Text(format!("of {due_seq}")) } else { Value::Absent };
            prop_assert_eq!((time, values), (due_time, &vec![Value::Integer(due_seq), text]));
        }
    }
}
