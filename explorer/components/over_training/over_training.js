// The film of a training: slider, large picture, small pictures and curves. shapes.js stands before this file.
// Text enters only through textContent and attributes, never as markup.
const films = new WeakMap(); // root element → what is shown in it, so that a rerun leaves its reader where they are
const PACE = 550; // milliseconds for a step while playing
const NEAR = 14; // pixels within which a point of a curve answers to the pointer
const ROOM = { left: 44, right: 10, top: 6, inner: 84, below: 5, steps: 36 }; // of a panel, in pixels; the last one names the steps

function element(tag, className, ...content) {
  const node = document.createElement(tag);
  node.className = className;
  node.append(...content);
  return node;
}

function svg(tag, attributes, text) {
  const node = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  if (text !== undefined) node.textContent = text;
  return node;
}

function decoded(base64) {
  const text = atob(base64);
  return Uint8Array.from({ length: text.length }, (_, i) => text.charCodeAt(i));
}

function paint(canvas, state, from) {
  const { cells, palette, data } = state;
  const image = new ImageData(canvas.width, canvas.height);
  for (let i = 0; i < canvas.width * canvas.height; i += 1) {
    const color = 3 * Math.round((255 * cells[from + i]) / data.parts);
    image.data.set([palette[color], palette[color + 1], palette[color + 2], 255], 4 * i);
  }
  canvas.getContext("2d").putImageData(image, 0, 0);
}

// ------------------------------------------------------------------------------------------------------------------- the curves

