use proptest::prelude::*;

use super::*;
use crate::influx::dialect::Value;

const HEAD: &str = "#datatype,string,long,dateTime:RFC3339,long,string,double,boolean\r\n\
                    #group,false,false,false,false,false,false,false\r\n\
                    #default,_result,,,,,,\r\n\
                    ,result,table,_time,seq,text,score,part\r\n";
const FIELDS: &[&str] = &["seq", "text", "score", "part"];

fn read_in(pieces: &[&[u8]], rows_max: usize) -> Result<Vec<Row>, CsvError> {
    let mut reader = CsvReader::new(FIELDS, rows_max);
    for piece in pieces {
        reader.feed(piece)?;
    }
    reader.finish()
}

fn read(text: &str) -> Result<Vec<Row>, CsvError> {
    read_in(&[text.as_bytes()], 100)
}

fn strange(text: &str) -> String {
    match read(text) {
        Err(CsvError::Strange(why)) => why,
        other => panic!("{other:?} for {text:?}"),
    }
}

#[test]
fn a_row_is_a_point_with_the_types_of_its_head() {
    let rows = read(&format!(
        "{HEAD},,0,1970-01-01T00:00:00.000000001Z,7,\"a, \"\"b\"\"\",0.5,true\r\n,,0,2023-11-14T22:13:20Z,-8,,,\r\n\r\n"
    ));
    let full = vec![Value::Integer(7), Value::Text("a, \"b\"".into()), Value::Float(0.5), Value::Boolean(true)];
    let bare = vec![Value::Integer(-8), Value::Absent, Value::Absent, Value::Absent];
    let rows_due = [Row { time_ns: 1, values: full }, Row { time_ns: 1_700_000_000_000_000_000, values: bare }];
    assert_eq!(rows.unwrap(), rows_due);
}

#[test]
fn nothing_is_no_rows() {
    for text in ["", "\r\n", "\r\n\r\n", HEAD] {
        assert_eq!(read(text), Ok(Vec::new()), "{text:?}");
    }
}

#[test]
fn line_breaks_are_as_they_were_written() {
    let rows = read(&format!("{HEAD},,0,2023-11-14T22:13:20Z,1,\"at\r\n  b\r\n\",,\r\n")).unwrap();
    assert_eq!(rows[0].values[1], Value::Text("at\n  b\n".into()));
}

#[test]
fn tables_may_follow_each_other_with_other_columns() {
    let other =
        "#datatype,string,long,string,dateTime:RFC3339\n#default,_result,,from the head,\n,result,table,text,_time\n";
    let row = ",,0,2023-11-14T22:13:20Z,1,x,,\r\n";
    let rows = read(&format!("{HEAD}{row}\r\n{other},,1,,2023-11-14T22:13:20.5Z\n")).unwrap();
    assert_eq!(rows.len(), 2);
    assert_eq!(rows[1].values, [Value::Absent, Value::Text("from the head".into()), Value::Absent, Value::Absent]);
}

#[test]
fn an_error_instead_of_a_table_is_told() {
    let error =
        "#datatype,string,string\r\n#group,true,true\r\n#default,,\r\n,error,reference\r\n,out of memory,897\r\n";
    assert_eq!(read(error), Err(CsvError::Failed("out of memory".into())));
    let row = ",,0,2023-11-14T22:13:20Z,1,x,,\r\n";
    assert_eq!(read(&format!("{HEAD}{row}\r\n{error}")), Err(CsvError::Failed("out of memory".into())));
    assert_eq!(read(",error,reference\r\n,bad,\r\n"), Err(CsvError::Failed("bad".into())), "without annotations");
}

#[test]
fn what_is_no_annotated_csv_is_refused() {
    assert!(strange("<!DOCTYPE html>\n<html>please sign in</html>\n").contains("<!DOCTYPE html>"));
    assert!(strange(",result,table\n,,0\n").contains("no annotations"));
    assert!(strange("#unknown,a\n").contains("unknown annotation"));
    assert!(strange("#group,false\n,result\n").contains("no #datatype"));
    assert!(strange("#datatype,string,long\n,result,table,_time\n").contains("widths"));
    assert!(strange("#datatype,string,long\n,result,table\n").contains("no _time"));
    assert!(strange("#datatype,string\n,_time\n").contains("no _time"), "a time must be one");
}

