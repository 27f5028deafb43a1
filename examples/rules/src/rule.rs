//! One rule: a name for its column and what its lines look like.

use foghorn_guest::Error;
use regex_lite::{Regex, RegexBuilder};

/// Most rules, bytes of a name and of an expression, and bytes that one compiled expression may take.
const RULES_MAX: usize = 64;
const NAME_BYTES_MAX: usize = 32;
const EXPRESSION_BYTES_MAX: usize = 1_024;
const COMPILED_BYTES_MAX: usize = 1 << 20;

/// The column of all lines; no rule may be called so.
pub(crate) const ALL: &str = "lines";

/// One rule.
#[derive(Debug, Clone)]
pub struct Rule {
    pub name: String,
    pub expression: Regex,
}

impl Rule {
    /// Reads `name=expression; name=expression`. A `;` inside an expression is written `\x3b`.
    pub(crate) fn parse_all(text: &str) -> Result<Vec<Self>, Error> {
        let parts: Vec<&str> = text.split(';').map(str::trim).filter(|part| !part.is_empty()).collect();
        if parts.is_empty() || parts.len() > RULES_MAX {
            return Err(bad(format!("it holds {} rules; allowed are 1 to {RULES_MAX}", parts.len())));
        }
        let mut rules: Vec<Self> = Vec::with_capacity(parts.len());
        for part in parts {
            let rule = Self::parse(part)?;
            if rule.name == ALL || rules.iter().any(|other| other.name == rule.name) {
                return Err(bad(format!("the name {} is taken; give each rule one of its own", rule.name)));
            }
            rules.push(rule);
        }
        Ok(rules)
    }

    fn parse(part: &str) -> Result<Self, Error> {
        let Some((name, expression)) = part.split_once('=') else {
            return Err(bad(format!("{part:?} is no rule; a rule is NAME=EXPRESSION")));
        };
        let (name, expression) = (name.trim(), expression.trim());
        let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_';
        if name.is_empty() || name.len() > NAME_BYTES_MAX || !name.bytes().all(plain) {
            return Err(bad(format!(
                "{name:?} is no name; names are 1 to {NAME_BYTES_MAX} lowercase letters, digits and '_'"
            )));
        }
        if expression.is_empty() || expression.len() > EXPRESSION_BYTES_MAX {
            let found = expression.len();
            return Err(bad(format!("rule {name} has {found} bytes; allowed are 1 to {EXPRESSION_BYTES_MAX}")));
        }
        let compiled = RegexBuilder::new(expression).size_limit(COMPILED_BYTES_MAX).build();
        let expression = compiled.map_err(|error| bad(format!("rule {name} is no regular expression: {error}")))?;
        Ok(Self { name: name.to_owned(), expression })
    }

    /// The same for the same rule in every run and on every host (FNV-1a over name and expression).
    pub(crate) fn id(&self) -> u64 {
        let text = self.name.bytes().chain([0]).chain(self.expression.as_str().bytes());
        text.fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3))
    }
}

fn bad(what: impl std::fmt::Display) -> Error {
    Error::setting(format!("setting rules: {what}"))
}
