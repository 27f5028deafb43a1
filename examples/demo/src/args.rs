//! The command line, read by hand: a parser from outside would be larger than the program.

use std::str::FromStr;
use std::time::Duration;

use crate::line::Character;
use crate::trouble::Kind;

const USAGE: &str = "usage: foghorn-demo-logs web|api|worker [--seed N] [--rate LINES_PER_SECOND] [--lines N] [--seconds N] [--numbered]
       foghorn-demo-logs trouble database|disk|attack SECONDS";

/// What to do.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Task {
    Write(Options),
    Trouble { kind: Kind, seconds: u64 },
}

/// How to write.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Options {
    pub(crate) character: Character,
    /// Default 1.
    pub(crate) seed: u64,
    /// Lines a second, on average. Default 20.
    pub(crate) rate: f64,
    /// Stop writing after so many, but do not end. Default: never.
    pub(crate) lines: u64,
    /// End after this time. Default: a day, so that a forgotten container does not write for ever.
    pub(crate) life: Duration,
    /// Number the lines from 1.
    pub(crate) numbered: bool,
}

impl Task {
    /// `args` without the program's name.
    pub(crate) fn from_args(args: impl Iterator<Item = String>) -> Result<Self, String> {
        let args: Vec<String> = args.collect();
        let words: Vec<&str> = args.iter().map(String::as_str).collect();
        match words.as_slice() {
            ["trouble", kind, seconds] => {
                let kind = Kind::from_text(kind).ok_or_else(|| format!("no trouble is called {kind}\n{USAGE}"))?;
                Ok(Self::Trouble { kind, seconds: number("SECONDS", Some(seconds))? })
            }
            [character, options @ ..] => {
                let character =
                    Character::from_text(character).ok_or_else(|| format!("nobody is called {character}\n{USAGE}"))?;
                Ok(Self::Write(Options::from_words(character, options)?))
            }
            [] => Err(USAGE.to_owned()),
        }
    }
}

impl Options {
    fn from_words(character: Character, words: &[&str]) -> Result<Self, String> {
        let mut options = Self {
            character,
            seed: 1,
            rate: 20.0,
            lines: u64::MAX,
            life: Duration::from_secs(86_400),
            numbered: false,
        };
        let mut words = words.iter();
        while let Some(word) = words.next() {
            match *word {
                "--seed" => options.seed = number(word, words.next())?,
                "--rate" => options.rate = number(word, words.next())?,
                "--lines" => options.lines = number(word, words.next())?,
                "--seconds" => options.life = Duration::from_secs(number(word, words.next())?),
                "--numbered" => options.numbered = true,
                _ => return Err(format!("unknown option {word}\n{USAGE}")),
            }
        }
        if !(0.001..=1e6).contains(&options.rate) {
            return Err(format!("--rate is {}; allowed is 0.001 to 1000000", options.rate));
        }
        Ok(options)
    }
}

fn number<T: FromStr>(name: &str, text: Option<&&str>) -> Result<T, String> {
    let text = text.ok_or_else(|| format!("{name} needs a number\n{USAGE}"))?;
    text.parse().map_err(|_| format!("{name} is {text}; it must be a number\n{USAGE}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn task(text: &str) -> Result<Task, String> {
        Task::from_args(text.split_whitespace().map(str::to_owned))
    }

    #[test]
    fn options_are_read_and_bad_ones_named() {
        let Ok(Task::Write(options)) = task("worker --seed 9 --rate 2.5 --lines 100 --numbered") else { panic!() };
        assert_eq!((options.seed, options.rate, options.lines, options.numbered), (9, 2.5, 100, true));
        assert_eq!(task("trouble disk 5"), Ok(Task::Trouble { kind: Kind::Disk, seconds: 5 }));
        for (bad, named) in
            [("cat", "cat"), ("web --speed 3", "--speed"), ("web --rate 0", "--rate"), ("web --seed", "--seed")]
        {
            assert!(task(bad).unwrap_err().contains(named), "{bad}");
        }
    }
}
