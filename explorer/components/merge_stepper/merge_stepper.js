// A corpus between two merges; dom.js and player.js stand before this file.
const PACE = 1100; // milliseconds between two merges while it plays
const REST = 250; // milliseconds until the server hears where a reader has stopped
const PASSING = 30; // milliseconds that a drag has to stay on a step before the server is asked for it
const KEPT = 600; // states that are remembered
const HELP =
  "Merges one at a time. Arrow keys go back and on, Home and End to the first and last step, " +
  "the space bar plays.";
const FLAGS = { winner: "◀", tie: "=", barred: "✗" };

// ------------------------------------------------------------------------------------------ parts of a state

function rule(node, { line, words }) {
  const pieces = line.map((piece) => (typeof piece === "string" ? element("span", "", piece) : chip(piece)));
  node.replaceChildren(element("div", "line", ...pieces), element("div", "words", words));
}

function word({ count, about, direction, chips, more }) {
  const symbols = element("div", "symbols", ...chips.map(chip), more && element("span", "more", more));
  symbols.dir = direction;
  const line = element("div", "word", element("span", "count", `${count} ×`), symbols);
  line.title = about;
  return line;
}

function pairRow({ left, right, count, share, mark, about }) {
  const fill = element("span", "fill");
  fill.style.width = `${100 * share}%`;
  const row = element(
    "div",
    mark ? `pair ${mark}` : "pair",
    element("span", "both", chip(left), chip(right)),
    element("span", "track", fill),
    element("span", "number", count),
    element("span", "flag", FLAGS[mark]),
  );
  row.title = about;
  return row;
}

function tokens(name, title, chips, more) {
  return element(
    "div",
    `tokens ${name}`,
    element("span", "more", title),
    ...chips.map(chip),
    element("span", "more", more),
  );
}

// ------------------------------------------------------------------------------------------------ the curves

// A curve over the steps: a click or a drag goes to the step below the pointer.
function curve({ title, top, bottom, steps, heights, values, about }, state) {
  const { nSteps } = state;
  const points = steps.map((step, n) => `${(1000 * step) / nSteps} ${98 - 96 * heights[n]}`);
  const cursor = shape("path", { d: "M0 0 V100", class: "cursor" });
  const look = { viewBox: "0 0 1000 100", preserveAspectRatio: "none", "aria-hidden": "true" };
  const dot = element("span", "dot");
  const plot = element(
    "div",
    "plot",
    shape("svg", look, shape("path", { d: `M${points.join(" L")}`, class: "line" }), cursor),
    dot,
  );
  const readout = element("span", "about");
  const scale = element("div", "scale", element("span", "", top), element("span", "", bottom));
  const heading = element("div", "title", element("span", "", title), readout);
  const box = element("div", "curve", heading, scale, plot);

  const isNearer = (n, best, step) => Math.abs(steps[n] - step) < Math.abs(steps[best] - step);
  const nearest = (step) => steps.reduce((best, _, n) => (isNearer(n, best, step) ? n : best), 0);
  const sentence = (n) => about.replace("{step}", grouped(steps[n])).replace("{value}", grouped(values[n]));
  listenToPointer(plot, state, (step) => {
    readout.textContent = step === null ? "" : sentence(nearest(step));
  });
  const move = (step) => {
    cursor.setAttribute("d", `M${(1000 * step) / nSteps} 0 V100`);
    dot.hidden = step < steps[0];
    dot.style.left = `${(100 * step) / nSteps}%`;
    dot.style.top = `${98 - 96 * heights[nearest(step)]}%`;
  };
  return { box, move };
}

// report: is called with the step under the pointer, or null.
function listenToPointer(plot, state, report) {
  const stepOf = (event) => {
    const frame = plot.getBoundingClientRect();
    return Math.min(
      state.nSteps,
      Math.max(0, Math.round(((event.clientX - frame.left) / frame.width) * state.nSteps)),
    );
  };
  plot.addEventListener("pointermove", (event) => {
    report(stepOf(event));
    if (event.buttons & 1) state.go(stepOf(event));
  });
  plot.addEventListener("pointerleave", () => report(null));
  plot.addEventListener("pointerdown", (event) => state.go(stepOf(event)));
}

// ------------------------------------------------------------------------------------------------- the whole

function makeParts() {
  const list = (name) => {
    const node = element("div", `list ${name}`);
    node.tabIndex = -1;
    return { node, note: element("span", "note") };
  };
  const parts = {
    done: element("div", "rule done"),
    coming: element("div", "rule coming"),
    corpus: list("corpus"),
    pairs: list("pairs"),
    vocabulary: list("vocabulary"),
    number: element("input", "number"),
    waiting: element("span", "waiting"),
  };
  parts.done.setAttribute("aria-live", "polite");
  return parts;
}

function controls({ parts, player, nSteps, go }, hint) {
  const { number } = parts;
  Object.assign(number, { type: "number", min: 0, max: nSteps, step: 1 });
  number.setAttribute("aria-label", "Go to step");
  number.addEventListener("change", () => {
    if (number.value !== "") go(Number(number.value));
  });
  const jump = element("label", "jump", "Step ", number, ` of ${grouped(nSteps)}`);
  const { first, previous, play, next, last } = player.buttons;
  return element(
    "div",
    "player",
    first,
    previous,
    play,
    next,
    last,
    jump,
    parts.waiting,
    element("span", "hint", hint),
  );
}

