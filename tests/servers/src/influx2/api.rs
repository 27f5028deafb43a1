//! The endpoints: what they ask of a request, and what they answer.
//!
//! From the documentation of the v2 API. From the public source of 2.x come: that rights are looked at before the body;
//! 403 for a known token without the right to write (the documentation says 401); the order bucket, right, body; 400 for an
//! empty body; the wording of messages.

use std::io::Read as _;
use std::time::{SystemTime, UNIX_EPOCH};

use flate2::read::GzDecoder;
use serde_json::json;

use super::csv::{self, Dialect};
use super::points::Points;
use super::{Influx2, Options, Reply, Request, flux, lines};

/// Of the stand-in's one bucket, as the server numbers such things.
const BUCKET_ID: &str = "0b5ab4f4c0ff33aa";
const ORG_ID: &str = "0a17ce0f0addedaa";

const JSON: &str = "application/json; charset=utf-8";

/// Answers a request; unpacks its body, so that it is remembered as it was meant.
pub(super) fn answer(options: &Options, points: &mut Points, request: &mut Request) -> Reply {
    let result = match (request.method.as_str(), request.path.as_str()) {
        ("GET", "/health") => Ok(health(options)),
        ("GET" | "HEAD", "/ping") => Ok(ping(options)),
        ("GET", "/api/v2/buckets") => buckets(options, request),
        ("POST", "/api/v2/write") => write(options, points, request),
        ("POST", "/api/v2/query") => query(options, points, request),
        (_, "/health" | "/ping" | "/api/v2/buckets" | "/api/v2/write" | "/api/v2/query") => {
            Err(Reply::error(405, "method not allowed", &format!("method {} not allowed", request.method)))
        }
        _ => Err(Reply::error(404, "not found", "path not found")),
    };
    result.unwrap_or_else(|error| error)
}

fn health(options: &Options) -> Reply {
    let json = json!({
        "name": "influxdb", "message": "ready for queries and writes", "status": "pass", "checks": [],
        "version": options.version, "commit": "ec9dcde5d6",
    });
    Reply::new(200, JSON, json.to_string())
}

fn ping(options: &Options) -> Reply {
    let headers = vec![("x-influxdb-build", "OSS".into()), ("x-influxdb-version", options.version.clone())];
    Reply { status: 204, headers, body: Vec::new() }
}

/// What a token may do.
#[derive(Debug, Clone, Copy)]
struct Rights {
    read: bool,
    write: bool,
}

fn rights(request: &Request) -> Result<Rights, Reply> {
    let header = request.header("authorization").unwrap_or_default();
    let token = header.strip_prefix("Token ").or_else(|| header.strip_prefix("Bearer "));
    match token {
        Some(Influx2::TOKEN) => Ok(Rights { read: true, write: true }),
        Some(Influx2::READ_TOKEN) => Ok(Rights { read: true, write: false }),
        Some(Influx2::WRITE_TOKEN) => Ok(Rights { read: false, write: true }),
        _ => Err(Reply::error(401, "unauthorized", "unauthorized access")),
    }
}

fn only_parameters(request: &Request, known: &[&str]) -> Result<(), Reply> {
    let mut names: Vec<_> = request.query.iter().map(|(name, _)| name.as_str()).collect();
    names.sort_unstable();
    if let Some(twice) = names.windows(2).find(|pair| pair[0] == pair[1]) {
        return Err(Reply::error(400, "invalid", &format!("parameter {:?} is there twice", twice[0])));
    }
    match names.iter().find(|name| !known.contains(name)) {
        Some(unknown) => Err(Reply::error(400, "invalid", &format!("unknown parameter {unknown:?}"))),
        None => Ok(()),
    }
}

fn check_org(options: &Options, request: &Request) -> Result<(), Reply> {
    match (request.parameter("org"), request.parameter("orgID")) {
        (Some(org), None) if org == options.org => Ok(()),
        (None, Some(ORG_ID)) => Ok(()),
        (Some(name), None) => Err(Reply::error(404, "not found", &format!("organization name \"{name}\" not found"))),
        _ => Err(Reply::error(400, "invalid", "Please provide either orgID or org")),
    }
}

fn no_bucket(name: &str) -> Reply {
    Reply::error(404, "not found", &format!("bucket \"{name}\" not found"))
}

fn buckets(options: &Options, request: &Request) -> Result<Reply, Reply> {
    let rights = rights(request)?;
    only_parameters(request, &["after", "id", "limit", "name", "offset", "org", "orgID"])?;
    check_org(options, request)?;
    if let Some(name) = request.parameter("name").filter(|name| *name != options.bucket) {
        return Err(no_bucket(name));
    }
    let rules = match options.retention_s {
        0 => json!([]),
        seconds => json!([{ "type": "expire", "everySeconds": seconds, "shardGroupDurationSeconds": 86_400 }]),
    };
    let bucket = json!({
        "id": BUCKET_ID, "orgID": ORG_ID, "type": "user", "name": options.bucket, "retentionRules": rules,
        "createdAt": "2024-01-01T00:00:00Z", "updatedAt": "2024-01-01T00:00:00Z", "labels": [],
        "links": { "self": format!("/api/v2/buckets/{BUCKET_ID}"), "write": "/api/v2/write" },
    });
    // What a token may not read is not in the list.
    let visible = if rights.read { json!([bucket]) } else { json!([]) };
    let json = json!({ "links": { "self": "/api/v2/buckets?descending=false&limit=20&offset=0" }, "buckets": visible });
    Ok(Reply::new(200, JSON, json.to_string()))
}

