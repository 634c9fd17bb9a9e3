// One row per head. Text enters only through textContent and attributes, never as markup.
const tables = new WeakMap(); // root element → what is drawn in it, and by which column it is sorted

function element(tag, className, text) {
  const node = document.createElement(tag);
  if (className) node.className = className;
  if (text !== undefined) node.textContent = text;
  return node;
}

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
  if (places.low !== null && places.high !== null) put("interval", places.low).style.width = `${100 * (places.high - places.low)}%`;
  put("baseline", places.baseline);
  put("control", places.control, "×");
  put("value", places.value);
  return node;
}

function cell(content) {
  const node = element("td");
  if (!content) {
    node.append(element("span", "note", "–"));
    return node;
  }
  node.title = content.title;
  const line = element("div", "line");
  line.append(element("span", "value", content.value), element("span", "label", content.label));
  const note = element("div", "note");
  note.append(element("span", "", content.note), element("span", "marks", content.marks));
  node.append(line, ...(content.bar ? [bar(content.bar, content.color)] : []), note);
  return node;
}

function badge(role) {
  const node = element("span", role.dashed ? "badge dashed" : "badge");
  node.style.setProperty("--color", role.color);
  node.title = role.title;
  node.append(element("span", "mark", role.mark), element("span", "", role.name));
  return node;
}

function legend(entries) {
  const node = element("div", "legend");
  for (const { mark, label } of entries) {
    const entry = element("span", "entry");
    if (["value", "interval", "baseline", "control"].includes(mark)) {
      const sample = element("span", "bar");
      sample.append(element("span", mark, mark === "control" ? "×" : undefined));
      entry.append(sample);
    } else entry.append(element("span", "", mark));
    entry.append(element("span", "", label));
    node.append(entry);
  }
  return node;
}

const sortKey = (row, column) => (column === 1 ? row.order : (row.cells[column - 2]?.sort ?? null));

function sorted(rows, column, direction) {
  if (!column) return direction === "descending" ? [...rows].reverse() : rows;
  const sign = direction === "ascending" ? 1 : -1;
  return [...rows].sort((a, b) => {
    const [x, y] = [sortKey(a, column), sortKey(b, column)];
    if (x === null || y === null) return (x === null) - (y === null); // nothing to compare comes last, whichever way
    return sign * (x - y);
  });
}

function draw(root, data, state) {
  root.replaceChildren();
  for (const [name, color] of Object.entries(data.colors)) root.style.setProperty(`--${name}`, color);
  const table = element("table");
  table.setAttribute("aria-label", data.description);
  const head = table.createTHead().insertRow();
  const body = table.createTBody();

  const buttons = data.columns.map((column, number) => {
    const node = element("th");
    node.scope = "col";
    const button = element("button", "sort");
    button.type = "button";
    button.title = column.help;
    const name = element("span", "", column.name);
    if (column.unit) name.append(element("span", "unit", `, ${column.unit}`));
    if (column.color) button.style.boxShadow = `inset 0 -3px 0 ${column.color}`;
    button.append(name, element("span", "by", ""));
    button.addEventListener("click", () => {
      const first = number ? "descending" : "ascending"; // the strongest first, but heads in their own order
      const other = number ? "ascending" : "descending";
      state.direction = state.column === number && state.direction === first ? other : first;
      state.column = number;
      fill();
    });
    node.append(button);
    head.append(node);
    return { node, button };
  });

  const select = (row, node) => {
    for (const other of body.rows) other.setAttribute("aria-selected", String(other === node));
    state.told = node.dataset.head;
    state.send("picked", row.head);
  };
  const makeRow = (row) => {
    const node = element("tr");
    node.dataset.head = row.head.join(" ");
    node.tabIndex = 0;
    node.setAttribute("aria-selected", String(row.selected));
    if (row.tint) node.style.setProperty("--tint", row.tint);
    if (row.edge) node.style.setProperty("--edge", row.edge);
    const name = element("td");
    const open = element("button", "open", row.name);
    open.type = "button";
    open.title = `See ${row.name} (${row.kind}) on the page “Heads”`;
    open.addEventListener("click", (event) => {
      event.stopPropagation();
      state.send("opened", row.head);
    });
    name.append(open, ...(data.one_kind ? [] : [element("div", "kind", row.kind)]));
    const roles = element("td");
    roles.append(...row.roles.map(badge));
    node.append(name, roles, ...row.cells.map(cell));
    node.addEventListener("click", () => select(row, node));
    node.addEventListener("keydown", (event) => {
      if (event.target !== node) return;
      const step = { ArrowDown: "nextElementSibling", ArrowUp: "previousElementSibling" }[event.key];
      if (step) node[step]?.focus();
      else if (event.key === "Enter" || event.key === " ") select(row, node);
      else return;
      event.preventDefault();
    });
    return node;
  };
  const nodes = new Map(data.rows.map((row) => [row, makeRow(row)]));
  const fill = () => {
    if (state.column >= data.columns.length) state.column = 0;
    body.replaceChildren(...sorted(data.rows, state.column, state.direction).map((row) => nodes.get(row)));
    buttons.forEach(({ node, button }, number) => {
      const by = number === state.column ? state.direction : "none";
      node.setAttribute("aria-sort", by);
      button.lastChild.textContent = { ascending: " ▲", descending: " ▼", none: "" }[by];
    });
  };
  fill();
  const frame = element("div", "frame");
  frame.append(table);
  if (data.empty) frame.append(element("p", "empty", data.empty));
  root.append(frame, legend(data.legend));
  return frame;
}

export default function ({ data, parentElement, setTriggerValue }) {
  const root = parentElement.querySelector(".head-table");
  const state = tables.get(root) ?? { column: 0, direction: "ascending" };
  tables.set(root, state);
  state.send = setTriggerValue;
  const { rows, ...look } = data;
  const picture = JSON.stringify([look, rows.map(({ selected, ...row }) => row)]);
  if (state.picture !== picture) {
    const scroll = root.querySelector(".frame")?.scrollTop ?? 0;
    state.picture = picture;
    state.told = undefined;
    const frame = draw(root, data, state);
    frame.scrollTop = scroll;
    const row = frame.querySelector("tr[aria-selected=true]");
    if (row && (row.offsetTop < scroll || row.offsetTop + row.offsetHeight > scroll + frame.clientHeight)) {
      frame.scrollTop = row.offsetTop - frame.clientHeight / 2; // the row whose evidence is shown below can be seen
    }
  }
  const chosen = rows.find((row) => row.selected)?.head.join(" ");
  if (state.told !== undefined && state.told !== chosen) return; // the answer to an earlier click: that to the last one is on its way
  state.told = undefined;
  for (const node of root.querySelectorAll("tbody tr")) node.setAttribute("aria-selected", String(node.dataset.head === chosen));
}
