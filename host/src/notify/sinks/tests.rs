//! Notices to real receivers on loopback, the bad ones among them, and hostile text through every sink.

use std::time::{Duration, Instant};

use foghorn_test_servers::mail::{MailServer, Manner};
use foghorn_test_servers::receiver::{Answer, Receiver};
use serde_json::Value;
use url::Url;

use super::*;
use crate::alert::Kind;
use crate::history::Severity;
use crate::notify::notice::{Link, Say};
use crate::settings::sinks::{EmailSettings, EmailTls, Secret};

pub(crate) fn notice(say: Say) -> Notice {
    Notice {
        key: "ab12-7-1".into(),
        say,
        alert: 7,
        fingerprint: "ab12".into(),
        kind: Kind::Log,
        severity: Severity::Critical,
        container: "h/shop/api".into(),
        labels: [("team".to_owned(), "db".to_owned())].into(),
        reason: "never seen in 100 windows: “ERROR no space left”".into(),
        lines: vec!["ERROR no space left on /var".into()],
        windows: 3,
        episodes: 2,
        peak: 2.5,
        opened_ns: 1_764_000_000_000_000_000,
        last_ns: 1_764_000_060_000_000_000,
        resolved_ns: None,
        suppressed: 1,
        url: Some("https://fog.example/alerts/7".into()),
        links: vec![Link { verb: "normal".into(), url: "https://fog.example/act/t".into() }],
    }
}

fn sink(kind: SinkKind) -> Sink {
    Sink::new(SinkSettings { name: "ops".into(), kind, resolved: true, ca_pem: None }).unwrap()
}

fn webhook(receiver: &Receiver) -> Sink {
    let secret = Some(Secret::new("Jefe"));
    sink(SinkKind::Webhook { url: Url::parse(&receiver.url()).unwrap(), secret })
}

async fn outcome_of(answer: Answer) -> Outcome {
    let receiver = Receiver::start([answer]).await.unwrap();
    webhook(&receiver).send(&notice(Say::Opened), 1).await
}

#[tokio::test]
async fn a_webhook_gets_the_body_of_alertmanager_signed() {
    let receiver = Receiver::start([]).await.unwrap();
    let outcome = webhook(&receiver).send(&notice(Say::Opened), 1_764_000_000).await;
    assert_eq!(outcome, Outcome::Delivered("200 OK: said".into()));
    let received = &receiver.received()[0];
    let body: Value = serde_json::from_str(&received.body).unwrap();
    assert_eq!((&body["version"], &body["status"], &body["receiver"]), (&"4".into(), &"firing".into(), &"ops".into()));
    let alert = &body["alerts"][0];
    assert_eq!(alert["labels"]["severity"], "critical");
    assert_eq!(alert["labels"]["foghorn_team"], "db");
    assert_eq!(alert["annotations"]["description"], "ERROR no space left on /var");
    assert_eq!(
        (&alert["startsAt"], &alert["endsAt"]),
        (&"2025-11-24T16:00:00Z".into(), &"0001-01-01T00:00:00Z".into())
    );
    assert_eq!(received.header("idempotency-key"), Some("ab12-7-1"));
    let signature = crate::notify::sign::hex(b"Jefe", format!("1764000000.{}", received.body).as_bytes());
    assert_eq!(received.header("x-foghorn-signature"), Some(format!("t=1764000000,v1={signature}").as_str()));
}

#[tokio::test]
async fn what_may_pass_is_tried_again_and_what_does_not_is_told() {
    for status in ["500 Oops", "503 Busy", "408 Slow"] {
        assert!(matches!(outcome_of(Answer::status(status)).await, Outcome::Later { after: None, .. }), "{status}");
    }
    for status in ["400 Bad", "401 Who", "404 Gone"] {
        let Outcome::Refused(why) = outcome_of(Answer::status(status)).await else { panic!("{status}") };
        assert!(why.contains("said"), "the receiver's own words: {why}");
    }
    let asked = outcome_of(Answer::with_header("429 Too Many", "Retry-After", "17")).await;
    assert!(
        matches!(asked, Outcome::Later { after: Some(after), .. } if after == Duration::from_secs(17)),
        "{asked:?}"
    );
}

#[tokio::test]
async fn no_redirect_is_followed() {
    let other = Receiver::start([]).await.unwrap();
    let outcome = outcome_of(Answer::with_header("307 Elsewhere", "Location", &other.url())).await;
    assert!(matches!(&outcome, Outcome::Refused(why) if why.contains("not followed")), "{outcome:?}");
    assert!(other.received().is_empty());
}

