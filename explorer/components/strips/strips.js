// Rows of tokens, strips of coloured cells, numbers and bars; dom.js stands before this file.
// An arrow key → by how many rows and units it moves.
const DIRECTIONS = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] };

// -------------------------------------------------------------------------------------------------- painting

function colorOf(stops, value, scale) {
  const share = Math.min(1, Math.max(0, 0.5 + value / (2 * scale)));
  return stops[Math.round(share * (stops.length - 1))];
}

// Each cell of a strip is a rectangle of whole device pixels, so that no line appears between cells that
// should touch.
function paintStrip({ canvas, values, column }, data, marked) {
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
    pen.fillStyle = colorOf(data.stops, value, column.scale);
    pen.fillRect(edge(k), 0, edge(k + 1) - edge(k) - gap, height);
  });
  if (marked === null || marked >= values.length) return;
  pen.strokeStyle = data.colors.accent;
  pen.lineWidth = 2 * ratio;
  const inset = ratio;
  const wide = Math.max(2 * ratio, edge(marked + 1) - edge(marked) - 2 * inset + gap);
  pen.strokeRect(edge(marked) + inset - gap, inset, wide, height - 2 * inset);
}

// Strips of one group share their units, and the same unit is marked in all of them.
function repaint({ strips, data, marked }) {
  for (const strip of strips)
    paintStrip(strip, data, marked?.group === strip.column.group ? marked.unit : null);
}

// On a large screen everything grows.
function fit({ root, data }) {
  const n = data.rows.length;
  const large = root.clientWidth > 1200;
  root.classList.toggle("large", large);
  root.style.setProperty("--row", `${Math.round((n > 24 ? 18 : n > 14 ? 23 : 28) * (large ? 1.2 : 1))}px`);
}

// ----------------------------------------------------------------------------------------------------- cells

function tokenCell({ tag, label, full, special, plain, strong }) {
  const node = element("div", "cell token", tag && element("span", "tag", tag), element("span", "", label));
  node.title = full;
  node.classList.toggle("special", Boolean(special));
  node.classList.toggle("plain", Boolean(plain));
  node.classList.toggle("strong", Boolean(strong));
  return node;
}

function barCell({ text, exact, share }, digits) {
  const fill = element("div", "fill");
  fill.style.width = `${100 * share}%`;
  const value = element("span", "value", text);
  value.style.width = `${digits}ch`; // the same for all rows, so that all tracks are of one length
  const node = element("div", "cell bar", element("div", "track", fill), value);
  node.title = exact;
  return node;
}

function numberCell({ text, exact, faint }) {
  const node = element("div", "cell number", text);
  node.title = exact;
  node.classList.toggle("faint", Boolean(faint));
  return node;
}

function stripCell(state, values, column, index, row) {
  const canvas = element("canvas");
  canvas.dataset.row = index;
  canvas.dataset.column = column.id;
  const strip = { canvas, values, column, index, row };
  state.strips.push(strip);
  state.byRow[index][column.id] = strip;
  canvas.addEventListener("pointermove", (event) => {
    const box = canvas.getBoundingClientRect();
    const unit = Math.floor(((event.clientX - box.left) / box.width) * values.length);
    read(state, strip, Math.min(values.length - 1, Math.max(0, unit)));
  });
  return element("div", "cell strip", canvas);
}

function makeCell(state, column, index) {
  const row = state.lines[index],
    content = row[column.id];
  if (content === undefined || content === null) return element("div", "cell");
  if (column.kind === "token") return tokenCell(content);
  if (column.kind === "number") return numberCell(content);
  if (column.kind === "strip") return stripCell(state, content, column, index, row);
  const digits = Math.max(6, ...state.lines.map((line) => line[column.id]?.text?.length ?? 0));
  return barCell(content, digits);
}

// -------------------------------------------------------------------------------------- reading a number out

function rest(state) {
  state.said.textContent = state.data.hint;
  state.marked = null;
  state.at = null;
  repaint(state);
}

function read(state, strip, unit) {
  const { row, column, values, index } = strip;
  state.at = { strip, unit };
  // {x} is the value of column x in this row, {^x} that in the first row above the rows which has one
  state.said.textContent = (row.say ?? column.say).replace(/\{(\^?)(\w+)\}/g, (_, above, name) => {
    if (name === "unit") return column.units[unit];
    if (name === "value") return values[unit];
    if (name === "token") return row.token?.full ?? "";
    const line = above ? state.byRow.find((each) => each[name]) : state.byRow[index];
    return line?.[name]?.values[unit] ?? row[name]?.exact ?? "";
  });
  if (state.marked?.unit === unit && state.marked.group === column.group) return;
  state.marked = { group: column.group, unit };
  repaint(state);
}

// From unit to unit along a strip and on to the next strip of the row, or to the same unit of another row.
function move(state, [down, right]) {
  const { strips, at } = state;
  if (!at) return read(state, strips[0], 0);
  const { strip, unit } = at;
  const along = unit + right;
  if (right && along >= 0 && along < strip.values.length) return read(state, strip, along);
  const same = strips.filter((each) => (down ? each.column === strip.column : each.index === strip.index));
  const next = same[same.indexOf(strip) + down + right];
  if (!next) return;
  const last = next.values.length - 1;
  read(state, next, down ? Math.min(unit, last) : right > 0 ? 0 : last);
}

// ------------------------------------------------------------------------------------------------- the whole

function columnWidth({ kind, width, share }) {
  if (kind === "token") return "max-content";
  if (kind === "number") return `minmax(${width ?? 64}px, max-content)`;
  return kind === "bar" ? "minmax(110px, 0.6fr)" : `minmax(0, ${share ?? 1}fr)`;
}

function makeRows(state) {
  const { data, lines } = state;
  const { columns, header, rows } = data;
  const grid = element("div", "rows");
  grid.tabIndex = 0;
  grid.setAttribute("role", "group");
  grid.setAttribute("aria-label", data.description);
  grid.style.gridTemplateColumns = columns.map(columnWidth).join(" ");
  for (const { kind, title, note } of columns) {
    grid.append(
      element("div", `head ${kind}`, element("span", "name", title), note && element("span", "scale", note)),
    );
  }
  lines.forEach((_, index) => {
    if (index === header.length || index === header.length + rows.length) grid.append(element("div", "rule"));
    state.byRow.push({}); // column → its strip in this row
    grid.append(...columns.map((column) => makeCell(state, column, index)));
  });
  return grid;
}

function draw(root, data, state) {
  const lines = [...data.header, ...data.rows, ...data.footer];
  Object.assign(state, { root, data, lines, strips: [], byRow: [], at: null, marked: null });
  root.className = data.rows.length > 24 ? "strips dense" : "strips";
  setColors(root, data.colors);
  const grid = makeRows(state);
  state.said = element("p", "said", data.hint);
  state.said.setAttribute("aria-live", "polite");
  root.replaceChildren(grid, state.said);
  grid.addEventListener("pointerleave", () => rest(state));
  grid.addEventListener("blur", () => rest(state));
  grid.addEventListener("keydown", (event) => {
    if (!DIRECTIONS[event.key] || !state.strips.length) return;
    event.preventDefault();
    move(state, DIRECTIONS[event.key]);
  });
  state.observer?.disconnect();
  state.observer = new ResizeObserver(() => (fit(state), repaint(state)));
  state.observer.observe(grid);
  fit(state);
  repaint(state);
}

export default function ({ data, parentElement }) {
  const root = parentElement.querySelector(".strips");
  const state = stateOf(root);
  if (isNews(state, data)) draw(root, data, state);
}
