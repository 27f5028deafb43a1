"""The shop of the fault runs: a small real service. `app.py api` answers requests out of Postgres and Redis, `app.py worker`
takes jobs from a queue in Redis. Both log as services do, with some noise of their own. Nothing here knows of faults."""
import json, logging, os, queue, random, signal, sys, threading, time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import psycopg2
import redis

import release

SETTINGS = json.loads(os.environ["SHOP_SETTINGS"])
POOL_SIZE, CONNECTION_SECONDS_MAX, ITEMS, REPORTS_KEPT = 8, 40, 400, 12
logging.basicConfig(stream=sys.stdout, level=logging.INFO, format="%(asctime)s %(levelname)s [%(name)s] %(message)s")
log = logging.getLogger("api" if "api" in sys.argv else "worker")
cache = redis.Redis(host=SETTINGS["cache"], socket_timeout=2, socket_connect_timeout=2, health_check_interval=30)
chance = random.Random()


class Pool:
    """At most POOL_SIZE connections to Postgres, none kept longer than CONNECTION_SECONDS_MAX."""

    def __init__(self):
        self.slots = queue.LifoQueue()
        self.taken = 0
        for _ in range(POOL_SIZE):
            self.slots.put(None)

    def run(self, statement, *values):
        try:
            slot = self.slots.get(timeout=3)
        except queue.Empty:
            raise TimeoutError(f"no database connection is free after 3 s, {POOL_SIZE} in use") from None
        self.taken += 1
        try:
            if slot and time.monotonic() - slot[1] > CONNECTION_SECONDS_MAX:
                slot = slot[0].close()
            if not slot:
                slot = (psycopg2.connect(SETTINGS["database"], connect_timeout=3), time.monotonic())
                slot[0].autocommit = True
            with slot[0].cursor() as cursor:
                cursor.execute(statement, values)
                return cursor.fetchall() if cursor.description else []
        except psycopg2.Error:
            if slot:
                slot[0].close()
            slot = None
            raise
        finally:
            self.slots.put(slot)


database = Pool()


def product(number):
    known = cache.get(f"product:{number}")
    if known:
        return json.loads(known)
    log.info("cache miss product=%d", number)
    rows = database.run("SELECT id, name, price FROM products WHERE id = %s", number)
    if not rows:
        return None
    found = dict(zip(("id", "name", "price"), rows[0]))
    cache.set(f"product:{number}", json.dumps(found), ex=45)
    return found


def order(number):
    rows = database.run("SELECT id, product, quantity FROM orders WHERE id = %s", number)
    return dict(zip(("id", "product", "quantity"), rows[0])) if rows else None


def new_order(body):
    wanted = json.loads(body)
    if wanted["quantity"] < 1:
        log.warning("order rejected: quantity %d is not allowed, product=%d", wanted["quantity"], wanted["product"])
        return None
    values = wanted["product"], wanted["quantity"]
    number = database.run("INSERT INTO orders (product, quantity) VALUES (%s, %s) RETURNING id", *values)[0][0]
    database.run("UPDATE products SET sold = sold + %s WHERE id = %s", wanted["quantity"], wanted["product"])
    kind = "report" if number % 6 == 0 else "mail"
    cache.rpush("jobs", json.dumps({"id": number, "kind": kind, "rows": 500 + number % 700}))
    release.ordered(log, number, *values)
    return {"id": number}


def totals():
    rows = database.run("SELECT product, sum(quantity) FROM orders GROUP BY product ORDER BY 2 DESC LIMIT 10")
    return [[product, int(total)] for product, total in rows]


