// The trend of a container as a picture that can be zoomed. The drawn one stays where this does not run, and for screen readers.
// Points come with the page; what is zoomed into is asked for again in finer steps.
"use strict";
(() => {
  // A colour of the theme as a canvas understands it, with some of it let through.
  const style = (name, alpha = 1) => {
    const probe = document.documentElement.appendChild(document.createElement("i"));
    probe.style.color = `var(${name})`;
    const rgb = getComputedStyle(probe).color.match(/[\d.]+/g).slice(0, 3);
    probe.remove();
    return `rgb(${rgb.join(" ")} / ${alpha})`;
  };
  const pad = (number) => String(number).padStart(2, "0");
  const clock = (seconds, step) => {
    const date = new Date(seconds * 1000);
    const time = `${pad(date.getHours())}:${pad(date.getMinutes())}`;
    if (step < 60) return `${time}:${pad(date.getSeconds())}`;
    return time === "00:00" || step >= 86400 ? `${pad(date.getMonth() + 1)}-${pad(date.getDate())}` : time;
  };
  const exact = (seconds) => new Date(seconds * 1000).toLocaleString();
  // As chart.rs: the threshold is at a half, and any score fits.
  const share = (score) => (score == null ? null : score <= 1 ? Math.max(score, 0) / 2 : 1 - 0.5 / score);
  const score = (share) => (share <= 0.5 ? share * 2 : 0.5 / (1 - share));
  const TICKS = [0, 0.25, 0.5, 0.75, 0.9];
  const severities = ["", "--info", "--warning", "--critical"];

  const within = ({ left, width }, x) => x >= left && x <= left + width;

  const marksOn = (marks) => (plot) => {
    const { ctx, bbox } = plot;
    ctx.save();
    ctx.strokeStyle = style("--quiet");
    ctx.fillStyle = style("--quiet");
    ctx.font = `${12 * devicePixelRatio}px sans-serif`;
    ctx.textAlign = "center";
    for (const [time, kind] of marks) {
      const x = plot.valToPos(time, "x", true);
      if (!within(bbox, x)) continue;
      ctx.fillText({ training: "▾", failure: "✕", plugin: "◆" }[kind], x, bbox.top + 12 * devicePixelRatio);
    }
    const y = plot.valToPos(0.5, "score", true);
    ctx.setLineDash([6, 6]);
    ctx.beginPath();
    ctx.moveTo(bbox.left, y);
    ctx.lineTo(bbox.left + bbox.width, y);
    ctx.stroke();
    ctx.restore();
  };

  // Steps with windows over the threshold: a dot on the line, and a ribbon along the axis.
  const strange = (worst) => (plot) => {
    const { ctx, bbox } = plot;
    const times = plot.data[0];
    const height = 5 * devicePixelRatio;
    ctx.save();
    times.forEach((time, at) => {
      if (!worst[at]) return;
      const left = plot.valToPos(time, "x", true);
      const right = plot.valToPos(times[at + 1] ?? time, "x", true);
      if (!within(bbox, left)) return;
      ctx.fillStyle = style(severities[worst[at]]);
      ctx.fillRect(left, bbox.top + bbox.height - height, Math.max(right - left, 3 * devicePixelRatio), height);
      ctx.beginPath();
      ctx.arc(left, plot.valToPos(plot.data[1][at], "score", true), 3 * devicePixelRatio, 0, 2 * Math.PI);
      ctx.fill();
    });
    ctx.restore();
  };

  // What both pictures have: the axis of time, a cursor that moves in both, and a drag that zooms.
  const AXIS_PIXELS = 44;
  const frame = (figure, span, height, zoomed, told) => ({
    width: figure.querySelector(".zoom").clientWidth,
    height,
    legend: { show: false },
    cursor: {
      y: false,
      drag: { x: true, y: false, setScale: false },
      points: { size: 6 },
      sync: { key: "trend", filters: { pub: (kind) => kind === "mousemove" || kind === "mouseleave" } },
    },
    hooks: {
      setCursor: [(plot) => told(plot.cursor.idx)],
      setSelect: [(plot) => {
        if (plot.select.width < 4) return;
        const at = (x) => Math.round(plot.posToVal(x, "x"));
        zoomed(at(plot.select.left), at(plot.select.left + plot.select.width));
      }],
    },
    scales: { x: { time: true, range: () => span } },
  });
  const lines = () => ({ stroke: style("--line"), width: 1 });
  const time = { label: "time" };
  const series = (label, scale, colour, more) => ({ label, scale, stroke: style(colour), width: 1, points: { show: false }, ...more });

  const scores = (base, columns, marks) => ({
    ...base,
    padding: [8, 16, 0, 0],
    scales: { ...base.scales, score: { range: [0, 1] } },
    axes: [
      { size: 4, grid: lines(), ticks: { show: false }, space: 72, values: (_, splits) => splits.map(() => "") },
      {
        scale: "score", stroke: style("--quiet"), size: AXIS_PIXELS, splits: () => TICKS,
        values: (_, splits) => splits.map((at) => String(Math.round(score(at) * 10) / 10)),
        grid: lines(), ticks: { show: false },
      },
    ],
    series: [time, series("highest score", "score", "--text", { width: 1.5 }), series("mean", "score", "--quiet", { dash: [2, 3] })],
    hooks: { ...base.hooks, draw: [marksOn(marks), strange(columns[5])] },
  });

  const counts = (base) => {
    const bars = { paths: uPlot.paths.bars({ size: [0.9, 20] }) };
    return {
      ...base,
      padding: [20, 16, 0, 0],
      scales: { ...base.scales, lines: { range: (_, __, max) => [0, Math.max(max, 1)] } },
      axes: [
        {
          stroke: style("--quiet"), grid: lines(), ticks: lines(), space: 72,
          values: (_, splits, __, ___, step) => splits.map((at) => clock(at, step)),
        },
        {
          scale: "lines", stroke: style("--quiet"), size: AXIS_PIXELS, splits: (_, __, ___, max) => [0, max],
          values: (_, splits) => splits.map((count) => short.format(count)), grid: lines(), ticks: { show: false },
        },
      ],
      series: [
        time,
        series("lines", "lines", "--info", { ...bars, fill: style("--info", 0.35), width: 0 }),
        series("on stderr", "lines", "--warning", { ...bars, fill: style("--warning"), width: 0 }),
      ],
    };
  };
  const short = new Intl.NumberFormat(undefined, { notation: "compact" });
  const whole = new Intl.NumberFormat();

  // What is under the cursor, where the legend stands else.
  const teller = (figure, [times, highest, mean, all, errors]) => {
    const place = figure.querySelector(".legend");
    place.dataset.legend ??= place.textContent;
    const shown = (value) => (value == null ? "–" : value.toFixed(2));
    return (at) => {
      place.textContent = at == null ? place.dataset.legend
        : `${exact(times[at])} · highest score ${shown(highest[at])}, mean ${shown(mean[at])} · ${whole.format(all[at])} lines, ${whole.format(errors[at])} on stderr`;
    };
  };

  let plots = [];
  const draw = (figure, columns, marks, span) => {
    const place = figure.querySelector(".zoom");
    for (const plot of plots) plot.destroy();
    const zoomed = (from, until) => zoom(figure, from, Math.max(until, from + 60));
    const told = teller(figure, columns);
    const [times, highest, mean, all, errors] = columns;
    plots = [
      new uPlot(scores(frame(figure, span, 188, zoomed, told), columns, marks), [times, highest.map(share), mean.map(share)], place),
      new uPlot(counts(frame(figure, span, 104, zoomed, told)), [times, all, errors], place),
    ];
    for (const plot of plots) {
      // A click on a point leads to its lines.
      plot.over.addEventListener("click", () => {
        const { idx } = plot.cursor;
        if (idx != null && plot.select.width < 4) location.href = `/logs/${figure.dataset.path}?at=${times[idx]}`;
      });
      plot.over.addEventListener("dblclick", () => { location.href = `/containers/${figure.dataset.path}#trend`; });
    }
  };

  const worst = (point) => (point.critical ? 3 : point.warning ? 2 : point.info ? 1 : 0);
  const seconds = (time) => Math.floor(Date.parse(time) / 1000);

  const zoom = async (figure, from, until) => {
    const query = `from=${from}&until=${until}`;
    // From now on no live update may take the figure away.
    figure.dataset.zoomed = "true";
    const answer = await fetch(`/api/v1/trends/${figure.dataset.path}?${query}`).catch(() => null);
    if (!answer?.ok) { delete figure.dataset.zoomed; return; }
    const trend = await answer.json();
    const column = (value) => trend.points.map(value);
    const columns = [
      column((point) => seconds(point.begin)), column((point) => point.score_max), column((point) => point.score_mean),
      column((point) => point.lines), column((point) => point.stderr_lines), column(worst),
    ];
    draw(figure, columns, trend.marks.map((mark) => [seconds(mark.time), mark.kind]), [seconds(trend.from), seconds(trend.until)]);
    // The address leads to what is seen; a live update would draw the old span again.
    history.replaceState(null, "", `${location.pathname}?${query}#trend`);
  };

  const begin = () => {
    const figure = document.querySelector("[data-trend]");
    if (!figure || typeof uPlot === "undefined") return;
    figure.classList.add("zoomable");
    const { trend, marks, from, until } = figure.dataset;
    draw(figure, JSON.parse(trend), JSON.parse(marks), [Number(from), Number(until)]);
  };

  document.addEventListener("DOMContentLoaded", begin);
  document.addEventListener("htmx:afterSettle", (event) => { if (event.target.id === "trend") begin(); });
  // What is zoomed stays, and nothing is drawn anew under a mouse that is pressed; an answer may be on its way when it is.
  let isPressed = false;
  document.addEventListener("pointerdown", () => { isPressed = true; });
  for (const end of ["pointerup", "pointercancel"]) document.addEventListener(end, () => { isPressed = false; });
  const stays = (event) => event.target.id === "trend" && (isPressed || document.querySelector("[data-zoomed]"));
  document.addEventListener("htmx:beforeRequest", (event) => { if (stays(event)) event.preventDefault(); });
  document.addEventListener("htmx:beforeSwap", (event) => { if (stays(event)) event.detail.shouldSwap = false; });
  let resized;
  addEventListener("resize", () => { clearTimeout(resized); resized = setTimeout(() => { if (!document.querySelector("[data-zoomed]")) begin(); }, 200); });
  document.addEventListener("foghorn:theme", begin);
})();
