// A sentence as chips. Text enters only through textContent and attributes, never as markup.
const rows = new WeakMap(); // root element → what is drawn in it, so that a rerun with the same data changes nothing

function element(tag, className, text) {
  const node = document.createElement(tag);
  node.className = className;
  if (text !== undefined) node.textContent = text;
  return node;
}

function draw(root, data, state) {
  root.replaceChildren();
  root.className = data.chips.length > 14 ? "token-chips dense" : "token-chips";
  for (const [name, color] of Object.entries(data.colors)) root.style.setProperty(`--${name}`, color);
  const said = element("p", "said", "");
  said.setAttribute("aria-live", "polite");
  const rest = () => {
    said.textContent = data.chips[data.selected]?.about ?? data.hint;
  };

  const line = element("div", "chips");
  line.dir = data.direction;
  line.setAttribute("role", "group");
  line.setAttribute("aria-label", data.description);
  data.chips.forEach((token, index) => {
    const chip = element("button", "chip", token.label);
    chip.type = "button";
    chip.setAttribute("aria-label", token.about);
    if (data.clickable) chip.setAttribute("aria-pressed", String(data.selected === index));
    chip.style.backgroundColor = token.color;
    chip.style.color = token.ink;
    chip.classList.toggle("special", token.special);
    chip.classList.toggle("continues", token.continues);
    chip.classList.toggle("continued", Boolean(data.chips[index + 1]?.continues));
    chip.classList.toggle("unknown", token.unknown);
    chip.classList.toggle("clickable", data.clickable);
    if (token.mark) chip.classList.add(token.mark);
    const show = () => { said.textContent = token.about; };
    chip.addEventListener("pointerenter", show);
    chip.addEventListener("focus", show);
    chip.addEventListener("pointerleave", rest);
    chip.addEventListener("blur", rest);
    chip.addEventListener("click", () => (data.clickable ? state.send("token", index) : show()));
    line.append(chip);
  });
  root.append(line, said);
  rest();

  const legend = element("div", "legend");
  if (data.legend) {
    const bar = element("span", "bar");
    bar.style.backgroundImage = `linear-gradient(to right, ${data.legend.stops.join(", ")})`;
    legend.append(element("span", "", data.legend.label), element("span", "", data.legend.low), bar, element("span", "", data.legend.high));
  }
  if (data.unknown_label) legend.append(element("span", "chip unknown sample", "abc"), element("span", "", data.unknown_label));
  for (const { mark, label } of data.samples ?? []) legend.append(element("span", `chip sample ${mark}`, label));
  if (legend.children.length) root.append(legend);
}

export default function ({ data, parentElement, setTriggerValue }) {
  const root = parentElement.querySelector(".token-chips");
  const state = rows.get(root) ?? {};
  rows.set(root, state);
  state.send = setTriggerValue;
  const text = JSON.stringify(data);
  if (state.text === text) return;
  state.text = text;
  draw(root, data, state);
}
