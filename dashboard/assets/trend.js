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

  const marksOn = (marks) => (plot) => {
    const { ctx, bbox } = plot;
    ctx.save();
    ctx.strokeStyle = style("--quiet");
    ctx.fillStyle = style("--quiet");
    ctx.font = `${12 * devicePixelRatio}px sans-serif`;
    ctx.textAlign = "center";
    for (const [time, kind] of marks) {
      const x = plot.valToPos(time, "x", true);
      if (x < bbox.left || x > bbox.left + bbox.width) continue;
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

  // Steps with windows over the threshold, as a ribbon along the axis.
  const ribbon = (worst) => (plot) => {
    const { ctx, bbox } = plot;
    const times = plot.data[0];
    const height = 5 * devicePixelRatio;
    ctx.save();
    times.forEach((time, at) => {
      if (!worst[at]) return;
      const left = plot.valToPos(time, "x", true);
      const right = plot.valToPos(times[at + 1] ?? time, "x", true);
      if (left < bbox.left || left > bbox.left + bbox.width) return;
      ctx.fillStyle = style(severities[worst[at]]);
      ctx.fillRect(left, bbox.top + bbox.height - height, Math.max(right - left, 3 * devicePixelRatio), height);
    });
    ctx.restore();
  };

  const options = (figure, columns, marks, span, zoomed) => ({
    width: figure.querySelector(".zoom").clientWidth,
    height: 240,
    legend: { live: true },
    cursor: { drag: { x: true, y: false, setScale: false }, points: { size: 6 } },
    scales: { x: { time: true, range: () => span }, score: { range: [0, 1] }, lines: { range: (_, __, max) => [0, Math.max(max, 1) * 4] } },
    axes: [
      {
        stroke: style("--quiet"), grid: { stroke: style("--line"), width: 1 }, ticks: { stroke: style("--line"), width: 1 },
        space: 72,
        values: (_, splits, __, ___, step) => splits.map((at) => clock(at, step)),
      },
      {
        scale: "score", stroke: style("--quiet"), size: 44, splits: () => TICKS,
        values: (_, splits) => splits.map((at) => String(Math.round(score(at) * 10) / 10)),
        grid: { stroke: style("--line"), width: 1 }, ticks: { show: false },
      },
      { scale: "lines", side: 1, stroke: style("--quiet"), size: 56, grid: { show: false }, ticks: { show: false } },
    ],
    series: [
      { label: "time", value: (_, at) => (at == null ? "–" : exact(at)) },
      { label: "highest score", scale: "score", stroke: style("--text"), width: 1.5, points: { show: false }, value: (_, at) => (at == null ? "–" : score(at).toFixed(2)) },
      { label: "mean", scale: "score", stroke: style("--quiet"), width: 1, dash: [2, 3], points: { show: false }, value: (_, at) => (at == null ? "–" : score(at).toFixed(2)) },
      { label: "lines", scale: "lines", stroke: style("--info"), fill: style("--info", 0.3), width: 1, paths: uPlot.paths.bars({ size: [0.9, 20] }), points: { show: false } },
      { label: "on stderr", scale: "lines", stroke: style("--warning"), fill: style("--warning", 0.6), width: 1, paths: uPlot.paths.bars({ size: [0.9, 20] }), points: { show: false } },
    ],
    hooks: {
      draw: [marksOn(marks), ribbon(columns[5])],
      setSelect: [(plot) => {
        if (plot.select.width < 4) return;
        const at = (x) => Math.round(plot.posToVal(x, "x"));
        zoomed(at(plot.select.left), at(plot.select.left + plot.select.width));
      }],
    },
  });

  const shown = ([times, highest, mean, lines, errors]) => [times, highest.map(share), mean.map(share), lines, errors];

  const draw = (figure, columns, marks, span) => {
    const place = figure.querySelector(".zoom");
    place.replaceChildren();
    const zoomed = (from, until) => zoom(figure, from, Math.max(until, from + 60));
    const plot = new uPlot(options(figure, columns, marks, span, zoomed), shown(columns), place);
    // A click on a point leads to its lines.
    plot.over.addEventListener("click", () => {
      const { idx } = plot.cursor;
      if (idx != null && plot.select.width < 4) location.href = `/logs/${figure.dataset.path}?at=${plot.data[0][idx]}`;
    });
    plot.over.addEventListener("dblclick", () => { location.href = `/containers/${figure.dataset.path}#trend`; });
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
    draw(figure, columns, trend.marks.map((mark) => [seconds(mark.time), mark.kind, mark.text]), [seconds(trend.from), seconds(trend.until)]);
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
