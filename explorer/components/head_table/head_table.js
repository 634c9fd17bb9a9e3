// One row per head; dom.js stands before this file.
const TURNED = { ascending: "descending", descending: "ascending" };
const ARROWS = { ascending: " ▲", descending: " ▼", none: "" };

// ----------------------------------------------------------------------------------------- what is in a cell

function bar(places, color) {
  const node = element("span", "bar");
  node.style.setProperty("--color", color);
  const put = (name, place, text) => {
    if (place === null) return;
    const mark = element("span", name, text);
    mark.style.left = `${100 * place}%`;
    node.append(mark);
    return mark;
  };
  const { low, high } = places;
  if (low !== null && high !== null) put("interval", low).style.width = `${100 * (high - low)}%`;
  put("baseline", places.baseline);
  put("control", places.control, "×");
  put("value", places.value);
  return node;
}

function cell(content) {
  if (!content) return element("td", "", element("span", "note", "–"));
  const node = element(
    "td",
    "",
    element("div", "line", element("span", "value", content.value), element("span", "label", content.label)),
    content.bar && bar(content.bar, content.color),
    element("div", "note", element("span", "", content.note), element("span", "marks", content.marks)),
  );
  node.title = content.title;
  return node;
}

function badge({ name, mark, color, dashed, title }) {
  const node = element(
    "span",
    dashed ? "badge dashed" : "badge",
    element("span", "mark", mark),
    element("span", "", name),
  );
  node.style.setProperty("--color", color);
  node.title = title;
  return node;
}

function legend(entries) {
  const sample = (mark) =>
    element("span", "bar", element("span", mark, mark === "control" ? "×" : undefined));
  const isDrawn = (mark) => ["value", "interval", "baseline", "control"].includes(mark);
  const entry = ({ mark, label }) =>
    element(
      "span",
      "entry",
      isDrawn(mark) ? sample(mark) : element("span", "", mark),
      element("span", "", label),
    );
  return element("div", "legend", ...entries.map(entry));
}

// --------------------------------------------------------------------------------------------- order of rows

const sortKey = (row, column) => (column === 1 ? row.order : (row.cells[column - 2]?.sort ?? null));

function sorted(rows, column, direction) {
  if (!column) return direction === "descending" ? [...rows].reverse() : rows;
  const sign = direction === "ascending" ? 1 : -1;
  return [...rows].sort((a, b) => {
    const [x, y] = [sortKey(a, column), sortKey(b, column)];
    // nothing to compare comes last, whichever way
    if (x === null || y === null) return (x === null) - (y === null);
    return sign * (x - y);
  });
}

function sortBy(table, number) {
  const { state } = table;
  const first = number ? "descending" : "ascending"; // the strongest first, but heads in their own order
  state.direction = state.column === number && state.direction === first ? TURNED[first] : first;
  state.column = number;
  fill(table);
}

function fill({ data, state, body, rows, headers }) {
  if (state.column >= data.columns.length) state.column = 0;
  body.replaceChildren(...sorted(data.rows, state.column, state.direction).map((row) => rows.get(row)));
  headers.forEach((node, number) => {
    const by = number === state.column ? state.direction : "none";
    node.setAttribute("aria-sort", by);
    node.querySelector(".by").textContent = ARROWS[by];
  });
}

// ------------------------------------------------------------------------------------------------- the whole

function header(table, { name, unit, color, help }, number) {
  const title = element("span", "", name, unit && element("span", "unit", `, ${unit}`));
  const sort = button("sort", title, () => sortBy(table, number), help);
  if (color) sort.style.boxShadow = `inset 0 -3px 0 ${color}`;
  sort.append(element("span", "by"));
  const node = element("th", "", sort);
  node.scope = "col";
  return node;
}

function select({ state, body }, row, node) {
  for (const other of body.rows) other.setAttribute("aria-selected", String(other === node));
  state.sent = node.dataset.head;
  state.send("picked", row.head);
}

function nameCell({ data, state }, row) {
  const open = (event) => {
    event.stopPropagation();
    state.send("opened", row.head);
  };
  const name = button("open", row.name, open, `See ${row.name} (${row.kind}) on the page “Heads”`);
  return element("td", "", name, data.one_kind ? undefined : element("div", "kind", row.kind));
}

function makeRow(table, row) {
  const roles = element("td", "", ...row.roles.map(badge));
  const node = element("tr", "", nameCell(table, row), roles, ...row.cells.map(cell));
  node.dataset.head = row.head.join(" ");
  node.tabIndex = 0;
  node.setAttribute("aria-selected", String(row.selected));
  if (row.tint) node.style.setProperty("--tint", row.tint);
  if (row.edge) node.style.setProperty("--edge", row.edge);
  node.addEventListener("click", () => select(table, row, node));
  node.addEventListener("keydown", (event) => {
    if (event.target !== node) return;
    const step = { ArrowDown: "nextElementSibling", ArrowUp: "previousElementSibling" }[event.key];
    if (step) node[step]?.focus();
    else if (event.key === "Enter" || event.key === " ") select(table, row, node);
    else return;
    event.preventDefault();
  });
  return node;
}

function draw(root, data, state) {
  setColors(root, data.colors);
  const node = element("table");
  node.setAttribute("aria-label", data.description);
  const head = node.createTHead().insertRow();
  const table = { data, state, body: node.createTBody() };
  table.headers = data.columns.map((column, number) => header(table, column, number));
  table.rows = new Map(data.rows.map((row) => [row, makeRow(table, row)]));
  head.append(...table.headers);
  fill(table);
  const frame = element("div", "frame", node, data.empty && element("p", "empty", data.empty));
  root.replaceChildren(frame, legend(data.legend));
  return frame;
}

// What was read stays in sight, and so does the row whose evidence is shown below the table.
function redraw(root, data, state) {
  const scroll = root.querySelector(".frame")?.scrollTop ?? 0;
  const frame = draw(root, data, state);
  frame.scrollTop = scroll;
  const row = frame.querySelector("tr[aria-selected=true]");
  const isOut =
    row && (row.offsetTop < scroll || row.offsetTop + row.offsetHeight > scroll + frame.clientHeight);
  if (isOut) frame.scrollTop = row.offsetTop - frame.clientHeight / 2;
}

export default function ({ data, parentElement, setTriggerValue }) {
  const root = parentElement.querySelector(".head-table");
  const state = stateOf(root, () => ({ column: 0, direction: "ascending" }));
  state.send = setTriggerValue;
  const { rows, ...look } = data;
  if (isNews(state, [look, rows.map(({ selected, ...row }) => row)])) {
    state.sent = undefined;
    redraw(root, data, state);
  }
  const chosen = rows.find((row) => row.selected)?.head.join(" ");
  // this may be the answer to an earlier click: that to the last one is on its way
  if (state.sent !== undefined && state.sent !== chosen) return;
  state.sent = undefined;
  for (const node of root.querySelectorAll("tbody tr"))
    node.setAttribute("aria-selected", String(node.dataset.head === chosen));
}
