//! The soak as a picture: memory, lag and lines not yet judged over time, with a mark for each restart of the host, the engine and the servers.

use std::fmt::Write as _;

use crate::fate::Fate;
use crate::record::{Record, Sample};

const WIDTH: f64 = 900.0;
const PANEL: f64 = 130.0;
const GAP: f64 = 46.0;
const LEFT: f64 = 64.0;
const TOP: f64 = 46.0;
/// More points than pixels tell nothing: the most of each pixel is drawn.
const POINTS: usize = 800;
const STYLE: &str = "text{font:12px system-ui,sans-serif;fill:#333}.t{font-weight:600}.l{fill:none;stroke:#20639b;stroke-width:1.2}\
.a{stroke:#bbb;stroke-width:1}.h{stroke:#c0392b}.e{stroke:#8e44ad}.s{stroke:#999;stroke-dasharray:2 3}rect{fill:#fff}";

struct Panel {
    title: &'static str,
    of: fn(&Sample) -> f64,
}

const PANELS: [Panel; 3] = [
    Panel { title: "resident memory, MB", of: |sample| sample.memory_mb },
    Panel { title: "age of the newest line of a steady container, s", of: |sample| sample.behind_s },
    Panel { title: "lines stored and not yet judged", of: |sample| sample.waiting },
];

pub(crate) fn draw(record: &Record) -> String {
    let height = TOP + PANELS.len() as f64 * (PANEL + GAP);
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {} {height}\" role=\"img\">\n<title>Memory and lag over {:.0} minutes</title>\n\
         <style>{STYLE}</style>\n<rect width=\"100%\" height=\"100%\"/>\n",
        WIDTH + LEFT + 20.0,
        record.end() / 60.0
    );
    let legend =
        "lines across: red the host was killed or stopped, violet the engine restarted, grey Redis or InfluxDB away";
    let _ = writeln!(svg, "<text x=\"{LEFT}\" y=\"18\">{legend}</text>");
    for (place, panel) in PANELS.iter().enumerate() {
        let top = TOP + place as f64 * (PANEL + GAP);
        panel.draw(&mut svg, record, top);
    }
    svg + "</svg>\n"
}

impl Panel {
    fn draw(&self, svg: &mut String, record: &Record, top: f64) {
        let most = nice(record.samples.iter().map(self.of).fold(0.0, f64::max));
        let x = |at: f64| LEFT + WIDTH * at / record.end();
        let y = |value: f64| top + PANEL * (1.0 - value / most);
        let bottom = top + PANEL;
        let _ = writeln!(svg, "<text class=\"t\" x=\"{LEFT}\" y=\"{:.1}\">{}</text>", top - 6.0, self.title);
        for (at, fate) in &record.strokes {
            if let Some(class) = class(*fate) {
                let x = x(*at);
                let _ = writeln!(svg, "<path class=\"{class}\" d=\"M{x:.1} {top}V{bottom}\"/>");
            }
        }
        let _ = writeln!(svg, "<path class=\"a\" d=\"M{LEFT} {top}V{bottom}H{}\" fill=\"none\"/>", LEFT + WIDTH);
        for value in [0.0, most / 2.0, most] {
            let _ = writeln!(
                svg,
                "<text x=\"{}\" y=\"{:.1}\" text-anchor=\"end\">{value}</text>",
                LEFT - 6.0,
                y(value) + 4.0
            );
        }
        let minutes = record.end() / 60.0;
        let step = nice(minutes / 6.0);
        for mark in (0..).map(|mark| f64::from(mark) * step).take_while(|at| *at <= minutes) {
            let _ = writeln!(
                svg,
                "<text x=\"{:.1}\" y=\"{}\" text-anchor=\"middle\">{mark} min</text>",
                x(mark * 60.0),
                bottom + 16.0
            );
        }
        let points: Vec<String> =
            self.most_of_each(&record.samples).map(|(at, value)| format!("{:.1} {:.1}", x(at), y(value))).collect();
        let _ = writeln!(svg, "<polyline class=\"l\" points=\"{}\"/>", points.join(" "));
    }

    fn most_of_each<'a>(&'a self, samples: &'a [Sample]) -> impl Iterator<Item = (f64, f64)> + 'a {
        let chunk = samples.len().div_ceil(POINTS).max(1);
        samples.chunks(chunk).map(|of| (of[0].at, of.iter().map(self.of).fold(0.0, f64::max)))
    }
}

/// The class of a stroke that is drawn.
fn class(fate: Fate) -> Option<&'static str> {
    match fate {
        Fate::HostKilled | Fate::HostStopped => Some("h"),
        Fate::EngineRestarted => Some("e"),
        Fate::RedisAway | Fate::InfluxAway => Some("s"),
        _ => None,
    }
}

/// The next of 1, 2, 5, 10, 20, … that is at least this.
fn nice(value: f64) -> f64 {
    let ten = 10_f64.powf(value.max(1e-3).log10().floor());
    [1.0, 2.0, 5.0, 10.0].map(|step| step * ten).into_iter().find(|step| *step >= value * 0.999).unwrap_or(10.0 * ten)
}
