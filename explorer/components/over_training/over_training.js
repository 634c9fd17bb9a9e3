// The film of a training run: slider, large picture, small pictures and curves; dom.js and player.js stand
// before this file.
const PACE = 550; // milliseconds for a step while playing
const NEAR = 14; // pixels within which a point of a curve answers to the pointer
// Of a panel, in pixels: below it there is more room where the steps are named, under the last one.
const ROOM = { left: 44, right: 10, top: 6, inner: 84, below: 5, steps: 36 };
const HELP =
  "Attention step by step. Arrow keys go back and on, Home and End to the first and last step, " +
  "the space bar plays.";
const FEW = 60; // points of a line that are drawn each as a dot

// ------------------------------------------------------------------------------------------------- one panel

// From steps and values to pixels.
function scales({ low, high }, axis, isLog, width) {
  const wide = width - ROOM.left - ROOM.right;
  const share = isLog
    ? (step) => Math.log(step / axis.low) / Math.log(axis.high / axis.low || 2)
    : (step) => (step - axis.low) / (axis.high - axis.low || 1);
  return {
    x: (step) => ROOM.left + wide * Math.min(1, Math.max(0, share(Math.max(step, axis.low)))),
    y: (value) => ROOM.top + ROOM.inner * (1 - (value - low) / (high - low)),
  };
}

function valueAxis({ ticks }, y, width) {
  return ticks.flatMap(({ at, label }) => [
    shape("path", { class: "grid", d: `M${ROOM.left} ${y(at)} H${width - ROOM.right}` }),
    shape("text", { class: "tick", x: ROOM.left - 6, y: y(at), dy: "0.35em", "text-anchor": "end" }, label),
  ]);
}

// The marks of the steps and, below the last panel, as many of their numbers as there is room for.
function stepAxis(axis, isLog, isNamed, x, width) {
  const bottom = ROOM.top + ROOM.inner;
  const parts = [];
  let free = -Infinity;
  for (const { at, label } of isLog ? axis.log : axis.linear) {
    parts.push(shape("path", { class: "grid", d: `M${x(at)} ${bottom} v4` }));
    const half = 4 * label.length;
    if (!isNamed || x(at) - half < free || x(at) + half > width) continue;
    free = x(at) + half + 4;
    parts.push(shape("text", { class: "tick", x: x(at), y: bottom + 15, "text-anchor": "middle" }, label));
  }
  const title = `training steps${isLog ? ", logarithmic" : ""}`;
  if (isNamed) parts.push(shape("text", { class: "tick", x: ROOM.left, y: bottom + 32 }, title));
  return parts;
}

function ruleAt({ rule }, y, width) {
  if (!rule) return [];
  const end = width - ROOM.right;
  const look = { class: "tick rule-label", x: end - 2, y: y(rule.at) - 4, "text-anchor": "end" };
  return [
    shape("path", { class: "rule", d: `M${ROOM.left} ${y(rule.at)} H${end}` }),
    shape("text", look, rule.label),
  ];
}

function curve(line, places) {
  const isOfHead = line.head !== null;
  const group = shape("g", {
    class: isOfHead ? "line head" : "line plain",
    stroke: line.color,
    fill: line.color,
  });
  if (isOfHead) group.dataset.head = line.head;
  const path = places.map(([px, py], i) => `${i ? "L" : "M"}${px.toFixed(1)} ${py.toFixed(1)}`).join(" ");
  group.append(shape("path", { d: path }));
  if (places.length < FEW) group.append(...places.map(([cx, cy]) => shape("circle", { cx, cy, r: 2 })));
  const [cx, cy] = places[line.steps.indexOf(line.taken)] ?? [];
  if (cx !== undefined) group.append(shape("circle", { class: "taken", cx, cy, r: 4.5 }));
  return group;
}

function drawPanel(panel, state, width) {
  const { entry, plot, isLast } = panel;
  const { axis } = state.data;
  const { x, y } = scales(entry, axis, state.log, width);
  // what lies beyond the scale is cut off, and stays in the sentence under the pointer
  const [top, height] = [ROOM.top - 4, ROOM.inner + 8];
  const inside = shape("svg", { y: top, width, height, viewBox: `0 ${top} ${width} ${height}` });
  panel.points = [];
  for (const line of entry.lines) {
    const places = line.steps.map((step, i) => [x(step), y(line.values[i])]);
    inside.append(curve(line, places));
    panel.points.push(
      ...places.map(([px, py], i) => ({ px, py, step: line.steps[i], said: line.said[i], head: line.head })),
    );
  }
  for (const group of inside.children)
    group.classList.toggle("chosen", group.dataset.head === String(state.head));
  const chosen = inside.querySelector(".chosen");
  if (chosen) inside.append(chosen); // over the others
  panel.x = x;
  panel.marker = shape("path", { class: "marker" });
  plot.setAttribute("width", width);
  plot.replaceChildren(
    ...valueAxis(entry, y, width),
    ...stepAxis(axis, state.log, isLast, x, width),
    ...ruleAt(entry, y, width),
    inside,
    panel.marker,
  );
  moveMarker(panel, state);
}

