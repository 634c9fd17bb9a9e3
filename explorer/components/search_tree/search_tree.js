// A search in columns, one for each step; dom.js and player.js stand before this file.
const COLUMN = 172,
  ROW = 48,
  BOX = 58,
  TALL = 38,
  BEND = 26,
  MARGIN = 16; // pixels at scale 1
const FAR = 0.5; // below this scale numbers cannot be read: tokens are drawn larger without them
const LEAST_HEIGHT = 200,
  MOST_HEIGHT = 470,
  PACE = 700; // pixels, pixels, milliseconds a step
const STILL = 5; // pixels that the pointer may move in a click
const LOOKS = {
  first: { label: "|◂", title: "First step (Home)", name: "First step" },
  previous: { label: "◂", title: "Previous step (←)", name: "Previous step" },
  play: { title: "Grow the tree step by step (space)" },
  next: { label: "▸", title: "Next step (→)", name: "Next step" },
  last: { label: "▸|", title: "The whole tree (End)", name: "Last step" },
};

// ---------------------------------------------------------------------------------------------------- layout

// Which nodes are there at all, and where: rows are counted in each column, in the order of drawing, so that
// no two edges cross.
function layOut(state) {
  const { data, folded } = state;
  const ancestors = state.follow ? pathOf(state, state.selected) : null;
  const next = [],
    places = new Map(),
    gone = new Set();
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

const sizeOf = (state) => [
  state.data.n_steps * COLUMN + BOX + 2 * MARGIN + 28,
  state.rows * ROW + 2 * MARGIN,
];
const center = (place) => MARGIN + place.row * ROW + ROW / 2;
const moved = (place) => `translate(${MARGIN + place.x},${center(place)})`;

// --------------------------------------------------------------------------------------------------- drawing

function foldMark(state, id) {
  const circle = shape("circle", { cx: BOX + 11, r: 8 });
  const fold = shape(
    "g",
    { class: "fold" },
    circle,
    shape("text", { x: BOX + 11, y: 4, "text-anchor": "middle" }),
  );
  fold.addEventListener("click", (event) => {
    event.stopPropagation();
    toggleFold(state, id);
  });
  return fold;
}

function makeNode(state, node) {
  const { id, fate, step, forced } = node;
  const label = node.about.join(". ");
  const group = shape("g", { class: `node ${fate}`, tabindex: -1, role: "button", "aria-label": label });
  Object.assign(group.dataset, { id, fate, step });
  group.classList.toggle("forced", forced);
  const mark = shape("text", { class: "mark", x: BOX + 6, y: forced ? 4 - TALL / 2 : 4 });
  const fold = state.children.get(id) ? foldMark(state, id) : null;
  const [middle, end] = [
    { x: BOX / 2, "text-anchor": "middle" },
    { x: -8, "text-anchor": "end" },
  ];
  group.append(
    shape("rect", {
      x: BEND - COLUMN + BOX,
      y: -TALL / 2,
      width: COLUMN - BEND,
      height: TALL,
      fill: "transparent",
    }),
    shape("rect", { class: "box", width: BOX, height: TALL, y: -TALL / 2, rx: fate === "finished" ? 12 : 4 }),
    shape("text", { class: "number sum", y: -3, ...middle }, node.sum),
    shape("text", { class: "number score", y: 13, ...middle }, node.score),
    shape("text", { class: "token", y: -6, ...end }, node.token),
    shape("text", { class: "number log-prob", y: 15, ...end }, node.log_prob),
    mark,
    ...(fold ? [fold] : []),
  );
  group.addEventListener("click", () => !state.dragged && pick(state, id));
  for (const name of ["pointerenter", "focus"]) group.addEventListener(name, () => showTip(state, node));
  for (const name of ["pointerleave", "blur"])
    group.addEventListener(name, () => state.tip.classList.add("hidden"));
  return { node, edge: shape("path", { class: `edge ${fate}` }), group, mark, fold };
}

function startNode({ surface, muted }) {
  const box = { class: "box", width: BOX, height: 26, y: -13, rx: 13, fill: surface, stroke: muted };
  const text = shape("text", { x: BOX / 2, y: 4, "text-anchor": "middle" }, "start");
  return shape("g", { class: "root" }, shape("rect", box), text);
}

function legend(entries) {
  const entry = ({ fate, mark, label }) =>
    element("span", "", element("span", `sample ${fate}`, mark), element("span", "", label));
  return element("div", "legend", ...entries.map(entry));
}

function build(root, state) {
  const { data } = state;
  setColors(root, data.colors);
  state.root = root;
  state.drawn = new Map(data.nodes.map((node) => [node.id, makeNode(state, node)]));
  state.start = startNode(data.colors);
  const drawn = [...state.drawn.values()];
  const edges = shape("g", {}, ...drawn.map(({ edge }) => edge));
  const nodes = shape("g", {}, state.start, ...drawn.map(({ group }) => group));
  state.world = shape("g", { class: "world" }, edges, nodes);
  state.svg = shape("svg", { role: "group", "aria-label": data.description }, state.world);
  state.frame = element("div", "frame", state.svg);
  state.frame.dataset.testid = "search-tree-frame";
  state.tip = element("div", "tip hidden");
  root.replaceChildren(
    toolbar(state),
    state.frame,
    state.tip,
    legend(data.legend),
    element("p", "key", data.key),
  );
  listenToDrags(state);
  listenToWheel(state);
  listenToKeys(state);
}

function edgePath(from, to) {
  const [x0, y0] = [MARGIN + from.x + BOX, center(from)],
    [x1, y1] = [MARGIN + to.x, center(to)];
  const bend = x0 + BEND;
  return `M${x0},${y0}C${x0 + 18},${y0} ${bend - 14},${y1} ${bend},${y1}L${x1},${y1}`;
}

function updateNode(state, { node, edge, group, mark, fold }, path) {
  const place = state.places.get(node.id);
  const isShown = Boolean(place) && node.step < state.shown;
  group.classList.toggle("new", isShown && group.classList.contains("hidden") && state.animate);
  for (const each of [edge, group]) each.classList.toggle("hidden", !isShown);
  if (!place) return;
  group.setAttribute("transform", moved(place));
  edge.setAttribute("d", edgePath(state.places.get(node.parent), place));
  const isWinner = node.winner && state.shown >= state.data.n_steps;
  edge.classList.toggle("winner", isWinner);
  edge.classList.toggle("path", path.has(node.id) && !isWinner);
  group.classList.toggle("winner", isWinner);
  group.setAttribute("aria-pressed", String(node.id === state.selected));
  mark.textContent = node.place
    ? `${isWinner && node.place === 1 ? "★" : node.mark} ${node.place}`
    : node.mark;
  if (!fold) return;
  const isFolded = state.folded.has(node.id);
  fold.classList.toggle("hidden", !isFolded && node.step + 1 >= state.shown);
  fold.lastChild.textContent = isFolded ? "+" : "−";
  fold.setAttribute("aria-label", isFolded ? "unfold" : "fold");
}

function update(state) {
  layOut(state);
  const path = pathOf(state, state.selected);
  state.start.setAttribute("transform", moved(state.places.get("")));
  for (const drawn of state.drawn.values()) updateNode(state, drawn, path);
  const inOrder = focusable(state);
  for (const [id, { group }] of state.drawn) group.setAttribute("tabindex", id === inOrder ? 0 : -1);
  updateToolbar(state);
}

const focusable = (state) => (visible(state, state.selected) ? state.selected : state.data.nodes[0]?.id);
const visible = (state, id) => state.places.has(id) && (state.byId.get(id)?.step ?? -1) < state.shown;

function showTip(state, node) {
  const { tip, root } = state;
  tip.replaceChildren(...node.about.map((line) => element("div", "", line)));
  tip.classList.remove("hidden");
  const box = state.drawn.get(node.id).group.querySelector(".box").getBoundingClientRect(),
    home = root.getBoundingClientRect();
  const left = Math.min(box.left - home.left, home.width - tip.offsetWidth - 4);
  const below = box.bottom - home.top + 8;
  tip.style.left = `${Math.max(4, left)}px`;
  tip.style.top = `${below}px`;
}

// -------------------------------------------------------------------------------------------------- movement

function place(state, moving = false) {
  const { k, x, y } = state.view;
  state.world.classList.toggle("moving", moving);
  state.world.style.transform = `translate(${x}px, ${y}px) scale(${k})`;
  state.svg.classList.toggle("far", k < FAR);
}

const heightFor = (height) => Math.max(LEAST_HEIGHT, Math.min(MOST_HEIGHT, Math.ceil(height)));

// As it opens: at a scale that can be read, in the middle where it is smaller than its frame.
function openUp(state) {
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
  const left = view.x + (x - 110) * view.k,
    right = view.x + (x + BOX + 40) * view.k;
  if (right > frame.clientWidth) view.x -= right - frame.clientWidth;
  else if (left < 0) view.x -= left;
  if (y !== undefined) {
    const top = view.y + (y - ROW / 2) * view.k,
      bottom = view.y + (y + ROW / 2) * view.k;
    if (bottom > frame.clientHeight) view.y -= bottom - frame.clientHeight;
    else if (top < 0) view.y -= top;
  }
  place(state, true);
}

function listenToDrags(state) {
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
    if (!state.dragged && Math.hypot(dx, dy) < STILL) return;
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
}

function listenToWheel(state) {
  const turn = (event) => {
    const home = state.frame.getBoundingClientRect();
    if (event.ctrlKey || event.metaKey) {
      zoom(state, Math.exp(-event.deltaY / 300), event.clientX - home.left, event.clientY - home.top);
    } else if (event.shiftKey || Math.abs(event.deltaX) > Math.abs(event.deltaY)) {
      state.view.x -= event.deltaX || event.deltaY;
      place(state);
    } else return; // the page scrolls
    event.preventDefault();
  };
  state.frame.addEventListener("wheel", turn, { passive: false });
}

function listenToKeys(state) {
  state.frame.addEventListener("keydown", (event) => {
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

// The node that an arrow leads to: its parent, its first child, or the one above or below; "" where there is
// none, undefined for another key.
function neighbour(state, id, key) {
  const node = state.byId.get(id);
  if (key === "ArrowLeft") return node.parent;
  if (key === "ArrowRight")
    return (state.children.get(id) ?? []).find((child) => visible(state, child)) ?? "";
  if (key !== "ArrowUp" && key !== "ArrowDown") return undefined;
  const column = state.data.nodes
    .filter((other) => other.step === node.step && visible(state, other.id))
    .map((other) => other.id);
  return column[column.indexOf(id) + (key === "ArrowUp" ? -1 : 1)] ?? "";
}

// -------------------------------------------------------------------------------------------------- controls

function toolbar(state) {
  const { first, previous, play, next, last } = state.player.buttons;
  const readout = element("span", "said");
  readout.setAttribute("aria-live", "polite");
  const control = (name, label, help, act) => {
    const node = button("go", label, act, help);
    node.setAttribute("aria-label", name);
    return node;
  };
  const followHelp = "Only the path to the node you clicked, and what was considered on the way";
  const follow = control("Follow one path", "Follow", followHelp, () => {
    state.follow = !state.follow;
    refit(state);
  });
  const unfoldHelp = "Open every branch that you folded (the small circles fold)";
  const unfold = control("Unfold all", "Unfold all", unfoldHelp, () => {
    state.folded.clear();
    update(state);
  });
  Object.assign(state, { readout, follower: follow, unfolder: unfold });
  const bar = element(
    "div",
    "player",
    first,
    previous,
    play,
    next,
    last,
    state.player.slider,
    readout,
    element("span", "gap"),
  );
  bar.append(
    control("Zoom out", "−", "Zoom out (Ctrl + wheel)", () => zoom(state, 0.8)),
    control("Zoom in", "+", "Zoom in (Ctrl + wheel)", () => zoom(state, 1.25)),
    control("Fit", "Fit", "The whole tree in sight; drag to move it", () => fit(state)),
    follow,
    unfold,
  );
  state.player.listenIn(bar);
  return bar;
}

function updateToolbar({ player, readout, follower, unfolder, shown, data, selected, follow, folded }) {
  player.update();
  readout.textContent = `Step ${shown} of ${data.n_steps}`;
  follower.disabled = !selected;
  follower.setAttribute("aria-pressed", String(follow));
  unfolder.disabled = !folded.size;
}

function show(state, n) {
  state.shown = Math.max(1, Math.min(state.data.n_steps, n));
  state.animate = true;
  update(state);
  state.animate = false;
  bring(state, MARGIN + state.shown * COLUMN);
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
  state.selected = state.sent = id;
  update(state);
  state.send("picked", id);
}

// ----------------------------------------------------------------------------------------- what Python sends

// Another search: start over. The same search keeps what the reader did.
function begin(root, state, data) {
  state.player?.pause();
  Object.assign(state, { identity: data.identity, folded: new Set(), follow: false, shown: data.n_steps });
  state.player = new Player(root, {
    first: 1,
    last: () => state.data.n_steps,
    at: () => state.shown,
    go: (step) => show(state, step),
    pace: PACE,
    looks: LOOKS,
  });
  state.player.makeSlider("Steps shown");
}

// The same tree: only the selection may be new, unless a click is still to be answered.
function acceptSelection(state, selected) {
  if (state.sent !== undefined && state.sent !== selected) return;
  state.sent = undefined;
  if (state.selected === selected) return;
  state.selected = selected;
  update(state);
}

function takeIn(state, data) {
  Object.assign(state, { data, sent: undefined, selected: data.selected });
  state.shown = Math.min(state.shown, data.n_steps);
  state.byId = new Map(data.nodes.map((node) => [node.id, node]));
  state.children = new Map(); // parent → its children, in the order of drawing
  for (const { id, parent } of data.nodes) {
    if (!state.children.has(parent)) state.children.set(parent, []);
    state.children.get(parent).push(id);
  }
}

export default function ({ data, parentElement, setTriggerValue }) {
  const root = parentElement.querySelector(".search-tree");
  const state = stateOf(root);
  state.send = setTriggerValue;
  const isOther = state.identity !== data.identity;
  if (isOther) begin(root, state, data);
  if (!isNews(state, { ...data, selected: null })) return acceptSelection(state, data.selected);
  takeIn(state, data);
  const focused = root.getRootNode().activeElement?.dataset?.id;
  build(root, state);
  update(state);
  if (isOther) openUp(state);
  else {
    const [, height] = sizeOf(state);
    state.frame.style.height = `${heightFor(state.view.k * height)}px`;
    place(state);
  }
  if (focused !== undefined) state.drawn.get(focused)?.group.focus({ preventScroll: true });
}
