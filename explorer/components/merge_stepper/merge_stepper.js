// A corpus between two merges. Text enters only through textContent and attributes, never as markup.
const SVG = "http://www.w3.org/2000/svg";
const PACE = 1100; // milliseconds between two merges while it plays
const REST = 250; // milliseconds until the server hears where a reader has stopped
const KEPT = 600; // states that are remembered
const steppers = new WeakMap(); // root element → its parts, and the states it has been sent

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

function rule(node, { line, words }) {
  const pieces = line.map((piece) => (typeof piece === "string" ? element("span", "", piece) : chip(piece)));
  node.replaceChildren(element("div", "line", ...pieces), element("div", "words", words));
}

function word({ count, about, direction, chips, more }) {
  const line = element("div", "word");
  const symbols = element("div", "symbols", ...chips.map(chip));
  symbols.dir = direction;
  if (more) symbols.append(element("span", "more", more));
  line.title = about;
  line.append(element("span", "count", `${count} ×`), symbols);
  return line;
}

function pairRow({ left, right, count, share, mark, about }) {
  const row = element("div", mark ? `pair ${mark}` : "pair");
  row.title = about;
  const both = element("span", "both", chip(left), chip(right));
  const fill = element("span", "fill");
  fill.style.width = `${100 * share}%`;
  row.append(both, element("span", "track", fill), element("span", "number", count), element("span", "flag", { winner: "◀", tie: "=", barred: "✗" }[mark] ?? ""));
  return row;
}

function shape(tag, attributes) {
  const node = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  return node;
}

// A curve over the steps: a click or a drag goes to the step below the pointer.
function curve(data, nSteps, state) {
  const box = element("div", "curve");
  const said = element("span", "about", "");
  const plot = element("div", "plot");
  const picture = shape("svg", { viewBox: "0 0 1000 100", preserveAspectRatio: "none", "aria-hidden": "true" });
  const { steps, heights, values, about } = data;
  const points = steps.map((step, n) => `${(1000 * step) / nSteps} ${98 - 96 * heights[n]}`);
  picture.append(
    shape("path", { d: `M${points.join(" L")}`, class: "line" }),
    shape("path", { d: "M0 0 V100", class: "cursor" }),
  );
  const dot = element("span", "dot");
  plot.append(picture, dot);
  const nearest = (step) => steps.reduce((best, each, n) => (Math.abs(each - step) < Math.abs(steps[best] - step) ? n : best), 0);
  const read = (n) => about.replace("{step}", steps[n].toLocaleString("en-US")).replace("{value}", values[n].toLocaleString("en-US"));
  const stepOf = (event) => {
    const frame = plot.getBoundingClientRect();
    return Math.min(nSteps, Math.max(0, Math.round(((event.clientX - frame.left) / frame.width) * nSteps)));
  };
  plot.addEventListener("pointermove", (event) => {
    said.textContent = read(nearest(stepOf(event)));
    if (event.buttons & 1) state.go(stepOf(event));
  });
  plot.addEventListener("pointerleave", () => { said.textContent = ""; });
  plot.addEventListener("pointerdown", (event) => state.go(stepOf(event)));
  box.append(element("div", "title", element("span", "", data.title), said), element("div", "scale", element("span", "", data.top), element("span", "", data.bottom)), plot);
  const move = (step) => {
    const x = (1000 * step) / nSteps;
    picture.lastChild.setAttribute("d", `M${x} 0 V100`);
    const at = nearest(step);
    dot.hidden = step < steps[0];
    dot.style.left = `${(100 * step) / nSteps}%`;
    dot.style.top = `${98 - 96 * heights[at]}%`;
  };
  return { box, move };
}

