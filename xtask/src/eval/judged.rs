//! The windows that a replay judged, as it wrote them.

use anyhow::{Context, Result};
use serde_json::Value;

/// One judged window.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Window {
    pub container: String,
    pub session: Option<String>,
    pub start: String,
    pub lines: u64,
    pub score: f64,
    pub threshold: f64,
    pub alarmed: bool,
    /// `None`: the set does not say.
    pub anomalous: Option<bool>,
    pub why: Vec<String>,
    pub head: Vec<String>,
}

/// One window a line.
pub(super) fn read(text: &str) -> Result<Vec<Window>> {
    let row = |line: &str| {
        let value = serde_json::from_str(line).ok()?;
        window(&value)
    };
    let lines = text.lines().filter(|line| !line.trim().is_empty());
    lines.map(|line| row(line).with_context(|| format!("replay wrote a window of another shape: {line}"))).collect()
}

fn window(value: &Value) -> Option<Window> {
    Some(Window {
        container: value["container"].as_str()?.to_owned(),
        session: value["session"].as_str().map(str::to_owned),
        start: value["start"].as_str()?.to_owned(),
        lines: value["lines"].as_u64()?,
        score: value["score"].as_f64()?,
        threshold: value["threshold"].as_f64()?,
        alarmed: value["severity"].as_str()? != "none",
        anomalous: value["label"].as_u64().map(|label| label == 1),
        why: texts(&value["why"]),
        head: texts(&value["head"]),
    })
}

fn texts(value: &Value) -> Vec<String> {
    value.as_array().into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const LINE: &str = r#"{"container":"web","session":null,"start":"2026-01-01T00:00:00Z","end":"2026-01-01T00:00:30Z",
        "lines":4,"score":0.7,"threshold":0.6,"severity":"warning","label":1,"why":["new line"]}"#;

    #[test]
    fn a_window_is_read_with_and_without_what_may_be_absent() {
        let line = LINE.replace('\n', " ");
        let windows = read(&format!("{line}\n\n{}\n", line.replace("\"label\":1", "\"label\":null"))).unwrap();
        assert!(windows[0].alarmed && windows[0].anomalous == Some(true) && windows[0].why == ["new line"]);
        assert_eq!((windows[1].anomalous, windows[1].head.len()), (None, 0));
        assert!(read("").unwrap().is_empty());
    }

    #[test]
    fn a_window_of_another_shape_is_an_error_that_shows_it() {
        let error = read("{\"container\":\"web\"}").unwrap_err().to_string();
        assert!(error.ends_with("{\"container\":\"web\"}"), "{error}");
    }
}