function moveMarker({ marker, x }, { data, at }) {
  const step = data.steps[at];
  marker.setAttribute("d", `M${x(step)} ${ROOM.top} V${ROOM.top + ROOM.inner}`);
  marker.dataset.step = step;
}

// What is under the pointer: the step, and a point of a curve, those of the chosen head before the others.
function under(event, panel, state) {
  const frame = panel.plot.getBoundingClientRect();
  const [px, py] = [event.clientX - frame.left, event.clientY - frame.top];
  const distance = (point) => Math.hypot(point.px - px, point.py - py) - (point.head === state.head ? 3 : 0);
  const near = panel.points.reduce(
    (best, point) => (!best || distance(point) < distance(best) ? point : best),
    null,
  );
  const { steps } = state.data;
  const isNearer = (i, best) => Math.abs(panel.x(steps[i]) - px) < Math.abs(panel.x(steps[best]) - px);
  const at = steps.reduce((best, _, i) => (isNearer(i, best) ? i : best), 0);
  return { at, point: near && distance(near) < NEAR ? near : null };
}

function makePanel(entry, state, isLast) {
  const said = element("span", "said");
  const title = element(
    "div",
    "title",
    element("b", "", entry.title),
    element("span", "note", entry.note),
    said,
  );
  const height = ROOM.top + ROOM.inner + (isLast ? ROOM.steps : ROOM.below);
  const plot = shape("svg", {
    class: "plot",
    role: "img",
    "aria-label": `${entry.title}: ${entry.note}`,
    height,
  });
  const panel = { entry, plot, isLast, points: [], box: element("section", "panel", title, plot) };
  const say = (text) => {
    said.textContent = text ?? "";
    panel.box.classList.toggle("speaking", text !== undefined);
  };
  plot.addEventListener("pointermove", (event) => {
    const { at, point } = under(event, panel, state);
    say(point?.said);
    if (event.buttons & 1) state.go(at);
  });
  plot.addEventListener("pointerleave", () => say());
  plot.addEventListener("pointerdown", (event) => {
    const { at, point } = under(event, panel, state);
    if (point && point.head !== null) state.pick(point.head);
    state.go(at);
  });
  return panel;
}

// Redraw all panels: another scale, width or head.
function drawPanels(state) {
  const { parts } = state;
  parts.scale.textContent = state.log ? "Steps: linear" : "Steps: logarithmic";
  const width = Math.max(220, Math.floor(parts.plots.clientWidth));
  for (const panel of state.panels) drawPanel(panel, state, width);
}

// ------------------------------------------------------------------------------------------------- the whole

function makeTiles(state) {
  const [nLayers, nHeads, rows, cols] = state.data.shape;
  const nAll = nLayers * nHeads;
  const node = element("div", rows > 64 || cols > 64 ? "tiles fine" : "tiles");
  node.style.setProperty("--heads", nAll <= 8 ? nAll : nHeads);
  node.style.setProperty("--tile", `${nAll <= 8 ? 96 : Math.max(44, 150 / nLayers)}px`);
  state.tiles = state.data.heads.map((head, number) => {
    const canvas = element("canvas");
    canvas.width = cols;
    canvas.height = rows;
    const marks = element("span", "marks");
    const help = [head.name, ...head.roles.map(({ said }) => said)].join("\n");
    const tile = button("tile", undefined, () => state.pick(number), help);
    tile.append(canvas, element("span", "label", head.name, marks));
    node.append(tile);
    return { tile, canvas, marks };
  });
  return node;
}

function makeParts(state) {
  const changeScale = () => {
    state.log = !state.log;
    drawPanels(state);
  };
  const parts = {
    scale: button("go scale", undefined, changeScale),
    step: element("span", "step"),
    facts: element("span", "facts"),
    headName: element("b", "head-name"),
    headSaid: element("span", "head-said"),
    plots: element("div", "panels"),
  };
  parts.facts.setAttribute("aria-live", "polite");
  return parts;
}

function build(root, state) {
  const { data, player } = state;
  setColors(root, data.colors);
  root.tabIndex = 0;
  root.setAttribute("role", "group");
  root.setAttribute("aria-label", HELP);
  const parts = (state.parts = makeParts(state));
  state.scene = picture(data.picture);
  state.scene.classList.add("large");
  state.cellNodes = [...state.scene.querySelectorAll("[data-row][data-col]")];
  state.panels = data.panels.map((entry, i) => makePanel(entry, state, i === data.panels.length - 1));
  state.width = 0;
  parts.plots.append(...state.panels.map(({ box }) => box), parts.scale);
  const { previous, play, next } = player.buttons;
  root.replaceChildren(
    element("div", "player", previous, play, next, player.slider, parts.step),
    element("div", "line-of-facts", parts.facts, element("span", "hint", data.hint)),
    element("div", "caption", parts.headName, parts.headSaid),
    element(
      "div",
      "halves",
      element("div", "left", state.scene),
      element("div", "right", makeTiles(state), parts.plots),
    ),
    element("p", "footnote", data.note),
  );
}

