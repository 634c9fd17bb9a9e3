// Lines between two columns of tokens. Text enters only through textContent and attributes, never as markup.
const SVG = "http://www.w3.org/2000/svg";
const pictures = new WeakMap(); // root element → what is drawn in it, so that a rerun with the same data changes nothing

function element(tag, className, text) {
  const node = document.createElement(tag);
  node.className = className;
  if (text !== undefined) node.textContent = text;
  return node;
}

function shape(tag, attributes) {
  const node = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  return node;
}

function legendKey(entry, data) {
  const key = shape("svg", { width: 36, height: 12, "aria-hidden": "true" });
  const line = { d: "M0 6H36", stroke: data.colors[entry.verdict], "stroke-width": 3, "stroke-dasharray": entry.dash || "none" };
  key.append(shape("path", line));
  return key;
}

function column(side, tokens, picture) {
  const node = element("div", `tokens ${side}`);
  tokens.forEach((token, index) => {
    const chip = element("button", "token", token.label);
    chip.type = "button";
    chip.title = token.full;
    chip.setAttribute("aria-label", token.full);
    chip.classList.toggle("special", token.special);
    chip.classList.toggle("continues", token.continues);
    chip.classList.toggle("continued", Boolean(tokens[index + 1]?.continues));
    chip.addEventListener("pointerenter", (event) => event.pointerType !== "touch" && picture.show(side, index));
    chip.addEventListener("pointerleave", (event) => event.pointerType !== "touch" && picture.rest());
    chip.addEventListener("focus", () => picture.show(side, index));
    chip.addEventListener("blur", () => picture.rest());
    chip.addEventListener("click", () => picture.pin(side, index));
    node.append(chip);
  });
  return node;
}

function draw(root, data, state) {
  const n = Math.max(data.left.length, data.right.length);
  root.replaceChildren();
  root.className = n > 24 ? "alignment-lines dense" : "alignment-lines";
  root.setAttribute("role", "group");
  root.setAttribute("aria-label", data.description);
  for (const [name, color] of Object.entries(data.colors)) root.style.setProperty(`--${name}`, color);

  const picture = { pinned: null };
  const paths = [];
  const height = 100;
  const svg = shape("svg", { class: "lines", viewBox: `0 0 100 ${height}`, preserveAspectRatio: "none", "aria-hidden": "true" });
  for (const link of data.links) {
    const beside = 0.5 + (link.offset ?? 0); // in rows: where several heads are laid over each other, each has a track of its own
    const from = ((link.col + beside) / n) * height;
    const to = ((link.row + beside) / n) * height;
    const path = shape("path", {
      d: `M0 ${from} C40 ${from} 60 ${to} 100 ${to}`,
      stroke: data.colors[link.verdict || "plain"],
      "stroke-width": link.width,
      "stroke-opacity": link.opacity,
      "stroke-dasharray": link.dash || "none",
      "vector-effect": "non-scaling-stroke",
      "data-row": link.row,
      "data-col": link.col,
      "data-verdict": link.verdict,
    });
    paths.push({ path, left: link.col, right: link.row, verdict: link.verdict });
    svg.append(path);
  }

  picture.show = (side, index) => {
    const other = side === "left" ? "right" : "left";
    root.classList.add("focused");
    for (const entry of paths) entry.path.classList.toggle("on", entry[side] === index);
    for (const name of ["left", "right"]) {
      [...columns[name].children].forEach((chip, k) => chip.classList.toggle("on", name === side && k === index));
      [...numbers[name].children].forEach((cell, k) => {
        const weight = side === "left" ? data.weights[k]?.[index] : data.weights[index][k];
        cell.textContent = name === other ? weight : "";
        cell.classList.toggle("small", Number(weight) < 0.02);
      });
    }
  };
  picture.only = (verdict) => {
    root.classList.add("focused");
    for (const entry of paths) entry.path.classList.toggle("on", entry.verdict === verdict);
  };
  picture.rest = () => {
    if (picture.pinned) return picture.show(...picture.pinned);
    root.classList.remove("focused");
    for (const node of root.querySelectorAll(".on")) node.classList.remove("on");
    for (const cell of root.querySelectorAll(".weight")) cell.textContent = "";
  };
  picture.pin = (side, index) => {
    const again = picture.pinned && picture.pinned[0] === side && picture.pinned[1] === index;
    picture.pinned = again ? null : [side, index];
    for (const name of ["left", "right"]) {
      [...columns[name].children].forEach((chip, k) => chip.setAttribute("aria-pressed", String(!again && name === side && k === index)));
    }
    picture.show(side, index);
    if (data.clickable && !again) state.send("token", { side, index });
  };

  const columns = { left: column("left", data.left, picture), right: column("right", data.right, picture) };
  const numbers = {};
  for (const side of ["left", "right"]) {
    numbers[side] = element("div", `weights ${side}`);
    for (let k = 0; k < data[side].length; k += 1) numbers[side].append(element("div", "weight", ""));
  }
  const board = element("div", "board");
  board.style.setProperty("--rows", n);
  board.append(element("div", "title left", data.titles[0]), element("div", "title right", data.titles[1]));
  board.append(numbers.left, columns.left, svg, columns.right, numbers.right);
  root.append(board);

  const legend = element("div", "legend");
  for (const entry of data.legend) {
    const item = element("button", "entry");
    item.type = "button";
    item.addEventListener("pointerenter", (event) => event.pointerType !== "touch" && picture.only(entry.verdict));
    item.addEventListener("pointerleave", (event) => event.pointerType !== "touch" && picture.rest());
    item.addEventListener("focus", () => picture.only(entry.verdict));
    item.addEventListener("blur", () => picture.rest());
    item.append(legendKey(entry, data), element("span", "", entry.label));
    legend.append(item);
  }
  root.append(legend, element("p", "note", data.note));
}

export default function ({ data, parentElement, setTriggerValue }) {
  const root = parentElement.querySelector(".alignment-lines");
  const state = pictures.get(root) ?? {};
  pictures.set(root, state);
  state.send = setTriggerValue;
  const text = JSON.stringify(data);
  if (state.text === text) return;
  state.text = text;
  draw(root, data, state);
}
