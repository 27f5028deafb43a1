"""What differs between the releases of the shop: release 1."""
NAME = "1.8.2"


def starting(log):
    log.info("listening on port 8000")


def ordered(log, number, product, quantity):
    log.info("order %d accepted: product=%d quantity=%d", number, product, quantity)


def answered(log, ident, method, path, status, ms):
    log.info("[%s] %s %s %d %dms", ident, method, path, status, ms)
