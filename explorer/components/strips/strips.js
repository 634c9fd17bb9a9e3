// Rows of tokens, strips of coloured cells, numbers and bars. Text enters only through textContent and attributes, never as markup.
const tables = new WeakMap(); // root element → what is drawn in it, so that a rerun with the same data changes nothing

function element(tag, className, text) {
  const node = document.createElement(tag);
  node.className = className;
  if (text !== undefined) node.textContent = text;
  return node;
}

function color(stops, value, scale) {
  const share = Math.min(1, Math.max(0, 0.5 + value / (2 * scale)));
  return stops[Math.round(share * (stops.length - 1))];
}

// Each cell of a strip is a rectangle of whole device pixels, so that no line appears between cells that should touch.
function paint(strip, data, marked) {
  const { canvas, values, column } = strip;
  const ratio = window.devicePixelRatio || 1;
  const width = Math.max(1, Math.round(canvas.clientWidth * ratio));
  const height = Math.max(1, Math.round(canvas.clientHeight * ratio));
  if (canvas.width !== width || canvas.height !== height) [canvas.width, canvas.height] = [width, height];
  const pen = canvas.getContext("2d");
  const edge = (k) => Math.round((k * width) / values.length);
  const gap = width / values.length >= 6 * ratio ? Math.round(ratio) : 0;
  pen.fillStyle = data.colors.ground;
  pen.fillRect(0, 0, width, height);
  values.forEach((value, k) => {
    pen.fillStyle = color(data.stops, value, column.scale);
    pen.fillRect(edge(k), 0, edge(k + 1) - edge(k) - gap, height);
  });
  if (marked !== null && marked < values.length) {
    pen.strokeStyle = data.colors.accent;
    pen.lineWidth = 2 * ratio;
    const inset = ratio;
    pen.strokeRect(edge(marked) + inset - gap, inset, Math.max(2 * ratio, edge(marked + 1) - edge(marked) - 2 * inset + gap), height - 2 * inset);
  }
}

function tokenCell(cell) {
  const node = element("div", "cell token");
  if (cell.tag) node.append(element("span", "tag", cell.tag));
  node.append(element("span", "", cell.label));
  node.title = cell.full;
  node.classList.toggle("special", Boolean(cell.special));
  node.classList.toggle("plain", Boolean(cell.plain));
  node.classList.toggle("strong", Boolean(cell.strong));
  return node;
}

function barCell(cell, digits) {
  const node = element("div", "cell bar");
  const fill = element("div", "fill");
  fill.style.width = `${100 * cell.share}%`;
  const track = element("div", "track");
  track.append(fill);
  const value = element("span", "value", cell.text);
  value.style.width = `${digits}ch`; // the same for all rows, so that all tracks are of one length
  node.append(track, value);
  node.title = cell.exact;
  return node;
}

function numberCell(cell) {
  const node = element("div", "cell number", cell.text);
  node.title = cell.exact;
  node.classList.toggle("faint", Boolean(cell.faint));
  return node;
}

