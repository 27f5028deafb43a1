// What a page cannot do as plain HTML: remember the theme, tell times in the reader's zone, keep "3 min ago" true, speak up when alerts
// change, follow a log, and listen to keys. Without it every page still works.
"use strict";
(() => {
  const root = document.documentElement;
  const themes = ["system", "light", "dark"];
  const stored = () => {
    try { return localStorage.getItem("theme"); } catch { return null; }
  };
  const apply = (theme) => {
    if (theme === "light" || theme === "dark") root.dataset.theme = theme;
    else delete root.dataset.theme;
  };
  apply(stored()); // Before the body is drawn, so that nothing flashes.

  const pad = (number) => String(number).padStart(2, "0");
  const clock = (date) => `${pad(date.getHours())}:${pad(date.getMinutes())}`;
  const day = (date) => `${date.getFullYear()}-${pad(date.getMonth() + 1)}-${pad(date.getDate())}`;
  const ago = (date) => { // The same words as words.rs.
    const seconds = Math.floor((Date.now() - date) / 1000);
    if (seconds < 5) return "just now";
    if (seconds < 60) return `${seconds} s ago`;
    if (seconds < 3600) return `${Math.floor(seconds / 60)} min ago`;
    if (seconds < 86400) return `${Math.floor(seconds / 3600)} h ago`;
    return `${Math.floor(seconds / 86400)} d ago`;
  };
  const shown = {
    ago,
    minute: clock,
    clock: (date) => `${clock(date)}:${pad(date.getSeconds())}`,
    exact: (date) => `${day(date)} ${clock(date)}:${pad(date.getSeconds())}`,
  };
  const tell = (within) => {
    for (const element of within.querySelectorAll("time[data-time]")) {
      const date = new Date(element.dateTime);
      const text = shown[element.dataset.time](date);
      if (element.textContent !== text) element.textContent = text;
      element.title = `${date.toLocaleString()} (${element.dateTime})`;
    }
  };

  let announced = null;
  const announce = () => {
    const alerts = document.querySelector("[data-announce]");
    if (!alerts) return;
    const { announce: text, count } = alerts.dataset;
    document.title = document.title.replace(/^\(\d+\) /, "");
    if (count !== "0") document.title = `(${count}) ${document.title}`;
    if (announced !== null && announced !== text) document.getElementById("announce").textContent = text;
    announced = text;
  };

  const live = (text, kind) => {
    const element = document.getElementById("live");
    element.hidden = false;
    element.textContent = text;
    element.className = `live ${kind}`;
  };

  // A browser has six connections to one server: a page that nobody sees must not hold one. Its stream is closed until it is seen again;
  // what the reader would miss meanwhile, the count in its title, is asked for now and then.
  const UNSEEN_PAUSE = 30_000;
  // The extension knows one stream, whatever connections that has one after the other.
  const restingStream = (url) => {
    const listeners = [];
    let source = null;
    const one = {
      onopen: null,
      onerror: null,
      get readyState() { return source?.readyState ?? EventSource.CLOSED; },
      addEventListener(name, listener) {
        listeners.push([name, listener]);
        source?.addEventListener(name, listener);
      },
      removeEventListener(name, listener) {
        const at = listeners.findIndex(([its, own]) => its === name && own === listener);
        if (at >= 0) listeners.splice(at, 1);
        source?.removeEventListener(name, listener);
      },
      close() { source?.close(); },
      open() {
        source = new EventSource(url);
        source.onopen = (event) => one.onopen?.(event);
        source.onerror = (event) => one.onerror?.(event);
        for (const [name, listener] of listeners) source.addEventListener(name, listener);
      },
    };
    return one;
  };
  let stream = null;
  const openStream = (url) => {
    stream?.close();
    stream = restingStream(url);
    if (!document.hidden) stream.open();
    return stream;
  };
  const seen = () => {
    if (document.hidden) {
      stream?.close();
      live("paused", "");
    } else if (stream?.readyState === EventSource.CLOSED) {
      stream.open();
    }
  };
  const glance = () => {
    const alerts = document.querySelector("[data-announce]")?.closest("[hx-trigger]");
    if (document.hidden && alerts) htmx.trigger(alerts, "sse:alerts");
  };
  document.addEventListener("visibilitychange", seen);
  setInterval(glance, UNSEEN_PAUSE);
  addEventListener("pagehide", () => stream?.close());
  addEventListener("pageshow", (event) => { if (event.persisted) location.reload(); });

  document.addEventListener("DOMContentLoaded", () => {
    htmx.createEventSource = openStream;
    tell(document);
    announce();
    setInterval(() => tell(document), 5000);

    const button = document.getElementById("theme");
    const label = () => {
      button.textContent = stored() ?? "system";
      button.setAttribute("aria-label", `Theme: ${button.textContent}`);
    };
    button.hidden = false;
    label();
    button.addEventListener("click", () => {
      const next = themes[(themes.indexOf(stored() ?? "system") + 1) % themes.length];
      try { localStorage.setItem("theme", next); } catch { /* A browser that keeps nothing still switches. */ }
      apply(next);
      label();
      document.dispatchEvent(new Event("foghorn:theme"));
    });

    const body = document.body;
    body.addEventListener("htmx:afterSwap", (event) => { tell(event.target); announce(); filter(); keepEnd(event.target); });
    body.addEventListener("htmx:sseOpen", () => live("live", "on"));
    body.addEventListener("htmx:sseError", () => { if (!document.hidden) live("reconnecting", "off"); });
    // A swap would close what the reader has open: wait until it is closed again.
    body.addEventListener("htmx:beforeRequest", (event) => {
      const part = event.target;
      const isOpen = part.matches("[data-live]") && part.querySelector("details[open], tr.expansion td:not(:empty)");
      if (isOpen || (part.id === "follow" && "paused" in part.dataset)) event.preventDefault();
    });
    // A second click on "lines" closes them.
    body.addEventListener("click", (event) => {
      const link = event.target.closest("a[data-expand]");
      if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
      const cell = document.getElementById(link.dataset.expand);
      const isOpen = cell.hasChildNodes();
      link.setAttribute("aria-expanded", String(!isOpen));
      if (!isOpen) return;
      cell.replaceChildren();
      event.preventDefault();
      event.stopPropagation();
    }, true);

    document.getElementById("filter")?.addEventListener("input", filter);
    follow();
    zone();
    help();
  });

  // Containers whose names do not hold what is typed are hidden; the same on the server without this script.
  const filter = () => {
    const input = document.getElementById("filter");
    if (!input) return;
    const wanted = input.value.trim().toLowerCase();
    for (const tile of document.querySelectorAll(".tile")) {
      tile.hidden = !tile.querySelector("a").title.toLowerCase().includes(wanted);
    }
  };

  // A time is asked for in the reader's zone where a script can tell it, else in UTC.
  const zone = () => {
    const input = document.querySelector("input[type=datetime-local][name=at]");
    if (!input) return;
    const sent = Object.assign(document.createElement("input"), { type: "hidden", name: "at" });
    input.removeAttribute("name");
    input.after(sent);
    input.labels[0].firstChild.textContent = "From ";
    input.form.addEventListener("submit", () => {
      sent.value = input.value && Math.floor(new Date(input.value).getTime() / 1000);
      sent.disabled = !sent.value;
    });
  };

  // A log that is followed: its end stays in sight while the reader is there, and it does not grow for ever.
  const LINES_MAX = 2000;
  let wasAtEnd = true;
  const atEnd = () => window.innerHeight + window.scrollY >= document.documentElement.scrollHeight - 80;
  const keepEnd = (swapped) => {
    if (swapped.id !== "log") return;
    document.getElementById("no-lines")?.remove();
    while (swapped.children.length > LINES_MAX) swapped.firstElementChild.remove();
    if (wasAtEnd) window.scrollTo(0, document.documentElement.scrollHeight);
  };
  const follow = () => {
    const [part, button] = ["follow", "pause"].map((id) => document.getElementById(id));
    if (!part) return;
    if (!location.hash) window.scrollTo(0, document.documentElement.scrollHeight);
    addEventListener("scroll", () => { wasAtEnd = atEnd(); }, { passive: true });
    button.hidden = false;
    button.addEventListener("click", () => {
      const isPaused = "paused" in part.dataset;
      if (isPaused) delete part.dataset.paused;
      else part.dataset.paused = "";
      button.textContent = isPaused ? "pause" : "go on";
      button.setAttribute("aria-pressed", String(!isPaused));
      if (isPaused) htmx.trigger(part, "more");
    });
  };

  // Keys work where nobody is typing.
  const pages = { o: "/", a: "/alerts", m: "/models", n: "/notices", p: "/plugins", s: "/system" };
  let isGoing = false;
  const step = (by) => {
    const stops = [...document.querySelectorAll("[data-stop]")].filter((stop) => stop.offsetParent !== null);
    const at = stops.indexOf(document.activeElement);
    const next = at < 0 ? (by > 0 ? 0 : stops.length - 1) : Math.min(Math.max(at + by, 0), stops.length - 1);
    stops[next]?.focus();
  };
  const search = () => {
    const input = document.querySelector("main input[type=search]");
    if (input) input.focus();
    else location.href = "/";
  };
  const help = () => {
    const dialog = document.getElementById("help");
    const button = document.getElementById("keys");
    button.hidden = false;
    button.addEventListener("click", () => dialog.showModal());
    document.addEventListener("keydown", (event) => {
      const isTyping = event.target.closest("input, textarea, select, dialog[open]");
      if (isTyping || event.ctrlKey || event.metaKey || event.altKey) return;
      const wasGoing = isGoing;
      isGoing = event.key === "g";
      if (wasGoing && pages[event.key]) location.href = pages[event.key];
      else if (event.key === "/") search();
      else if (event.key === "j") step(1);
      else if (event.key === "k") step(-1);
      else if (event.key === "?") dialog.showModal();
      else return;
      event.preventDefault();
    });
  };
})();
