//! Settings by which alerts stay bearable: how long something must last, how often it is said, when nothing is said at all.

use jiff::civil::{Time, Weekday};
use jiff::tz::TimeZone;

use super::SettingsError;
use super::units::Span;
use crate::notify::policy::Patience;
use crate::notify::quiet::Maintenance;

/// What the user wrote of it. Times of maintenance are tables of the settings file: `[[maintenance]]`.
#[derive(Debug, Clone, Default, clap::Args, serde::Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct QuietLayer {
    /// An alert below critical is told once it has lasted so long; what is over sooner is only shown [default: told at once]
    #[arg(id = "alert_hold", long = "alert-hold", env = "FOGHORN_ALERT_HOLD", value_name = "TIME")]
    pub hold: Option<Span>,

    /// Least time between two notices of one alert, unless it becomes worse than ever [default: 1h]
    #[arg(id = "alert_roll_up", long = "alert-roll-up", env = "FOGHORN_ALERT_ROLL_UP", value_name = "TIME")]
    pub roll_up: Option<Span>,

    /// Time between two reminders of an alert that lasts and that nobody took care of; at least the roll-up [default: 24h]
    #[arg(id = "alert_remind", long = "alert-remind", env = "FOGHORN_ALERT_REMIND", value_name = "TIME")]
    pub remind: Option<Span>,

    /// How long after a change of a container's image what it says anew is collected instead of told [default: 10m]
    #[arg(id = "deploy_grace", long = "alert-deploy-grace", env = "FOGHORN_ALERT_DEPLOY_GRACE", value_name = "TIME")]
    pub deploy_grace: Option<Span>,

    /// How often trouble made on purpose is put through each container's detector, to see whether it is still found: a time, or off [default: 24h]
    #[arg(id = "alert_canary", long = "alert-canary", env = "FOGHORN_ALERT_CANARY", value_name = "TIME")]
    pub canary: Option<String>,
}

/// A time of the week in which nothing is told, as the file says it.
#[derive(Debug, Clone, Default, serde::Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct MaintenanceLayer {
    /// Identity, where `*` stands for any text; all where it is left out.
    container: Option<String>,
    #[serde(default)]
    days: Vec<String>,
    from: String,
    to: String,
    /// Name of a time zone [default: UTC]
    zone: Option<String>,
}

/// Checked settings.
#[derive(Debug, Clone)]
pub struct QuietRule {
    pub patience: Patience,
    pub deploy_grace: Span,
    pub maintenance: Vec<Maintenance>,
}

impl QuietLayer {
    /// What was written here, and where nothing was, in `file`.
    pub fn check(&self, file: &Self, maintenance: &[MaintenanceLayer]) -> Result<QuietRule, SettingsError> {
        let roll_up = self.roll_up.or(file.roll_up).unwrap_or(Span::from_hours(1));
        let remind = self.remind.or(file.remind).unwrap_or_else(|| Span::from_hours(24).max(roll_up));
        super::at_least("alert-remind", remind, roll_up, "alert-roll-up, ")?;
        Ok(QuietRule {
            patience: Patience {
                hold_ns: self.hold.or(file.hold).map_or(0, Span::as_ns),
                roll_up_ns: roll_up.as_ns(),
                remind_ns: remind.as_ns(),
            },
            deploy_grace: self.deploy_grace.or(file.deploy_grace).unwrap_or(Span::from_mins(10)),
            maintenance: maintenance.iter().map(MaintenanceLayer::check).collect::<Result<_, _>>()?,
        })
    }
}

/// `None` where it is off.
pub(super) fn canary(written: Option<&str>) -> Result<Option<Span>, SettingsError> {
    match written {
        None => Ok(Some(Span::from_hours(24))),
        Some("off") => Ok(None),
        Some(text) => text.parse().map(Some).map_err(|_| SettingsError::Value {
            key: "alert-canary",
            found: format!("{text:?}"),
            allowed: "a time such as 24h, or off",
        }),
    }
}

