/* The cell explorer of chapter 01: one LSTM unit with sliders.
 *
 *   <lstm-cell-explorer>text for readers without the widget</lstm-cell-explorer>
 *
 * A classic script with no library, no module and no fetch, so that it works from a
 * folder too. It keeps one small state object; every change draws everything again.
 */
(function () {
  "use strict";

  const GATES = ["i", "f", "g", "o"]; // the book's order everywhere
  const GATE_NAMES = ["input", "forget", "candidate", "output"];
  const W_X = [0.8, 0.5, 1.2, 0.6];
  const W_H = [0.4, 0.3, -0.5, 0.7];
  const START = { x: 1, h: 0, c: 0.8, b: [0, 1, 0, 0] };
  const STEPS = 20;

  // A bias of 8 outweighs any input that the sliders can give: |a - b| <= 3.
  const PRESETS = [
    { name: "remember", b: [-8, 8, 0, 0],
      note: "i is shut and f is open: the new cell state is the old one, whatever the input." },
    { name: "write", b: [8, -8, 0, 0],
      note: "i is open and f is shut: the candidate g replaces the old cell state." },
    { name: "forget", b: [-8, -8, 0, 0],
      note: "i and f are shut: the old cell state goes and nothing takes its place." },
    { name: "hide", b: [-8, 8, 0, -8],
      note: "o is shut: the cell state stays as it is, and the rest of the network sees almost nothing of it." },
  ];

  const sigmoid = (a) => 1 / (1 + Math.exp(-a));

  /* One step of one unit. w_x, w_h and b hold four numbers each, in the order i f g o. */
  function step({ x, h, c, w_x, w_h, b }) {
    const a = GATES.map((_, k) => w_x[k] * x + w_h[k] * h + b[k]);
    const i = sigmoid(a[0]);
    const f = sigmoid(a[1]);
    const g = Math.tanh(a[2]);
    const o = sigmoid(a[3]);
    const c_t = f * c + i * g;
    return { i, f, g, o, c: c_t, h: o * Math.tanh(c_t) };
  }

  // --- text ---------------------------------------------------------------------

  function number(value, digits) {
    const text = value.toFixed(digits);
    return (Number(text) === 0 ? text.replace("-", "") : text).replace("-", "\u2212");
  }
  const two = (value) => number(value, 2);
  const three = (value) => number(value, 3);
  const inside = (text) => (text.startsWith("\u2212") ? `(${text})` : text); // 0.5·(−1.00)

  const X_T = "<i>x<sub>t</sub></i>";
  const H_T = "<i>h<sub>t</sub></i>";
  const C_T = "<i>c<sub>t</sub></i>";
  const H_PREV = "<i>h<sub>t\u22121</sub></i>";
  const C_PREV = "<i>c<sub>t\u22121</sub></i>";

  // --- style --------------------------------------------------------------------

  const STYLE = `
lstm-cell-explorer {
  --i: #0072B2; --f: #D55E00; --g: #009E73; --o: #CC79A7;
  --text: var(--pst-color-text-base, #222832);
  --muted: var(--pst-color-text-muted, #48566b);
  --line: var(--pst-color-border, #c9c9c9);
  --page: var(--pst-color-background, #fff);
  --focus: var(--pst-color-primary, #176de8);
  display: block; margin: 1.5rem 0; padding: 1rem;
  border: 1px solid var(--line); border-radius: 0.5rem; color: var(--text);
  font-variant-numeric: tabular-nums;
}
html[data-theme="dark"] lstm-cell-explorer { --i: #4aa8de; --f: #ee7a2b; --g: #2cbd93; --o: #dc93bb; }
lstm-cell-explorer .buttons { display: flex; flex-wrap: wrap; gap: 0.5rem; align-items: center; }
lstm-cell-explorer .grid {
  display: grid; gap: 1rem 2rem; margin-top: 1rem; align-items: start;
  grid-template-columns: repeat(auto-fit, minmax(min(100%, 18rem), 1fr));
}
lstm-cell-explorer fieldset { border: 0; margin: 0; padding: 0; min-width: 0; }
lstm-cell-explorer legend, lstm-cell-explorer .head {
  float: none; width: auto; margin: 0 0 0.25rem; padding: 0; font-size: 0.95rem; font-weight: 600;
}
lstm-cell-explorer .slider {
  display: grid; grid-template-columns: 8.5rem minmax(4rem, 1fr) 3.25rem; gap: 0.5rem;
  align-items: center; min-height: 2rem;
}
lstm-cell-explorer .slider label { margin: 0; font-size: 0.9rem; color: var(--muted); }
lstm-cell-explorer .slider label i { font-size: 1rem; color: var(--text); }
lstm-cell-explorer .slider span { text-align: right; }
lstm-cell-explorer input[type="range"] { width: 100%; margin: 0; accent-color: var(--focus); }
lstm-cell-explorer button {
  padding: 0.3rem 0.8rem; border: 1px solid var(--line); border-radius: 0.375rem;
  background: var(--page); color: var(--text); font: inherit; cursor: pointer;
}
lstm-cell-explorer button:hover { border-color: var(--text); }
lstm-cell-explorer button[aria-pressed="true"] { border-color: var(--text); box-shadow: inset 0 0 0 1px var(--text); }
lstm-cell-explorer button:focus-visible, lstm-cell-explorer input:focus-visible {
  outline: 3px solid var(--focus); outline-offset: 2px;
}
lstm-cell-explorer p { margin: 0.5rem 0 0; }
lstm-cell-explorer .status { min-height: 3.3em; color: var(--muted); }
lstm-cell-explorer .eq { margin: 0 0 0.35rem; padding-left: 1.5rem; text-indent: -1.5rem; line-height: 1.5; }
lstm-cell-explorer .eq b { white-space: nowrap; }
lstm-cell-explorer .final { margin-top: 0.6rem; }
lstm-cell-explorer .numbers { margin-top: 1rem; }
lstm-cell-explorer [data-plot] { margin-top: 0.75rem; }
lstm-cell-explorer svg:not([hidden]) { display: block; width: 100%; max-width: 26rem; height: auto; }
lstm-cell-explorer svg text { font-size: 13px; fill: var(--text); }
lstm-cell-explorer svg .tick { font-size: 12px; fill: var(--muted); }
lstm-cell-explorer svg .axis { stroke: var(--muted); stroke-width: 1; }
lstm-cell-explorer svg .guide { stroke: var(--line); stroke-width: 1; }
lstm-cell-explorer svg .hatch { stroke: var(--page); stroke-width: 1.6; fill: none; }
lstm-cell-explorer svg .dot { fill: var(--page); }
lstm-cell-explorer svg .c-line { stroke: var(--text); stroke-width: 2.5; fill: none; }
lstm-cell-explorer svg .h-line { stroke: var(--focus); stroke-width: 2.5; fill: none; stroke-dasharray: 7 4; }
@media (max-width: 30rem) {
  lstm-cell-explorer { padding: 0.75rem; }
  lstm-cell-explorer .slider { grid-template-columns: 7.5rem minmax(4rem, 1fr) 3rem; }
}`;

  function addStyleOnce() {
    if (document.getElementById("lstm-cell-explorer-style")) return;
    const style = document.createElement("style");
    style.id = "lstm-cell-explorer-style";
    style.textContent = STYLE;
    document.head.append(style);
  }

  // --- the fixed part of the page ---------------------------------------------------

  let instances = 0;

  function slider(id, key, label, range) {
    // The number is a span, not an <output>: inside or beside a label an <output>
    // would take the label from the slider, and it would be announced at every pixel.
    return `<div class="slider">
      <label for="${id}-${key}">${label}</label>
      <input type="range" id="${id}-${key}" data-in="${key}" min="${-range}" max="${range}" step="0.1">
      <span data-shown="${key}" aria-hidden="true"></span>
    </div>`;
  }

  function template(id) {
    const patterns = [
      '<path class="hatch" d="M-2 2 L2 -2 M0 8 L8 0 M6 10 L10 6"/>', // i: rising lines
      '<path class="hatch" d="M-2 6 L2 10 M0 0 L8 8 M6 -2 L10 2"/>', // f: falling lines
      '<circle class="dot" cx="4" cy="4" r="1.7"/>', // g: dots
      '<path class="hatch" d="M4 0 V8"/>', // o: upright lines
    ];
    const defs = patterns.map((mark, k) =>
      `<pattern id="${id}-p${k}" width="8" height="8" patternUnits="userSpaceOnUse">
         <rect width="8" height="8" style="fill:var(--${GATES[k]})"/>${mark}
       </pattern>`).join("");

    return `
<div class="buttons" role="group" aria-label="Presets">
  ${PRESETS.map((p) => `<button type="button" data-preset="${p.name}">${p.name}</button>`).join("")}
  <button type="button" data-reset>start again</button>
</div>
<p class="status" role="status" data-status></p>
<div class="grid">
  <fieldset><legend>State and input</legend>
    ${slider(id, "x", `${X_T} input`, 2)}
    ${slider(id, "h", `${H_PREV} hidden before`, 1)}
    ${slider(id, "c", `${C_PREV} cell before`, 3)}
  </fieldset>
  <fieldset><legend>Biases</legend>
    ${GATES.map((gate, k) =>
      slider(id, `b${k}`, `<i>b<sub>${gate}</sub></i> ${GATE_NAMES[k]}`, 8)).join("")}
  </fieldset>
  <div>
    <p class="head">Gate values</p>
    <svg viewBox="0 0 360 150" role="img" data-bars><defs>${defs}</defs><g></g></svg>
  </div>
  <div>
    <div class="buttons"><button type="button" data-run>step \u00d7${STEPS}</button></div>
    <p data-run-text>Runs ${STEPS} steps from this state, with ${X_T} held where it is.</p>
    <svg viewBox="0 0 360 200" role="img" data-plot hidden></svg>
  </div>
</div>
<p class="head numbers">The same in numbers, rounded</p>
${GATES.map((gate, k) => `<p class="eq" data-eq="${k}"></p>`).join("")}
<p class="eq final" data-eq="c"></p>
<p class="eq" data-eq="h"></p>`;
  }

  // --- drawing ----------------------------------------------------------------------

  const BAR = { left: 96, right: 306, top: 6, pitch: 31, height: 22 };
  const barX = (value) => BAR.left + ((value + 1) / 2) * (BAR.right - BAR.left);

  function drawBars(id, values) {
    const bottom = BAR.top + 4 * BAR.pitch - 4;
    const ticks = [-1, 0, 1].map((v) =>
      `<line class="${v ? "guide" : "axis"}" x1="${barX(v)}" x2="${barX(v)}" y1="0" y2="${bottom}"/>
       <text class="tick" x="${barX(v)}" y="${bottom + 15}" text-anchor="middle">${number(v, 0)}</text>`);
    const bars = values.map((value, k) => {
      const y = BAR.top + k * BAR.pitch;
      const x = Math.min(barX(0), barX(value));
      const width = Math.abs(barX(value) - barX(0));
      return `<text x="88" y="${y + 16}" text-anchor="end">${GATE_NAMES[k]} <tspan font-style="italic">${GATES[k]}</tspan></text>
        <rect x="${x}" y="${y}" width="${width}" height="${BAR.height}"
          style="fill:url(#${id}-p${k});stroke:var(--${GATES[k]})"/>
        <text x="356" y="${y + 16}" text-anchor="end">${two(value)}</text>`;
    });
    return ticks.join("") + bars.join("");
  }

  function trajectory(state) {
    const path = [{ c: state.c, h: state.h }];
    for (let t = 0; t < STEPS; t += 1) {
      const { c, h } = path[t];
      path.push(step({ x: state.x, h, c, w_x: W_X, w_h: W_H, b: state.b }));
    }
    return path;
  }

  function drawPlot(path) {
    const largest = Math.max(...path.map((s) => Math.max(Math.abs(s.c), Math.abs(s.h))));
    const limit = [1, 2, 3, 5, 10, 25].find((v) => v >= largest);
    const px = (t) => 36 + (t / STEPS) * 286;
    const py = (v) => 84 - (v / limit) * 76;
    const line = (key) => path.map((s, t) => `${px(t).toFixed(1)},${py(s[key]).toFixed(1)}`).join(" ");
    const yTicks = [-limit, 0, limit].map((v) =>
      `<line class="${v ? "guide" : "axis"}" x1="36" x2="322" y1="${py(v)}" y2="${py(v)}"/>
       <text class="tick" x="30" y="${py(v) + 4}" text-anchor="end">${number(v, 0)}</text>`);
    const tTicks = [0, 5, 10, 15, 20].map((t) =>
      `<text class="tick" x="${px(t)}" y="177" text-anchor="middle">${t}</text>`);
    // Names stand at the ends of the lines, and apart when the lines meet.
    const last = path[STEPS];
    const middle = (py(last.c) + py(last.h)) / 2;
    const apart = Math.max(Math.abs(py(last.c) - py(last.h)), 16) / 2;
    const cOver = last.c >= last.h ? 1 : -1;
    const name = (letter, y) =>
      `<text x="327" y="${y + 4}"><tspan font-style="italic">${letter}</tspan><tspan font-size="10" dy="3" font-style="italic">t</tspan></text>`;
    return `${yTicks.join("")}${tTicks.join("")}
      <text class="tick" x="${px(STEPS / 2)}" y="195" text-anchor="middle">time step t</text>
      <polyline class="c-line" data-line="c" points="${line("c")}"/>
      <polyline class="h-line" data-line="h" points="${line("h")}"/>
      ${name("c", middle - cOver * apart)}${name("h", middle + cOver * apart)}`;
  }

  // --- the element ------------------------------------------------------------------

  class LstmCellExplorer extends HTMLElement {
    connectedCallback() {
      if (this.state) return; // moved within the page: already built
      addStyleOnce();
      instances += 1;
      this.uid = `lce${instances}`;
      this.innerHTML = template(this.uid);
      this.setAttribute("role", "group");
      this.setAttribute("aria-label", "Cell explorer: one LSTM unit");
      this.running = false;
      this.state = { ...START, b: [...START.b] };

      this.addEventListener("input", (event) => this.onSlider(event.target));
      // "change" comes when a slider comes to rest, so that a drag is announced once.
      this.addEventListener("change", () => this.say(this.summary()));
      this.addEventListener("click", (event) => this.onButton(event.target));
      this.render();
      this.find("[data-status]").innerHTML =
        `Move a slider, or press a preset and then try to disturb ${C_T} with the input.`;
    }

    find(selector) {
      return this.querySelector(selector);
    }

    onSlider(input) {
      const key = input.dataset.in;
      if (!key) return;
      if (key[0] === "b") this.state.b[Number(key[1])] = Number(input.value);
      else this.state[key] = Number(input.value);
      this.render();
    }

    onButton(button) {
      const preset = PRESETS.find((p) => p.name === button.dataset.preset);
      if (preset) {
        this.state.b = [...preset.b];
        this.render();
        this.say(`${preset.note} ${this.summary()}`);
      } else if ("reset" in button.dataset) {
        this.state = { ...START, b: [...START.b] };
        this.render();
        this.say(this.summary());
      } else if ("run" in button.dataset) {
        this.running = true;
        this.render();
        const { c, h } = this.path[STEPS];
        this.say(`After ${STEPS} steps ${C_T} = ${three(c)} and ${H_T} = ${three(h)}.`);
      }
    }

    say(text) {
      this.find("[data-status]").innerHTML = text;
    }

    summary() {
      return `${C_PREV} = ${two(this.state.c)} becomes ${C_T} = ${three(this.out.c)}, and ${H_T} = ${three(this.out.h)}.`;
    }

    render() {
      const { x, h, c, b } = this.state;
      const out = step({ x, h, c, w_x: W_X, w_h: W_H, b });
      this.out = out;

      const shown = { x, h, c, b0: b[0], b1: b[1], b2: b[2], b3: b[3] };
      for (const [key, value] of Object.entries(shown)) {
        this.find(`[data-in="${key}"]`).value = value;
        this.find(`[data-shown="${key}"]`).textContent = two(value);
      }
      for (const { name, b: wanted } of PRESETS) {
        this.find(`[data-preset="${name}"]`).setAttribute(
          "aria-pressed", String(wanted.every((value, k) => value === b[k])));
      }

      const values = GATES.map((gate) => out[gate]);
      this.find("[data-bars] g").innerHTML = drawBars(this.uid, values);
      this.find("[data-bars]").setAttribute("aria-label",
        "Bars: " + GATES.map((gate, k) => `${GATE_NAMES[k]} ${gate} ${two(values[k])}`).join(", "));

      GATES.forEach((gate, k) => {
        const squash = gate === "g" ? "tanh" : "\u03c3";
        const a = W_X[k] * x + W_H[k] * h + b[k];
        this.find(`[data-eq="${k}"]`).innerHTML =
          `<i>${gate}</i> = ${squash}(${W_X[k]}\u00b7${inside(two(x))} + ` +
          `${inside(number(W_H[k], 1))}\u00b7${inside(two(h))} + ${inside(two(b[k]))}) = ` +
          `${squash}(${two(a)}) = <b data-out="${gate}">${three(out[gate])}</b>`;
      });
      this.find('[data-eq="c"]').innerHTML =
        `${C_T} = <i>f</i>\u00b7${C_PREV} + <i>i</i>\u00b7<i>g</i> = ` +
        `${three(out.f)}\u00b7${inside(two(c))} + ${three(out.i)}\u00b7${inside(three(out.g))} = ` +
        `<b data-out="c_t">${three(out.c)}</b>`;
      this.find('[data-eq="h"]').innerHTML =
        `${H_T} = <i>o</i>\u00b7tanh(${C_T}) = ${three(out.o)}\u00b7tanh(${three(out.c)}) = ` +
        `<b data-out="h_t">${three(out.h)}</b>`;

      if (this.running) this.renderRun();
    }

    renderRun() {
      this.path = trajectory(this.state);
      const { c, h } = this.path[STEPS];
      const plot = this.find("[data-plot]");
      plot.removeAttribute("hidden"); // .hidden is no property of an SVG element
      plot.innerHTML = drawPlot(this.path);
      plot.setAttribute("aria-label",
        `Line plot over ${STEPS} steps: c_t, solid, goes from ${two(this.path[0].c)} to ${two(c)}; ` +
        `h_t, dashed, goes from ${two(this.path[0].h)} to ${two(h)}.`);
      this.find("[data-run-text]").innerHTML =
        `${X_T} is held at ${two(this.state.x)}. After ${STEPS} steps ${C_T} (solid) is ${three(c)} ` +
        `and ${H_T} (dashed) is ${three(h)}. The plot follows the sliders.`;
    }
  }

  window.lstmCellExplorerStep = step;
  if (!customElements.get("lstm-cell-explorer")) {
    customElements.define("lstm-cell-explorer", LstmCellExplorer);
  }
})();