fn write(options: &Options, points: &mut Points, request: &mut Request) -> Result<Reply, Reply> {
    let rights = rights(request)?;
    only_parameters(request, &["org", "orgID", "bucket", "precision"])?;
    let scale = match request.parameter("precision") {
        None | Some("ns") => 1,
        Some("us") => 1_000,
        Some("ms") => 1_000_000,
        Some("s") => 1_000_000_000,
        Some(_) => {
            return Err(Reply::error(400, "invalid", "invalid precision; valid precision units are ns, us, ms, and s"));
        }
    };
    check_org(options, request)?;
    match request.parameter("bucket") {
        Some(bucket) if bucket == options.bucket || bucket == BUCKET_ID => {}
        other => return Err(no_bucket(other.unwrap_or_default())),
    }
    if !rights.write {
        return Err(Reply::error(403, "forbidden", "insufficient permissions for write"));
    }
    if request.header("content-type").is_some_and(|media| media.split(';').next() != Some("text/plain")) {
        return Err(Reply::error(415, "unsupported media type", "points are text/plain"));
    }
    request.body = unpacked(options, request)?;
    if request.body.is_empty() {
        return Err(Reply::error(400, "invalid", "writing requires points"));
    }
    let text = str::from_utf8(&request.body).map_err(|_| Reply::error(400, "invalid", "points are UTF-8"))?;
    let mut parsed = lines::parse(text).map_err(|why| Reply::error(400, "invalid", &why))?;
    for point in &mut parsed {
        point.time = point.time.map(|time| time.saturating_mul(scale));
    }
    let now_ns = now_ns();
    let oldest_ns = Some(options.retention_s).filter(|&s| s > 0).map(|s| now_ns - i64::from(s) * 1_000_000_000);
    points.write(parsed, now_ns, oldest_ns).map_err(|why| {
        Reply::error(422, "unprocessable entity", &format!("failure writing points to database: {why}"))
    })?;
    Ok(Reply { status: 204, headers: Vec::new(), body: Vec::new() })
}

fn unpacked(options: &Options, request: &Request) -> Result<Vec<u8>, Reply> {
    let limit = options.body_bytes_max;
    let body = match request.header("content-encoding") {
        None | Some("identity") => request.body.clone(),
        Some("gzip") => {
            let mut body = Vec::new();
            let packed = GzDecoder::new(request.body.as_slice());
            let read = packed.take(limit as u64 + 1).read_to_end(&mut body);
            read.map_err(|error| Reply::error(400, "invalid", &format!("unable to read data: {error}")))?;
            body
        }
        Some(other) => return Err(Reply::error(400, "invalid", &format!("unknown encoding {other:?}"))),
    };
    if body.len() > limit {
        return Err(Reply::error(413, "request too large", "unable to read data: points batch is too large"));
    }
    Ok(body)
}

fn now_ns() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).expect("the clock is after 1970");
    i64::try_from(since.as_nanos()).expect("the clock is before 2262")
}

fn query(options: &Options, points: &Points, request: &Request) -> Result<Reply, Reply> {
    let rights = rights(request)?;
    only_parameters(request, &["org", "orgID"])?;
    check_org(options, request)?;
    let (text, dialect) = question(request)?;
    let invalid = |why: String| Reply::error(400, "invalid", &format!("compilation failed: {why}"));
    let pipeline = flux::parse(&text).map_err(invalid)?;
    let bucket = flux::bucket(&pipeline).map_err(invalid)?;
    // Who may not read a bucket is told that there is none.
    if bucket != options.bucket || !rights.read {
        let why = format!("failed to initialize execute state: could not find bucket \"{bucket}\"");
        return Err(Reply::error(404, "not found", &why));
    }
    let tables = flux::run(&pipeline, points).map_err(invalid)?;
    Ok(Reply::new(200, "text/csv; charset=utf-8", csv::encode(&tables, &dialect)))
}

/// The query and how its answer is to look.
fn question(request: &Request) -> Result<(String, Dialect), Reply> {
    let invalid = |why: &str| Reply::error(400, "invalid", &format!("failed to decode request body: {why}"));
    let media = request.header("content-type").unwrap_or_default().split(';').next().unwrap_or_default();
    let text = str::from_utf8(&request.body).map_err(|_| invalid("no UTF-8"))?;
    match media {
        "application/vnd.flux" => Ok((text.to_owned(), Dialect::default())),
        "application/json" => {
            let json = serde_json::from_str(text).map_err(|error| invalid(&error.to_string()))?;
            Dialect::of_question(&json).map_err(|why| invalid(&why))
        }
        _ => Err(Reply::error(415, "unsupported media type", "a query is application/json or application/vnd.flux")),
    }
}
