//! What the engine tells of a container beside its log. Pure.

use super::engine::Happened;

/// Something happened to a container.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Happening {
    /// By the engine's clock, nanoseconds since the Unix epoch.
    pub time_ns: u64,
    pub what: What,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum What {
    /// It was started, or was found running.
    Started,
    /// A signal that ends processes was sent to it: what follows was asked for.
    AskedToStop,
    /// It ended with this exit code.
    Died {
        code: i64,
    },
    /// The kernel killed something in it for want of memory.
    OutOfMemory,
    Healthy,
    Unhealthy,
    Removed,
}

/// Signals that ask a process to end: HUP is not among them, since many read their settings again on it.
const ENDING: [i64; 6] = [2, 3, 6, 9, 10, 15];

impl Happening {
    pub(super) fn of(event: &Happened) -> Option<Self> {
        let number = |name: &str| event.attributes.get(name).and_then(|text| text.parse::<i64>().ok());
        let what = match event.action.as_str() {
            "start" => What::Started,
            "die" => What::Died { code: number("exitCode").unwrap_or(-1) },
            "oom" => What::OutOfMemory,
            "kill" if number("signal").is_none_or(|signal| ENDING.contains(&signal)) => What::AskedToStop,
            "destroy" => What::Removed,
            "health_status: healthy" => What::Healthy,
            "health_status: unhealthy" => What::Unhealthy,
            _ => return None,
        };
        Some(Self { time_ns: event.time_ns, what })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(action: &str, attributes: &[(&str, &str)]) -> Option<What> {
        let attributes = attributes.iter().map(|&(key, value)| (key.to_owned(), value.to_owned())).collect();
        let event = Happened { action: action.into(), id: "c0ffee".into(), time_ns: 7, attributes };
        Happening::of(&event).map(|happening| happening.what)
    }

    #[test]
    fn events_of_the_engine_are_understood() {
        assert_eq!(event("die", &[("exitCode", "137")]), Some(What::Died { code: 137 }));
        assert_eq!(event("kill", &[("signal", "15")]), Some(What::AskedToStop));
        assert_eq!(event("kill", &[("signal", "1")]), None, "nginx reads its settings again");
        assert_eq!(event("health_status: unhealthy", &[]), Some(What::Unhealthy));
        assert_eq!(event("health_status: running", &[]), None);
        assert_eq!(event("oom", &[]), Some(What::OutOfMemory));
        assert_eq!(event("rename", &[]), None);
    }
}
