//! Which container is meant: its identity, or where that says enough its last parts.

use anyhow::bail;
use serde::Deserialize;

use crate::cli::reach::Host;
use crate::cli::text::safe;

/// So many are named in an error.
const TOLD_MAX: usize = 20;

/// The containers that the host knows.
#[derive(Deserialize)]
struct Known {
    rows: Vec<Named>,
    total: u64,
}

#[derive(Deserialize)]
struct Named {
    identity: String,
}

/// The identity of the container that `wanted` means.
pub(super) async fn resolve(host: &Host, wanted: &str) -> anyhow::Result<String> {
    let known: Known = host.get(&["containers"]).await?;
    let identities: Vec<String> = known.rows.into_iter().map(|row| row.identity).collect();
    let are_all = identities.len() as u64 >= known.total;
    choose(wanted, &identities, are_all)
}

/// Of `identities`, the one that `wanted` means; `are_all` where no other is known.
pub(super) fn choose(wanted: &str, identities: &[String], are_all: bool) -> anyhow::Result<String> {
    if identities.iter().any(|identity| identity == wanted) {
        return Ok(wanted.into());
    }
    let ending = format!("/{wanted}");
    let mut meant: Vec<&String> = identities.iter().filter(|identity| identity.ends_with(&ending)).collect();
    match (meant.len(), meant.pop()) {
        (1, Some(identity)) if are_all => Ok(identity.clone()),
        // The host lists its first thousand only; it knows itself whether there is such a one.
        (0, _) if !are_all && wanted.contains('/') => Ok(wanted.into()),
        (0, _) => bail!("there is no container {}; there are: {}", safe(wanted), told(identities.iter())),
        _ if !are_all => bail!("{} may mean several of many containers; write the identity in full", safe(wanted)),
        _ => {
            let meant = identities.iter().filter(|identity| identity.ends_with(&ending));
            bail!("{} may mean {}; write one in full", safe(wanted), told(meant))
        }
    }
}

fn told<'a>(identities: impl Iterator<Item = &'a String>) -> String {
    let mut all: Vec<_> = identities.map(|identity| safe(identity)).collect();
    let more = all.len().saturating_sub(TOLD_MAX);
    all.truncate(TOLD_MAX);
    match (all.is_empty(), more) {
        (true, _) => "none".into(),
        (_, 0) => all.join(", "),
        (_, more) => format!("{} and {more} more", all.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chosen(wanted: &str) -> Result<String, String> {
        let identities = ["h/shop/api", "h/blog/api", "h/db", "h/x/db2"].map(String::from);
        choose(wanted, &identities, true).map_err(|error| error.to_string())
    }

    #[test]
    fn the_last_parts_are_enough_where_they_mean_one() {
        assert_eq!(chosen("h/db").unwrap(), "h/db");
        assert_eq!(chosen("db").unwrap(), "h/db");
        assert_eq!(chosen("shop/api").unwrap(), "h/shop/api");
    }

    #[test]
    fn an_ambiguous_or_unknown_one_lists_the_candidates() {
        assert_eq!(chosen("api").unwrap_err(), "api may mean h/shop/api, h/blog/api; write one in full");
        let unknown = chosen("b").unwrap_err();
        assert!(unknown.contains("there is no container b; there are: h/shop/api, h/blog/api"), "{unknown}");
    }

    #[test]
    fn where_not_all_are_known_only_an_identity_in_full_is_taken() {
        let some = ["h/db".to_string()];
        assert!(choose("db", &some, false).is_err());
        assert_eq!(choose("h/other", &some, false).unwrap(), "h/other");
    }
}