#[test]
fn cells_that_do_not_fit_their_type_are_refused() {
    for row in [
        ",,0,yesterday,1,x,,",
        ",,0,,1,x,,",
        ",,0,9999-01-01T00:00:00Z,1,x,,",
        ",,0,2023-11-14T22:13:20Z,1.5,x,,",
        ",,0,2023-11-14T22:13:20Z,99999999999999999999,x,,",
        ",,0,2023-11-14T22:13:20Z,1,x,wide,",
        ",,0,2023-11-14T22:13:20Z,1,x,,yes",
        ",,0,2023-11-14T22:13:20Z,1,x,",
        ",,0,2023-11-14T22:13:20Z,1,x,,,",
    ] {
        strange(&format!("{HEAD}{row}\r\n"));
    }
}

#[test]
fn more_rows_than_asked_for_are_refused() {
    let row = ",,0,2023-11-14T22:13:20Z,1,x,,\r\n";
    let text = format!("{HEAD}{row}{row}{row}");
    assert_eq!(read_in(&[text.as_bytes()], 3).map(|rows| rows.len()), Ok(3));
    assert!(matches!(read_in(&[text.as_bytes()], 2), Err(CsvError::Strange(_))));
}

#[test]
fn a_row_without_end_does_not_fill_the_memory() {
    let mut reader = CsvReader::new(FIELDS, 1);
    reader.feed(HEAD.as_bytes()).unwrap();
    reader.feed(b",,0,2023-11-14T22:13:20Z,1,\"").unwrap();
    let piece = vec![b'x'; 1 << 20];
    let end = (0..10).find_map(|_| reader.feed(&piece).err());
    assert!(matches!(end, Some(CsvError::Strange(why)) if why.contains("bytes")));
    let mut reader = CsvReader::new(FIELDS, 1);
    assert!(matches!(reader.feed(&[b','; 1000]), Err(CsvError::Strange(why)) if why.contains("columns")));
}

fn cell(text: &str) -> String {
    format!("\"{}\"", text.replace('"', "\"\""))
}

proptest! {
    #[test]
    fn texts_are_read_as_they_were_whatever_the_pieces(
        texts in prop::collection::vec("[^\r]{1,30}", 0..8),
        cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..6),
    ) {
        let mut answer = HEAD.to_owned();
        for text in &texts {
            answer += &format!(",,0,2023-11-14T22:13:20Z,1,{},,\r\n", cell(text).replace('\n', "\r\n"));
        }
        let mut ends: Vec<usize> = cuts.iter().map(|cut| cut.index(answer.len())).collect();
        ends.push(answer.len());
        ends.sort_unstable();
        let mut begin = 0;
        let pieces: Vec<&[u8]> =
            ends.iter().map(|&end| &answer.as_bytes()[std::mem::replace(&mut begin, end)..end]).collect();
        let rows = read_in(&pieces, 100).unwrap();
        let found: Vec<_> = rows.into_iter().map(|row| row.values[1].clone()).collect();
        prop_assert_eq!(found, texts.into_iter().map(Value::Text).collect::<Vec<_>>());
    }

    #[test]
    fn an_answer_cut_off_gives_an_error_or_its_whole_rows(end in 0_usize..400) {
        let row = ",,0,2023-11-14T22:13:20Z,12345,\"x\r\ny\",0.25,true\r\n";
        let answer = format!("{HEAD}{row}{row}{row}\r\n");
        let cut = &answer[..end.min(answer.len())];
        if let Ok(rows) = read(cut) {
            prop_assert!(cut.is_empty() || cut.ends_with(['\r', '\n']), "{:?}", cut);
            prop_assert!(rows.iter().all(|row| row.values[0] == Value::Integer(12345) && row.values[3] == Value::Boolean(true)));
        }
    }

    #[test]
    fn no_answer_panics(bytes in prop::collection::vec(any::<u8>(), 0..300), with_head in any::<bool>()) {
        let head = if with_head { HEAD } else { "" };
        let _ = read_in(&[head.as_bytes(), &bytes], 10);
    }

    #[test]
    fn no_csv_panics(text in "[#,\"\r\ndatatype:result,_timelong0-9]{0,200}") {
        let _ = read(&text);
    }
}
