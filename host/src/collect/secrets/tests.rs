use proptest::prelude::*;

use super::*;

fn masked(text: &str) -> String {
    String::from_utf8(mask(text.as_bytes()).into_owned()).unwrap()
}

/// Each text holds `§secret§`: what is between the signs must go, all the rest must stay.
fn hides(texts: &[&str]) {
    for text in texts {
        let parts: Vec<&str> = text.split('§').collect();
        assert_eq!(parts.len(), 3, "{text}");
        assert_eq!(masked(&parts.concat()), format!("{}[masked]{}", parts[0], parts[2]));
    }
}

fn keeps(texts: &[&str]) {
    for text in texts {
        assert_eq!(masked(text), *text);
    }
}

#[test]
fn values_of_secret_names_go() {
    hides(
        &[
            "login user=bob password=§hunter2§ ok",
            "PASSWORD=§correct-horse§",
            "db_passwd = §x§",
            "DB_PASS=§p4ss§;",
            "connect pwd=§abc§",
            "AWS_SECRET_ACCESS_KEY=§wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY§ region=eu",
            "GET /cb?access_token=§abc.def§&state=1",
            "client_secret: '§s p a c e§'",
            "api-key := §12345§",
            "X-Api-Key: §a1b2c3d4e5§",
            "passphrase=\"§quote \\\" inside§\" next",
            "token=\"§never closed",
        ]
        .map(|text| if text.ends_with("closed") { "token=\"§never closed§" } else { text }),
    );
}

#[test]
fn json_values_go() {
    hides(&[
        r#"{"user":"bob","password":"§hunter2§","n":1}"#,
        r#"{"refreshToken" : "§abc§"}"#,
        r#"{"apiKey":"§a\"b§"}"#,
        r#"{"log":"{\"password\":\"§hunter2§\",\"n\":1}"}"#,
        r#"{"log":"{\\\"token\\\":\\\"§abc§\\\"}"}"#,
        "{'secret': '§abc§'}",
        r#"{"pin_token":§123456§}"#,
    ]);
}

#[test]
fn settings_and_random_values_go() {
    hides(&["password: §correcthorse§", "  - db_password: §correcthorse§  ", "INFO got token: §abc123def§ from x"]);
    hides(&["a: 1\n  secret: §word§\nb: 2"]);
}

#[test]
fn credentials_of_headers_go() {
    hides(&[
        "Authorization: Bearer §abcdefghij.klm-nop§",
        "authorization: basic §dXNlcjpwYXNz§",
        "curl -H 'Authorization: Bearer §abcDEF123456§' http://x",
        r#"{"authorization":"Bearer §AbCdEf0123§"}"#,
    ]);
}

#[test]
fn passwords_in_urls_go() {
    hides(&["postgres://app:§s3cr3t§@db:5432/x", "redis://:§abc§@cache", "amqp://u:§p@ss:word§@mq/vhost failed"]);
}

#[test]
fn well_known_tokens_go() {
    hides(&[
        "key §AKIAIOSFODNN7EXAMPLE§ used",
        "jwt §eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.abc-DEF_123§ ok",
        "cut §eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIx§",
        "pushed with §ghp_abcdefghijklmnopqrstuvwxyz0123456789§!",
        "§github_pat_11ABCDEFG0abcdefghijkl§",
        "slack §xoxb-123456789012-abcdefghij§",
    ]);
}

#[test]
fn private_keys_go() {
    hides(&[
        "-----BEGIN RSA PRIVATE KEY-----\n§MIIEpAIBAAKCAQEA\nabc=§\n-----END RSA PRIVATE KEY-----",
        "key=x -----BEGIN PRIVATE KEY-----§\\nMIIE\\n§-----END PRIVATE KEY-----".trim_start_matches("key=x "),
        "-----BEGIN OPENSSH PRIVATE KEY-----\n§b3BlbnNzaC1rZXk§",
    ]);
}