impl MaintenanceLayer {
    fn check(&self) -> Result<Maintenance, SettingsError> {
        Ok(Maintenance {
            container: self.container.clone().unwrap_or_else(|| "*".into()),
            days: self.days.iter().map(|text| day(text)).collect::<Result<_, _>>()?,
            from: time("maintenance from", &self.from)?,
            to: time("maintenance to", &self.to)?,
            zone: self.zone.as_deref().map_or(Ok(TimeZone::UTC), zone)?,
        })
    }
}

fn day(text: &str) -> Result<Weekday, SettingsError> {
    use Weekday::{Friday, Monday, Saturday, Sunday, Thursday, Tuesday, Wednesday};
    let days = [Monday, Tuesday, Wednesday, Thursday, Friday, Saturday, Sunday];
    let names = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];
    let found = names.iter().position(|name| text.eq_ignore_ascii_case(name)).map(|at| days[at]);
    found.ok_or_else(|| SettingsError::Value {
        key: "maintenance days",
        found: format!("{text:?}"),
        allowed: "mon, tue, wed, thu, fri, sat, sun",
    })
}

fn time(key: &'static str, text: &str) -> Result<Time, SettingsError> {
    let time = Time::strptime("%H:%M", text);
    time.map_err(|_| SettingsError::Value { key, found: format!("{text:?}"), allowed: "a time of day such as 02:30" })
}

fn zone(name: &str) -> Result<TimeZone, SettingsError> {
    TimeZone::get(name).map_err(|_| SettingsError::Value {
        key: "maintenance zone",
        found: format!("{name:?}"),
        allowed: "UTC, or a name that this system's time zones know, such as Europe/Berlin",
    })
}

#[cfg(test)]
mod tests {
    use crate::settings::{Layer, Settings};

    fn read(text: &str) -> Result<Settings, String> {
        let layer: Layer = toml::from_str(&format!("data-dir = \"/x\"\n{text}")).map_err(|error| error.to_string())?;
        Layer::default().check(layer).map_err(|error| error.to_string())
    }

    #[test]
    fn nothing_said_tells_at_once_hourly_and_daily() {
        let rule = read("").unwrap().quiet;
        let minutes = |ns: u64| ns / 60_000_000_000;
        let patience = rule.patience;
        let found = [patience.hold_ns, patience.roll_up_ns, patience.remind_ns].map(minutes);
        assert_eq!((found, rule.deploy_grace.to_string()), ([0, 60, 24 * 60], "10m".into()));
    }

    #[test]
    fn maintenance_is_read_from_tables() {
        let rule = read(
            "[[maintenance]]\ndays = [\"sat\", \"Sun\"]\nfrom = \"22:00\"\nto = \"02:00\"\nzone = \"Europe/Berlin\"\n\
             [[maintenance]]\ncontainer = \"h/shop/*\"\nfrom = \"03:00\"\nto = \"03:30\"",
        );
        let times = rule.unwrap().quiet.maintenance;
        assert_eq!((times[0].days.len(), times[0].container.as_str()), (2, "*"));
        assert_eq!((times[1].days.len(), times[1].container.as_str()), (0, "h/shop/*"));
    }

    #[test]
    fn what_cannot_be_a_time_is_told_with_what_can() {
        let wrong = |text: &str| read(&format!("[[maintenance]]\n{text}")).unwrap_err();
        assert!(wrong("from = \"25:00\"\nto = \"01:00\"").contains("02:30"));
        assert!(wrong("days = [\"weekend\"]\nfrom = \"01:00\"\nto = \"02:00\"").contains("mon, tue"));
        assert!(wrong("zone = \"Mars/Olympus\"\nfrom = \"01:00\"\nto = \"02:00\"").contains("Europe/Berlin"));
        assert!(wrong("from = \"01:00\"").contains("to"));
        assert!(read("[alert]\ncanary = \"never\"").unwrap_err().contains("or off"));
        assert!(read("[alert]\ncanary = \"off\"").unwrap().canary.is_none());
        assert!(read("[alert]\nroll-up = \"2d\"\nremind = \"1d\"").unwrap_err().contains("alert-roll-up, 2d"));
    }
}
