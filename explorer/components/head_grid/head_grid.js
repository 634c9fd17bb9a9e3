// All heads as small pictures; dom.js stands before this file.
// An arrow key → by how many layers and heads it moves.
const STEPS = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] };
const nameOf = (layer, head) => `${layer} ${head}`;

function select(state, chosen) {
  state.selected = chosen;
  const frames = new Map(chosen.map((entry) => [nameOf(entry.layer, entry.head), entry]));
  for (const [name, tile] of state.tiles) {
    const frame = frames.get(name);
    tile.setAttribute("aria-pressed", String(Boolean(frame)));
    tile.style.borderColor = frame?.color ?? "transparent";
    tile.style.borderStyle = frame?.line ?? "solid";
  }
}

// Show what was picked and send it to Python. heads: [[layer, head], …]
function choose(state, heads) {
  select(
    state,
    heads.map(([layer, head]) => ({ layer, head, color: state.data.colors.accent })),
  );
  state.sent = JSON.stringify(heads);
  state.send("heads", heads);
}

function pick(state, layer, head, adding) {
  if (!adding) return choose(state, [[layer, head]]);
  const picked = state.selected.map((entry) => [entry.layer, entry.head]);
  const others = picked.filter(([l, h]) => l !== layer || h !== head);
  if (others.length === picked.length) others.push([layer, head]);
  if (others.length) choose(state, others); // the last one stays
}

function headsOf(state, layers) {
  const heads = [...Array(state.data.shape[1]).keys()];
  return layers.flatMap((layer) => heads.map((head) => [layer, head]));
}

function moveTo(state, from, layer, head) {
  const to = state.tiles.get(nameOf(layer, head));
  if (!to) return;
  from.tabIndex = -1;
  to.tabIndex = 0;
  to.focus();
}

function legend({ label, low, high }, palette) {
  const bar = element("canvas", "bar");
  bar.width = 256;
  bar.height = 1;
  paintCells(bar, palette, (cell) => cell);
  return element(
    "span",
    "legend",
    element("span", "", label),
    element("span", "", low),
    bar,
    element("span", "", high),
  );
}

function toolbar(state, palette) {
  const { data } = state;
  const bar = element("div", "tools");
  if (data.shape[0] * data.shape[1] > 1) {
    const help = "Each click adds a head or takes it away, as Ctrl and a click or the space bar do";
    const several = button(
      "tool several",
      "Pick several",
      () => {
        state.several = !state.several;
        several.setAttribute("aria-pressed", String(state.several));
      },
      help,
    );
    several.setAttribute("aria-pressed", String(Boolean(state.several)));
    const everyLayer = [...Array(data.shape[0]).keys()];
    bar.append(
      several,
      button("tool", "All", () => choose(state, headsOf(state, everyLayer)), "Pick all heads"),
    );
  }
  bar.append(legend(data.legend, palette));
  return bar;
}

function makeTile(state, layer, head, cells, palette) {
  const [, nHeads, rows, cols] = state.data.shape;
  const label = `L${layer} H${head}`;
  const canvas = element("canvas");
  canvas.width = cols;
  canvas.height = rows;
  const start = (layer * nHeads + head) * rows * cols;
  paintCells(canvas, palette, (cell) => cells[start + cell]);
  const isAdding = (event) => state.several || event.ctrlKey || event.metaKey || event.shiftKey;
  const tile = button("tile", undefined, (event) => pick(state, layer, head, isAdding(event)), label);
  tile.dataset.at = nameOf(layer, head);
  tile.tabIndex = -1;
  tile.setAttribute("aria-label", label);
  tile.append(canvas, element("span", "label", label));
  tile.addEventListener("keydown", (event) => {
    const step = STEPS[event.key];
    if (step) moveTo(state, tile, layer + step[0], head + step[1]);
    else if (event.key === "Home") moveTo(state, tile, layer, 0);
    else if (event.key === "End") moveTo(state, tile, layer, nHeads - 1);
    else if (event.key === " ") pick(state, layer, head, true);
    else return;
    event.preventDefault();
  });
  // or the space bar would click as well
  tile.addEventListener("keyup", (event) => event.key === " " && event.preventDefault());
  return tile;
}

function makeGrid(state, palette) {
  const [nLayers, nHeads, rows, cols] = state.data.shape;
  const cells = bytes(state.data.cells);
  const grid = element("div", rows > 64 || cols > 64 ? "tiles fine" : "tiles");
  grid.style.setProperty("--heads", nHeads);
  grid.style.setProperty("--tile", `${state.data.tile}px`);
  grid.style.setProperty("--ratio", Math.min(2, Math.max(0.5, cols / rows)));
  state.tiles = new Map();
  for (let layer = 0; layer < nLayers; layer += 1) {
    const pickLayer = () => choose(state, headsOf(state, [layer]));
    const name = button("layer", `L${layer}`, pickLayer, `Pick all heads of layer L${layer}`);
    name.disabled = nHeads === 1;
    grid.append(name);
    for (let head = 0; head < nHeads; head += 1) {
      const tile = makeTile(state, layer, head, cells, palette);
      state.tiles.set(tile.dataset.at, tile);
      grid.append(tile);
    }
  }
  return grid;
}

function draw(root, data, state) {
  const focused = root.getRootNode().activeElement?.dataset.at;
  const palette = bytes(data.palette);
  state.data = data;
  root.setAttribute("role", "group");
  root.setAttribute("aria-label", data.description);
  setColors(root, data.colors);
  const grid = makeGrid(state, palette);
  const { layer, head } = data.selected[0] ?? { layer: 0, head: 0 };
  (state.tiles.get(nameOf(layer, head)) ?? state.tiles.get(nameOf(0, 0))).tabIndex = 0;
  const note = [data.axes, data.note].filter(Boolean).join(" · ");
  root.replaceChildren(toolbar(state, palette), grid, element("p", "note", note));
  if (focused !== undefined) state.tiles.get(focused)?.focus();
}

export default function ({ data, parentElement, setTriggerValue }) {
  const root = parentElement.querySelector(".head-grid");
  const state = stateOf(root);
  state.send = setTriggerValue;
  const { selected, ...look } = data;
  if (isNews(state, look)) {
    state.sent = undefined;
    draw(root, data, state);
  }
  const confirmed = JSON.stringify(selected.map((entry) => [entry.layer, entry.head]));
  // this may answer an earlier click, while the answer to the last one is on its way
  if (state.sent !== undefined && state.sent !== confirmed) return;
  state.sent = undefined;
  select(state, selected);
}
