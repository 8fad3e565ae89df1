/* Charts of estimates: an interval is always drawn with its value. Colours come from tokens.css, so both themes fit. */

"use strict";

(() => {
  const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(`--r-${name}`).trim();

  /* Canvas knows no CSS mixing: let the browser resolve a colour first. */
  const resolved = (name) => {
    const probe = document.createElement("span");
    probe.style.color = colour(name);
    document.body.append(probe);
    const answer = getComputedStyle(probe).color;
    probe.remove();
    return answer;
  };

  /* Draws the low–high line of each point before the points themselves. */
  const whiskers = {
    id: "whiskers",
    beforeDatasetsDraw(chart) {
      const { ctx, scales: { x, y } } = chart;
      chart.data.datasets.forEach((dataset) => dataset.data.forEach((point) => {
        if (point.low === undefined || point.low === null) return;
        const at = y.getPixelForValue(point.y);
        const [from, to] = [x.getPixelForValue(point.low), x.getPixelForValue(point.high)];
        ctx.save();
        ctx.strokeStyle = point.colour;
        ctx.lineWidth = 3;
        ctx.globalAlpha = 0.55;
        ctx.lineCap = "round";
        ctx.beginPath();
        ctx.moveTo(from, at);
        ctx.lineTo(to, at);
        ctx.stroke();
        ctx.globalAlpha = 1;
        ctx.lineWidth = 1.5;
        for (const end of [from, to]) {
          ctx.beginPath();
          ctx.moveTo(end, at - 5);
          ctx.lineTo(end, at + 5);
          ctx.stroke();
        }
        ctx.restore();
      }));
    },
  };

  /* Draws vertical lines: zero, and marks such as a known truth. */
  const posts = {
    id: "posts",
    beforeDatasetsDraw(chart) {
      const { ctx, chartArea: { top, bottom }, scales: { x } } = chart;
      for (const post of chart.config.options.posts ?? []) {
        ctx.save();
        ctx.strokeStyle = post.colour;
        ctx.lineWidth = post.dashed ? 1.5 : 1;
        if (post.dashed) ctx.setLineDash([4, 4]);
        ctx.beginPath();
        ctx.moveTo(x.getPixelForValue(post.at), top);
        ctx.lineTo(x.getPixelForValue(post.at), bottom);
        ctx.stroke();
        ctx.restore();
      }
    },
  };

  /* Writes the value at each dot that has one. */
  const dots = {
    id: "dots",
    afterDatasetsDraw(chart) {
      const { ctx, chartArea: { left, right } } = chart;
      chart.data.datasets.forEach((dataset, index) => chart.getDatasetMeta(index).data.forEach((element, at) => {
        const words = dataset.data[at]?.dot ?? dataset.dots?.[at];
        if (!words) return;
        ctx.save();
        ctx.font = "600 12px Inter, sans-serif";
        ctx.fillStyle = resolved("ink");
        ctx.textAlign = "center";
        const half = ctx.measureText(words).width / 2;
        ctx.fillText(words, Math.min(Math.max(element.x, left + half), right - half), element.y - 10);
        ctx.restore();
      }));
    },
  };

  const titled = (text) => (text ? { title: { display: true, text, color: resolved("ink-faint") } } : {});

  const shared = (extra) => ({
    animation: false,
    responsive: true,
    maintainAspectRatio: false,
    ...extra,
    plugins: { legend: { display: false }, ...extra.plugins },
  });

  const axis = (extra) => ({
    border: { display: false },
    grid: { color: resolved("line-soft"), tickLength: 0 },
    ...extra,
    ticks: { color: resolved("ink-faint"), padding: 6, ...extra?.ticks },
  });

  const suffixed = (suffix) => (value) => `${Math.round(value * 1000) / 1000}${suffix}`;

  /* rows: [{label, value, low, high, tone, words}]; marks: [{at, words}]; suffix */
  const intervals = (canvas, { rows, marks = [], suffix = "", zero = true, title = "" }) => {
    const points = rows.map((row, index) => ({
      x: row.value, y: index, low: row.low, high: row.high, words: row.words, dot: row.dot, colour: resolved(row.tone || "brand"),
    }));
    const ends = rows.flatMap((row) => [row.low ?? row.value, row.high ?? row.value]).concat(marks.map((mark) => mark.at));
    if (zero) ends.push(0);
    const [least, most] = [Math.min(...ends), Math.max(...ends)];
    const margin = (most - least || Math.abs(most) || 1) * 0.08;
    canvas.parentElement.style.height = `${rows.length * 46 + (title ? 74 : 50)}px`;
    return new Chart(canvas, {
      type: "scatter",
      plugins: [whiskers, posts, dots],
      data: { datasets: [{
        data: points,
        pointRadius: 5,
        pointHoverRadius: 6,
        pointHitRadius: 18,
        pointBackgroundColor: points.map((point) => point.colour),
        pointBorderColor: resolved("ground"),
        pointBorderWidth: 1.5,
      }] },
      options: shared({
        posts: [
          ...(zero ? [{ at: 0, colour: resolved("ink-faint") }] : []),
          ...marks.map((mark) => ({ at: mark.at, colour: resolved("simulated"), dashed: true })),
        ],
        plugins: { tooltip: { displayColors: false, callbacks: { label: (item) => item.raw.words } } },
        scales: {
          x: axis({ ...titled(title), min: least - margin, max: most + margin, ticks: { maxTicksLimit: 7, includeBounds: false, callback: suffixed(suffix) } }),
          y: axis({
            min: -0.6, max: rows.length - 0.4, reverse: true,
            afterBuildTicks: (scale) => { scale.ticks = rows.map((_row, value) => ({ value })); },
            grid: { display: false },
            ticks: { color: resolved("ink"), autoSkip: false, callback: (value) => rows[value]?.label ?? "" },
          }),
        },
      }),
    });
  };

  /* points: [{predicted, observed, n}]: rates, or amounts where any passes 1 */
  const calibration = (canvas, { points, labels }) => {
    canvas.parentElement.style.height = "280px";
    const most = Math.max(...points.map((point) => point.n), 1);
    const top = Math.max(1, ...points.flatMap((point) => [point.predicted, point.observed]));
    const said = top > 1 ? (value) => value.toFixed(top > 20 ? 0 : 2) : (value) => `${Math.round(value * 1000) / 10}%`;
    const scale = (text) => axis({
      min: 0, max: top, title: { display: true, text, color: resolved("ink-faint") },
      ticks: { maxTicksLimit: 6, callback: (value) => said(value) },
    });
    return new Chart(canvas, {
      type: "scatter",
      data: { datasets: [
        {
          data: points.map(({ predicted, observed, n }) => ({ x: predicted, y: observed, n })),
          pointRadius: points.map(({ n }) => 3 + 3 * Math.sqrt(n / most)),
          backgroundColor: resolved("brand"),
          clip: false,
        },
        { data: [{ x: 0, y: 0 }, { x: top, y: top }], showLine: true, pointRadius: 0, borderColor: resolved("ink-faint"), borderDash: [4, 4], borderWidth: 1 },
      ] },
      options: shared({
        layout: { padding: { top: 8, right: 10 } },
        plugins: { tooltip: { displayColors: false, callbacks: {
          label: ({ raw }) => `${said(raw.x)} → ${said(raw.y)}${raw.n ? ` (n ${raw.n})` : ""}`,
        } } },
        scales: { x: scale(labels[0]), y: scale(labels[1]) },
      }),
    });
  };

  /* labels: [text]; series: [{label, values, tone}] */
  const columns = (canvas, { labels, series, height = 200 }) => {
    canvas.parentElement.style.height = `${height}px`;
    return new Chart(canvas, {
      type: "bar",
      data: { labels, datasets: series.map(({ label, values, tone }) => ({
        label, data: values, backgroundColor: resolved(tone || "brand"), borderRadius: 3, maxBarThickness: 26,
      })) },
      options: shared({ scales: {
        x: axis({ stacked: true, grid: { display: false }, ticks: { maxTicksLimit: 12, maxRotation: 0 } }),
        y: axis({ stacked: true, beginAtZero: true, ticks: { maxTicksLimit: 5, precision: 0 } }),
      } }),
    });
  };

  /* labels: [text]; series: [{label, values (null: not known), is_bold}]; per cent unless another suffix and most (null: as it falls) are given */
  const curves = (canvas, { labels, series, height = 260, suffix = "%", most = 100 }) => {
    canvas.parentElement.style.height = `${height}px`;
    const tones = ["wait", "busy", "warn", "simulated", "good"];
    return new Chart(canvas, {
      type: "line",
      data: { labels, datasets: series.map(({ label, values, is_bold: isBold }, index) => ({
        label,
        data: values,
        borderColor: resolved(isBold ? "brand" : tones[index % tones.length]),
        backgroundColor: resolved(isBold ? "brand" : tones[index % tones.length]),
        borderWidth: isBold ? 3 : 1.5,
        pointRadius: isBold ? 3 : 2,
        tension: 0,
        order: isBold ? 0 : 1,
      })) },
      options: shared({
        interaction: { mode: "index", intersect: false },
        plugins: {
          legend: { display: true, position: "bottom", labels: { boxWidth: 14, boxHeight: 2, color: resolved("ink-soft") } },
          tooltip: { callbacks: { label: ({ dataset, parsed }) => `${dataset.label}: ${suffixed(suffix)(parsed.y)}` } },
        },
        scales: {
          x: axis({ grid: { display: false } }),
          y: axis({ beginAtZero: most !== null, max: most ?? undefined, ticks: { maxTicksLimit: 6, callback: suffixed(suffix) } }),
        },
      }),
    });
  };

  /* An estimate with its band over time. labels: [text], value, low, high: [number]; suffix */
  const band = (canvas, { labels, value, low, high, suffix = "", height = 240, titles = [], dot = "" }) => {
    canvas.parentElement.style.height = `${height}px`;
    const said = suffixed(suffix);
    const edge = { borderWidth: 0, pointRadius: 0, pointHitRadius: 0, order: 1 };  // behind the line
    return new Chart(canvas, {
      type: "line",
      plugins: [dots],
      data: { labels, datasets: [
        { ...edge, data: high, fill: "+1", backgroundColor: resolved("brand-soft") },
        { ...edge, data: low },
        {
          data: value, borderColor: resolved("brand"), backgroundColor: resolved("brand"), borderWidth: 2, pointHitRadius: 10, order: 0,
          pointRadius: value.map((_value, at) => (dot && at === value.length - 1 ? 4 : 0)),
          dots: value.map((_value, at) => (at === value.length - 1 ? dot : "")),
        },
      ] },
      options: shared({
        interaction: { mode: "index", intersect: false },
        layout: { padding: { top: 8, right: 10 } },
        plugins: { tooltip: {
          displayColors: false,
          filter: ({ datasetIndex }) => datasetIndex === 2,
          callbacks: { label: ({ dataIndex: i }) => `${said(value[i])} (${said(low[i])} … ${said(high[i])})` },
        } },
        scales: {
          x: axis({ ...titled(titles[0]), grid: { display: false }, ticks: { maxTicksLimit: 8, maxRotation: 0 } }),
          y: axis({
            ...titled(titles[1]),
            ticks: { maxTicksLimit: 6, callback: said },
            grid: { tickLength: 0, color: (tick) => resolved(tick.tick?.value === 0 ? "ink-faint" : "line-soft") },
          }),
        },
      }),
    });
  };

  /* Each chart's numbers as rows, the first one its head: who can't see the picture reads them. */
  const numbers = {
    intervals: ({ rows }) => [["", ""], ...rows.map(({ label, words, value, low, high }) => [label, words ?? `${value} (${low} … ${high})`])],
    calibration: ({ points, labels }) => [[...labels, "n"], ...points.map(({ predicted, observed, n }) => [predicted, observed, n])],
    columns: ({ labels, series }) => [["", ...series.map(({ label }) => label)], ...labels.map((label, i) => [label, ...series.map(({ values }) => values[i] ?? "–")])],
    band: ({ labels, value, low, high }) => [["", ""], ...labels.map((label, i) => [label, `${value[i]} (${low[i]} … ${high[i]})`])],
  };
  numbers.curves = numbers.columns;

  const spellOut = (canvas, [head, ...rows]) => {
    const table = document.createElement("table");
    const fill = (row, cells, name) => cells.forEach((words) => { row.appendChild(document.createElement(name)).textContent = words; });
    table.createCaption().textContent = canvas.ariaLabel ?? canvas.closest("section")?.querySelector("h2")?.textContent ?? "";
    fill(table.createTHead().insertRow(), head, "th");
    const body = table.createTBody();
    rows.forEach((cells) => fill(body.insertRow(), cells, "td"));
    const box = document.createElement("div");
    box.className = "r-unseen";
    box.append(table);
    canvas.parentElement.querySelector(".r-unseen")?.remove();
    canvas.parentElement.append(box);
    canvas.setAttribute("role", "img");
    canvas.ariaLabel = table.caption.textContent;
  };

  const kinds = { curves, intervals, calibration, columns, band };
  const drawn = new Map();

  const drawOne = (canvas) => {
    drawn.get(canvas)?.destroy();
    const spec = JSON.parse(canvas.dataset.spec);
    drawn.set(canvas, kinds[canvas.dataset.rChart](canvas, spec));
    spellOut(canvas, numbers[canvas.dataset.rChart](spec));
  };

  const drawAll = (root = document) => {
    for (const canvas of drawn.keys()) if (!canvas.isConnected) { drawn.get(canvas).destroy(); drawn.delete(canvas); }
    root.querySelectorAll("canvas[data-r-chart]").forEach(drawOne);
  };

  document.addEventListener("DOMContentLoaded", () => {
    Chart.defaults.font.family = "Inter, sans-serif";
    Chart.defaults.font.size = 12;
    drawAll();
    let dark = document.documentElement.classList.contains("dark");
    new MutationObserver(() => {
      const isDark = document.documentElement.classList.contains("dark");
      if (isDark !== dark) { dark = isDark; drawAll(); }
    }).observe(document.documentElement, { attributeFilter: ["class"] });
    document.body.addEventListener("htmx:afterSettle", (event) => drawAll(event.target));
  });
})();
