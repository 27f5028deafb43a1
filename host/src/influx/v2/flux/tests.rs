use proptest::prelude::*;

use super::*;

const SELECT: Select<'_> = Select {
    measurement: "log",
    store: "00000000000000ff",
    container: Some("web-1/shop/api"),
    from_ns: 0,
    until_ns: 1_700_000_000_123_456_789,
    fields: &["seq", "text"],
    between: None,
    newest: false,
    limit: 100,
};

#[test]
fn points_are_asked_for_in_one_table() {
    assert_eq!(
        points("foghorn", &SELECT),
        r#"from(bucket: "foghorn")
  |> range(start: 1970-01-01T00:00:00.000000000Z, stop: 2023-11-14T22:13:20.123456789Z)
  |> filter(fn: (r) => r["_measurement"] == "log" and r["store"] == "00000000000000ff" and r["container"] == "web-1/shop/api")
  |> filter(fn: (r) => r["_field"] == "seq" or r["_field"] == "text")
  |> limit(n: 100)
  |> pivot(rowKey: ["_time"], columnKey: ["_field"], valueColumn: "_value")
  |> group()
  |> keep(columns: ["_time", "seq", "text"])
  |> sort(columns: ["_time"], desc: false)
  |> limit(n: 100)"#
    );
}

#[test]
fn the_newest_are_taken_from_the_end() {
    let flux = points("foghorn", &Select { newest: true, ..SELECT });
    assert!(flux.contains("|> tail(n: 100)\n  |> pivot"), "{flux}");
    assert!(flux.ends_with("|> sort(columns: [\"_time\"], desc: true)\n  |> limit(n: 100)"), "{flux}");
}

#[test]
fn a_range_of_numbers_is_not_cut_before_it_is_looked_at() {
    let between = Between { field: "seq", from: -5, until: i64::MAX };
    let select = Select { between: Some(between), container: None, ..SELECT };
    let flux = points("foghorn", &select);
    assert!(!flux.contains("limit(n: 100)\n  |> pivot"), "{flux}");
    assert!(flux.contains(r#"|> filter(fn: (r) => r["seq"] >= (-5) and r["seq"] < 9223372036854775807)"#), "{flux}");
    let flux = numbers("foghorn", &select, between);
    assert!(flux.contains(r#"r["_field"] == "seq")"#) && !flux.contains("pivot"), "{flux}");
    assert!(
        flux.contains(r#"|> filter(fn: (r) => r["_value"] >= (-5) and r["_value"] < 9223372036854775807)"#),
        "{flux}"
    );
}

#[test]
fn the_ends_of_time_and_of_numbers_can_be_written() {
    assert_eq!(time(i64::MIN), "1677-09-21T00:12:43.145224192Z");
    assert_eq!(time(i64::MAX), "2262-04-11T23:47:16.854775807Z");
    assert_eq!(integer(i64::MIN), "(-9223372036854775807 - 1)");
    assert_eq!(count(usize::MAX), i64::MAX);
}

#[test]
fn no_string_ends_early_or_begins_an_expression() {
    assert_eq!(quoted(r#"a"b\c"#), r#""a\"b\\c""#);
    assert_eq!(quoted("${r} $"), r#""\x24{r} \x24""#);
    assert_eq!(quoted("\n\r\t\0\u{7f}é"), r#""\n\r\t\x00\x7fé""#);
}

/// As the specification reads a literal.
fn read(literal: &str) -> String {
    let mut chars = literal.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')).unwrap().chars();
    let mut text = String::new();
    while let Some(char) = chars.next() {
        assert!(char != '"' && char != '$', "{literal}");
        text.push(match (char, if char == '\\' { chars.next() } else { None }) {
            (_, None) => char,
            (_, Some('n')) => '\n',
            (_, Some('r')) => '\r',
            (_, Some('t')) => '\t',
            (_, Some('x')) => {
                let digits: String = chars.by_ref().take(2).collect();
                u8::from_str_radix(&digits, 16).unwrap().into()
            }
            (_, Some(other)) => other,
        });
    }
    text
}

proptest! {
    #[test]
    fn every_string_is_read_as_it_was(text in any::<String>()) {
        prop_assert_eq!(read(&quoted(&text)), text);
    }

    #[test]
    fn every_time_is_read_as_it_was(ns in any::<i64>()) {
        prop_assert_eq!(time(ns).parse::<Timestamp>().unwrap().as_nanosecond(), i128::from(ns));
    }
}
