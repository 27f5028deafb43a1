//! The stand-in must refuse: what it lets through, nothing else would notice.

use super::*;

fn request(method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> Request {
    let (path, query) = path.split_once('?').unwrap_or((path, ""));
    let pairs = query.split('&').filter_map(|pair| pair.split_once('='));
    Request {
        method: method.into(),
        path: path.into(),
        query: pairs.map(|(name, value)| (name.into(), value.into())).collect(),
        headers: headers.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect(),
        body: body.into(),
        status: 0,
    }
}

const RIGHTS: (&str, &str) = ("authorization", "Token token-that-may-read-and-write==");
const WRITE: &str = "/api/v2/write?org=acme&bucket=foghorn&precision=ns";
const QUERY: &str = "/api/v2/query?org=acme";

fn answer(points: &mut Points, mut request: Request) -> (u16, String) {
    let reply = api::answer(&Options::default(), points, &mut request);
    (reply.status, String::from_utf8(reply.body).unwrap())
}

fn write(points: &mut Points, body: &str) -> (u16, String) {
    answer(points, request("POST", WRITE, &[RIGHTS], body))
}

fn query(points: &mut Points, flux: &str) -> (u16, String) {
    answer(points, request("POST", QUERY, &[RIGHTS, ("content-type", "application/vnd.flux")], flux))
}

#[test]
fn requests_that_the_documentation_does_not_know_are_refused() {
    let json = ("content-type", "application/json");
    let ask =
        r#"{"query":"from(bucket: \"foghorn\") |> range(start: 2024-01-01T00:00:00Z, stop: 2025-01-01T00:00:00Z)"}"#;
    for (status, method, path, headers, body) in [
        (200, "POST", QUERY, vec![RIGHTS, json], ask),
        (204, "POST", WRITE, vec![RIGHTS], "m f=1i 1"),
        (404, "POST", "/api/v2/writes", vec![RIGHTS], ""),
        (405, "GET", WRITE, vec![RIGHTS], ""),
        (401, "POST", WRITE, vec![], "m f=1i 1"),
        (401, "POST", WRITE, vec![("authorization", "token-that-may-read-and-write==")], "m f=1i 1"),
        (403, "POST", WRITE, vec![("authorization", "Token token-that-may-read==")], "m f=1i 1"),
        (404, "POST", QUERY, vec![("authorization", "Token token-that-may-write=="), json], ask),
        (400, "POST", "/api/v2/write?bucket=foghorn", vec![RIGHTS], "m f=1i 1"),
        (404, "POST", "/api/v2/write?org=acme", vec![RIGHTS], "m f=1i 1"),
        (404, "POST", "/api/v2/write?org=typo&bucket=foghorn", vec![RIGHTS], "m f=1i 1"),
        (400, "POST", "/api/v2/write?org=acme&bucket=foghorn&precision=n", vec![RIGHTS], "m f=1i 1"),
        (400, "POST", "/api/v2/write?org=acme&bucket=foghorn&db=x", vec![RIGHTS], "m f=1i 1"),
        (400, "POST", "/api/v2/write?org=acme&org=acme&bucket=foghorn", vec![RIGHTS], "m f=1i 1"),
        (415, "POST", WRITE, vec![RIGHTS, json], "m f=1i 1"),
        (400, "POST", WRITE, vec![RIGHTS, ("content-encoding", "gzip")], "not packed"),
        (400, "POST", WRITE, vec![RIGHTS, ("content-encoding", "br")], "m f=1i 1"),
        (400, "POST", WRITE, vec![RIGHTS], ""),
        (204, "POST", WRITE, vec![RIGHTS], "# nothing\n"),
        (415, "POST", QUERY, vec![RIGHTS], ask),
        (400, "POST", QUERY, vec![RIGHTS, json], "{}"),
        (400, "POST", QUERY, vec![RIGHTS, json], r#"{"query":"x","flux":1}"#),
        (400, "POST", QUERY, vec![RIGHTS, json], r#"{"query":"x","dialect":{"dateTimeFormat":"Rfc3339"}}"#),
        (404, "GET", "/api/v2/buckets?org=acme&name=typo", vec![RIGHTS], ""),
        (200, "GET", "/api/v2/buckets?org=acme&name=foghorn", vec![RIGHTS], ""),
        (204, "GET", "/ping", vec![], ""),
    ] {
        let found = answer(&mut Points::default(), request(method, path, &headers, body));
        assert_eq!(found.0, status, "{method} {path} {headers:?} {body}: {found:?}");
        assert!(status < 400 || found.1.contains(r#""code":"#) && found.1.contains(r#""message":"#), "{found:?}");
    }
}

#[test]
fn points_are_read_as_the_reference_says() {
    let all = lines::parse(concat!(
        "# a comment\n\n",
        r#"a\ b\,c=d,k\=\,\ x=v\=\,\ \y f\ 1="a \"q\" \\ \n, x=y",i=-5i,u=5u,x=-1.5e3,t=true 17"#,
        "\nm f=\"two\nlines\"\n"
    ));
    let [first, second] = &all.unwrap()[..] else { panic!("two points") };
    assert_eq!((first.measurement.as_str(), first.time), ("a b,c=d", Some(17)));
    assert_eq!(first.tags, [("k=, x".to_owned(), "v=, \\y".to_owned())].into());
    assert_eq!(first.fields["f 1"], value::Value::text("a \"q\" \\ \\n, x=y"));
    assert_eq!(first.fields["u"], value::Value::Unsigned(5));
    assert_eq!(first.fields["x"], value::Value::Float(-1500.0));
    assert_eq!((second.fields["f"].clone(), second.time), (value::Value::text("two\nlines"), None));
}

#[test]
fn lines_that_are_no_points_are_refused() {
    for line in [
        "m",
        "m f",
        "m f=",
        "m  f=1",
        "m f=1 ",
        "m f=1  1",
        "m f=1 1 ",
        "m f=1 1.5",
        "m f=1 x",
        "m f=1i,f=2i 1",
        ",a=b f=1",
        "_m f=1",
        "m,a f=1",
        "m,a= f=1",
        "m,=b f=1",
        "m,a=b,a=c f=1",
        "m,a=b=c f=1",
        "m,time=b f=1",
        "m time=1",
        "m f=NaN",
        "m f=inf",
        "m f=1x",
        "m f=+1i",
        "m f=yes",
        "m f='a'",
        "m f=\"a",
        "m f=\"a\"b",
        "m f=\"a\" \"b\"",
        "m,a=b\\ f=1",
        "m f=9223372036854775808i",
        "m f=1 9223372036854775807",
        "m f=1\r",
    ] {
        assert!(lines::parse(line).is_err(), "{line:?} gave {:?}", lines::parse(line));
        assert_eq!(write(&mut Points::default(), line).0, 400, "{line:?}");
    }
}

#[test]
fn a_point_written_again_merges_its_fields() {
    let mut points = Points::default();
    assert_eq!(write(&mut points, "m,t=a f=1i,g=1i 5\nm,t=a f=2i,h=1i 5\nm,t=b f=3i 5\n").0, 204);
    assert_eq!(points.len(), 2);
    let (status, csv) = query(
        &mut points,
        r#"from(bucket: "foghorn") |> range(start: 1970-01-01T00:00:00Z, stop: 1970-01-02T00:00:00Z)
           |> filter(fn: (r) => r.t == "a") |> pivot(rowKey: ["_time"], columnKey: ["_field"], valueColumn: "_value")
           |> group() |> keep(columns: ["_time", "f", "g", "h"])"#,
    );
    assert_eq!(
        (status, csv.as_str()),
        (200, ",result,table,_time,f,g,h\r\n,_result,0,1970-01-01T00:00:00.000000005Z,2,1,1\r\n\r\n")
    );
}

#[test]
fn a_field_keeps_its_type_and_the_rest_of_a_body_is_stored() {
    let mut points = Points::default();
    assert_eq!(write(&mut points, "m f=1i 1").0, 204);
    let (status, text) = write(&mut points, "m f=0.5 2\nm f=2i 3\n");
    assert_eq!((status, points.len()), (422, 2), "{text}");
    assert!(text.contains("is type float, already exists as type integer dropped=1 for"), "{text}");
}

#[test]
fn flux_that_is_none_is_refused() {
    const FROM: &str = r#"from(bucket: "foghorn") |> range(start: 1970-01-01T00:00:00Z, stop: 1970-01-02T00:00:00Z)"#;
    let mut points = Points::default();
    write(&mut points, "m,t=a f=1i 5\nm,t=a g=\"x\" 5\n");
    assert_eq!(query(&mut points, FROM).0, 200);
    for rest in [
        "|> drop(columns: [])",
        "|> limit()",
        "|> limit(n: 0)",
        "|> limit(n: \"1\")",
        "|> limit(n: 1, m: 2)",
        "|> limit(n: 01)",
        "|> limit(n: 9223372036854775808)",
        "|> limit(n: 1) x",
        "|> limit(n: 1",
        "| limit(n: 1)",
        "|> filter(fn: (r) => r.t == \"a)",
        "|> filter(fn: (r) => r.t == \"\\q\")",
        "|> filter(fn: (r) => r.t == \"${r.t}\")",
        "|> filter(fn: (r) => r.t == 1)",
        "|> filter(fn: (r) => r._value >= 1)",
        "|> filter(fn: (r) => r.t)",
        "|> filter(fn: (x) => x.t == \"a\")",
        "|> filter(fn: (r) => r.t = \"a\")",
        "|> filter(fn: (r) => t == \"a\")",
        "|> filter(fn: (r) => r[t] == \"a\")",
        "|> filter(r.t == \"a\")",
        "|> sort(columns: \"_time\")",
        "|> keep()",
        "|> pivot(rowKey: [\"_time\"], columnKey: [\"none\"], valueColumn: \"_value\")",
        "|> group(columns: [\"t\"])",
        "|> group()",
    ] {
        let (status, text) = query(&mut points, &format!("{FROM} {rest}"));
        assert_eq!(status, 400, "{rest}: {text}");
    }
    for whole in [
        r#"from(bucket: "foghorn")"#,
        r#"range(start: 1970-01-01T00:00:00Z, stop: 1970-01-02T00:00:00Z)"#,
        r#"from(bucket: "foghorn") |> range(start: 1970-01-02T00:00:00Z, stop: 1970-01-01T00:00:00Z)"#,
        r#"from(bucket: "foghorn") |> range(start: 1970-13-02T00:00:00Z, stop: 1971-01-01T00:00:00Z)"#,
        r#"from(bucket: foghorn) |> range(start: 1970-01-01T00:00:00Z, stop: 1970-01-02T00:00:00Z)"#,
    ] {
        assert_eq!(query(&mut points, whole).0, 400, "{whole}");
    }
    let (status, text) = query(&mut points, &FROM.replace("foghorn", "typo"));
    assert!(status == 404 && text.contains("could not find bucket"), "{text}");
}

#[test]
fn the_answer_is_annotated_as_asked() {
    let mut points = Points::default();
    write(&mut points, "m f=\"a\nb\" 5\nm f=\"c, \\\"d\\\"\" 6\n");
    let flux = r#"from(bucket: \"foghorn\") |> range(start: 1970-01-01T00:00:00Z, stop: 1970-01-02T00:00:00Z) |> keep(columns: [\"_time\", \"_value\", \"_field\"])"#;
    let body = format!(r#"{{"query":"{flux}","dialect":{{"annotations":["datatype","group","default"]}}}}"#);
    let (_, csv) = answer(&mut points, request("POST", QUERY, &[RIGHTS, ("content-type", "application/json")], &body));
    assert_eq!(
        csv,
        "#datatype,string,long,string,dateTime:RFC3339,string\r\n#group,false,false,true,false,false\r\n#default,_result,,,,\r\n\
         ,result,table,_field,_time,_value\r\n,,0,f,1970-01-01T00:00:00.000000005Z,\"a\r\nb\"\r\n\
         ,,0,f,1970-01-01T00:00:00.000000006Z,\"c, \"\"d\"\"\"\r\n\r\n"
    );
}