function panel(entry, state, isLast) {
  const { data } = state;
  const said = element("span", "said");
  const box = element("section", "panel", element("div", "title", element("b", "", entry.title), element("span", "note", entry.note), said));
  const plot = svg("svg", { class: "plot", role: "img", "aria-label": `${entry.title}: ${entry.note}`, height: ROOM.top + ROOM.inner + (isLast ? ROOM.steps : ROOM.below) });
  box.append(plot);
  let points = [];
  const draw = (width) => {
    const inner = { w: width - ROOM.left - ROOM.right, h: ROOM.inner };
    const { low, high } = data.axis;
    const scale = state.log ? (step) => Math.log(step / low) / Math.log(high / low || 2) : (step) => (step - low) / (high - low || 1);
    const x = (step) => ROOM.left + inner.w * Math.min(1, Math.max(0, scale(Math.max(step, low))));
    const y = (value) => ROOM.top + inner.h * (1 - (value - entry.low) / (entry.high - entry.low));
    const parts = [];
    for (const { at, label } of entry.ticks) {
      parts.push(svg("path", { class: "grid", d: `M${ROOM.left} ${y(at)} H${width - ROOM.right}` }));
      parts.push(svg("text", { class: "tick", x: ROOM.left - 6, y: y(at), dy: "0.35em", "text-anchor": "end" }, label));
    }
    let free = -Infinity;
    for (const { at, label } of state.log ? data.axis.log : data.axis.linear) {
      parts.push(svg("path", { class: "grid", d: `M${x(at)} ${ROOM.top + inner.h} v4` }));
      if (!isLast) continue;
      const half = 4 * label.length;
      if (x(at) - half < free || x(at) + half > width) continue;
      free = x(at) + half + 4;
      parts.push(svg("text", { class: "tick", x: x(at), y: ROOM.top + inner.h + 15, "text-anchor": "middle" }, label));
    }
    if (isLast) parts.push(svg("text", { class: "tick", x: ROOM.left, y: ROOM.top + inner.h + 32 }, `training steps${state.log ? ", logarithmic" : ""}`));
    if (entry.rule) {
      parts.push(svg("path", { class: "rule", d: `M${ROOM.left} ${y(entry.rule.at)} H${width - ROOM.right}` }));
      parts.push(svg("text", { class: "tick rule-label", x: width - ROOM.right - 2, y: y(entry.rule.at) - 4, "text-anchor": "end" }, entry.rule.label));
    }
    points = [];
    // what lies beyond the scale is cut off, and stays in the sentence under the pointer
    const inside = svg("svg", { y: ROOM.top - 4, width, height: inner.h + 8, viewBox: `0 ${ROOM.top - 4} ${width} ${inner.h + 8}` });
    parts.push(inside);
    for (const line of entry.lines) {
      const places = line.steps.map((step, i) => [x(step), y(line.values[i])]);
      const path = places.map(([px, py], i) => `${i ? "L" : "M"}${px.toFixed(1)} ${py.toFixed(1)}`).join(" ");
      const group = svg("g", { class: line.head === null ? "line plain" : "line head", stroke: line.color, fill: line.color });
      if (line.head !== null) group.dataset.head = line.head;
      group.append(svg("path", { d: path }));
      if (places.length < 60) for (const [px, py] of places) group.append(svg("circle", { cx: px, cy: py, r: 2 }));
      const taken = line.steps.indexOf(line.taken);
      if (taken >= 0) group.append(svg("circle", { class: "taken", cx: places[taken][0], cy: places[taken][1], r: 4.5 }));
      inside.append(group);
      places.forEach(([px, py], i) => points.push({ px, py, step: line.steps[i], said: line.said[i], head: line.head }));
    }
    const marker = svg("path", { class: "marker" });
    plot.setAttribute("width", width);
    plot.replaceChildren(...parts, marker);
    // the chosen head's line lies over the others
    const chosen = plot.querySelector(`[data-head="${state.head}"]`);
    if (chosen) inside.append(chosen);
    for (const group of plot.querySelectorAll("[data-head]")) group.classList.toggle("chosen", Number(group.dataset.head) === state.head);
    const move = () => {
      const step = data.steps[state.at];
      marker.setAttribute("d", `M${x(step)} ${ROOM.top} V${ROOM.top + inner.h}`);
      marker.dataset.step = step;
    };
    move();
    entry.move = move;
    entry.nearestStep = (px) => data.steps.reduce((best, step, i) => (Math.abs(x(step) - px) < Math.abs(x(data.steps[best]) - px) ? i : best), 0);
  };
  const at = (event) => {
    const frame = plot.getBoundingClientRect();
    const [px, py] = [event.clientX - frame.left, event.clientY - frame.top];
    const distance = (point) => Math.hypot(point.px - px, point.py - py) - (point.head === state.head ? 3 : 0);
    const near = points.reduce((best, point) => (!best || distance(point) < distance(best) ? point : best), null);
    return { px, point: near && distance(near) < NEAR ? near : null };
  };
  plot.addEventListener("pointermove", (event) => {
    const { px, point } = at(event);
    said.textContent = point ? point.said : "";
    box.classList.toggle("speaking", Boolean(point));
    if (event.buttons & 1) state.go(entry.nearestStep(px));
  });
  plot.addEventListener("pointerleave", () => { said.textContent = ""; box.classList.remove("speaking"); });
  plot.addEventListener("pointerdown", (event) => {
    const { px, point } = at(event);
    if (point && point.head !== null) state.pick(point.head);
    state.go(entry.nearestStep(px));
  });
  entry.draw = draw;
  return box;
}

// ------------------------------------------------------------------------------------------------------------------- the whole

