// Watches an open page of the app: what was asked of the server and is not answered yet, and what may still be asked.
(() => {
  const QUIET = 60; // milliseconds: what an event leads to is asked for within a frame or two
  const TOLD_LATE = 320; // what the page itself holds back, as a dragged slider or window tells the server once
  const HOLD_BACK = '[role=slider], input[type=range], .merge-stepper';
  const UNANSWERED = 8000; // a fragment that is gone has no answer
  // numbers of fields in Streamlit's messages: what is asked with a run or, for a file, leads to one, and what comes of it
  const ASKED = [11, 16], NEW_SESSION = 4, FINISHED = 6, FOR_ANOTHER_RUN = 2;
  const state = { askedAt: null, running: false, restlessUntil: 0, width: 0, frames: 0 };
  const restless = (wait) => {
    state.restlessUntil = Math.max(state.restlessUntil, performance.now() + wait);
    state.frames = 0;
  };

  // The number and, if it is one, the value of the field that says which message this is; its address and metadata come before.
  const kind = (bytes) => {
    let at = 0;
    const varint = () => {
      let value = 0, scale = 1, byte;
      do {
        byte = bytes[at++];
        value += (byte & 127) * scale;
        scale *= 128;
      } while (byte & 128);
      return value;
    };
    while (at < bytes.length) {
      const tag = varint();
      const value = varint(); // or a length
      if (tag >> 3 > 2) return [tag >> 3, value];
      if ((tag & 7) === 2) at += value;
    }
    return [0, 0];
  };
  const bytesOf = (data) => (data instanceof ArrayBuffer ? new Uint8Array(data) : data);

  const Plain = window.WebSocket;
  window.WebSocket = class extends Plain {
    constructor(...args) {
      super(...args);
      this.addEventListener('message', ({ data }) => {
        if (typeof data === 'string') return;
        const [number, value] = kind(bytesOf(data));
        if (number === NEW_SESSION) [state.askedAt, state.running] = [null, true];
        if (number === FINISHED && value !== FOR_ANOTHER_RUN) state.running = false;
        restless(QUIET);
      });
    }
    send(data) {
      if (typeof data !== 'string' && ASKED.includes(kind(bytesOf(data))[0])) state.askedAt = performance.now();
      restless(QUIET);
      super.send(data);
    }
  };

  const late = (node) => node.matches?.(HOLD_BACK);
  for (const name of ['pointerdown', 'pointerup', 'click', 'keydown', 'keyup', 'input', 'change', 'paste']) {
    window.addEventListener(name, (event) => restless(event.composedPath().some(late) ? TOLD_LATE : QUIET), true);
  }

  // Whether everything that was asked for is drawn, and nothing more will be asked for.
  window.settled = () => {
    const app = document.querySelector('[data-testid="stApp"]');
    const main = document.querySelector('[data-testid="stMainBlockContainer"]');
    const width = main ? main.clientWidth : 0;
    if (width !== state.width) {
      state.width = width;
      restless(TOLD_LATE);
    }
    // a box that opens moves what is in it away from under a pointer; what turns for ever, as a spinner, is left out
    const moving = document.getAnimations().some((animation) =>
        animation.playState === 'running' && animation.effect?.getComputedTiming().endTime < Infinity);
    const now = performance.now();
    const asked = state.askedAt !== null && now - state.askedAt < UNANSWERED;
    if (!app || asked || moving || state.running || app.dataset.testScriptState !== 'notRunning' ||
        document.querySelector('[data-stale="true"]')) {
      restless(QUIET);
      return false;
    }
    state.frames += 1;
    return now > state.restlessUntil && state.frames > 3;
  };
})();
