// What a page cannot do as plain HTML: remember the theme, tell times in the reader's zone, keep "3 min ago" true, and
// speak up when alerts change. Without it every page still works. No other file of ours runs in the browser.
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

  document.addEventListener("DOMContentLoaded", () => {
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
    });

    const body = document.body;
    body.addEventListener("htmx:afterSwap", (event) => { tell(event.target); announce(); });
    body.addEventListener("htmx:sseOpen", () => live("live", "on"));
    body.addEventListener("htmx:sseError", () => live("reconnecting", "off"));
    // A swap would close what the reader has open: wait until it is closed again.
    body.addEventListener("htmx:beforeRequest", (event) => {
      const part = event.target;
      if (part.matches("[data-live]") && part.querySelector("details[open], tr.expansion td:not(:empty)")) {
        event.preventDefault();
      }
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
  });
})();
