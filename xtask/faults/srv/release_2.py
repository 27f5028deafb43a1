"""What differs between the releases of the shop: release 2, which prices orders by itself and tells other things."""
NAME = "2.0.0"


def starting(log):
    log.info("pricing engine loaded: 3 rules, currency=EUR")
    log.warning("setting order.legacy_totals is deprecated and will be removed in 2.2")


def ordered(log, number, product, quantity):
    log.info("priced basket for order %d: rule=default discount=0.00", number)
    log.info("order %d committed to ledger, product=%d quantity=%d", number, product, quantity)


def answered(log, ident, method, path, status, ms):
    log.info("request=%s method=%s target=%s status=%d elapsed_ms=%d tenant=default", ident, method, path, status, ms)
