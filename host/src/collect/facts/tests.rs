use super::*;

fn labelled(labels: &[(&str, &str)]) -> Facts {
    let labels = labels.iter().map(|&(key, value)| (key.to_owned(), value.to_owned())).collect();
    Facts { id: "abcdef0123456789".into(), name: "web".into(), driver: "json-file".into(), labels, ..Facts::default() }
}

#[test]
fn a_service_keeps_its_identity_when_it_is_recreated() {
    let labels = [(COMPOSE_PROJECT, "shop"), (COMPOSE_SERVICE, "api"), (COMPOSE_NUMBER, "1")];
    let mut facts = labelled(&labels);
    assert_eq!(facts.identity("h").as_str(), "h/shop/api");
    (facts.id, facts.name) = ("other".into(), "other".into());
    assert_eq!(facts.identity("h").as_str(), "h/shop/api");
}

#[test]
fn replicas_are_told_apart() {
    let labels = [(COMPOSE_PROJECT, "shop"), (COMPOSE_SERVICE, "api"), (COMPOSE_NUMBER, "2")];
    assert_eq!(labelled(&labels).identity("h").as_str(), "h/shop/api#2");
    assert_eq!(labelled(&[]).identity("h").as_str(), "h/web");
}

#[test]
fn labels_decide() {
    let all = Wanted::default();
    let only = Wanted { labelled_only: true, ..Wanted::default() };
    let verdicts = |facts: &Facts| [&all, &only].map(|wanted| facts.verdict(wanted) == Verdict::Read);
    assert_eq!(verdicts(&labelled(&[])), [true, false]);
    assert_eq!(verdicts(&labelled(&[(ENABLE_LABEL, "true")])), [true, true]);
    for no in ["false", "0", "No", " off "] {
        assert_eq!(verdicts(&labelled(&[(ENABLE_LABEL, no)])), [false, false], "{no}");
    }
}

#[test]
fn own_and_skipped_containers_are_left_out() {
    let own = Wanted { own: Some("abcdef012345".into()), ..Wanted::default() };
    assert!(matches!(labelled(&[]).verdict(&own), Verdict::Ignore { .. }));
    for name in ["web", "/web", "abcdef012345"] {
        let wanted = Wanted { skipped: vec![name.into()], ..Wanted::default() };
        assert!(matches!(labelled(&[]).verdict(&wanted), Verdict::Ignore { .. }), "{name}");
    }
    let wanted = Wanted { skipped: vec!["a".into(), "we".into()], own: Some(String::new()), ..Wanted::default() };
    assert_eq!(labelled(&[]).verdict(&wanted), Verdict::Read);
}

#[test]
fn a_driver_without_a_log_is_unreadable() {
    let facts = Facts { driver: "none".into(), ..labelled(&[]) };
    assert!(
        matches!(facts.verdict(&Wanted::default()), Verdict::Unreadable { reason } if reason.contains("json-file"))
    );
}

#[test]
fn compressed_logs_are_read_from_the_start() {
    let facts = |driver: &str, is_compressed| Facts { driver: driver.into(), is_compressed, ..Facts::default() };
    assert!(facts("json-file", false).can_seek());
    assert!(!facts("json-file", true).can_seek());
    assert!(!facts("local", false).can_seek());
    assert!(!facts("syslog", false).can_seek());
}

#[test]
fn only_labels_for_foghorn_are_passed_on() {
    let facts = labelled(&[("foghorn.detector", "x"), ("secret", "y")]);
    assert_eq!(facts.own_labels().into_keys().collect::<Vec<_>>(), ["foghorn.detector"]);
}

const ID: &str = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

#[test]
fn the_own_container_is_found() {
    let mounts = format!("1 2 8:1 /var/lib/docker/containers/{ID}/hostname /etc/hostname rw - ext4 /dev/a rw");
    assert_eq!(own_id(&mounts, "").as_deref(), Some(ID));
    assert_eq!(own_id("", &format!("1:cpu:/docker/{ID}")).as_deref(), Some(ID));
    assert_eq!(own_id("", &format!("0::/system.slice/docker-{ID}.scope")).as_deref(), Some(ID));
}

#[test]
fn mounts_of_others_do_not_make_it_a_container() {
    let mounts = format!("1 2 0:5 / /var/lib/docker/containers/{ID}/mounts/shm rw - tmpfs shm rw");
    assert_eq!(own_id(&mounts, "0::/init.scope"), None);
}

#[test]
fn sizes_are_read_as_the_engine_reads_them() {
    let cases = [("5m", 5 << 20), ("512KB", 512 << 10), ("1.5g", 3 << 29), ("10 MiB", 10 << 20), ("4096", 4096)];
    for (size, found) in cases {
        assert_eq!(bytes(size), Some(found), "{size}");
    }
    for size in ["-1", "0", "", "big", "5x"] {
        assert_eq!(bytes(size), None, "{size}");
    }
}
