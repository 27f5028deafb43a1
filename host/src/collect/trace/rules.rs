//! Which line belongs to the line before it.
//!
//! A line is looked at alone, with what the event so far is ([`Kind`]). The first byte rules most lines out, so that usual
//! lines cost a comparison or two.

/// What an event is, as far as it decides what may follow.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// A usual line; with more than one line, a trace of Java, Node, .NET, Ruby, or anything indented.
    Plain,
    /// Inside a Python traceback, before the line that names the exception.
    Python,
    /// Behind that line: another traceback may be chained to it.
    PythonEnd,
    /// Behind the sentence that chains it.
    PythonChain,
    /// A Go panic or fatal error with its goroutines.
    Go,
    /// A Rust panic whose message is on the next line.
    RustHead,
    /// A Rust panic behind its message.
    Rust,
    /// A Node source line with a caret under it: the error follows, after an empty line.
    NodeCaret,
    /// The numbered frames of PHP.
    Php,
    /// A private key: up to its last line everything is secret.
    Pem,
}

/// How a first line starts an event.
pub(super) fn head(text: &[u8]) -> Kind {
    match text.first() {
        Some(b'p') if text.starts_with(b"panic: ") => Kind::Go,
        Some(b'f') if text.starts_with(b"fatal error: ") => Kind::Go,
        Some(b'g') if is_goroutine(text) => Kind::Go,
        Some(b't') if text.starts_with(b"thread '") => rust_head(text),
        _ if text.ends_with(b"):") && is_traceback(text) => Kind::Python,
        _ if text.ends_with(b"PRIVATE KEY-----") && memchr::memmem::find(text, b"-----BEGIN ").is_some() => Kind::Pem,
        _ => Kind::Plain,
    }
}

fn is_traceback(text: &[u8]) -> bool {
    text.ends_with(b"Traceback (most recent call last):")
}

fn is_goroutine(text: &[u8]) -> bool {
    text.starts_with(b"goroutine ") && text.ends_with(b"]:")
}

fn rust_head(text: &[u8]) -> Kind {
    match memchr::memmem::find(text, b"panicked at ") {
        Some(_) if text.ends_with(b":") => Kind::RustHead,
        Some(_) => Kind::Rust,
        None => Kind::Plain,
    }
}

/// The event so far.
#[derive(Debug, Clone, Copy)]
pub(super) struct Before<'a> {
    pub(super) kind: Kind,
    /// Indentation of the first line.
    pub(super) indent: usize,
    pub(super) text: &'a [u8],
    /// It has one line only.
    pub(super) is_single: bool,
    /// The next line came so soon that one write made both.
    pub(super) is_prompt: bool,
}

/// What the event is with `text` appended to it; `None` when `text` starts an event of its own.
pub(super) fn follow(before: Before<'_>, text: &[u8]) -> Option<Kind> {
    let kind = before.kind;
    let own = indentation(text);
    if kind != Kind::Pem && own == text.len() {
        return follow_blank(kind);
    }
    if kind != Kind::Pem && own > before.indent {
        return Some(follow_indented(kind, text));
    }
    match kind {
        Kind::Pem => Some(if text.ends_with(b"PRIVATE KEY-----") { Kind::Plain } else { Kind::Pem }),
        Kind::Plain => follow_plain(before, text),
        Kind::Python => follow_python(text),
        Kind::PythonEnd => follow_python_end(text),
        Kind::PythonChain => is_traceback(text).then_some(Kind::Python),
        Kind::Go => is_go(text).then_some(Kind::Go),
        Kind::RustHead => Some(Kind::Rust),
        Kind::Rust => (text.starts_with(b"note: ") || text == b"stack backtrace:").then_some(Kind::Rust),
        Kind::NodeCaret => is_error_name(text).then_some(Kind::Plain),
        Kind::Php => (text.starts_with(b"#") || text == b"Stack trace:").then_some(Kind::Php),
    }
}

pub(super) fn indentation(text: &[u8]) -> usize {
    text.iter().take_while(|&&byte| byte == b' ' || byte == b'\t').count()
}

