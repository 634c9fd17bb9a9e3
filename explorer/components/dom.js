// What the components build their part of the page with; it stands before the script of each of them.
// Text enters only through textContent, text nodes and attributes, never as markup.
const SVG = "http://www.w3.org/2000/svg";
const SCENE_TAGS = new Set(["rect", "path", "circle", "text"]); // any other becomes a group, and shows nothing
const states = new WeakMap(); // root element → what its component remembers of it

const isThere = (part) => part !== undefined && part !== null && part !== "";

// An HTML element. content: text, numbers and elements; what is missing is left out.
function element(tag, className, ...content) {
  const node = document.createElement(tag);
  if (className) node.className = className;
  node.append(...content.filter(isThere));
  return node;
}

// An SVG element with the same kind of content.
function shape(tag, attributes, ...content) {
  const node = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  node.append(...content.filter(isThere));
  return node;
}

// A scene of `explorer.views.scene` as an SVG element.
function picture({ width, height, description, elements }) {
  const shapes = elements.map(({ tag, attributes, title, text }) =>
    shape(SCENE_TAGS.has(tag) ? tag : "g", attributes, title && shape("title", {}, title), text),
  );
  const look = { width, height, viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": description };
  return shape("svg", look, ...shapes);
}

function button(className, label, act, title) {
  const node = element("button", className, label);
  node.type = "button";
  if (title) node.title = title;
  if (act) node.addEventListener("click", act);
  return node;
}

// A piece of a word.
function chip({ label, title, mark }) {
  const node = element("span", mark ? `chip ${mark}` : "chip", label);
  if (title) node.title = title;
  return node;
}

// A number as text, 12,345.
const grouped = (number) => number.toLocaleString("en-US");

// The colours of the theme, as --name for the style sheet.
function setColors(root, colors) {
  for (const [name, color] of Object.entries(colors)) root.style.setProperty(`--${name}`, color);
}

function bytes(base64) {
  const text = atob(base64);
  const values = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i += 1) values[i] = text.charCodeAt(i);
  return values;
}

// One pixel for each cell, row by row. palette: three bytes for each colour; colorOf: number of a cell →
// number of its colour.
function paintCells(canvas, palette, colorOf) {
  const { width, height } = canvas;
  const image = new ImageData(width, height);
  for (let i = 0; i < width * height; i += 1) {
    const color = 3 * colorOf(i);
    image.data[4 * i] = palette[color];
    image.data[4 * i + 1] = palette[color + 1];
    image.data[4 * i + 2] = palette[color + 2];
    image.data[4 * i + 3] = 255;
  }
  canvas.getContext("2d").putImageData(image, 0, 0);
}

// What a component remembers of the element that it draws in, from rerun to rerun; `start` makes it.
function stateOf(root, start = () => ({})) {
  if (!states.has(root)) states.set(root, start(root));
  return states.get(root);
}

// Whether `data` differ from those of the last time: a rerun with the same data must change nothing.
function isNews(state, data) {
  const text = JSON.stringify(data);
  if (state.text === text) return false;
  state.text = text;
  return true;
}
