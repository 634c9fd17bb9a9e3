// Elements of a scene as SVG elements, for every component that draws one. Text enters only through textContent and attributes.
const SVG = "http://www.w3.org/2000/svg";
const TAGS = new Set(["rect", "path", "circle", "text"]);

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

function picture(data) {
  const node = document.createElementNS(SVG, "svg");
  node.setAttribute("width", data.width);
  node.setAttribute("height", data.height);
  node.setAttribute("viewBox", `0 0 ${data.width} ${data.height}`);
  node.setAttribute("role", "img");
  node.setAttribute("aria-label", data.description);
  node.append(...data.elements.map(shape));
  return node;
}
