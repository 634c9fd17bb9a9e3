// A search in columns, one for each step. Text enters only through textContent and attributes, never as markup.
const SVG = "http://www.w3.org/2000/svg";
const COLUMN = 172, ROW = 48, BOX = 58, TALL = 38, BEND = 26, MARGIN = 16; // pixels at scale 1
const FAR = 0.5; // below this scale numbers cannot be read: tokens are drawn larger without them
const LEAST_HEIGHT = 200, MOST_HEIGHT = 470, PACE = 700; // pixels, pixels, milliseconds a step
const trees = new WeakMap(); // root element → its data, and what the reader did to it: steps shown, folds, place and scale

function element(tag, className, text) {
  const node = document.createElement(tag);
  if (className) node.className = className;
  if (text !== undefined) node.textContent = text;
  return node;
}

function shape(tag, attributes, text) {
  const node = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  if (text !== undefined) node.textContent = text;
  return node;
}

// ---------------------------------------------------------------------------------------------------------------------- layout

// Which nodes are there at all, and where: rows are counted in each column, in the order of drawing, so that no two edges cross.
function layOut(state) {
  const { data, folded } = state;
  const ancestors = state.follow ? pathOf(state, state.selected) : null;
  const next = [], places = new Map(), gone = new Set();
  places.set("", { x: 0, row: 0 });
  for (const node of data.nodes) {
    const aside = ancestors && !ancestors.has(node.id) && !(ancestors.has(node.parent) || node.parent === "");
    if (aside || gone.has(node.parent) || folded.has(node.parent)) {
      gone.add(node.id);
      continue;
    }
    const row = next[node.step] ?? 0;
    next[node.step] = row + 1;
    places.set(node.id, { x: (node.step + 1) * COLUMN, row });
  }
  state.places = places;
  state.rows = Math.max(1, ...next.filter((n) => n !== undefined));
}

function pathOf(state, id) {
  const path = new Set();
  for (let at = id; at; at = state.byId.get(at)?.parent) path.add(at);
  return path;
}

const sizeOf = (state) => [state.data.n_steps * COLUMN + BOX + 2 * MARGIN + 28, state.rows * ROW + 2 * MARGIN];
const center = (place) => MARGIN + place.row * ROW + ROW / 2;

// --------------------------------------------------------------------------------------------------------------------- drawing

function build(root, state) {
  const { data } = state;
  root.replaceChildren();
  for (const [name, color] of Object.entries(data.colors)) root.style.setProperty(`--${name}`, color);
  const bar = element("div", "bar"), frame = element("div", "frame"), tip = element("div", "tip hidden");
  frame.dataset.testid = "search-tree-frame";
  const svg = shape("svg", { role: "group", "aria-label": data.description });
  const world = shape("g", { class: "world" });
  const edges = shape("g", {}), nodes = shape("g", {});
  world.append(edges, nodes);
  svg.append(world);
  frame.append(svg);
  Object.assign(state, { root, bar, frame, svg, world, tip, drawn: new Map() });

  const start = shape("g", { class: "root" });
  start.append(
    shape("rect", { class: "box", width: BOX, height: 26, y: -13, rx: 13, fill: data.colors.surface, stroke: data.colors.muted }),
    shape("text", { x: BOX / 2, y: 4, "text-anchor": "middle" }, "start"),
  );
  nodes.append(start);
  state.start = start;
  for (const node of data.nodes) {
    const edge = shape("path", { class: `edge ${node.fate}` });
    const group = shape("g", { class: `node ${node.fate}`, tabindex: -1, role: "button", "aria-label": node.about.join(". ") });
    group.dataset.id = node.id;
    group.dataset.fate = node.fate;
    group.dataset.step = node.step;
    group.classList.toggle("forced", node.forced);
    const mark = shape("text", { class: "mark", x: BOX + 6, y: node.forced ? 4 - TALL / 2 : 4 });
    group.append(
      shape("rect", { x: BEND - COLUMN + BOX, y: -TALL / 2, width: COLUMN - BEND, height: TALL, fill: "transparent" }),
      shape("rect", { class: "box", width: BOX, height: TALL, y: -TALL / 2, rx: node.fate === "finished" ? 12 : 4 }),
      shape("text", { class: "number sum", x: BOX / 2, y: -3, "text-anchor": "middle" }, node.sum),
      shape("text", { class: "number score", x: BOX / 2, y: 13, "text-anchor": "middle" }, node.score),
      shape("text", { class: "token", x: -8, y: -6, "text-anchor": "end" }, node.token),
      shape("text", { class: "number log-prob", x: -8, y: 15, "text-anchor": "end" }, node.log_prob),
      mark,
    );
    let fold = null;
    if (state.children.get(node.id)) {
      fold = shape("g", { class: "fold" });
      fold.append(shape("circle", { cx: BOX + 11, r: 8 }), shape("text", { x: BOX + 11, y: 4, "text-anchor": "middle" }));
      fold.addEventListener("click", (event) => {
        event.stopPropagation();
        toggleFold(state, node.id);
      });
      group.append(fold);
    }
    group.addEventListener("click", () => !state.dragged && pick(state, node.id));
    group.addEventListener("pointerenter", () => tell(state, node));
    group.addEventListener("pointerleave", () => tip.classList.add("hidden"));
    group.addEventListener("focus", () => tell(state, node));
    group.addEventListener("blur", () => tip.classList.add("hidden"));
    edges.append(edge);
    nodes.append(group);
    state.drawn.set(node.id, { node, edge, group, mark, fold });
  }
  toolbar(state);
  const legend = element("div", "legend");
  for (const { fate, mark, label } of data.legend) {
    const entry = element("span");
    entry.append(element("span", `sample ${fate}`, mark), element("span", "", label));
    legend.append(entry);
  }
  root.append(bar, frame, tip, legend, element("p", "key", data.key));
  gestures(state);
}

