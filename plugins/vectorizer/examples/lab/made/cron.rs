//! A machine's syslog: few lines, many programs, much that is rare and means nothing.

use super::{Fault, Page, stamp};

const RARE: [(&str, &str); 8] = [
    ("systemd[1]", "Starting Daily apt download activities..."),
    ("systemd[1]", "logrotate.service: Succeeded."),
    ("ntpd[612]", "adjusting local clock by 0.12s"),
    ("kernel", "perf: interrupt took too long, lowering rate"),
    ("sshd[88]", "Connection closed by authenticating user git 10.1.1.9 port 5022 [preauth]"),
    ("dhclient[401]", "DHCPREQUEST on eth0 to 10.0.0.1 port 67"),
    ("smartd[700]", "Device: /dev/sda, SMART Usage Attribute changed from 68 to 67"),
    ("snapd[733]", "storehelpers.go:769: cannot refresh: snap has no updates available"),
];

pub(super) fn write(page: &mut Page<'_>) {
    let at = page.moment();
    let rounds = if page.is(Fault::Missing) { 0 } else { 1 };
    for _ in 0..rounds {
        line(page, at, "CRON[4411]", "(root) CMD (/usr/local/bin/backup-step --incremental)");
        if !page.is(Fault::Unfinished) {
            line(page, at + 900_000_000, "backup-step", "step finished, 0 errors");
        }
    }
    for _ in 0..page.load {
        let at = page.moment();
        let pid = page.chance.below(30_000);
        let user = page.chance.of(&["deploy", "git", "backup"]);
        if page.chance.is(if page.is(Fault::Failing) { 0.6 } else { 0.02 }) {
            line(
                page,
                at,
                &format!("sshd[{pid}]"),
                "Failed password for invalid user admin from 203.0.113.7 port 40022 ssh2",
            );
            continue;
        }
        line(
            page,
            at,
            &format!("sshd[{pid}]"),
            &format!("Accepted publickey for {user} from 10.1.1.{} port {pid} ssh2", pid % 200),
        );
        line(page, at + 3_000_000, "systemd-logind[590]", &format!("New session {pid} of user {user}."));
        if !(page.is(Fault::Unfinished) && page.chance.is(0.8)) {
            line(page, at + 800_000_000, "systemd-logind[590]", &format!("Removed session {pid}."));
        }
    }
    if page.chance.is(0.08) {
        let (program, text) = RARE[page.chance.below(RARE.len())];
        line(page, at, program, text);
    }
    faulty(page, at);
}

fn faulty(page: &mut Page<'_>, at: u64) {
    match page.fault {
        Some(Fault::NewError) => {
            line(
                page,
                at,
                "kernel",
                "EXT4-fs error (device sda1): ext4_find_entry:1455: inode #2: comm cron: reading directory lblock 0",
            );
            line(page, at + 1_000_000, "kernel", "blk_update_request: I/O error, dev sda, sector 2048");
        }
        Some(Fault::Flood) => {
            for i in 0..page.load as u64 * 8 {
                line(page, at + i * 5_000_000, "systemd-logind[590]", &format!("Removed session {i}."));
            }
        }
        Some(Fault::NewLine) => {
            line(page, at, "useradd[9120]", "new user: name=svc2, UID=0, GID=0, home=/root, shell=/bin/bash");
            line(page, at + 2_000_000, "crontab[9121]", "(svc2) REPLACE (svc2)");
        }
        Some(Fault::Subtle) => {
            line(page, at, "sshd[71]", "Accepted password for root from 198.51.100.4 port 4022 ssh2");
        }
        _ => {}
    }
}

fn line(page: &mut Page<'_>, at: u64, program: &str, text: &str) {
    let time = stamp(at).1;
    page.write(at, format!("Jan  5 {} web-1 {program}: {text}", &time[..8]));
}