#[test]
fn several_secrets_of_one_line_go() {
    assert_eq!(
        masked(r#"{"password":"a","token":"b"} https://u:p@h/?secret=c"#),
        r#"{"password":"[masked]","token":"[masked]"} https://u:[masked]@h/?secret=[masked]"#
    );
    assert_eq!(masked("http://ghp_0123456789:p@h"), "http://[masked]:[masked]@h");
}

#[test]
fn ordinary_words_stay() {
    keeps(&[
        "password changed for bob",
        "invalid token: unexpected end of input",
        "Secret: not found in namespace default",
        "failed to get token: connection refused",
        "max_tokens=4096 token_count=12 tokens: 5",
        "passwords=3 password_length=12 secret_name=web",
        "12 pass, 0 fail; pass=12 fail=0; compass=north bypass=1",
        "PWD=/var/www pwd=~/x",
        "password=true token=null secret=None passwd=****",
        "basic auth is on, bearer of news, Basic understanding of things",
        "http://example.com:8080/a@b and https://example.com/x?y=a:b@c",
        "asia-east1 AKIA akiaiosfodnn7example AKIASHORT",
        "eyJust.a.word and hey Jude",
        "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----",
        "token == other && secret::Kind",
        "GET /static/token.js?v=3 200",
        "user: bob, email: bob@example.com",
        "",
    ]);
}

#[test]
fn a_masked_text_is_left_alone() {
    keeps(&["password=[masked]", r#""token":"[masked]""#, "redis://:[masked]@cache", "Bearer [masked]"]);
}

/// Lines made to keep the matchers busy take no longer than their length allows: 64 KiB in far less than a second.
#[test]
fn hostile_lines_are_linear() {
    for piece in [
        "token:",
        "token: ",
        "a token: ",
        "password=\"",
        "://u:",
        "eyJ",
        "eyJ-",
        "AKIA",
        "ghp_",
        "basic ",
        "-----BEGIN PRIVATE KEY",
        "pass=1 ",
    ] {
        let began = std::time::Instant::now();
        mask(&piece.as_bytes().repeat(64 * 1024 / piece.len()));
        assert!(began.elapsed() < std::time::Duration::from_millis(300), "{piece}: {:?}", began.elapsed());
    }
}

/// Pieces that make the matchers meet each other.
fn any_mixture() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        prop::sample::select(vec![
            "password",
            "pass",
            "token",
            "secret",
            "api_key",
            "pwd",
            "=",
            ":",
            ": ",
            " ",
            "\"",
            "\\\"",
            "\\",
            "'",
            "\n",
            "Bearer ",
            "basic ",
            "http://",
            "u:p@h",
            "@",
            "/",
            "AKIAIOSFODNN7EXAMPLE",
            "eyJhbGciOiJI",
            ".eyJ",
            "ghp_",
            "-----BEGIN RSA PRIVATE KEY-----",
            "-----END ",
            "-----",
            "{",
            "}",
            ",",
            "&",
            "true",
            "*",
            "é",
        ])
        .prop_map(str::to_owned),
        "[a-zA-Z0-9]{1,12}",
    ];
    prop::collection::vec(piece, 0..14).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4096))]

    #[test]
    fn a_look_ahead_passes_over_no_sign(text in any_mixture(), at in any::<prop::sample::Index>()) {
        let at = at.index(text.len() + 1);
        let found = Ahead::new(text.as_bytes()).sign_from(at);
        if text.len() > QUICK_BYTES_MAX || QUICK.is_none() {
            prop_assert_eq!(found, Some(at));
        } else {
            let input = aho_corasick::Input::new(text.as_bytes()).range(at..);
            prop_assert_eq!(found, SIGNS.find(input).map(|sign| sign.start()));
        }
    }

    #[test]
    fn masking_twice_changes_nothing(text in any_mixture()) {
        let once = masked(&text);
        prop_assert_eq!(masked(&once), once);
    }

    #[test]
    fn any_bytes_are_taken(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let _ = mask(&bytes);
    }

    #[test]
    fn a_password_never_comes_through(name in "(db_|my|X-|a\\.)?(password|Token|SECRET)", value in "[a-zA-Z0-9!@#$%^*+./-]{4,30}") {
        prop_assume!(!says_nothing_like(&value));
        let text = format!("x {name}={value} y");
        let found = masked(&text);
        prop_assert!(found.starts_with(&format!("x {name}=[masked]")), "{}", found);
    }
}

fn says_nothing_like(value: &str) -> bool {
    value.bytes().all(|byte| byte == b'*')
        || ["true", "null", "none", "false", "empty", "undefined"].iter().any(|word| value.eq_ignore_ascii_case(word))
}