// -------------------------------------------------------------------------------------------------- one step

const colored = (text, color) => {
  const node = element("span", "", text);
  node.style.color = color;
  return node;
};

// The roles that a head has at the step that is shown.
const rolesOf = ({ data, at }, head) => data.heads[head].roles.filter(({ holds }) => holds[at]);

function showTiles(state, startOf) {
  const { cells, palette, data } = state;
  state.tiles.forEach(({ tile, canvas, marks }, number) => {
    const start = startOf(number);
    paintCells(canvas, palette, (cell) => Math.round((255 * cells[start + cell]) / data.parts));
    tile.setAttribute("aria-pressed", String(number === state.head));
    marks.replaceChildren(...rolesOf(state, number).map(({ mark, color }) => colored(mark, color)));
  });
}

function showPicture(state, start) {
  const { cells, palette, data } = state;
  const cols = data.shape[3];
  for (const node of state.cellNodes) {
    const [row, col] = [Number(node.dataset.row), Number(node.dataset.col)];
    const units = cells[start + row * cols + col];
    const color = 3 * Math.round((255 * units) / data.parts);
    node.setAttribute("fill", `rgb(${palette[color]},${palette[color + 1]},${palette[color + 2]})`);
    node.dataset.weight = units / data.parts;
    node.firstChild.textContent = `${data.rows[row]} → ${data.cols[col]}: ${units / data.parts}`;
  }
}

function show(state) {
  const { data, parts, at, head, player } = state;
  const [nLayers, nHeads, rows, cols] = data.shape;
  const startOf = (number) => (at * nLayers * nHeads + number) * rows * cols;
  showTiles(state, startOf);
  showPicture(state, startOf(head));
  const { name, roles } = data.heads[head],
    step = data.steps[at];
  const held = rolesOf(state, head);
  parts.headName.textContent = name;
  parts.headSaid.replaceChildren(
    ...held.map(({ mark, color, said }) => element("span", "", colored(` ${mark} `, color), said)),
  );
  if (roles.length && !held.length) parts.headSaid.textContent = " no role at this step";
  state.scene.setAttribute("aria-label", `${name} at step ${step}. ${data.picture.description}`);
  player.update();
  player.slider.setAttribute("aria-valuetext", `step ${step}`);
  parts.step.textContent = `step ${grouped(step)} of ${grouped(data.max_steps)}`;
  parts.facts.textContent = data.facts[at];
  for (const panel of state.panels) if (panel.marker) moveMarker(panel, state);
}

function start(root) {
  const state = { at: 0, head: 0, log: true };
  state.go = (number) => {
    const at = Math.min(state.data.steps.length - 1, Math.max(0, number));
    if (at === state.at) return;
    state.at = at;
    show(state);
  };
  state.pick = (head) => {
    if (head === state.head) return;
    state.head = head;
    drawPanels(state);
    show(state);
  };
  state.player = new Player(root, {
    last: () => state.data.steps.length - 1,
    at: () => state.at,
    go: state.go,
    pace: PACE,
  });
  state.player.makeSlider("Training step");
  state.player.listenIn(root);
  state.player.listenEverywhere();
  new ResizeObserver(() => {
    const width = state.parts?.plots.clientWidth;
    if (!width || width === state.width) return;
    state.width = width;
    drawPanels(state);
  }).observe(root);
  return state;
}

// ----------------------------------------------------------------------------------------- what Python sends

// Where a reader is in the new data: where they were, as near as it comes. Who was at the end stays there.
function stay(state, before, data) {
  // a rerun, another kind or sentence, or a run that went on
  const isSameRun = before && before.timeline === data.timeline;
  const sizeOf = ({ shape: [nLayers, nHeads] }) => nLayers * nHeads;
  const opensAnew = !isSameRun || sizeOf(before) !== sizeOf(data) || before.note !== data.note;
  state.head = opensAnew ? data.head : Math.min(state.head, data.heads.length - 1);
  const last = data.steps.length - 1;
  const wasLast = isSameRun && state.at === before.steps.length - 1;
  if (!isSameRun || (wasLast && !state.player.timer)) state.at = last;
  else
    state.at = Math.max(
      0,
      data.steps.findLastIndex((step) => step <= before.steps[state.at]),
    );
}

export default function ({ data, parentElement }) {
  const root = parentElement.querySelector(".over-training");
  const state = stateOf(root, start);
  if (!isNews(state, data)) return;
  const before = state.data;
  if (before && before.timeline !== data.timeline) state.player.pause();
  const active = root.getRootNode().activeElement;
  const focused = root.contains(active) ? active.className : null;
  state.data = data;
  stay(state, before, data);
  const packed = bytes(data.cells);
  state.cells = new Uint16Array(packed.buffer, 0, packed.length / 2);
  state.palette = bytes(data.palette);
  build(root, state);
  show(state);
  drawPanels(state);
  if (focused) root.getElementsByClassName(focused)[0]?.focus();
}