#[tokio::test]
async fn a_receiver_that_hangs_breaks_off_or_is_not_there_is_tried_again() {
    let begun = Instant::now();
    assert!(matches!(outcome_of(Answer::Hang).await, Outcome::Later { .. }));
    assert!(begun.elapsed() < Duration::from_secs(20));
    assert!(matches!(outcome_of(Answer::BreakOff).await, Outcome::Later { .. }));
    let gone = Receiver::start([]).await.unwrap();
    let sink = webhook(&gone);
    drop(gone);
    tokio::task::yield_now().await;
    assert!(matches!(sink.send(&notice(Say::Opened), 1).await, Outcome::Later { .. }));
}

#[tokio::test]
async fn of_an_endless_answer_only_the_begin_is_read() {
    let body = "x".repeat(10 << 20);
    let outcome = outcome_of(Answer::Http { status: "200 OK", headers: String::new(), body }).await;
    assert!(matches!(&outcome, Outcome::Delivered(text) if text.chars().count() < 300), "{outcome:?}");
}

#[tokio::test]
async fn an_alertmanager_is_pushed_alerts_that_end_when_they_are_over() {
    let receiver = Receiver::start([]).await.unwrap();
    let url = Url::parse(&format!("{}base/", receiver.url())).unwrap();
    let sink = sink(SinkKind::Alertmanager { url, login: Login::Token(Secret::new("t0ken")) });
    sink.send(&notice(Say::Opened), 1).await;
    sink.send(&Notice { resolved_ns: Some(1_764_000_600_000_000_000), ..notice(Say::Resolved) }, 1).await;
    let received = receiver.received();
    assert!(received[0].head.starts_with("POST /base/api/v2/alerts HTTP/1.1"));
    assert_eq!(received[0].header("authorization"), Some("Bearer t0ken"));
    let alerts = |at: usize| serde_json::from_str::<Vec<Value>>(&received[at].body).unwrap();
    assert_eq!(alerts(0)[0]["endsAt"], "2025-11-26T16:01:00Z");
    let over = alerts(1);
    assert_eq!(over[0]["endsAt"], "2025-11-24T16:10:00Z");
    assert_eq!(over[0]["labels"], alerts(0)[0]["labels"], "else it would be another alert");
    let severities: Vec<&str> = over.iter().filter_map(|alert| alert["labels"]["severity"].as_str()).collect();
    assert_eq!(severities, ["critical", "info", "warning"], "what was pushed with a lower severity ends too");
}

#[tokio::test]
async fn ntfy_gets_priority_tags_click_and_actions_that_post() {
    let receiver = Receiver::start([]).await.unwrap();
    let url = Url::parse(&receiver.url()).unwrap();
    sink(SinkKind::Ntfy { url, topic: "fog".into(), token: Some(Secret::new("t")) })
        .send(&notice(Say::Opened), 1)
        .await;
    let body: Value = serde_json::from_str(&receiver.received()[0].body).unwrap();
    assert_eq!((&body["topic"], &body["priority"]), (&"fog".into(), &5.into()));
    assert_eq!(body["click"], "https://fog.example/alerts/7");
    assert_eq!((&body["actions"][0]["method"], &body["actions"][0]["label"]), (&"POST".into(), &"normal".into()));
    assert_eq!(body["tags"][0], "rotating_light");
}

fn mail(server: &MailServer, tls: EmailTls, login: bool) -> Sink {
    let settings = EmailSettings {
        host: server.address.ip().to_string(),
        port: server.address.port(),
        tls,
        login: login.then(|| ("me".into(), Secret::new("pass"))),
        from: mailbox("Foghorn <fog@example.org>").unwrap(),
        to: vec![mailbox("ops@example.org").unwrap(), mailbox("db@example.org").unwrap()],
    };
    let ca_pem = Some(server.ca_pem.clone().into_bytes());
    Sink::new(SinkSettings { name: "mail".into(), kind: SinkKind::Email(settings), resolved: true, ca_pem }).unwrap()
}

#[tokio::test]
async fn mails_of_one_alert_are_one_thread_and_go_over_tls_with_a_login() {
    let server = MailServer::start(Manner::Strict).await.unwrap();
    let sink = mail(&server, EmailTls::Starttls, true);
    let outcome = sink.send(&notice(Say::Opened), 1).await;
    assert!(matches!(outcome, Outcome::Delivered(_)), "{outcome:?}");
    sink.send(&Notice { key: "ab12-7-2".into(), ..notice(Say::Resolved) }, 1).await;
    let mails = server.mails();
    assert_eq!((mails.len(), mails[0].to.len(), mails[0].over_tls), (2, 2, true));
    assert!(mails[0].login.is_some());
    let header = |at: usize, name: &str| {
        let start = format!("{name}: ");
        mails[at].text.lines().find_map(|line| line.strip_prefix(&start)).unwrap_or_default().to_owned()
    };
    assert_eq!(header(0, "References"), header(1, "References"));
    assert_ne!(header(0, "Message-ID"), header(1, "Message-ID"));
    assert_eq!(header(0, "Subject"), "Foghorn: [critical] h/shop/api");
}

