// A sentence as chips; dom.js stands before this file.
function tokenChip(token, continued, data) {
  const node = button("chip", token.label);
  node.setAttribute("aria-label", token.about);
  node.style.backgroundColor = token.color;
  node.style.color = token.ink;
  const marks = {
    special: token.special,
    continues: token.continues,
    continued,
    unknown: token.unknown,
    clickable: data.clickable,
  };
  for (const [mark, holds] of Object.entries(marks)) node.classList.toggle(mark, Boolean(holds));
  if (token.mark) node.classList.add(token.mark);
  return node;
}

function legend({ legend: scale, unknown_label: unknownLabel, samples }) {
  const node = element("div", "legend");
  if (scale) {
    const bar = element("span", "bar");
    bar.style.backgroundImage = `linear-gradient(to right, ${scale.stops.join(", ")})`;
    node.append(
      element("span", "", scale.label),
      element("span", "", scale.low),
      bar,
      element("span", "", scale.high),
    );
  }
  if (unknownLabel)
    node.append(element("span", "chip unknown sample", "abc"), element("span", "", unknownLabel));
  for (const { mark, label } of samples ?? []) node.append(element("span", `chip sample ${mark}`, label));
  return node;
}

function draw(root, data, state) {
  root.className = data.chips.length > 14 ? "token-chips dense" : "token-chips";
  setColors(root, data.colors);
  const said = element("p", "said");
  said.setAttribute("aria-live", "polite");
  const rest = () => {
    said.textContent = data.chips[data.selected]?.about ?? data.hint;
  };
  const line = element("div", "chips");
  line.dir = data.direction;
  line.setAttribute("role", "group");
  line.setAttribute("aria-label", data.description);
  data.chips.forEach((token, index) => {
    const node = tokenChip(token, data.chips[index + 1]?.continues, data);
    if (data.clickable) node.setAttribute("aria-pressed", String(data.selected === index));
    const show = () => {
      said.textContent = token.about;
    };
    for (const name of ["pointerenter", "focus"]) node.addEventListener(name, show);
    for (const name of ["pointerleave", "blur"]) node.addEventListener(name, rest);
    node.addEventListener("click", () => (data.clickable ? state.send("token", index) : show()));
    line.append(node);
  });
  rest();
  const below = legend(data);
  root.replaceChildren(line, said, ...(below.children.length ? [below] : []));
}

export default function ({ data, parentElement, setTriggerValue }) {
  const root = parentElement.querySelector(".token-chips");
  const state = stateOf(root);
  state.send = setTriggerValue;
  if (isNews(state, data)) draw(root, data, state);
}