function update(state) {
  layOut(state);
  const path = pathOf(state, state.selected);
  const at = (place) => `translate(${MARGIN + place.x},${center(place)})`;
  state.start.setAttribute("transform", at(state.places.get("")));
  for (const { node, edge, group, mark, fold } of state.drawn.values()) {
    const place = state.places.get(node.id);
    const shown = Boolean(place) && node.step < state.shown;
    group.classList.toggle("new", shown && group.classList.contains("hidden") && state.animate);
    for (const each of [edge, group]) each.classList.toggle("hidden", !shown);
    if (!place) continue;
    group.setAttribute("transform", at(place));
    const parent = state.places.get(node.parent);
    const [x0, y0] = [MARGIN + parent.x + BOX, center(parent)], [x1, y1] = [MARGIN + place.x, center(place)];
    const bend = x0 + BEND;
    edge.setAttribute("d", `M${x0},${y0}C${x0 + 18},${y0} ${bend - 14},${y1} ${bend},${y1}L${x1},${y1}`);
    const winner = node.winner && state.shown >= state.data.n_steps;
    edge.classList.toggle("winner", winner);
    edge.classList.toggle("path", path.has(node.id) && !winner);
    group.classList.toggle("winner", winner);
    group.setAttribute("aria-pressed", String(node.id === state.selected));
    mark.textContent = node.place ? `${winner && node.place === 1 ? "★" : node.mark} ${node.place}` : node.mark;
    if (fold) {
      const folded = state.folded.has(node.id);
      fold.classList.toggle("hidden", !folded && node.step + 1 >= state.shown);
      fold.lastChild.textContent = folded ? "+" : "−";
      fold.setAttribute("aria-label", folded ? "unfold" : "fold");
    }
  }
  for (const [id, { group }] of state.drawn) group.setAttribute("tabindex", id === focusable(state) ? 0 : -1);
  controls(state);
}

const focusable = (state) => (visible(state, state.selected) ? state.selected : state.data.nodes[0]?.id);
const visible = (state, id) => state.places.has(id) && (state.byId.get(id)?.step ?? -1) < state.shown;

function tell(state, node) {
  const { tip, root } = state;
  tip.replaceChildren(...node.about.map((line) => element("div", "", line)));
  tip.classList.remove("hidden");
  const box = state.drawn.get(node.id).group.querySelector(".box").getBoundingClientRect(), home = root.getBoundingClientRect();
  const left = Math.min(box.left - home.left, home.width - tip.offsetWidth - 4);
  const below = box.bottom - home.top + 8;
  tip.style.left = `${Math.max(4, left)}px`;
  tip.style.top = `${below}px`;
}

// -------------------------------------------------------------------------------------------------------------------- movement

function place(state, moving = false) {
  const { k, x, y } = state.view;
  state.world.classList.toggle("moving", moving);
  state.world.style.transform = `translate(${x}px, ${y}px) scale(${k})`;
  state.svg.classList.toggle("far", k < FAR);
}

const heightFor = (height) => Math.max(LEAST_HEIGHT, Math.min(MOST_HEIGHT, Math.ceil(height)));

function begin(state) {
  const [width, height] = sizeOf(state);
  const room = state.frame.clientWidth || 900;
  const k = Math.max(0.9, Math.min(1.2, room / width));
  const tall = heightFor(k * height);
  state.frame.style.height = `${tall}px`;
  state.view = { k, x: Math.max(0, (room - k * width) / 2), y: Math.max(0, (tall - k * height) / 2) };
  place(state);
}

function fit(state) {
  const [width, height] = sizeOf(state);
  const { clientWidth, clientHeight } = state.frame;
  const k = Math.min(1.4, clientWidth / width, clientHeight / height);
  state.view = { k, x: (clientWidth - k * width) / 2, y: (clientHeight - k * height) / 2 };
  place(state, true);
}