/// An empty line belongs to an event only where such traces have one.
fn follow_blank(kind: Kind) -> Option<Kind> {
    matches!(kind, Kind::PythonEnd | Kind::PythonChain | Kind::Go | Kind::NodeCaret).then_some(kind)
}

fn follow_indented(kind: Kind, text: &[u8]) -> Kind {
    match kind {
        Kind::Plain if is_caret(text) => Kind::NodeCaret,
        Kind::RustHead => Kind::Rust,
        Kind::PythonEnd | Kind::PythonChain => Kind::Plain,
        Kind::NodeCaret if !is_caret(text) => Kind::Plain,
        kind => kind,
    }
}

fn is_caret(text: &[u8]) -> bool {
    let text = text.trim_ascii();
    !text.is_empty() && text.iter().all(|&byte| byte == b'^')
}

fn follow_plain(before: Before<'_>, text: &[u8]) -> Option<Kind> {
    let Before { is_single, is_prompt, .. } = before;
    let follows = match text[0] {
        b'C' => text.starts_with(b"Caused by: "),
        b'S' if text == b"Stack trace:" => return Some(Kind::Php),
        b'S' => text.starts_with(b"Suppressed: "),
        b'.' => is_left_out(text),
        b'T' if is_single && is_prompt && is_traceback(text) && reports(before.text) => return Some(Kind::Python),
        b'}' | b']' | b')' => !is_single && text.len() <= 3,
        b'N' => !is_single && text.starts_with(b"Node.js v"),
        b'g' if is_prompt && is_goroutine(text) => return Some(Kind::Go),
        _ => false,
    };
    follows.then_some(Kind::Plain)
}

/// Whether a line may announce the traceback behind it, as loggers write it.
fn reports(text: &[u8]) -> bool {
    const WORDS: [&str; 6] = ["error", "exception", "critical", "fatal", "warn", "fail"];
    let text = String::from_utf8_lossy(&text[..text.len().min(1024)]).to_ascii_lowercase();
    WORDS.iter().any(|word| text.contains(word))
}

/// `... 12 more`, `... 13 common frames omitted`.
fn is_left_out(text: &[u8]) -> bool {
    let Some(rest) = text.strip_prefix(b"... ") else { return false };
    let digits = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
    digits > 0 && [&b" more"[..], b" common frames omitted"].contains(&&rest[digits..])
}

/// The line that names the exception: `ValueError: bad`, `KeyboardInterrupt`, `app.errors.Broken: why`.
fn follow_python(text: &[u8]) -> Option<Kind> {
    let name = text.split(|&byte| byte == b':').next().unwrap_or_default();
    let is_name = !name.is_empty() && name.iter().all(|&byte| byte.is_ascii_alphanumeric() || b"._".contains(&byte));
    is_name.then_some(Kind::PythonEnd)
}

fn follow_python_end(text: &[u8]) -> Option<Kind> {
    const CHAINS: [&[u8]; 2] =
        [b"During handling of the above exception, ", b"The above exception was the direct cause of "];
    CHAINS.iter().any(|chain| text.starts_with(chain)).then_some(Kind::PythonChain)
}

fn is_go(text: &[u8]) -> bool {
    const STARTS: [&[u8]; 7] =
        [b"goroutine ", b"created by ", b"exit status ", b"[signal ", b"panic: ", b"runtime stack:", b"[recovered]"];
    STARTS.iter().any(|start| text.starts_with(start)) || is_go_call(text)
}

/// `main.(*Server).handle(0xc000, {0x1, 0x2})`, `runtime.gopanic(...)`.
fn is_go_call(text: &[u8]) -> bool {
    let open = text.iter().position(|&byte| byte == b'(').unwrap_or(0);
    let name = &text[..open];
    text.ends_with(b")") && name.contains(&b'.') && name.iter().all(|byte| !byte.is_ascii_whitespace())
}

/// `TypeError: x is undefined`, `Error: …`, `app.Broken [ERR_X]: …`.
fn is_error_name(text: &[u8]) -> bool {
    let name = text.split(|&byte| byte == b':' || byte == b' ').next().unwrap_or_default();
    name.len() < text.len() && (name.ends_with(b"Error") || name.ends_with(b"Exception") || name == b"Uncaught")
}
