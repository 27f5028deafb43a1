"""Makes a Postgres cluster in /data when there is none, then becomes the server. It refuses to run as root."""
import os, subprocess

PROGRAMS, USER = "/usr/lib/postgresql/15/bin", 101
SCHEMA = """
CREATE ROLE shop LOGIN PASSWORD 'correct-horse';
CREATE TABLE products (id int PRIMARY KEY, name text, price int, sold bigint DEFAULT 0);
CREATE TABLE orders (id bigserial PRIMARY KEY, product int, quantity int, at timestamptz DEFAULT now());
INSERT INTO products SELECT n, 'product ' || n, 100 + n % 900, 0 FROM generate_series(1, 400) n;
INSERT INTO orders (product, quantity) SELECT 1 + n % 400, 1 + n % 5 FROM generate_series(1, 2000) n;
GRANT ALL ON ALL TABLES IN SCHEMA public TO shop;
GRANT ALL ON ALL SEQUENCES IN SCHEMA public TO shop;
"""
SETTINGS = {
    "listen_addresses": "*", "max_connections": 30, "fsync": "off", "log_connections": "on", "log_disconnections": "on",
    "log_lock_waits": "on", "log_min_duration_statement": "400ms", "checkpoint_timeout": "60s", "autovacuum_naptime": "20s",
    "log_autovacuum_min_duration": "0", "shared_buffers": "32MB", "unix_socket_directories": "/tmp", "jit": "off",
    "log_line_prefix": "%m [%p] %q%u@%d ", "dynamic_shared_memory_type": "mmap", "statement_timeout": "20s",
    "log_statement": "mod",
}
os.makedirs("/data", exist_ok=True)
os.chown("/data", USER, USER)
os.chmod("/data", 0o700)
os.setgid(USER)
os.setuid(USER)
if not os.path.exists("/data/PG_VERSION"):
    quiet = {"stdout": subprocess.DEVNULL, "check": True}
    subprocess.run([f"{PROGRAMS}/initdb", "-D", "/data", "-U", "postgres", "--auth-local=trust", "--auth-host=scram-sha-256",
                    "--no-locale", "-E", "UTF8", "--no-sync"], **quiet)
    with open("/data/pg_hba.conf", "a") as file:
        file.write("host all all 0.0.0.0/0 scram-sha-256\n")
    single = [f"{PROGRAMS}/postgres", "--single", "-j", "-D", "/data", "-c", "log_min_messages=fatal", "postgres"]
    subprocess.run(single, input=SCHEMA.strip().replace(";\n", ";\n\n").encode(), **quiet)
flags = [word for key, value in SETTINGS.items() for word in ("-c", f"{key}={value}")]
os.execv(f"{PROGRAMS}/postgres", ["postgres", "-D", "/data", *flags])