function build(root, state) {
  const { data } = state;
  for (const [name, color] of Object.entries(data.colors)) root.style.setProperty(`--${name}`, color);
  root.tabIndex = 0;
  root.setAttribute("role", "group");
  root.setAttribute("aria-label", "Attention step by step. Arrow keys go back and on, Home and End to the first and last step, the space bar plays.");
  const button = (name, label, action) => {
    const node = element("button", `go ${name}`, label);
    node.type = "button";
    node.addEventListener("click", action);
    return node;
  };
  const last = data.steps.length - 1;
  const slider = element("input", "slider");
  Object.assign(slider, { type: "range", min: 0, max: last, step: 1 });
  slider.setAttribute("aria-label", "Training step");
  slider.addEventListener("input", () => { state.pause(); state.go(Number(slider.value)); });
  const parts = {
    slider,
    previous: button("previous", "Previous", () => { state.pause(); state.go(state.at - 1); }),
    play: button("play", "Play", () => state.play()),
    next: button("next", "Next", () => { state.pause(); state.go(state.at + 1); }),
    scale: button("scale", "", () => { state.log = !state.log; curves(state); }),
    step: element("span", "step"),
    facts: element("span", "facts"),
    headName: element("b", "head-name"),
    headSaid: element("span", "head-said"),
    plots: element("div", "panels"),
  };
  parts.facts.setAttribute("aria-live", "polite");
  parts.play.disabled = last === 0;

  const [nLayers, nHeads, rows, cols] = data.shape;
  const nAll = nLayers * nHeads;
  const tiles = element("div", rows > 64 || cols > 64 ? "tiles fine" : "tiles");
  tiles.style.setProperty("--heads", nAll <= 8 ? nAll : nHeads);
  tiles.style.setProperty("--tile", `${nAll <= 8 ? 96 : Math.max(44, 150 / nLayers)}px`);
  state.tiles = data.heads.map((head, number) => {
    const canvas = element("canvas", "");
    canvas.width = cols;
    canvas.height = rows;
    const marks = element("span", "marks");
    const tile = button("tile", "", () => state.pick(number));
    tile.className = "tile";
    tile.title = [head.name, ...head.roles.map(({ said }) => said)].join("\n");
    tile.append(canvas, element("span", "label", head.name, marks));
    tiles.append(tile);
    return { tile, canvas, marks };
  });
  state.scene = picture(data.picture);
  state.cellNodes = [...state.scene.querySelectorAll("[data-row][data-col]")];
  state.scene.classList.add("large");
  const caption = element("div", "caption", parts.headName, parts.headSaid);
  const right = element("div", "right", tiles, parts.plots);
  const bar = element("div", "controls", parts.previous, parts.play, parts.next, slider, parts.step);
  root.replaceChildren(bar, element("div", "line-of-facts", parts.facts, element("span", "hint", data.hint)), caption,
    element("div", "halves", element("div", "left", state.scene), right), element("p", "footnote", data.note));
  parts.plots.append(...data.panels.map((entry, i) => panel(entry, state, i === data.panels.length - 1)), parts.scale);
  state.parts = parts;
  state.width = 0;
}

// All panels anew: another scale, width or head.
function curves(state) {
  const { parts, data } = state;
  parts.scale.textContent = state.log ? "Steps: linear" : "Steps: logarithmic";
  const width = Math.max(220, Math.floor(parts.plots.clientWidth));
  for (const entry of data.panels) entry.draw(width);
}

function show(state) {
  const { data, parts, at, head } = state;
  const [nLayers, nHeads, rows, cols] = data.shape;
  const size = rows * cols, step = data.steps[at];
  const start = (number) => (at * nLayers * nHeads + number) * size;
  state.tiles.forEach(({ tile, canvas, marks }, number) => {
    paint(canvas, state, start(number));
    tile.setAttribute("aria-pressed", String(number === head));
    const held = data.heads[number].roles.filter(({ holds }) => holds[at]);
    marks.replaceChildren(...held.map(({ mark, color }) => { const node = element("span", "", mark); node.style.color = color; return node; }));
  });
  const from = start(head);
  for (const node of state.cellNodes) {
    const [row, col] = [Number(node.dataset.row), Number(node.dataset.col)];
    const weight = state.cells[from + row * cols + col];
    const color = 3 * Math.round((255 * weight) / data.parts);
    node.setAttribute("fill", `rgb(${state.palette[color]},${state.palette[color + 1]},${state.palette[color + 2]})`);
    node.dataset.weight = weight / data.parts;
    node.firstChild.textContent = `${data.rows[row]} → ${data.cols[col]}: ${weight / data.parts}`;
  }
  const name = data.heads[head].name;
  parts.headName.textContent = name;
  const held = data.heads[head].roles.filter(({ holds }) => holds[at]);
  parts.headSaid.replaceChildren(...held.map(({ mark, color, said }) => {
    const node = element("span", "", ` ${mark} `);
    node.style.color = color;
    return element("span", "", node, said);
  }));
  if (data.heads[head].roles.length && !held.length) parts.headSaid.textContent = " no role at this step";
  state.scene.setAttribute("aria-label", `${name} at step ${step}. ${data.picture.description}`);
  parts.slider.value = at;
  parts.slider.setAttribute("aria-valuetext", `step ${step}`);
  parts.step.textContent = `step ${step.toLocaleString("en-US")} of ${data.max_steps.toLocaleString("en-US")}`;
  parts.facts.textContent = data.facts[at];
  parts.previous.disabled = at === 0;
  parts.next.disabled = at === data.steps.length - 1;
  for (const entry of data.panels) entry.move?.();
}

