//! The one setting: the rules.

use foghorn_guest::{Described, Error};

use crate::rule::Rule;

const DEFAULT: &str = r"error=(?i)\b(error|fatal|panic|exception)\b; warning=(?i)\bwarn(ing)?\b; refused=(?i)connection (refused|reset)|timed? ?out; memory=(?i)out of memory|\boom\b";

/// Checked settings.
#[derive(Debug, Clone)]
pub struct Settings {
    pub rules: Vec<Rule>,
}

impl Default for Settings {
    fn default() -> Self {
        Self { rules: Rule::parse_all(DEFAULT).unwrap_or_default() }
    }
}

impl foghorn_guest::Settings for Settings {
    const SCHEMA: &'static [Described] = &[Described {
        key: "rules",
        summary: "Rules, NAME=EXPRESSION; NAME=EXPRESSION: each is a column of how many lines a minute match; a ';' of an expression is written \\x3b; a change needs new training",
        default: DEFAULT,
    }];

    fn set(&mut self, key: &str, value: &str) -> Result<(), Error> {
        if key == "rules" {
            self.rules = Rule::parse_all(value)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use foghorn_guest::Settings as _;

    use super::*;

    fn parse(rules: &str) -> Result<Settings, Error> {
        Settings::parse(&[("rules".to_owned(), rules.to_owned())])
    }

    #[test]
    fn the_default_is_what_the_schema_states() {
        let rules = parse(DEFAULT).unwrap().rules;
        let names: Vec<_> = Settings::default().rules.into_iter().map(|rule| rule.name).collect();
        assert_eq!(names, ["error", "warning", "refused", "memory"]);
        assert_eq!(rules.len(), names.len());
    }

    #[test]
    fn each_bad_rule_is_told_with_what_is_allowed() {
        let cases = [
            ("", "0 rules; allowed are 1 to 64"),
            ("oom", "a rule is NAME=EXPRESSION"),
            ("Oom=x", "lowercase letters"),
            ("oom=", "rule oom has 0 bytes"),
            ("oom=(", "rule oom is no regular expression"),
            ("oom=a; oom=b", "the name oom is taken"),
            ("lines=a", "the name lines is taken"),
            ("big=(((a{99}){99}){99}){99}", "rule big is no regular expression"),
        ];
        for (rules, reason) in cases {
            let error = parse(rules).unwrap_err();
            assert_eq!(error.code, 1);
            assert!(error.message.contains(reason), "{} should say {reason}", error.message);
        }
    }

    #[test]
    fn a_semicolon_and_an_equals_sign_can_be_part_of_an_expression() {
        let rules = parse(r"kv=a=1\x3bb").unwrap().rules;
        assert!(rules[0].expression.is_match("a=1;b"));
    }
}