#[tokio::test]
async fn a_mail_server_that_is_busy_is_tried_again_and_one_that_refuses_is_told() {
    for (manner, is_later) in [(Manner::Busy, true), (Manner::Unknown, false)] {
        let server = MailServer::start(manner).await.unwrap();
        let outcome = mail(&server, EmailTls::None, false).send(&notice(Say::Opened), 1).await;
        assert_eq!(matches!(outcome, Outcome::Later { .. }), is_later, "{outcome:?}");
        assert!(server.mails().is_empty());
    }
    let server = MailServer::start(Manner::Silent).await.unwrap();
    let outcome = mail(&server, EmailTls::None, false).send(&notice(Say::Opened), 1).await;
    assert!(matches!(outcome, Outcome::Later { .. }), "{outcome:?}");
    let server = MailServer::start(Manner::Plain).await.unwrap();
    let outcome = mail(&server, EmailTls::Starttls, false).send(&notice(Say::Opened), 1).await;
    assert!(
        !matches!(outcome, Outcome::Delivered(_)),
        "nothing goes out in the clear where TLS is asked for: {outcome:?}"
    );
}

const HOSTILE: &str = "</pre><script>alert(1)</script> @everyone <!channel> <@U1> **b** `c` [x](http://evil.example)\r\nBcc: all@example.org\r\n\r\n.\r\nMAIL FROM:<x>\u{202e}\u{1b}[2J";

fn hostile() -> Notice {
    let long = format!("{HOSTILE}{}", "é".repeat(64 << 10));
    Notice {
        reason: long.clone(),
        lines: vec![long.clone(), HOSTILE.into(), long],
        container: format!("h/{HOSTILE}"),
        labels: [("team\r\nX-Evil".to_owned(), HOSTILE.to_owned())].into(),
        ..notice(Say::Opened)
    }
}

#[tokio::test]
async fn hostile_text_stays_text_in_every_sink_and_out_of_heads() {
    let receiver = Receiver::start([]).await.unwrap();
    let url = || Url::parse(&receiver.url()).unwrap();
    for kind in [
        SinkKind::Webhook { url: url(), secret: None },
        SinkKind::Slack { url: url() },
        SinkKind::Discord { url: url() },
        SinkKind::Alertmanager { url: url(), login: Login::Nobody },
        SinkKind::Ntfy { url: url(), topic: "fog".into(), token: None },
    ] {
        let outcome = sink(kind).send(&hostile(), 1).await;
        assert!(matches!(outcome, Outcome::Delivered(_)), "{outcome:?}");
    }
    for received in receiver.received() {
        for text in ["alert(1)", "everyone", "Bcc", "evil"] {
            assert!(!received.head.contains(text), "{}", received.head);
        }
        assert!(received.body.len() < 24 << 10, "cut to what receivers take: {}", received.body.len());
        assert!(!received.body.contains('\u{202e}') && !received.body.contains("\\u001b"));
        let _: Value = serde_json::from_str(&received.body).unwrap();
    }
    let bodies = receiver.received();
    let slack: Value = serde_json::from_str(&bodies[1].body).unwrap();
    assert!(!slack["text"].as_str().unwrap().contains('<'), "its markup begins with it");
    let discord: Value = serde_json::from_str(&bodies[2].body).unwrap();
    let content = discord["content"].as_str().unwrap();
    assert!(content.chars().count() <= 2_000 && !content.contains(" @everyone") && !content.contains("](http"));
    assert_eq!(discord["allowed_mentions"]["parse"], serde_json::json!([]));
}

#[tokio::test]
async fn hostile_text_adds_no_header_and_ends_no_mail() {
    let server = MailServer::start(Manner::Plain).await.unwrap();
    let outcome = mail(&server, EmailTls::None, false).send(&hostile(), 1).await;
    assert!(matches!(outcome, Outcome::Delivered(_)), "{outcome:?}");
    let mails = server.mails();
    assert_eq!(mails.len(), 1);
    let (head, _) = mails[0].text.split_once("\r\n\r\n").unwrap();
    assert!(!head.lines().any(|line| line.starts_with("Bcc")), "{head}");
    assert!(mails[0].from.contains("fog@example.org"));
}
