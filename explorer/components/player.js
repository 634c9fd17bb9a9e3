// Going through steps one at a time, by buttons, a slider and keys, or by letting them play; dom.js stands
// before this file.
const LABELS = { first: "First", previous: "Previous", play: "Play", next: "Next", last: "Last" };

class Player {
  // root: the player stops once it is no longer on the page. first: a number; last: () → number.
  // at: () → the step that is shown; aim: () → the one that a reader is on the way to, which keys count from.
  // go: (step) shows a step, and takes any number for one; advance: () shows the next one while playing.
  // begin: () what pressing Play shows at once. pace: milliseconds for a step while playing.
  // playsOn: whether it goes on playing from a step that the reader chose.
  // looks: for a button that shows a sign instead of its name, {label, title, name}.
  constructor(
    root,
    { first = 0, last, at, aim = at, go, advance, begin, pace, playsOn = false, looks = {} },
  ) {
    Object.assign(this, { root, first, last, at, aim, pace, timer: null, slider: null });
    this.turnTo = (step) => {
      if (!playsOn) this.pause();
      go(step);
    };
    this.advance = advance ?? (() => go(at() + 1));
    this.begin = begin ?? (() => at() >= last() && go(first));
    this.buttons = this.makeButtons(looks);
  }

  makeButtons(looks) {
    const acts = {
      first: () => this.turnTo(this.first),
      previous: () => this.turnTo(this.at() - 1),
      play: () => this.toggle(),
      next: () => this.turnTo(this.at() + 1),
      last: () => this.turnTo(this.last()),
    };
    const make = ([key, act]) => {
      const { label = LABELS[key], title, name } = looks[key] ?? {};
      const node = button(`go ${key}`, label, act, title);
      if (name) node.setAttribute("aria-label", name);
      return [key, node];
    };
    return Object.fromEntries(Object.entries(acts).map(make));
  }

  makeSlider(name) {
    this.slider = element("input", "slider");
    Object.assign(this.slider, { type: "range", step: 1, min: this.first });
    this.slider.setAttribute("aria-label", name);
    this.slider.addEventListener("input", () => this.turnTo(Number(this.slider.value)));
    return this.slider;
  }

  // To be called when another step is shown, or there are others.
  update() {
    const { buttons, slider, first } = this;
    const at = this.at(),
      last = this.last();
    buttons.first.disabled = buttons.previous.disabled = at <= first;
    buttons.next.disabled = buttons.last.disabled = at >= last;
    buttons.play.disabled = last <= first;
    buttons.play.textContent = this.timer ? "Pause" : "Play";
    if (slider) Object.assign(slider, { max: Math.max(first, last), value: at });
  }

  pause() {
    clearInterval(this.timer);
    this.timer = null;
    this.update();
  }

  toggle() {
    if (this.timer) return this.pause();
    this.begin();
    if (this.at() >= this.last()) return;
    this.timer = setInterval(() => {
      if (!this.root.isConnected || this.at() >= this.last()) this.pause();
      else this.advance();
    }, this.pace);
    this.update();
  }

  // Arrows, Home, End and the space bar, while the focus is in `place`. A box for a number needs them itself,
  // and on a button the space bar presses it.
  listenIn(place) {
    place.addEventListener("keydown", (event) => {
      if (event.target.type === "number" || event.ctrlKey || event.metaKey || event.altKey) return;
      const aim = this.aim();
      const to = { ArrowRight: aim + 1, ArrowLeft: aim - 1, Home: this.first, End: this.last() }[event.key];
      if (to !== undefined) this.turnTo(to);
      else if (event.key === " " && event.target.tagName !== "BUTTON") this.toggle();
      else return;
      event.preventDefault();
    });
  }

  // While nothing on the page has the focus the arrows step too; Home, End and space scroll, as everywhere.
  listenEverywhere() {
    const listen = (event) => {
      if (!this.root.isConnected) return document.removeEventListener("keydown", listen);
      const by = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
      const isModified = event.ctrlKey || event.metaKey || event.altKey || event.shiftKey;
      if (by && event.target === document.body && !isModified) this.turnTo(this.aim() + by);
    };
    document.addEventListener("keydown", listen);
  }
}