function build(root, data, state) {
  root.replaceChildren();
  for (const [name, color] of Object.entries(data.colors)) root.style.setProperty(`--${name}`, color);
  root.tabIndex = 0;
  root.setAttribute("role", "group");
  root.setAttribute("aria-label", "Merges one at a time. Arrow keys go back and on, Home and End to the first and last step, the space bar plays.");
  const button = (name, label, action) => {
    const node = element("button", `go ${name}`, label);
    node.type = "button";
    node.addEventListener("click", action);
    return node;
  };
  const go = (step) => state.go(step);
  const parts = {
    first: button("first", "First", () => go(0)),
    previous: button("previous", "Previous", () => go(state.at - 1)),
    play: button("play", "Play", () => state.play()),
    next: button("next", "Next", () => go(state.at + 1)),
    last: button("last", "Last", () => go(data.n_steps)),
    number: element("input", "number"),
    done: element("div", "rule done"),
    coming: element("div", "rule coming"),
    corpus: element("div", "list corpus"),
    pairs: element("div", "list pairs"),
    vocabulary: element("div", "list vocabulary"),
    corpusNote: element("span", "note"),
    pairsNote: element("span", "note"),
    vocabularyNote: element("span", "note"),
    waiting: element("span", "waiting", ""),
  };
  Object.assign(parts.number, { type: "number", min: 0, max: data.n_steps, step: 1 });
  parts.number.setAttribute("aria-label", "Go to step");
  parts.number.addEventListener("change", () => { if (parts.number.value !== "") go(Number(parts.number.value)); });
  parts.done.setAttribute("aria-live", "polite");
  for (const list of [parts.corpus, parts.pairs, parts.vocabulary]) list.tabIndex = -1;

  const bar = element("div", "controls");
  const jump = element("label", "jump", "Step ", parts.number, ` of ${data.n_steps.toLocaleString("en-US")}`);
  bar.append(parts.first, parts.previous, parts.play, parts.next, parts.last, jump, parts.waiting, element("span", "hint", data.hint));
  const column = (name, title, note, list) => element("section", name, element("h4", "", title, note), list);
  const columns = element("div", "columns");
  columns.append(
    column("corpus-box", "The corpus now", parts.corpusNote, parts.corpus),
    column("pairs-box", "Side by side", parts.pairsNote, parts.pairs),
    column("vocabulary-box", "Vocabulary", parts.vocabularyNote, parts.vocabulary),
  );
  state.curves = data.curves.map((each) => curve(each, data.n_steps, state));
  const opening = data.states.find(({ step }) => step === data.step);
  const lines = Math.max(5, opening.groups.flatMap(({ words }) => words).length, 0.8 * opening.pairs.length);
  root.style.setProperty("--lines", lines); // the room is reserved: it does not change from step to step
  root.append(bar, element("div", "rules", parts.done, parts.coming), columns);
  if (state.curves.length) root.append(element("div", "curves", ...state.curves.map(({ box }) => box)));
  state.parts = parts;
}

function show(state, step) {
  const { parts } = state, found = state.known.get(step);
  state.at = step;
  state.wanted = null;
  parts.waiting.textContent = "";
  parts.first.disabled = parts.previous.disabled = step === 0;
  parts.next.disabled = parts.last.disabled = step === state.nSteps;
  parts.play.disabled = state.nSteps === 0;
  parts.number.value = step;
  rule(parts.done, found.done);
  rule(parts.coming, found.next);
  parts.coming.classList.toggle("end", found.ends);
  parts.corpusNote.textContent = found.corpus;
  parts.pairsNote.textContent = found.pairs_note;
  parts.vocabularyNote.textContent = found.vocabulary.title;
  const scroll = parts.corpus.scrollTop;
  const lines = found.groups.flatMap(({ title, words }) => [...(title ? [element("div", "group", title)] : []), ...words.map(word)]);
  parts.corpus.classList.toggle("dense", lines.length > 9);
  parts.corpus.replaceChildren(...lines);
  parts.corpus.scrollTop = scroll;
  parts.pairs.replaceChildren(...found.pairs.map(pairRow));
  const { made, made_more: madeMore, initial, initial_more: initialMore } = found.vocabulary;
  const tokens = (name, title, chips, more) => element("div", `tokens ${name}`, element("span", "more", title), ...chips.map(chip), element("span", "more", more));
  parts.vocabulary.replaceChildren(
    ...(made.length ? [tokens("made-tokens", "made, the newest first", made, madeMore)] : []),
    tokens("initial-tokens", "to begin with", initial, initialMore),
  );
  for (const { move } of state.curves) move(step);
}

