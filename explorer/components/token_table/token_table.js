// Rows of tokens with numbers beside them; dom.js stands before this file.
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

function header({ title, note, kind, width }) {
  const node = element("th", kind, title, note && element("span", "note", note));
  node.scope = "col";
  if (width) node.style.width = width;
  return node;
}

function draw(root, data) {
  setColors(root, data.colors);
  const table = element("table");
  table.setAttribute("aria-label", data.description);
  table
    .createTHead()
    .insertRow()
    .append(...data.columns.map(header));
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
  if (isNews(stateOf(root), data)) draw(root, data);
}
