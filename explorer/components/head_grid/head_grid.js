// All heads as small pictures. Text enters only through textContent and attributes, never as markup.
const grids = new WeakMap(); // root element → what is drawn in it, so that a rerun with the same data changes nothing

function element(tag, className, text) {
  const node = document.createElement(tag);
  node.className = className;
  if (text !== undefined) node.textContent = text;
  return node;
}

function button(className, text, title, act) {
  const node = element("button", className, text);
  node.type = "button";
  node.title = title;
  node.addEventListener("click", act);
  return node;
}

function bytes(base64) {
  const text = atob(base64);
  const values = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i += 1) values[i] = text.charCodeAt(i);
  return values;
}

function paint(canvas, cells, start, palette) {
  const image = new ImageData(canvas.width, canvas.height);
  for (let i = 0; i < canvas.width * canvas.height; i += 1) {
    const color = 3 * cells[start + i];
    image.data[4 * i] = palette[color];
    image.data[4 * i + 1] = palette[color + 1];
    image.data[4 * i + 2] = palette[color + 2];
    image.data[4 * i + 3] = 255;
  }
  canvas.getContext("2d").putImageData(image, 0, 0);
}

function legend(data, palette) {
  const bar = element("canvas", "bar");
  bar.width = 256;
  bar.height = 1;
  paint(bar, Uint8Array.from({ length: 256 }, (_, step) => step), 0, palette);
  const node = element("span", "legend");
  node.append(element("span", "", data.legend.label), element("span", "", data.legend.low), bar, element("span", "", data.legend.high));
  return node;
}

function select(state, chosen) {
  state.selected = chosen;
  const frames = new Map(chosen.map((entry) => [`${entry.layer} ${entry.head}`, entry]));
  for (const [name, tile] of state.tiles) {
    const frame = frames.get(name);
    tile.setAttribute("aria-pressed", String(Boolean(frame)));
    tile.style.borderColor = frame?.color ?? "transparent";
    tile.style.borderStyle = frame?.line ?? "solid";
  }
}

function draw(root, data, state) {
  const [nLayers, nHeads, rows, cols] = data.shape;
  const focused = root.getRootNode().activeElement?.dataset.at;
  const cells = bytes(data.cells);
  const palette = bytes(data.palette);
  root.replaceChildren();
  root.setAttribute("role", "group");
  root.setAttribute("aria-label", data.description);
  for (const [name, color] of Object.entries(data.colors)) root.style.setProperty(`--${name}`, color);

  const tell = (heads) => {
    select(state, heads.map(([layer, head]) => ({ layer, head, color: data.colors.accent })));
    state.told = JSON.stringify(heads);
    state.send("heads", heads);
  };
  const current = () => state.selected.map((entry) => [entry.layer, entry.head]);
  const pick = (layer, head, adding) => {
    if (!adding) return tell([[layer, head]]);
    const others = current().filter(([l, h]) => l !== layer || h !== head);
    if (others.length === state.selected.length) others.push([layer, head]);
    return others.length ? tell(others) : undefined; // the last one stays
  };
  const allOf = (layers) => layers.flatMap((layer) => Array.from({ length: nHeads }, (_, head) => [layer, head]));

  const bar = element("div", "tools");
  if (nLayers * nHeads > 1) {
    const several = button("tool several", "Pick several", "Each click adds a head or takes it away, as Ctrl and a click or the space bar do", () => {
      state.several = !state.several;
      several.setAttribute("aria-pressed", String(state.several));
    });
    several.setAttribute("aria-pressed", String(Boolean(state.several)));
    const all = button("tool", "All", "Pick all heads", () => tell(allOf([...Array(nLayers).keys()])));
    bar.append(several, all);
  }
  bar.append(legend(data, palette));

  const grid = element("div", rows > 64 || cols > 64 ? "tiles fine" : "tiles");
  grid.style.setProperty("--heads", nHeads);
  grid.style.setProperty("--tile", `${data.tile}px`);
  grid.style.setProperty("--ratio", Math.min(2, Math.max(0.5, cols / rows)));
  state.tiles = new Map();
  const move = (from, layer, head) => {
    const to = state.tiles.get(`${layer} ${head}`);
    if (!to) return;
    from.tabIndex = -1;
    to.tabIndex = 0;
    to.focus();
  };
  for (let layer = 0; layer < nLayers; layer += 1) {
    const name = button("layer", `L${layer}`, `Pick all heads of layer L${layer}`, () => tell(allOf([layer])));
    name.disabled = nHeads === 1;
    grid.append(name);
    for (let head = 0; head < nHeads; head += 1) {
      const label = `L${layer} H${head}`;
      const tile = button("tile", undefined, label, (event) => pick(layer, head, state.several || event.ctrlKey || event.metaKey || event.shiftKey));
      const canvas = element("canvas", "");
      canvas.width = cols;
      canvas.height = rows;
      paint(canvas, cells, (layer * nHeads + head) * rows * cols, palette);
      tile.dataset.at = `${layer} ${head}`;
      tile.tabIndex = -1;
      tile.setAttribute("aria-label", label);
      tile.append(canvas, element("span", "label", label));
      tile.addEventListener("keydown", (event) => {
        const steps = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] };
        const step = steps[event.key];
        if (step) move(tile, layer + step[0], head + step[1]);
        else if (event.key === "Home") move(tile, layer, 0);
        else if (event.key === "End") move(tile, layer, nHeads - 1);
        else if (event.key === " ") pick(layer, head, true);
        else return;
        event.preventDefault();
      });
      tile.addEventListener("keyup", (event) => event.key === " " && event.preventDefault()); // or it would click as well
      state.tiles.set(tile.dataset.at, tile);
      grid.append(tile);
    }
  }
  const first = data.selected[0] ?? { layer: 0, head: 0 };
  (state.tiles.get(`${first.layer} ${first.head}`) ?? state.tiles.get("0 0")).tabIndex = 0;
  root.append(bar, grid, element("p", "note", [data.axes, data.note].filter(Boolean).join(" · ")));
  if (focused !== undefined) state.tiles.get(focused)?.focus();
}

export default function ({ data, parentElement, setTriggerValue }) {
  const root = parentElement.querySelector(".head-grid");
  const state = grids.get(root) ?? {};
  grids.set(root, state);
  state.send = setTriggerValue;
  const { selected, ...picture } = data;
  const same = state.picture && Object.keys(picture).every((name) => JSON.stringify(picture[name]) === state.picture[name]);
  if (!same) {
    state.picture = Object.fromEntries(Object.entries(picture).map(([name, value]) => [name, JSON.stringify(value)]));
    state.told = undefined;
    draw(root, data, state);
  }
  const said = JSON.stringify(selected.map((entry) => [entry.layer, entry.head]));
  if (state.told !== undefined && state.told !== said) return; // the answer to an earlier click: that to the last one is on its way
  state.told = undefined;
  select(state, selected);
}