function draw(root, data, state) {
  root.replaceChildren();
  state.at = null;
  const n = data.rows.length;
  root.className = n > 24 ? "strips dense" : "strips";
  const fit = () => {
    const large = root.clientWidth > 1200; // on a large screen everything grows
    root.classList.toggle("large", large);
    root.style.setProperty("--row", `${Math.round((n > 24 ? 18 : n > 14 ? 23 : 28) * (large ? 1.2 : 1))}px`);
  };
  for (const [name, value] of Object.entries(data.colors)) root.style.setProperty(`--${name}`, value);
  const grid = element("div", "rows");
  grid.tabIndex = 0;
  grid.setAttribute("role", "group");
  grid.setAttribute("aria-label", data.description);
  grid.style.gridTemplateColumns = data.columns
    .map((column) => ({ token: "max-content", number: `minmax(${column.width ?? 64}px, max-content)`, bar: "minmax(110px, 0.6fr)", strip: `minmax(0, ${column.share ?? 1}fr)` })[column.kind])
    .join(" ");
  const said = element("p", "said", data.hint);
  said.setAttribute("aria-live", "polite");

  const strips = []; // every strip, in reading order
  const byRow = []; // row number → column id → strip
  for (const column of data.columns) {
    const head = element("div", `head ${column.kind}`);
    head.append(element("span", "name", column.title));
    if (column.note) head.append(element("span", "scale", column.note));
    grid.append(head);
  }
  const lines = [...data.header, ...data.rows, ...data.footer];
  const digits = (column) => Math.max(6, ...lines.map((row) => row[column.id]?.text?.length ?? 0));
  lines.forEach((row, index) => {
    if (index === data.header.length || index === data.header.length + n) grid.append(element("div", "rule"));
    byRow.push({});
    for (const column of data.columns) {
      const cell = row[column.id];
      if (cell === undefined || cell === null) grid.append(element("div", "cell"));
      else if (column.kind === "token") grid.append(tokenCell(cell));
      else if (column.kind === "number") grid.append(numberCell(cell));
      else if (column.kind === "bar") grid.append(barCell(cell, digits(column)));
      else {
        const node = element("div", "cell strip");
        const canvas = document.createElement("canvas");
        canvas.dataset.row = index;
        canvas.dataset.column = column.id;
        node.append(canvas);
        grid.append(node);
        const strip = { canvas, values: cell, column, index, row };
        strips.push(strip);
        byRow[index][column.id] = strip;
      }
    }
  });
  root.append(grid, said);

  let marked = null; // {group, unit}: strips of one group share their units, and the same unit is marked in all of them
  const repaint = () => {
    for (const strip of strips) paint(strip, data, marked && marked.group === strip.column.group ? marked.unit : null);
  };
  const rest = () => {
    said.textContent = data.hint;
    marked = null;
    state.at = null;
    repaint();
  };
  const read = (strip, unit) => {
    state.at = { strip, unit };
    // {x} is the value of column x in this row, {^x} that in the first row above the rows which has one
    said.textContent = (strip.row.say ?? strip.column.say).replace(/\{(\^?)(\w+)\}/g, (_, above, name) => {
      if (name === "unit") return strip.column.units[unit];
      if (name === "value") return strip.values[unit];
      if (name === "token") return strip.row.token?.full ?? "";
      const line = above ? byRow.find((each) => each[name]) : byRow[strip.index];
      return line?.[name]?.values[unit] ?? strip.row[name]?.exact ?? "";
    });
    if (!marked || marked.unit !== unit || marked.group !== strip.column.group) {
      marked = { group: strip.column.group, unit };
      repaint();
    }
  };
  for (const strip of strips) {
    strip.canvas.addEventListener("pointermove", (event) => {
      const box = strip.canvas.getBoundingClientRect();
      const unit = Math.floor(((event.clientX - box.left) / box.width) * strip.values.length);
      read(strip, Math.min(strip.values.length - 1, Math.max(0, unit)));
    });
  }
  grid.addEventListener("pointerleave", rest);
  grid.addEventListener("blur", rest);
  grid.addEventListener("keydown", (event) => {
    const step = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] }[event.key];
    if (!step || !strips.length) return;
    event.preventDefault();
    if (!state.at) return read(strips[0], 0);
    const { strip, unit } = state.at;
    const along = unit + step[1];
    if (step[1] && along >= 0 && along < strip.values.length) return read(strip, along);
    const same = strips.filter((each) => (step[0] ? each.column === strip.column : each.index === strip.index));
    const next = same[same.indexOf(strip) + step[0] + step[1]];
    if (next) read(next, step[0] ? Math.min(unit, next.values.length - 1) : step[1] > 0 ? 0 : next.values.length - 1);
  });
  state.observer?.disconnect();
  state.observer = new ResizeObserver(() => { fit(); repaint(); });
  state.observer.observe(grid);
  fit();
  repaint();
}

export default function ({ data, parentElement }) {
  const root = parentElement.querySelector(".strips");
  const state = tables.get(root) ?? {};
  tables.set(root, state);
  const text = JSON.stringify(data);
  if (state.text === text) return;
  state.text = text;
  draw(root, data, state);
}
