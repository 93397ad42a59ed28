(() => {
  const data = JSON.parse(document.getElementById("report-data").textContent);
  const number = (value) => value.toLocaleString("en", { maximumSignificantDigits: 4 });
  const percent = (value) => `${number(100 * value)} %`;
  const interval = (d) => (d.low === null ? number(d.value) : `${number(d.value)} (${number(d.low)} to ${number(d.high)})`);
  const color = { domain: data.names, range: data.colors };

  // A range that is a single number is widened, so that it does not lie on the frame.
  const domain = (values) => {
    const known = values.filter((v) => v !== null);
    const low = Math.min(...known), high = Math.max(...known);
    const room = high > low ? 0.05 * (high - low) : Math.max(1, Math.abs(low)) * 0.05;
    return [low - room, high + room];
  };

  const labels = (names, width) => {
    const longest = Math.max(...names.map((n) => n.length));
    const margin = Math.min(Math.max(60, longest * 6.6 + 16), width * 0.38);
    return { marginLeft: margin, axis: Plot.axisY({ label: null, tickSize: 0, lineWidth: (margin - 14) / 9.5, textOverflow: "ellipsis" }) };
  };

  const rows = (items, width, { x, marks, rowHeight = 34, options = {} }) => {
    const names = items.map((d) => d.name);
    const { marginLeft, axis } = labels(names, width);
    return Plot.plot({
      width, marginLeft, marginRight: 24, marginTop: 10, marginBottom: 40, height: 56 + rowHeight * names.length,
      x, y: { domain: names, label: null, padding: 0.3 }, color,
      marks: [Plot.gridX({ strokeOpacity: 0.12 }), axis, ...marks],
      ...options,
    });
  };

  const spread = (items, title) => [
    Plot.ruleY(items.filter((d) => d.low !== null), { x1: "low", x2: "high", y: "name", stroke: "color", strokeWidth: 5, strokeOpacity: 0.45, strokeLinecap: "round" }),
    Plot.dot(items, { x: "value", y: "name", fill: "color", r: 5, title, tip: true }),
  ];

  const draw = {
    returns(environment, width) {
      const items = environment.policies.map((p) => ({ ...p, value: p.mean, color: p.name }));
      const seeds = items.flatMap((p) => (p.seeds.length > 1 ? p.seeds.map((s) => ({ name: p.name, color: p.name, value: s })) : []));
      return rows(items, width, {
        x: { label: "mean return", domain: domain([...items.flatMap((d) => [d.value, d.low, d.high]), ...seeds.map((s) => s.value)]), nice: true },
        marks: [
          Plot.dot(seeds, { x: "value", y: "name", stroke: "color", strokeOpacity: 0.6, r: 3, dy: 9 }),
          ...spread(items, (d) => `${d.name}\n${interval(d)}\n${d.episodes.toLocaleString("en")} episodes`),
        ],
        rowHeight: 42,
      });
    },

    lengths(environment, width) {
      const items = environment.policies.map((p) => ({ name: p.name, ...p.lengths }));
      return rows(items, width, {
        x: { label: "steps of an episode", domain: domain(items.flatMap((d) => [d.p5, d.p95])), nice: true },
        marks: [
          Plot.ruleY(items, { x1: "p5", x2: "p95", y: "name", stroke: "name", strokeWidth: 2 }),
          Plot.barX(items, { x1: "p25", x2: "p75", y: "name", fill: "name", fillOpacity: 0.45, rx: 3 }),
          Plot.tickX(items, { x: "p50", y: "name", stroke: "name", strokeWidth: 3 }),
          Plot.dot(items, { x: "mean", y: "name", fill: "currentColor", r: 3, tip: true,
            title: (d) => `${d.name}\nmean ${number(d.mean)}, median ${number(d.p50)}\nmiddle half ${number(d.p25)} to ${number(d.p75)}\nmiddle 90 % ${number(d.p5)} to ${number(d.p95)}` }),
        ],
      });
    },

    distribution(environment, width) {
      const names = environment.policies.map((p) => p.name);
      const bins = environment.policies.flatMap((p) => p.bins.map((b) => ({ ...b, name: p.name })));
      const top = Math.max(...bins.map((b) => b.share));
      return Plot.plot({
        width, marginLeft: 52, marginRight: 24, marginTop: 4, marginBottom: 40, height: 56 + 84 * names.length,
        x: { label: "return of an episode", domain: domain(bins.flatMap((b) => [b.low, b.high])) },
        y: { label: null, tickFormat: percent, ticks: 3, domain: [0, top] },
        fy: { domain: names, label: null, axis: null, padding: 0.22 }, color,
        marks: [
          Plot.gridY({ ticks: 3, strokeOpacity: 0.12 }),
          Plot.rectY(bins, { x1: "low", x2: "high", y: "share", fy: "name", fill: "name", insetLeft: 0.5, insetRight: 0.5,
            title: (b) => `${b.name}\n${number(b.low)} to ${number(b.high)}: ${percent(b.share)}`, tip: true }),
          Plot.ruleY(names, { y: 0, fy: (d) => d, strokeOpacity: 0.4 }),
          Plot.text(names, { text: (d) => d, fy: (d) => d, frameAnchor: "top-left", dx: 6, dy: 2, fontWeight: 600, fill: "currentColor", stroke: "var(--card)", strokeWidth: 4, lineWidth: width / 14, textOverflow: "ellipsis" }),
        ],
      });
    },

    profile(environment, width) {
      const points = environment.policies.flatMap((p) => p.profile.map((q) => ({ ...q, name: p.name })));
      return Plot.plot({
        width, marginLeft: 52, marginRight: 24, marginTop: 14, marginBottom: 40, height: 280,
        x: { label: "return τ", domain: domain(points.map((p) => p.at)) },
        y: { label: null, domain: [0, 1], tickFormat: percent, ticks: 5 }, color,
        marks: [
          Plot.gridY({ ticks: 5, strokeOpacity: 0.12 }),
          Plot.ruleY([0], { strokeOpacity: 0.4 }),
          Plot.lineY(points, { x: "at", y: "share", stroke: "name", strokeWidth: 2, curve: "step-before" }),
          Plot.tip(points, Plot.pointer({ x: "at", y: "share", title: (p) => `${p.name}\n${percent(p.share)} return ${number(p.at)} or more` })),
        ],
      });
    },

    aggregate(_, width) {
      const kinds = [["interquartile mean", "iqm"], ["median", "median"], ["mean", "mean"]];
      const parts = kinds.flatMap(([kind, key]) => data.methods.map((m) => ({ ...m[key], name: m.name, color: m.name, kind })));
      const bounds = domain(parts.flatMap((d) => [d.value, d.low, d.high]));
      const narrow = width < 620;
      const { marginLeft, axis } = labels(data.methods.map((m) => m.name), width);
      const facet = narrow ? { fy: "kind" } : { fx: "kind" };
      const scale = { domain: kinds.map(([kind]) => kind), label: null, padding: narrow ? 0.25 : 0.08 };
      return Plot.plot({
        width, marginLeft, marginRight: narrow ? 24 : 12, marginTop: 28, marginBottom: 40,
        height: narrow ? 70 + 3 * (40 + 34 * data.methods.length) : 84 + 34 * data.methods.length,
        x: { label: data.scoreLabel, domain: bounds, ticks: 4, nice: true },
        y: { domain: data.methods.map((m) => m.name), label: null, padding: 0.3 },
        ...(narrow ? { fy: { ...scale, axis: null } } : { fx: scale }), color,
        marks: [
          Plot.gridX({ ticks: 4, strokeOpacity: 0.12 }), axis,
          ...(narrow ? [Plot.text(kinds, { text: (k) => k[0], fy: (k) => k[0], frameAnchor: "top-left", dy: -12, fontWeight: 600 })] : []),
          Plot.ruleY(parts.filter((d) => d.low !== null), { ...facet, x1: "low", x2: "high", y: "name", stroke: "color", strokeWidth: 5, strokeOpacity: 0.45, strokeLinecap: "round" }),
          Plot.dot(parts, { ...facet, x: "value", y: "name", fill: "color", r: 5, title: (d) => `${d.name}\n${d.kind} ${interval(d)}`, tip: true }),
        ],
      });
    },

    improvement(_, width) {
      const items = data.improvements.map((d) => ({ ...d, name: `${d.better} over ${d.worse}`, color: d.better }));
      return rows(items, width, {
        x: { label: "probability of improvement", domain: [0, 1] },
        marks: [
          Plot.ruleX([0.5], { strokeDasharray: "4 3", strokeOpacity: 0.6 }),
          ...spread(items, (d) => `${d.name}\n${interval(d)}`),
        ],
      });
    },
  };

  const render = () => {
    for (const figure of document.querySelectorAll("figure.plot")) {
      const place = figure.querySelector("[role=img]");
      const width = Math.floor(figure.clientWidth);
      if (width === 0 || place.dataset.width === String(width)) continue;
      place.dataset.width = String(width);
      const picture = draw[figure.dataset.plot](data.environments[figure.dataset.index], width);
      // What the picture says stands in the label of its place, and all of it in the tables.
      picture.setAttribute("aria-hidden", "true");
      place.replaceChildren(picture);
    }
  };

  render();
  addEventListener("resize", render);
})();
