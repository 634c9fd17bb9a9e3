// What BertViz 1.4 calls of require.js, jQuery 2 and d3 5, and no more, so that its two scripts run unchanged on a machine without a network.
// Text enters only through textContent and attributes. One thing is our own: a <line> whose datum is 0 is not made.
const SVG_NAMESPACE = "http://www.w3.org/2000/svg";

class Query {
  constructor(nodes) { this.nodes = nodes; }
  each(act) { this.nodes.forEach((node) => act(node)); return this; }
  append(other) { return this.each((node) => node.append(...other.nodes)); }
  attr(name, value) { return this.each((node) => node.setAttribute(name, value)); }
  change() { return this.each((node) => node.dispatchEvent(new Event("change"))); }
  empty() { return this.each((node) => node.replaceChildren()); }
  on(event, act) { return this.each((node) => node.addEventListener(event, act)); }
  text(value) { return this.each((node) => { node.textContent = value; }); }
  val(value) { return this.each((node) => { node.value = value; }); }
}

function query(selector) {
  if (selector === "<option />") return new Query([document.createElement("option")]);
  return new Query([...document.querySelectorAll(selector)]);
}

// groups: one list of nodes per parent; a place in a list may be empty, and the index of those after it stays (d3-selection).
class Selection {
  constructor(groups, parents) { this.groups = groups; this.parents = parents; }

  each(act) {
    for (const group of this.groups) group.forEach((node, i) => { if (node) act(node, i, group); });
    return this;
  }

  set(value, write) {
    return this.each((node, i, group) => write(node, typeof value === "function" ? value.call(node, node.__data__, i, group) : value));
  }

  attr(name, value) {
    return this.set(value, (node, result) => (result === null ? node.removeAttribute(name) : node.setAttribute(name, result)));
  }

  style(name, value) { return this.set(value, (node, result) => node.style.setProperty(name, result)); }
  text(value) { return this.set(value, (node, result) => { node.textContent = result; }); }
  classed(names, on) { return this.each((node) => names.split(" ").forEach((name) => node.classList.toggle(name, on))); }
  remove() { return this.each((node) => node.remove()); }
  on(event, act) { return this.each((node, i, group) => node.addEventListener(event, () => act.call(node, node.__data__, i, group))); }

  map(make) {
    return new Selection(this.groups.map((group) => Array.from(group, (node, i) => node && make(node, i))), this.parents);
  }

  append(name) {
    return this.map((node) => {
      const child = make(name, node);
      if ("__data__" in node) child.__data__ = node.__data__;
      return node.appendChild(child);
    });
  }

  select(selector) {
    return this.map((node) => {
      const child = node.querySelector(selector);
      if (child && "__data__" in node) child.__data__ = node.__data__;
      return child;
    });
  }

  selectAll(selector) {
    const parents = this.groups.flatMap((group) => Array.from(group).filter(Boolean));
    return new Selection(parents.map((node) => [...node.querySelectorAll(selector)]), parents);
  }

  data(values) {
    const lists = this.parents.map((parent, i) => (typeof values === "function" ? values.call(parent, parent.__data__, i) : values));
    const update = lists.map((list, g) => Array.from(list, (datum, i) => {
      const node = this.groups[g][i];
      if (node) node.__data__ = datum;
      return node;
    }));
    const result = new Selection(update, this.parents);
    result.enter = () => new Entering(lists.map((list, g) => Array.from(list, (datum, i) => !this.groups[g][i] && { datum })), this.parents);
    return result;
  }
}

class Entering {
  constructor(places, parents) { this.places = places; this.parents = parents; }

  append(name) {
    return new Selection(this.places.map((places, g) => places.map((place) => {
      if (!place || (name === "line" && place.datum === 0)) return undefined;
      const child = make(name, this.parents[g]);
      child.__data__ = place.datum;
      return this.parents[g].appendChild(child);
    })), this.parents);
  }
}

function make(name, parent) {
  const tag = name.replace("svg:", "");
  const drawn = name !== tag || tag === "svg" || parent.namespaceURI === SVG_NAMESPACE;
  return drawn ? document.createElementNS(SVG_NAMESPACE, tag) : document.createElement(tag);
}

// "#rrggbb" as hue in degrees, saturation and lightness from 0 to 1, which may be changed before it is written.
function hsl(color) {
  const [r, g, b] = [1, 3, 5].map((start) => parseInt(color.slice(start, start + 2), 16) / 255);
  const [low, high] = [Math.min(r, g, b), Math.max(r, g, b)];
  const range = high - low;
  const l = (high + low) / 2;
  const s = range ? range / (l < 0.5 ? high + low : 2 - high - low) : 0;
  const turn = range && (high === r ? (g - b) / range + (g < b ? 6 : 0) : high === g ? (b - r) / range + 2 : (r - g) / range + 4);
  return {
    h: 60 * turn, s, l,
    toString() { return `hsl(${this.h}, ${100 * Math.max(0, this.s)}%, ${100 * Math.min(1, this.l)}%)`; },
  };
}

const d3 = {
  version: "stand-in for 5",
  schemeCategory10: PALETTE_COLORS,
  scaleOrdinal: (colors) => (index) => colors[index % colors.length],
  select: (what) => new Selection([[typeof what === "string" ? document.querySelector(what) : what]], [document.documentElement]),
  hsl,
};
const require = { config() {} };
const requirejs = (names, start) => start(query, d3);