class Api(BaseHTTPRequestHandler):
    def do_GET(self):
        self.answer(lambda: self.read(self.path.split("/")))

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("content-length", 0)))
        self.answer(lambda: new_order(body), missing=422)

    def read(self, path):
        if path[1] == "products":
            return product(int(path[2]))
        if path[1] == "orders":
            return order(int(path[2]))
        if path[1] == "totals":
            return totals()
        return {"release": release.NAME} if path[1] == "health" else None

    def answer(self, work, missing=404):
        begin, ident = time.monotonic(), self.headers.get("x-request-id", "-")[:8]
        try:
            found = work()
            status = 200 if found is not None else missing
        except Exception:
            log.exception("[%s] %s %s failed", ident, self.command, self.path)
            found, status = {"error": "internal"}, 500
        ms = int((time.monotonic() - begin) * 1000)
        if ms > 1500:
            log.warning("[%s] slow request: %s %s took %d ms", ident, self.command, self.path, ms)
        release.answered(log, ident, self.command, self.path, status, ms)
        self.reply(status, json.dumps(found).encode())

    def reply(self, status, body):
        try:
            self.send_response(status)
            self.send_header("content-type", "application/json")
            self.end_headers()
            self.wfile.write(body)
        except BrokenPipeError:
            log.warning("client went away before the answer was sent")

    def log_message(self, *_):
        pass


def every(seconds, act):
    def loop():
        while True:
            time.sleep(seconds * chance.uniform(0.9, 1.1))
            try:
                act()
            except Exception as error:
                log.warning("housekeeping: %s", error)

    threading.Thread(target=loop, daemon=True).start()


def api():
    log.info("shop api %s starting, pool=%d", release.NAME, POOL_SIZE)
    release.starting(log)
    every(20, lambda: log.info("pool: %d checkouts, %d idle", database.taken, database.slots.qsize()))
    every(45, lambda: log.info("settings refreshed, %d flags", len(SETTINGS)))
    every(30, lambda: log.info("stock: %s pieces sold so far", database.run("SELECT sum(sold) FROM products")[0][0]))
    ThreadingHTTPServer(("", 8000), Api).serve_forever()


def render(job):
    """A report, made in a process of its own, in memory as a whole."""
    lines = [f"{job['id']},{row},{row * 7 % 13}" for row in range(job["rows"])]
    name = f"/data/report-{job['id']}.csv"
    with open(name, "w") as file:
        file.write("\n".join(lines))
    reports = sorted(os.scandir("/data"), key=lambda entry: entry.stat().st_mtime)
    for old in reports[:-REPORTS_KEPT]:
        if old.name.startswith("report-"):
            os.unlink(old.path)


def in_child(job):
    child = os.fork()
    if not child:
        try:
            render(job)
            os._exit(0)
        except Exception:
            log.exception("report %d could not be written", job["id"])
            os._exit(1)
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    if status < 0:
        raise RuntimeError(f"child {child} was ended by {signal.Signals(-status).name}")
    if status:
        raise RuntimeError(f"child {child} ended with code {status}")


def do(job):
    begin = time.monotonic()
    log.info("job %d %s started", job["id"], job["kind"])
    try:
        if job["kind"] == "report":
            in_child(job)
        else:
            time.sleep(chance.uniform(0.005, 0.06))
            if chance.random() < 0.03:
                log.warning("job %d mail: greylisted by the receiver, trying again", job["id"])
                time.sleep(0.2)
        log.info("job %d %s done in %d ms", job["id"], job["kind"], (time.monotonic() - begin) * 1000)
    except Exception as error:
        log.error("job %d %s failed, attempt %d: %s", job["id"], job["kind"], job.get("attempt", 1), error)
        if job.get("attempt", 1) < 3:
            cache.rpush("jobs", json.dumps(dict(job, attempt=job.get("attempt", 1) + 1)))


def worker():
    log.info("shop worker %s starting, reports go to /data", release.NAME)
    every(15, lambda: log.info("heartbeat: %d jobs wait", cache.llen("jobs")))
    every(50, lambda: log.info("cleaned %d temporary files", chance.randrange(4)))
    while True:
        try:
            taken = cache.blpop("jobs", timeout=1)
        except redis.RedisError as error:
            log.error("queue cannot be read: %s", error)
            time.sleep(1)
            continue
        if taken:
            do(json.loads(taken[1]))


{"api": api, "worker": worker}[sys.argv[1]]()
