// Lines between two columns of tokens; dom.js stands before this file.
const SIDES = ["left", "right"];

function legendKey({ verdict, dash }, colors) {
  const look = {
    d: "M0 6H36",
    stroke: colors[verdict],
    "stroke-width": 3,
    "stroke-dasharray": dash || "none",
  };
  return shape("svg", { width: 36, height: 12, "aria-hidden": "true" }, shape("path", look));
}

function linkPath(link, n, { bend, colors }) {
  const [from, to] = link.ends.map((place) => (place / n) * 100); // in rows of the board
  return shape("path", {
    d: `M0 ${from} C${100 * bend} ${from} ${100 - 100 * bend} ${to} 100 ${to}`,
    stroke: colors[link.verdict || "plain"],
    "stroke-width": link.width,
    "stroke-opacity": link.opacity,
    "stroke-dasharray": link.dash || "none",
    "vector-effect": "non-scaling-stroke",
    "data-row": link.row,
    "data-col": link.col,
    "data-verdict": link.verdict,
  });
}

// ----------------------------------------------------------------------- what is under the pointer or pinned

function show(view, side, index) {
  const { root, data, links, columns, numbers } = view;
  root.classList.add("focused");
  for (const link of links) link.path.classList.toggle("on", link[side] === index);
  for (const name of SIDES) {
    [...columns[name].children].forEach((token, k) =>
      token.classList.toggle("on", name === side && k === index),
    );
    [...numbers[name].children].forEach((cell, k) => {
      const weight = side === "left" ? data.weights[k]?.[index] : data.weights[index][k];
      cell.textContent = name === side ? "" : weight;
      cell.classList.toggle("small", Number(weight) < 0.02);
    });
  }
}

function showOnly(view, verdict) {
  view.root.classList.add("focused");
  for (const link of view.links) link.path.classList.toggle("on", link.verdict === verdict);
}

function rest(view) {
  if (view.pinned) return show(view, ...view.pinned);
  view.root.classList.remove("focused");
  for (const node of view.root.querySelectorAll(".on")) node.classList.remove("on");
  for (const cell of view.root.querySelectorAll(".weight")) cell.textContent = "";
}

function pin(view, side, index) {
  const again = view.pinned && view.pinned[0] === side && view.pinned[1] === index;
  view.pinned = again ? null : [side, index];
  for (const name of SIDES) {
    [...view.columns[name].children].forEach((token, k) =>
      token.setAttribute("aria-pressed", String(!again && name === side && k === index)),
    );
  }
  show(view, side, index);
  if (view.data.clickable && !again) view.send("token", { side, index });
}

// A touch has no pointer that rests on something: it clicks.
function answerToPointerAndFocus(view, node, act) {
  node.addEventListener("pointerenter", (event) => event.pointerType !== "touch" && act());
  node.addEventListener("pointerleave", (event) => event.pointerType !== "touch" && rest(view));
  node.addEventListener("focus", act);
  node.addEventListener("blur", () => rest(view));
}

// ------------------------------------------------------------------------------------------------- the whole

function column(view, side) {
  const tokens = view.data[side];
  const node = element("div", `tokens ${side}`);
  tokens.forEach((token, index) => {
    const chip = button("token", token.label, () => pin(view, side, index), token.full);
    chip.setAttribute("aria-label", token.full);
    chip.classList.toggle("special", token.special);
    chip.classList.toggle("continues", token.continues);
    chip.classList.toggle("continued", Boolean(tokens[index + 1]?.continues));
    answerToPointerAndFocus(view, chip, () => show(view, side, index));
    node.append(chip);
  });
  return node;
}

function legend(view) {
  const node = element("div", "legend");
  for (const entry of view.data.legend) {
    const item = button("entry");
    answerToPointerAndFocus(view, item, () => showOnly(view, entry.verdict));
    item.append(legendKey(entry, view.data.colors), element("span", "", entry.label));
    node.append(item);
  }
  return node;
}

function draw(root, data, state) {
  const n = Math.max(data.left.length, data.right.length);
  root.className = n > 24 ? "alignment-lines dense" : "alignment-lines";
  root.setAttribute("role", "group");
  root.setAttribute("aria-label", data.description);
  setColors(root, data.colors);

  const view = {
    root,
    data,
    pinned: null,
    columns: {},
    numbers: {},
    send: (...message) => state.send(...message),
  };
  view.links = data.links.map((link) => ({
    path: linkPath(link, n, data),
    left: link.col,
    right: link.row,
    verdict: link.verdict,
  }));
  for (const side of SIDES) {
    view.columns[side] = column(view, side);
    view.numbers[side] = element("div", `weights ${side}`, ...data[side].map(() => element("div", "weight")));
  }
  const look = { class: "lines", viewBox: "0 0 100 100", preserveAspectRatio: "none", "aria-hidden": "true" };
  const lines = shape("svg", look, ...view.links.map(({ path }) => path));
  const titles = SIDES.map((side, k) => element("div", `title ${side}`, data.titles[k]));
  const { columns, numbers } = view;
  const board = element(
    "div",
    "board",
    ...titles,
    numbers.left,
    columns.left,
    lines,
    columns.right,
    numbers.right,
  );
  board.style.setProperty("--rows", n);
  root.replaceChildren(board, legend(view), element("p", "note", data.note));
}

export default function ({ data, parentElement, setTriggerValue }) {
  const root = parentElement.querySelector(".alignment-lines");
  const state = stateOf(root);
  state.send = setTriggerValue;
  if (isNews(state, data)) draw(root, data, state);
}
