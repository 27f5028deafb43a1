//! A small parser of its own reads back what is written.

use proptest::prelude::*;

use super::*;
use crate::identity::Identity;
use crate::influx::tag;

#[derive(Debug, Clone, PartialEq)]
enum Field {
    Integer(i64),
    Float(f64),
    Boolean(bool),
    Text(String),
}

fn written(series: &str, fields: &[(&str, Field)], time_ns: i64) -> Vec<u8> {
    let mut body = Body::default();
    write_to(&mut body, series, fields, time_ns);
    body.bytes
}

fn write_to(body: &mut Body, series: &str, fields: &[(&str, Field)], time_ns: i64) {
    let point = fields.iter().fold(body.point(series), |point, (name, field)| match field {
        Field::Integer(value) => point.integer(name, *value),
        Field::Float(value) => point.float(name, *value),
        Field::Boolean(value) => point.boolean(name, *value),
        Field::Text(value) => point.text(name, value),
    });
    point.at(time_ns);
}

/// Reads one point: tags, fields, time; and what is left.
struct Parser<'a>(&'a [u8]);

impl Parser<'_> {
    fn take(&mut self) -> u8 {
        let byte = self.0[0];
        self.0 = &self.0[1..];
        byte
    }

    /// Up to one of `ends`, which is taken too; a backslash before a special character is taken off.
    fn key(&mut self, ends: &[u8]) -> (String, u8) {
        let mut text = Vec::new();
        loop {
            match self.take() {
                b'\\' if matches!(self.0[0], b',' | b'=' | b' ') => text.push(self.take()),
                byte if ends.contains(&byte) => return (String::from_utf8(text).unwrap(), byte),
                byte => text.push(byte),
            }
        }
    }

    fn tags(&mut self) -> Vec<(String, String)> {
        let mut tags = Vec::new();
        let (_measurement, mut end) = self.key(b", ");
        while end == b',' {
            let (name, _) = self.key(b"=");
            let (value, after) = self.key(b", ");
            tags.push((name, value));
            end = after;
        }
        tags
    }

    fn fields(&mut self) -> Vec<(String, Field)> {
        let mut fields = Vec::new();
        let mut end = b',';
        while end == b',' {
            let (name, _) = self.key(b"=");
            if self.0[0] == b'"' {
                fields.push((name, Field::Text(self.text())));
                end = self.take();
                continue;
            }
            let (value, after) = self.key(b", ");
            let field = match value.as_str() {
                "true" | "false" => Field::Boolean(value == "true"),
                _ => match value.strip_suffix('i') {
                    Some(integer) => Field::Integer(integer.parse().unwrap()),
                    None => Field::Float(value.parse().unwrap()),
                },
            };
            fields.push((name, field));
            end = after;
        }
        fields
    }

    fn text(&mut self) -> String {
        self.take();
        let mut text = Vec::new();
        loop {
            match self.take() {
                b'"' => return String::from_utf8(text).unwrap(),
                b'\\' => text.push(self.take()),
                byte => text.push(byte),
            }
        }
    }

    fn time(&mut self) -> i64 {
        self.key(b"\n").0.parse().unwrap()
    }
}

#[test]
fn a_point_is_written_as_documented() {
    let series = series("foghorn_line", &[("container", "web 1/a,b=c"), ("output", "stdout")]);
    let fields =
        [("seq", Field::Integer(7)), ("text", Field::Text("say \"\\n\"".into())), ("score", Field::Float(0.5))];
    let expected =
        "foghorn_line,container=web\\ 1/a\\,b\\=c,output=stdout seq=7i,text=\"say \\\"\\\\n\\\"\",score=0.5 5\n";
    assert_eq!(String::from_utf8(written(&series, &fields, 5)).unwrap(), expected);
}

#[test]
fn a_number_that_is_not_finite_is_left_out() {
    let fields = [("a", Field::Float(f64::NAN)), ("b", Field::Integer(1)), ("c", Field::Float(f64::INFINITY))];
    assert_eq!(written("m", &fields, 1), b"m b=1i 1\n");
}

#[test]
fn a_body_is_taken_apart_at_points_not_at_line_breaks() {
    let mut body = Body::default();
    for number in 0..3 {
        write_to(&mut body, "m", &[("text", Field::Text("two\nlines".into()))], number);
    }
    assert_eq!(body.points(), 3);
    assert_eq!(body.slice(1..3), b"m text=\"two\nlines\" 1\nm text=\"two\nlines\" 2\n");
    assert_eq!(body.slice(0..3).len(), body.bytes());
    assert_eq!(body.slice(2..2), b"");
}

fn field() -> impl Strategy<Value = Field> {
    prop_oneof![
        any::<i64>().prop_map(Field::Integer),
        prop::num::f64::NORMAL.prop_map(Field::Float),
        any::<f32>().prop_filter("finite", |value| value.is_finite()).prop_map(|value| Field::Float(value.into())),
        any::<bool>().prop_map(Field::Boolean),
        any::<String>().prop_map(Field::Text),
        "[\"\\\\\n ,=i]{0,12}".prop_map(Field::Text),
    ]
}

proptest! {
    #[test]
    fn what_is_written_reads_back(
        name in prop_oneof![any::<String>(), "[\\\\ ,=\"\n%/a]{0,12}"],
        fields in prop::collection::vec(field(), 1..6),
        time_ns in any::<i64>(),
    ) {
        let names = ["seq", "text", "a", "b", "c", "d"];
        let fields: Vec<_> = names.into_iter().zip(fields).collect();
        let container = tag::of_identity(&Identity::from_text(&name));
        let bytes = written(&series("m", &[("container", &container), ("store", "00")]), &fields, time_ns);
        let mut parser = Parser(&bytes);
        prop_assert_eq!(parser.tags(), [("container".to_owned(), container), ("store".to_owned(), "00".to_owned())]);
        let read: Vec<_> = fields.into_iter().map(|(name, field)| (name.to_owned(), field)).collect();
        prop_assert_eq!(parser.fields(), read);
        prop_assert_eq!(parser.time(), time_ns);
        prop_assert_eq!(parser.0, b"");
    }
}