function start(root) {
  const state = { at: 0, head: 0, log: true, playing: null };
  state.go = (at) => {
    at = Math.min(state.data.steps.length - 1, Math.max(0, at));
    if (at !== state.at) { state.at = at; show(state); }
  };
  state.pick = (head) => {
    if (head === state.head) return;
    state.head = head;
    curves(state);
    show(state);
  };
  state.pause = () => {
    clearInterval(state.playing);
    state.playing = null;
    state.parts.play.textContent = "Play";
  };
  state.play = () => {
    if (state.playing) return state.pause();
    if (state.at === state.data.steps.length - 1) state.go(0);
    state.parts.play.textContent = "Pause";
    state.playing = setInterval(() => {
      if (!root.isConnected || state.at === state.data.steps.length - 1) return state.pause();
      state.go(state.at + 1);
    }, PACE);
  };
  const anywhere = (event) => {
    if (!root.isConnected) return document.removeEventListener("keydown", anywhere);
    const by = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (event.target !== document.body || !by || event.ctrlKey || event.metaKey || event.altKey || event.shiftKey) return;
    state.pause();
    state.go(state.at + by);
  };
  document.addEventListener("keydown", anywhere);
  root.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const to = { ArrowRight: state.at + 1, ArrowLeft: state.at - 1, Home: 0, End: state.data.steps.length - 1 }[event.key];
    if (to !== undefined) { state.pause(); state.go(to); }
    else if (event.key === " " && event.target.tagName !== "BUTTON") state.play();
    else return;
    event.preventDefault();
  });
  new ResizeObserver(() => {
    const width = state.parts?.plots.clientWidth;
    if (!width || width === state.width) return;
    state.width = width;
    curves(state);
  }).observe(root);
  return state;
}

export default function ({ data, parentElement }) {
  const root = parentElement.querySelector(".over-training");
  const state = films.get(root) ?? start(root);
  films.set(root, state);
  const text = JSON.stringify(data);
  if (state.text === text) return;
  const before = state.data;
  const grew = before && before.course === data.course; // a rerun, another kind or sentence, or a run that went on
  const step = grew ? before.steps[state.at] : undefined;
  const wasLast = grew && state.at === before.steps.length - 1;
  const opensAnew = !before || before.course !== data.course || before.shape[0] * before.shape[1] !== data.shape[0] * data.shape[1] || before.note !== data.note;
  if (before && !grew) state.pause();
  const focused = root.contains(root.getRootNode().activeElement) ? root.getRootNode().activeElement.className : null;
  state.text = text;
  state.data = data;
  const bytes = decoded(data.cells);
  state.cells = new Uint16Array(bytes.buffer, 0, bytes.length / 2);
  state.palette = decoded(data.palette);
  state.head = opensAnew ? data.head : Math.min(state.head, data.heads.length - 1);
  const found = data.steps.findLastIndex((other) => other <= step);
  state.at = !grew || (wasLast && !state.playing) ? data.steps.length - 1 : Math.max(0, found);
  build(root, state);
  if (state.playing) state.parts.play.textContent = "Pause";
  show(state);
  curves(state);
  if (focused) root.getElementsByClassName(focused)[0]?.focus();
}
