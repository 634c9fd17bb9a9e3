// Rows of tokens with numbers beside them. Text enters only through textContent and attributes, never as markup.
const drawn = new WeakMap(); // root element → what is drawn in it, so that a rerun with the same data changes nothing

function element(tag, className, ...content) {
  const node = document.createElement(tag);
  if (className) node.className = className;
  node.append(...content);
  return node;
}

function chip({ label, title, mark }) {
  const node = element("span", mark ? `chip ${mark}` : "chip", label);
  if (title) node.title = title;
  return node;
}

function cell(content, kind) {
  const node = element("td", kind);
  if (content === null || content === undefined) return node;
  if (content.chips) {
    const line = element("div", "chips", ...content.chips.map(chip));
    line.dir = content.direction ?? "ltr";
    if (content.more) line.append(element("span", "more", content.more));
    node.append(line);
  } else node.append(content.text);
  if (content.note) node.append(element("div", "note", content.note));
  if (content.title) node.title = content.title;
  if (content.bar !== undefined) {
    const fill = element("span", "fill");
    fill.style.width = `${100 * content.bar}%`;
    node.append(element("span", "track", fill));
  }
  return node;
}

function draw(root, data) {
  for (const [name, color] of Object.entries(data.colors)) root.style.setProperty(`--${name}`, color);
  const table = element("table");
  table.setAttribute("aria-label", data.description);
  const head = table.createTHead().insertRow();
  for (const { title, note, kind, width } of data.columns) {
    const node = element("th", kind, title);
    node.scope = "col";
    if (note) node.append(element("span", "note", note));
    if (width) node.style.width = width;
    head.append(node);
  }
  const body = table.createTBody();
  for (const { mark, cells } of data.rows) {
    const row = body.insertRow();
    if (mark) row.className = mark;
    row.append(...cells.map((content, number) => cell(content, data.columns[number].kind)));
  }
  const frame = element("div", "frame", table);
  if (data.rows.length > 12) frame.tabIndex = 0; // what scrolls can be scrolled with keys
  root.replaceChildren(frame);
}

export default function ({ data, parentElement }) {
  const root = parentElement.querySelector(".token-table");
  const text = JSON.stringify(data);
  if (drawn.get(root) === text) return;
  drawn.set(root, text);
  draw(root, data);
}