function build(root, data, state) {
  setColors(root, data.colors);
  root.tabIndex = 0;
  root.setAttribute("role", "group");
  root.setAttribute("aria-label", HELP);
  const parts = (state.parts = makeParts());
  state.curves = data.curves.map((each) => curve(each, state));

  const opening = data.states.find(({ step }) => step === data.step);
  const lines = Math.max(5, opening.groups.flatMap(({ words }) => words).length, 0.8 * opening.pairs.length);
  root.style.setProperty("--lines", lines); // the room is reserved: it does not change from step to step
  const column = (name, title, { node, note }) =>
    element("section", name, element("h4", "", title, note), node);
  const columns = element(
    "div",
    "columns",
    column("corpus-box", "The corpus now", parts.corpus),
    column("pairs-box", "Side by side", parts.pairs),
    column("vocabulary-box", "Vocabulary", parts.vocabulary),
  );
  const curves = state.curves.length ? [element("div", "curves", ...state.curves.map(({ box }) => box))] : [];
  const rules = element("div", "rules", parts.done, parts.coming);
  root.replaceChildren(controls(state, data.hint), rules, columns, ...curves);
}

function show(state, step) {
  const { parts } = state;
  const shown = state.known.get(step);
  state.at = step;
  state.wanted = null;
  state.player.update();
  parts.waiting.textContent = "";
  parts.number.value = step;
  rule(parts.done, shown.done);
  rule(parts.coming, shown.next);
  parts.coming.classList.toggle("end", shown.ends);
  showCorpus(parts.corpus, shown);
  parts.pairs.note.textContent = shown.pairs_note;
  parts.pairs.node.replaceChildren(...shown.pairs.map(pairRow));
  const { title, made, made_more: madeMore, initial, initial_more: initialMore } = shown.vocabulary;
  parts.vocabulary.note.textContent = title;
  parts.vocabulary.node.replaceChildren(
    ...(made.length ? [tokens("made-tokens", "made, the newest first", made, madeMore)] : []),
    tokens("initial-tokens", "to begin with", initial, initialMore),
  );
  for (const { move } of state.curves) move(step);
}

function showCorpus({ node, note }, { corpus, groups }) {
  note.textContent = corpus;
  const scroll = node.scrollTop;
  const lines = groups.flatMap(({ title, words }) => [
    ...(title ? [element("div", "group", title)] : []),
    ...words.map(word),
  ]);
  node.classList.toggle("dense", lines.length > 9);
  node.replaceChildren(...lines);
  node.scrollTop = scroll;
}

// ----------------------------------------------------------------------- going to steps, and asking for them

// Request a step from the server; ahead: with the steps beside it.
function request(state, at, ahead) {
  clearTimeout(state.timer);
  if (state.sent?.at === at && state.sent.ahead === ahead) return;
  state.sent = { at, ahead };
  state.send("step", state.sent);
}

// Where a reader rests, and whether the steps beside it are to be fetched meanwhile.
function rest(state) {
  clearTimeout(state.timer);
  const { at } = state;
  const isLacking = (step) => step >= 0 && step <= state.nSteps && !state.known.has(step);
  const lacking = [at + 1, at + 2, at - 1].some(isLacking);
  state.timer = setTimeout(() => request(state, at, lacking), REST);
}

function askFor(state, step) {
  state.wanted = step;
  state.parts.waiting.textContent = `step ${grouped(step)} …`;
  clearTimeout(state.timer);
  state.timer = setTimeout(() => request(state, step, false), PASSING);
}

function goTo(state, number) {
  const step = Math.min(state.nSteps, Math.max(0, Math.round(number)));
  if (!Number.isFinite(step)) return;
  if (state.known.has(step)) {
    if (step !== state.at) show(state, step);
    state.wanted = null;
    state.parts.waiting.textContent = "";
    rest(state);
  } else askFor(state, step);
  if (step === state.nSteps) state.player.pause();
}

function start(root) {
  const state = { known: new Map(), at: 0, wanted: null, sent: undefined, timer: null, curves: [] };
  state.go = (step) => goTo(state, step);
  state.player = new Player(root, {
    last: () => state.nSteps,
    at: () => state.at,
    aim: () => state.wanted ?? state.at,
    go: state.go,
    advance: () => {
      if (state.wanted === null) state.go(state.at + 1);
    },
    begin: () => state.go(state.at === state.nSteps ? 0 : state.at + 1),
    pace: PACE,
    playsOn: true,
  });
  state.player.listenIn(root);
  state.player.listenEverywhere();
  return state;
}

// ----------------------------------------------------------------------------------------- what Python sends

// Another corpus, or another way of learning from it.
function begin(root, data, state) {
  const sameCorpus = state.key?.split(" ")[0] === data.key.split(" ")[0];
  if (state.key !== undefined) state.player.pause();
  Object.assign(state, {
    key: data.key,
    nSteps: data.n_steps,
    asked: data.asked,
    wanted: sameCorpus ? state.wanted : null,
  });
  if (!sameCorpus) state.known.clear();
  build(root, data, state);
}

function remember(state, data) {
  for (const each of data.states) {
    state.known.delete(each.step); // the order of the map is that of arrival
    state.known.set(each.step, each);
  }
  for (const step of state.known.keys()) {
    if (state.known.size <= KEPT) break;
    if (step !== state.at && step !== data.step) state.known.delete(step);
  }
}

export default function ({ data, parentElement, setStateValue }) {
  const root = parentElement.querySelector(".merge-stepper");
  const state = stateOf(root, start);
  state.send = setStateValue;
  const isNew = state.key !== data.key;
  if (isNew) begin(root, data, state);
  remember(state, data);
  if (isNew || state.asked !== data.asked) {
    state.asked = data.asked;
    show(state, data.step);
    rest(state);
  } else if (state.wanted !== null && state.known.has(state.wanted)) {
    show(state, state.wanted);
    rest(state);
  }
}
