//! What is strange shows in the column that is meant for it, and nowhere else.

use crate::windows::{learned, row, usual, value};

#[test]
fn a_failure_never_seen_makes_the_novelty_columns_jump() {
    let mut session = learned();
    let calm = row(&mut session, usual(6));
    let mut lines = usual(6);
    lines.push("2024-05-01T10:00:09Z ERROR payment gateway refused connection".into());
    let strange = row(&mut session, lines);
    for name in ["template_max", "token_max", "succession_max"] {
        assert_eq!((value(&calm, name), value(&strange, name)), (0.0, 1.0), "{name}");
    }
    assert!(
        value(&strange, "template_unseen") > 0.6
            && value(&strange, "errors") > 0.0
            && value(&strange, "failures") > 0.0
    );
}

#[test]
fn usual_lines_with_other_numbers_are_no_news() {
    let mut session = learned();
    let row = row(&mut session, usual(6).iter().map(|l| l.replace('7', "3").replace("10.0.", "192.168.")).collect());
    for name in ["template_max", "template_unseen", "token_max", "succession_unseen", "missing"] {
        assert_eq!(value(&row, name), 0.0, "{name}");
    }
}

#[test]
fn requests_that_are_never_answered_break_a_pair() {
    let mut session = learned();
    let calm = row(&mut session, usual(8));
    let mut odd = false;
    let mut lines = usual(8);
    lines.retain(|line| {
        odd ^= line.contains("answered");
        !line.contains("answered") || odd
    });
    let strange = row(&mut session, lines);
    assert_eq!(value(&strange, "template_max"), 0.0, "every line of it is usual");
    assert!(value(&strange, "pair_max") > value(&calm, "pair_max") + 0.4, "{strange:?}");
}

#[test]
fn lines_that_always_come_are_missed() {
    let mut session = learned();
    let calm = row(&mut session, usual(8));
    let strange = row(&mut session, usual(8).into_iter().filter(|l| !l.contains("answered")).collect());
    assert!(value(&strange, "missing") > value(&calm, "missing") + 1.0);
}

#[test]
fn a_new_exception_in_a_known_line_is_a_new_template() {
    let mut session = learned();
    let trace = |class: &str| {
        format!(
            "request failed\njava.lang.{class}: no more\n\tat org.app.Pool.take(Pool.java:31)\n\tat org.app.Main.run(Main.java:8)"
        )
    };
    let with = |class: &str| usual(6).into_iter().chain([trace(class)]).collect::<Vec<_>>();
    let windows: Vec<_> = (0..30).map(|_| with("IllegalStateException")).collect();
    session.learn(crate::windows::Pack::of(&windows).view()).unwrap();
    session.settle();
    assert_eq!(value(&row(&mut session, with("IllegalStateException")), "template_unseen"), 0.0);
    let strange = row(&mut session, with("OutOfMemoryError"));
    assert!(value(&strange, "template_unseen") > 0.6 && value(&strange, "folded") > 0.0);
}

#[test]
fn json_lines_are_told_by_their_message_and_their_values() {
    let line = |level: &str, msg: &str, id: usize| {
        format!(
            r#"{{"ts":17{id},"level":"{level}","msg":"{msg}","req":{{"id":"a{id}","path":"/api/{id}"}},"status":200}}"#
        )
    };
    let window = |n: usize| {
        (0..8).map(|i| line("info", &format!("order {} stored", n * 10 + i), n * 10 + i)).collect::<Vec<_>>()
    };
    let mut session = foghorn_vectorizer::Session::open(foghorn_vectorizer::Settings::default());
    session.learn(crate::windows::Pack::of(&(0..40).map(window).collect::<Vec<_>>()).view()).unwrap();
    session.settle();
    let stats = session.stats();
    assert_eq!(stats.iter().find(|(n, _)| n == "templates").unwrap().1, 1.0, "{stats:?}");
    let mut lines = window(77);
    assert_eq!(value(&row(&mut session, lines.clone()), "token_max"), 0.0);
    lines[3] = line("error", "order 4 stored", 4).replace("200", "503");
    let strange = row(&mut session, lines);
    assert_eq!((value(&strange, "token_max"), value(&strange, "errors")), (1.0, 0.125));
}

#[test]
fn long_windows_are_not_strange_by_length_alone() {
    let mut session = learned();
    let long = row(&mut session, usual(200));
    for (name, value) in
        long.iter().filter(|(n, _)| n.starts_with("template") || n.starts_with("token_") || n.starts_with("succession"))
    {
        assert_eq!(*value, 0.0, "{name}");
    }
}
