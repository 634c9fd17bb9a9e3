// A scene as SVG elements. Text enters only through textContent and attributes, never as markup.
const SVG = "http://www.w3.org/2000/svg";
const TAGS = new Set(["rect", "path", "circle", "text"]);
const drawn = new WeakMap(); // root element → what is drawn in it, so that a rerun with the same data changes nothing

function shape({ tag, attributes, title, text }) {
  const node = document.createElementNS(SVG, TAGS.has(tag) ? tag : "g");
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  node.textContent = text;
  if (title) {
    const label = document.createElementNS(SVG, "title");
    label.textContent = title;
    node.prepend(label);
  }
  return node;
}

function draw(root, data) {
  const picture = document.createElementNS(SVG, "svg");
  picture.setAttribute("width", data.width);
  picture.setAttribute("height", data.height);
  picture.setAttribute("viewBox", `0 0 ${data.width} ${data.height}`);
  picture.setAttribute("role", "img");
  picture.setAttribute("aria-label", data.description);
  picture.append(...data.elements.map(shape));
  const lines = [...picture.querySelectorAll("[data-words]")];
  const show = (word) => {
    for (const line of lines) line.classList.toggle("off", word !== undefined && !line.dataset.words.split(" ").includes(word));
  };
  for (const node of picture.querySelectorAll("[data-word]")) {
    node.addEventListener("pointerenter", () => show(node.dataset.word));
    node.addEventListener("pointerleave", () => show());
  }
  root.replaceChildren(picture);
}

export default function ({ data, parentElement }) {
  const root = parentElement.querySelector(".drawing");
  const text = JSON.stringify(data);
  if (drawn.get(root) === text) return;
  drawn.set(root, text);
  draw(root, data);
}