function zoom(state, factor, atX = state.frame.clientWidth / 2, atY = state.frame.clientHeight / 2) {
  const { k, x, y } = state.view;
  const to = Math.max(0.05, Math.min(3, k * factor));
  state.view = { k: to, x: atX - ((atX - x) * to) / k, y: atY - ((atY - y) * to) / k };
  place(state);
}

// What has just grown, or was reached by a key, comes into sight.
function bring(state, x, y) {
  const { view, frame } = state;
  const left = view.x + (x - 110) * view.k, right = view.x + (x + BOX + 40) * view.k;
  if (right > frame.clientWidth) view.x -= right - frame.clientWidth;
  else if (left < 0) view.x -= left;
  if (y !== undefined) {
    const top = view.y + (y - ROW / 2) * view.k, bottom = view.y + (y + ROW / 2) * view.k;
    if (bottom > frame.clientHeight) view.y -= bottom - frame.clientHeight;
    else if (top < 0) view.y -= top;
  }
  place(state, true);
}

function gestures(state) {
  const { frame } = state;
  let held = null;
  frame.addEventListener("pointerdown", (event) => {
    if (event.button) return;
    held = { id: event.pointerId, x: event.clientX, y: event.clientY, from: { ...state.view } };
    state.dragged = false;
  });
  frame.addEventListener("pointermove", (event) => {
    if (held?.id !== event.pointerId) return;
    const [dx, dy] = [event.clientX - held.x, event.clientY - held.y];
    if (!state.dragged && Math.hypot(dx, dy) < 5) return;
    if (!state.dragged) frame.setPointerCapture(event.pointerId);
    state.dragged = true;
    frame.classList.add("held");
    state.view = { ...state.view, x: held.from.x + dx, y: held.from.y + dy };
    place(state);
  });
  const release = () => {
    held = null;
    frame.classList.remove("held");
    setTimeout(() => (state.dragged = false)); // the click that ends a drag picks nothing
  };
  frame.addEventListener("pointerup", release);
  frame.addEventListener("pointercancel", release);
  frame.addEventListener(
    "wheel",
    (event) => {
      const home = frame.getBoundingClientRect();
      if (event.ctrlKey || event.metaKey) zoom(state, Math.exp(-event.deltaY / 300), event.clientX - home.left, event.clientY - home.top);
      else if (event.shiftKey || Math.abs(event.deltaX) > Math.abs(event.deltaY)) {
        state.view.x -= event.deltaX || event.deltaY;
        place(state);
      } else return; // the page scrolls
      event.preventDefault();
    },
    { passive: false },
  );
  frame.addEventListener("keydown", (event) => {
    const id = event.target.dataset?.id;
    if (id === undefined) return;
    if (event.key === "Enter" || event.key === " ") pick(state, id);
    else if (event.key === "f") toggleFold(state, id);
    else if (event.key === "+") zoom(state, 1.25);
    else if (event.key === "-") zoom(state, 0.8);
    else if (event.key === "0") fit(state);
    else {
      const to = neighbour(state, id, event.key);
      if (to === undefined) return;
      if (to) go(state, to);
    }
    event.preventDefault();
  });
}

function go(state, id) {
  const spot = state.places.get(id);
  bring(state, MARGIN + spot.x, center(spot));
  state.drawn.get(id).group.focus({ preventScroll: true });
}

// The node that an arrow leads to: its parent, its first child, or the one above or below; undefined for another key.
function neighbour(state, id, key) {
  const node = state.byId.get(id);
  if (key === "ArrowLeft") return node.parent;
  if (key === "ArrowRight") return (state.children.get(id) ?? []).find((child) => visible(state, child)) ?? "";
  if (key !== "ArrowUp" && key !== "ArrowDown") return undefined;
  const column = state.data.nodes.filter((other) => other.step === node.step && visible(state, other.id)).map((other) => other.id);
  return column[column.indexOf(id) + (key === "ArrowUp" ? -1 : 1)] ?? "";
}

// --------------------------------------------------------------------------------------------------------------------- controls

