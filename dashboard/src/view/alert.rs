//! Alerts: the card that lists show, and the whole story of one.

use serde::Serialize;
use utoipa::ToSchema;

use super::{
    Attention, Delivery, Label, Line, NumberedLine, Phase, Plugin, ScorePoint, Severity, Sign, Suppressed, Time,
};

/// An alert as lists show it: readable without a click.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct AlertCard {
    pub id: u64,
    /// Identity of the container.
    pub identity: String,
    pub severity: Severity,
    /// Begin of the first window that belongs to it.
    pub opened: Time,
    /// End of the last window that belongs to it.
    pub last_seen: Time,
    /// `None` while it is open.
    pub resolved: Option<Time>,
    pub phase: Phase,
    pub label: Option<Label>,
    pub attention: Attention,
    /// When it was opened first, and how often it was.
    pub first_seen: Time,
    pub episodes: u32,
    /// How many windows belong to it since it was opened last, and since it was opened first.
    pub windows: u64,
    pub windows_ever: u64,
    /// The highest score of its windows; 1.0 is the threshold.
    pub score_max: f32,
    /// One sentence. May quote logs, hence hostile.
    pub reason: String,
    /// The two or three lines that made it.
    pub lines: Vec<Line>,
}

/// One alert with its evidence.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Alert {
    pub card: AlertCard,
    /// The window that the reason speaks of; `None` where no window made it.
    pub window: Option<u64>,
    /// What the engine told, or the pace of lines.
    pub signs: Vec<Sign>,
    /// Lines of that window with their numbers in the log; where it has more than fit, those that tell what it is about.
    pub lines: Vec<NumberedLine>,
    /// How many lines the window has.
    pub lines_total: u64,
    /// The terms that made the score, the heaviest first.
    pub terms: Vec<Term>,
    /// What the window would score without the terms that are `needed`; 1.0 is the threshold. Below it they are the whole reason.
    pub without: Option<f32>,
    /// The normal window that is most like this one.
    pub normal: Option<NormalWindow>,
    /// Scores before, during and after, in order of time; at most a few hundred.
    pub scores: Vec<ScorePoint>,
    /// `None` where no window made it.
    pub receipt: Option<Receipt>,
    /// What was told of it, the newest first, and what was not.
    pub deliveries: Vec<Delivery>,
    pub suppressed: Vec<Suppressed>,
}

/// Something in a window that helped to make it strange.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Term {
    /// A masked template, a token, or the name of a column. From logs, hence hostile.
    pub text: String,
    pub kind: TermKind,
    /// Lines of the window where it stands, counted from 0.
    pub lines: Vec<u32>,
    /// In how many learned windows it stood.
    pub seen: u64,
    /// How many windows were learned.
    pub of: u64,
    /// Its share in the score, 0 to 1.
    pub weight: f32,
    /// What the window would score if the term stood in it as in the nearest normal one; 1.0 is the threshold.
    pub without: Option<f32>,
    /// What would have to be changed for that, such as `taken out` or `3 lines instead of 40`.
    pub change: Option<String>,
    /// One of the fewest terms without which the window would be below its threshold.
    pub needed: bool,
}

/// A window that was not strange.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct NormalWindow {
    pub begin: Time,
    pub end: Time,
    /// 1.0 is the threshold of the strange window.
    pub score: f32,
    /// The first ones.
    pub lines: Vec<Line>,
    pub lines_total: u64,
}

/// What a term is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum TermKind {
    /// A line with its variable parts masked.
    Template,
    /// A word of a line.
    Token,
    /// A count over the window, such as its volume.
    Column,
    /// A usual template that did not come.
    Missing,
    /// A usual template that came more or less often than in the nearest normal window.
    Frequency,
    /// The order of lines.
    Order,
    /// A kind that a plugin knows and this dashboard does not.
    Other,
}

impl TermKind {
    /// From the text of the plugin contract, an open list.
    pub fn from_text(text: &str) -> Self {
        match text {
            "template" => Self::Template,
            "token" => Self::Token,
            "column" => Self::Column,
            "missing" => Self::Missing,
            "frequency" => Self::Frequency,
            "order" => Self::Order,
            _ => Self::Other,
        }
    }

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Template => "template",
            Self::Token => "token",
            Self::Column => "count",
            Self::Missing => "missing",
            Self::Frequency => "frequency",
            Self::Order => "order",
            Self::Other => "other",
        }
    }
}

/// By which the score can be computed again, bit for bit.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Receipt {
    /// Number of the generation that scored the window.
    pub generation: u64,
    /// The plugins that scored it, in the order of the slots.
    pub plugins: Vec<Plugin>,
    pub window_begin: Time,
    pub window_end: Time,
    /// The score and the threshold as the plugins gave them, before scaling.
    pub score_raw: f32,
    pub threshold_raw: f32,
    /// What groups windows into one alert.
    pub fingerprint: String,
}
