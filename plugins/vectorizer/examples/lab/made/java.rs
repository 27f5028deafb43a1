//! A Java application: logback lines, threads, now and then a stack trace.

use super::{Fault, Page, stamp};

pub(super) fn write(page: &mut Page<'_>) {
    for _ in 0..page.load {
        let at = page.moment();
        let id = page.chance.below(90_000) + 10_000;
        let thread = page.chance.below(8);
        let exec = format!("http-nio-8080-exec-{thread}");
        line(page, at, "INFO ", &exec, "c.a.shop.OrderController", &format!("Received order {id}"));
        line(page, at + 5_000_000, "DEBUG", &exec, "c.a.shop.StockService", &format!("Reserving stock for order {id}"));
        if page.chance.is(if page.is(Fault::Failing) { 0.45 } else { 0.008 }) {
            line(
                page,
                at + 9_000_000,
                "WARN ",
                &exec,
                "c.a.shop.StockService",
                &format!("Stock is short for order {id}, {TRACE}"),
            );
            continue;
        }
        if page.is(Fault::Unfinished) && page.chance.is(0.8) {
            continue;
        }
        line(
            page,
            at + 40_000_000,
            "DEBUG",
            &exec,
            "c.a.shop.OrderRepository",
            &format!("Saved order {id} in {} ms", id % 40),
        );
        line(page, at + 50_000_000, "INFO ", &exec, "c.a.shop.OrderController", &format!("Order {id} accepted"));
    }
    if !page.is(Fault::Missing) {
        let at = page.moment();
        line(page, at, "INFO ", "scheduling-1", "c.a.shop.OutboxJob", &format!("Published {} events", at % 40));
    }
    let at = page.moment();
    if page.chance.is(0.03) {
        line(
            page,
            at,
            "WARN ",
            "HikariPool-1 housekeeper",
            "c.z.hikari.pool.HikariPool",
            "Thread starvation or clock leap detected",
        );
    }
    if page.chance.is(0.005) {
        restart(page, at);
    }
    faulty(page, at);
}

const TRACE: &str = "giving up\ncom.acme.shop.StockException: not enough\n\tat com.acme.shop.StockService.reserve(StockService.java:88)\n\tat com.acme.shop.OrderController.post(OrderController.java:41)";

fn restart(page: &mut Page<'_>, at: u64) {
    for (i, text) in (0..).zip([
        "Starting ShopApplication using Java 21",
        "Tomcat initialized with port 8080",
        "Started ShopApplication in 4.2 seconds",
    ]) {
        line(page, at + i * 900_000_000, "INFO ", "main", "c.a.shop.ShopApplication", text);
    }
}

fn faulty(page: &mut Page<'_>, at: u64) {
    match page.fault {
        Some(Fault::NewError) => {
            let text = "Servlet.service() threw exception\norg.postgresql.util.PSQLException: FATAL: too many connections\n\tat org.postgresql.Driver.connect(Driver.java:297)\n\tat com.zaxxer.hikari.pool.PoolBase.newConnection(PoolBase.java:359)";
            (0..2).for_each(|i| {
                line(page, at + i * 3_000_000, "ERROR", "http-nio-8080-exec-3", "o.a.c.c.C.[dispatcherServlet]", text);
            });
        }
        Some(Fault::Flood) => {
            for i in 0..page.load as u64 * 6 {
                line(
                    page,
                    at + i * 2_000_000,
                    "DEBUG",
                    "http-nio-8080-exec-1",
                    "c.a.shop.StockService",
                    &format!("Reserving stock for order {i}"),
                );
            }
        }
        Some(Fault::NewLine) => {
            line(page, at, "INFO ", "circuit-1", "c.a.shop.StockClient", "Circuit stock opened, using fallback");
        }
        Some(Fault::Subtle) => {
            line(page, at, "INFO ", "http-nio-8080-exec-2", "c.a.shop.OrderController", "Order 5 accepted twice");
        }
        _ => {}
    }
}

fn line(page: &mut Page<'_>, at: u64, level: &str, thread: &str, logger: &str, text: &str) {
    let (date, time) = stamp(at);
    page.write(at, format!("{date} {time} {level} 1 --- [{thread}] {logger} : {text}"));
}