function start(root) {
  const state = { known: new Map(), at: 0, wanted: null, told: undefined, timer: null, playing: null, curves: [] };
  state.tell = (at, ahead) => {
    clearTimeout(state.timer);
    if (state.told?.at === at && state.told.ahead === ahead) return;
    state.told = { at, ahead };
    state.send("step", state.told);
  };
  // Where a reader rests, and whether the steps beside it are to be fetched meanwhile.
  state.rest = () => {
    clearTimeout(state.timer);
    const at = state.at;
    const lacking = [at + 1, at + 2, at - 1].some((step) => step >= 0 && step <= state.nSteps && !state.known.has(step));
    state.timer = setTimeout(() => state.tell(at, lacking), REST);
  };
  state.go = (step) => {
    step = Math.min(state.nSteps, Math.max(0, Math.round(step)));
    if (!Number.isFinite(step)) return;
    if (state.known.has(step)) {
      if (step !== state.at) show(state, step);
      state.wanted = null;
      state.parts.waiting.textContent = "";
      state.rest();
    } else {
      state.wanted = step;
      state.parts.waiting.textContent = `step ${step.toLocaleString("en-US")} …`;
      clearTimeout(state.timer);
      state.timer = setTimeout(() => state.tell(step, false), 30); // a drag over the curve asks for where it goes, not for all on the way
    }
    if (step === state.nSteps) state.pause();
  };
  state.pause = () => {
    clearInterval(state.playing);
    state.playing = null;
    state.parts.play.textContent = "Play";
  };
  state.play = () => {
    if (state.playing) return state.pause();
    if (state.at === state.nSteps) state.go(0);
    else state.go(state.at + 1);
    if (state.at === state.nSteps) return;
    state.parts.play.textContent = "Pause";
    state.playing = setInterval(() => {
      if (!root.isConnected) return state.pause();
      if (state.wanted === null) state.go(state.at + 1);
    }, PACE);
  };
  // While nothing on the page has the focus the arrows step too; Home, End and space then scroll, as everywhere.
  const anywhere = (event) => {
    if (!root.isConnected) return document.removeEventListener("keydown", anywhere);
    const by = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (event.target !== document.body || !by || event.ctrlKey || event.metaKey || event.altKey || event.shiftKey) return;
    state.go((state.wanted ?? state.at) + by);
  };
  document.addEventListener("keydown", anywhere);
  root.addEventListener("keydown", (event) => {
    if (event.target.tagName === "INPUT" || event.ctrlKey || event.metaKey || event.altKey) return;
    const at = state.wanted ?? state.at;
    const to = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: state.nSteps }[event.key];
    if (to !== undefined) state.go(to);
    else if (event.key === " " && event.target.tagName !== "BUTTON") state.play();
    else return;
    event.preventDefault();
  });
  return state;
}

export default function ({ data, parentElement, setStateValue }) {
  const root = parentElement.querySelector(".merge-stepper");
  const state = steppers.get(root) ?? start(root);
  steppers.set(root, state);
  state.send = setStateValue;
  const isNew = state.key !== data.key;
  if (isNew) {
    const sameCorpus = state.key?.split(" ")[0] === data.key.split(" ")[0];
    if (state.playing) state.pause();
    Object.assign(state, { key: data.key, nSteps: data.n_steps, asked: data.asked, wanted: sameCorpus ? state.wanted : null });
    if (!sameCorpus) state.known.clear();
    build(root, data, state);
  }
  for (const each of data.states) {
    state.known.delete(each.step);
    state.known.set(each.step, each);
  }
  for (const step of state.known.keys()) {
    if (state.known.size <= KEPT) break;
    if (step !== state.at && step !== data.step) state.known.delete(step);
  }
  if (isNew || state.asked !== data.asked) {
    state.asked = data.asked;
    show(state, data.step);
    state.rest();
  } else if (state.wanted !== null && state.known.has(state.wanted)) {
    show(state, state.wanted);
    state.rest();
  }
}
