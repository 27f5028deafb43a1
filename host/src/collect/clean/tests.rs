use proptest::prelude::*;

use super::*;

fn cleaned(line: &str) -> String {
    String::from_utf8(clean(line.as_bytes()).into_owned()).unwrap()
}

#[test]
fn plain_text_is_not_copied() {
    assert!(matches!(clean(b"plain\ttext"), Cow::Borrowed(b"plain\ttext")));
    assert!(matches!(clean(b"from a terminal\r"), Cow::Borrowed(b"from a terminal")));
}

#[test]
fn words_of_every_script_stay() {
    assert_eq!(cleaned("café 日本 🎺"), "café 日本 🎺");
}

#[test]
fn colours_titles_and_links_are_taken_out() {
    assert_eq!(cleaned("\x1b[1;31mERROR\x1b[0m disk\x1b[K"), "ERROR disk");
    assert_eq!(cleaned("\x1b]0;title\x07text"), "text");
    assert_eq!(cleaned("\x1b]8;;http://x\x1b\\link\x1b]8;;\x1b\\"), "link");
    assert_eq!(cleaned("\x1b(B\x1b=text\x1bM"), "text");
}

#[test]
fn nothing_hides_behind_an_unfinished_sequence() {
    assert_eq!(cleaned("\x1b]0;hidden for ever"), "␛]0;hidden for ever");
    assert_eq!(cleaned("\x1b[31"), "␛[31");
    assert_eq!(cleaned("\x1b[12\x01evil"), "␛[12␁evil");
    assert_eq!(cleaned("end\x1b"), "end␛");
    assert_eq!(cleaned("\x1b]0;a\x1b[31mred"), "␛]0;ared");
}

#[test]
fn progress_shows_its_last_state() {
    assert_eq!(cleaned("10 %\r20 %\r30 %"), "30 %");
    assert_eq!(cleaned("10 %\r100 %\r"), "100 %");
    assert_eq!(cleaned("done\r\x1b[K"), "done");
    assert_eq!(cleaned("\r\r"), "");
}

#[test]
fn control_characters_are_shown() {
    assert_eq!(cleaned("a\0b\x7fc\x08"), "a␀b␡c␈");
}

#[test]
fn what_is_not_utf8_is_shown_safely() {
    assert_eq!(clean(b"a\xff\xfeb\xe2\x82").as_ref(), "a\u{fffd}\u{fffd}b\u{fffd}".as_bytes());
    assert_eq!(cleaned("c1 \u{9b}31m, turned \u{202e}txt.exe"), "c1 \u{fffd}31m, turned \u{fffd}txt.exe");
}

#[test]
fn long_lines_are_cut_with_a_mark() {
    let mut text = "é".repeat(LINE_BYTES_MAX).into_bytes();
    cut(&mut text, 123_456);
    let text = String::from_utf8(text).expect("cut between characters");
    assert!(text.ends_with("é…[cut, 123456 bytes]"), "{}", &text[text.len() - 40..]);
    assert!(text.len() <= LINE_BYTES_MAX);
    let mut whole = vec![b'a'; LINE_BYTES_MAX];
    cut(&mut whole, LINE_BYTES_MAX as u64);
    assert_eq!(whole.len(), LINE_BYTES_MAX);
}

proptest! {
    #[test]
    fn what_is_left_as_it_is_would_not_be_changed(
        text in "[a-z \u{c2}\u{e9}\u{7f}-\u{a0}\u{200c}-\u{2011}\u{2025}-\u{2030}\u{2060}-\u{206f}\u{6c7a}\u{1f600}]{0,80}",
        broken in prop::option::of((any::<prop::sample::Index>(), any::<u8>())),
    ) {
        let mut line = text.into_bytes();
        if let Some((at, byte)) = broken.filter(|_| !line.is_empty()) {
            let at = at.index(line.len());
            line[at] = byte;
        }
        if let Cow::Borrowed(same) = clean(&line) && !is_blank(same) {
            prop_assert_eq!(same.to_vec(), rewrite(same));
        }
    }

    #[test]
    fn any_bytes_become_safe_text(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        let text = String::from_utf8(clean(&bytes).into_owned()).expect("valid UTF-8");
        prop_assert!(text.chars().all(|char| !char.is_control() || char == '\t'));
        let again = clean(text.as_bytes()).into_owned();
        prop_assert_eq!(again, text.into_bytes(), "cleaning twice changes nothing");
    }

    #[test]
    fn printable_ascii_is_never_changed(text in "[ -~\t]{0,200}") {
        prop_assert_eq!(cleaned(&text), text);
    }
}
