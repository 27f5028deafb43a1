//! Users and passwords of registries: lines of `REGISTRY=USER:PASSWORD`.
//!
//! Each is bound to its registry: one password for all would be handed to any registry a reference names.

use std::fmt;

/// How to log in to one registry. Shown without its password.
#[derive(Clone, PartialEq, Eq)]
pub struct Login {
    pub user: String,
    pub password: String,
}

impl fmt::Debug for Login {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "user {:?}", self.user)
    }
}

/// All logins that were given.
#[derive(Debug, Clone, Default)]
pub struct Logins(Vec<(String, Login)>);

impl Logins {
    /// Reads one login a line; empty lines are skipped.
    pub fn parse(text: &str) -> Result<Self, LoginError> {
        let lines = text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty());
        lines.map(|(at, line)| login(line).ok_or(LoginError { line: at + 1 })).collect::<Result<_, _>>().map(Self)
    }

    pub(super) fn of(&self, registry: &str) -> Option<&Login> {
        self.0.iter().find(|(known, _)| known == registry).map(|(_, login)| login)
    }
}

/// A password may hold any of the signs.
fn login(line: &str) -> Option<(String, Login)> {
    let (registry, login) = line.split_once('=')?;
    let (user, password) = login.split_once(':')?;
    let empty = registry.trim().is_empty() || user.is_empty() || password.is_empty();
    (!empty).then(|| (registry.trim().to_owned(), Login { user: user.to_owned(), password: password.to_owned() }))
}

/// A line that is no login. What stands in it is not repeated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("line {line} of the registry logins is not REGISTRY=USER:PASSWORD, such as ghcr.io=me:secret")]
pub struct LoginError {
    line: usize,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_login_is_for_its_registry_alone() {
        let logins = Logins::parse("ghcr.io=me:a=b:c\n\nlocalhost:5000=you:x\n").unwrap();
        assert_eq!(logins.of("ghcr.io"), Some(&Login { user: "me".into(), password: "a=b:c".into() }));
        assert_eq!(logins.of("localhost:5000").unwrap().user, "you");
        assert_eq!(logins.of("ghcr.io.example.com"), None);
        assert_eq!(logins.of("localhost"), None);
    }

    #[test]
    fn bad_lines_are_numbered_and_nothing_shows_a_password() {
        for text in ["\nme:secret", "\nghcr.io=secret", "\n=me:secret", "\nghcr.io=:secret", "\nghcr.io=secret:"] {
            let error = Logins::parse(text).unwrap_err().to_string();
            assert!(error.contains("line 2") && !error.contains(":secret,"), "{error}");
        }
        assert_eq!(format!("{:?}", Logins::parse("a.b=me:hidden").unwrap()), "Logins([(\"a.b\", user \"me\")])");
    }
}
