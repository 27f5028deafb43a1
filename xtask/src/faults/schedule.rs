//! The load: how many requests a second, and which. Pure, and the same for the same seed.
//!
//! A day lasts four minutes, so that ten minutes of learning hold nights and noons. One request in some hundred is odd in a way that
//! is normal: a robot, a page that is not there, an order that is refused.

use std::f64::consts::TAU;
use std::time::Duration;

const DAY_SECONDS: f64 = 240.0;
/// Requests a second, on the mean.
const RATE: f64 = 7.0;
/// How far noon and night are from the mean.
const SWING: f64 = 0.55;
const AGENTS: [&str; 5] = [
    "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/126.0.0.0 Safari/537.36",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 Version/17.5 Safari/604.1",
    "shop-app/4.2 (Android 14)",
    "Googlebot/2.1 (+http://www.google.com/bot.html)",
];

/// One request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Request {
    pub(super) method: &'static str,
    pub(super) path: String,
    pub(super) body: String,
    pub(super) agent: &'static str,
}

/// Requests a second at this time of the run.
pub(super) fn rate(at: Duration) -> f64 {
    let seconds = at.as_secs_f64();
    let day = (TAU * seconds / DAY_SECONDS).sin();
    let hour = (TAU * seconds / 37.0).sin();
    RATE * (1.0 + SWING * day + 0.1 * hour)
}

/// A source of chance (SplitMix64): small, and the same everywhere.
#[derive(Debug, Clone)]
pub(super) struct Chance(pub(super) u64);

impl Chance {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    fn below(&mut self, end: u64) -> u64 {
        self.next() % end
    }

    /// In (0, 1].
    fn share(&mut self) -> f64 {
        ((self.next() >> 11) + 1) as f64 / (1_u64 << 53) as f64
    }

    /// Time to the next request at this rate: requests come independently of each other.
    pub(super) fn pause(&mut self, rate: f64) -> Duration {
        Duration::from_secs_f64((-self.share().ln() / rate).min(2.0))
    }

    pub(super) fn request(&mut self) -> Request {
        let kind = self.below(1_000);
        let (product, order) = (1 + self.below(400), 1 + self.below(2_000));
        let agent = AGENTS[self.below(AGENTS.len() as u64) as usize];
        let get = |path: String| Request { method: "GET", path, body: String::new(), agent };
        match kind {
            0..420 => get(format!("/api/products/{product}")),
            420..580 => get(format!("/api/orders/{order}")),
            580..780 => {
                let quantity = if kind < 590 { 0 } else { 1 + self.below(4) };
                let body = format!("{{\"product\":{product},\"quantity\":{quantity}}}");
                Request { method: "POST", path: "/api/orders".into(), body, agent }
            }
            780..860 => get("/".into()),
            860..930 => get("/assets/shop.css".into()),
            930..970 => get("/api/totals".into()),
            970..985 => get("/api/health".into()),
            985..992 => get(format!("/api/products/{}", product + 9_000)),
            992..996 => get("/robots.txt".into()),
            _ => get("/favicon.ico".into()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn noon_is_busier_than_night_and_there_is_always_some_load() {
        let rates: Vec<f64> = (0..240).map(|second| rate(Duration::from_secs(second))).collect();
        let (least, most) = rates.iter().fold((f64::MAX, 0.0_f64), |(low, high), r| (low.min(*r), high.max(*r)));
        assert!(least > 1.0 && most > 2.0 * least, "{least} to {most}");
    }

    #[test]
    fn the_same_seed_asks_the_same() {
        let ask = |seed| {
            let mut chance = Chance(seed);
            (0..500).map(|_| chance.request()).collect::<Vec<_>>()
        };
        assert_eq!(ask(7), ask(7));
        assert_ne!(ask(7), ask(8));
    }

    #[test]
    fn the_mix_holds_orders_refusals_and_missing_pages() {
        let mut chance = Chance(1);
        let asked: Vec<_> = (0..3_000).map(|_| chance.request()).collect();
        let count = |is: fn(&Request) -> bool| asked.iter().filter(|request| is(request)).count();
        assert!(count(|request| request.method == "POST") > 400);
        assert!((1..120).contains(&count(|request| request.body.contains("\"quantity\":0"))));
        assert!((1..60).contains(&count(|request| request.path == "/favicon.ico")));
    }

    #[test]
    fn pauses_are_as_long_as_the_rate_says() {
        let mut chance = Chance(3);
        let total: Duration = (0..10_000).map(|_| chance.pause(10.0)).sum();
        assert!((900.0..1_100.0).contains(&total.as_secs_f64()), "{total:?}");
    }
}