function toolbar(state) {
  const button = (name, label, title, act) => {
    const node = element("button", "", label);
    node.type = "button";
    node.title = title;
    node.setAttribute("aria-label", name);
    node.addEventListener("click", act);
    state.bar.append(node);
    return node;
  };
  const step = (to) => () => (stop(state), show(state, to()));
  const b = (state.buttons = {});
  b.first = button("First step", "|◂", "First step (Home)", step(() => 1));
  b.previous = button("Previous step", "◂", "Previous step (←)", step(() => state.shown - 1));
  b.play = button("Play", "Play", "Grow the tree step by step (space)", () => play(state));
  b.next = button("Next step", "▸", "Next step (→)", step(() => state.shown + 1));
  b.last = button("Last step", "▸|", "The whole tree (End)", step(() => state.data.n_steps));
  const range = element("input");
  Object.assign(range, { type: "range", min: 1, max: Math.max(1, state.data.n_steps), step: 1 });
  range.setAttribute("aria-label", "Steps shown");
  range.addEventListener("input", () => (stop(state), show(state, Number(range.value))));
  const said = element("span", "said");
  said.setAttribute("aria-live", "polite");
  state.bar.append(range, said, element("span", "gap"));
  Object.assign(state, { range, said });
  button("Zoom out", "−", "Zoom out (Ctrl + wheel)", () => zoom(state, 0.8));
  button("Zoom in", "+", "Zoom in (Ctrl + wheel)", () => zoom(state, 1.25));
  button("Fit", "Fit", "The whole tree in sight; drag to move it", () => fit(state));
  b.follow = button("Follow one path", "Follow", "Only the path to the node you clicked, and what was considered on the way", () => {
    state.follow = !state.follow;
    refit(state);
  });
  b.unfold = button("Unfold all", "Unfold all", "Open every branch that you folded (the small circles fold)", () => {
    state.folded.clear();
    update(state);
  });
  state.bar.addEventListener("keydown", (event) => {
    if (event.target === range) return;
    const to = { ArrowLeft: state.shown - 1, ArrowRight: state.shown + 1, Home: 1, End: state.data.n_steps }[event.key];
    if (to === undefined) return;
    stop(state);
    show(state, to);
    event.preventDefault();
  });
}

function controls(state) {
  const { shown, data, buttons } = state;
  state.range.value = shown;
  state.said.textContent = `Step ${shown} of ${data.n_steps}`;
  buttons.first.disabled = buttons.previous.disabled = shown <= 1;
  buttons.next.disabled = buttons.last.disabled = shown >= data.n_steps;
  buttons.play.textContent = state.timer ? "Pause" : "Play";
  buttons.play.setAttribute("aria-label", state.timer ? "Pause" : "Play");
  buttons.follow.disabled = !state.selected;
  buttons.follow.setAttribute("aria-pressed", String(state.follow));
  buttons.unfold.disabled = !state.folded.size;
}

function show(state, n) {
  state.shown = Math.max(1, Math.min(state.data.n_steps, n));
  state.animate = true;
  update(state);
  state.animate = false;
  bring(state, MARGIN + state.shown * COLUMN);
}

function play(state) {
  if (state.timer) {
    stop(state);
    controls(state);
    return;
  }
  if (state.shown >= state.data.n_steps) show(state, 1);
  state.timer = setInterval(() => {
    if (!state.root.isConnected || state.shown >= state.data.n_steps) stop(state);
    else show(state, state.shown + 1);
    controls(state);
  }, PACE);
  controls(state);
}

function stop(state) {
  clearInterval(state.timer);
  state.timer = null;
}

function toggleFold(state, id) {
  if (!state.children.get(id)) return;
  if (!state.folded.delete(id)) state.folded.add(id);
  update(state);
}

function refit(state) {
  update(state);
  const spot = state.places.get(state.selected);
  if (spot) bring(state, MARGIN + spot.x, center(spot));
}

function pick(state, id) {
  state.selected = state.told = id;
  update(state);
  state.send("picked", id);
}

export default function ({ data, parentElement, setTriggerValue }) {
  const root = parentElement.querySelector(".search-tree");
  let state = trees.get(root);
  const text = JSON.stringify({ ...data, selected: null });
  const fresh = !state || state.data.identity !== data.identity;
  if (fresh) {
    if (state) stop(state);
    state = { folded: new Set(), follow: false, shown: data.n_steps, selected: data.selected, timer: null };
    trees.set(root, state);
  }
  state.send = setTriggerValue;
  if (state.text === text) {
    if (state.told === undefined || state.told === data.selected) {
      state.told = undefined;
      if (state.selected !== data.selected) {
        state.selected = data.selected;
        update(state);
      }
    } // else: the answer to an earlier click; that to the last one is on its way
    return;
  }
  Object.assign(state, { text, data, told: undefined, selected: data.selected });
  state.shown = Math.min(state.shown, data.n_steps);
  state.byId = new Map(data.nodes.map((node) => [node.id, node]));
  state.children = new Map();
  for (const { id, parent } of data.nodes) state.children.set(parent, [...(state.children.get(parent) ?? []), id]);
  const focused = root.getRootNode().activeElement?.dataset?.id;
  build(root, state);
  update(state);
  if (fresh) begin(state);
  else {
    const [, height] = sizeOf(state);
    state.frame.style.height = `${heightFor(state.view.k * height)}px`;
    place(state);
  }
  if (focused !== undefined) state.drawn.get(focused)?.group.focus({ preventScroll: true });
}
