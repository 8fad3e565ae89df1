/* A draft on a page: saved by itself, one save at a time; undo; and two people at one draft.
   Campaigns, segments and templates are written by it. */

const AGAIN_MS = 4000;      // after a lost connection
const ONE_STEP_MS = 800;    // changes of one field that are undone together
const MOST_STEPS = 200;

const byId = (id) => document.getElementById(id);

/** Saves what the page holds. `send(seen, asks, more)` posts it and returns the answer, `took(told, asks, isNewest)`
    shows what the server said, `refused(problem)` says what no draft can hold; true where it said so itself. */
export class Draft {
  #timer = 0; #saving = null; #again = false; #asks = {}; #isHeld = false; #savedAt = 0;

  constructor({ send, took, refused = () => false, quiet = 450 }) {
    Object.assign(this, { send, took, refused, quiet });
    this.state = byId("draft-state");
    this.conflict = byId("draft-conflict");
    this.number = Number(this.state.dataset.number);
    this.#savedAt = Date.parse(this.state.dataset.at) || 0;
    this.conflict.querySelector("[data-theirs]").addEventListener("click", () => { this.#again = false; this.#stop(); window.location.reload(); });
    this.conflict.querySelector("[data-mine]").addEventListener("click", () => { this.#release(); this.save(); });
    window.addEventListener("pagehide", () => { if (this.#timer) this.send(this.number, this.#asks, { keepalive: true }); });
    setInterval(() => this.#tick(), 1000);
  }

  /** Whether something is not on the server yet. */
  get isBusy() { return Boolean(this.#timer || this.#saving); }

  /** Take a change: `asks` goes with the next save. */
  changed({ delay = this.quiet, ...asks } = {}) {
    Object.assign(this.#asks, asks);
    if (this.#isHeld) return;
    this.say(this.state.dataset.saving);
    this.#stop();
    this.#timer = setTimeout(() => this.save(), delay);
  }

  save() {
    this.#stop();
    if (this.#isHeld) return Promise.resolve(false);
    if (this.#saving) { this.#again = true; return this.#saving; }
    this.#saving = this.#post().finally(() => {
      this.#saving = null;
      if (this.#again) { this.#again = false; this.save(); }
    });
    return this.#saving;
  }

  /** Wait until nothing is left to save; say whether the last one was taken. */
  async flush() {
    let isTaken = !this.#isHeld;
    while (this.isBusy) isTaken = await this.save();
    return isTaken;
  }

  /** Something else saved the draft: go on from there. */
  goOn(number) { this.#stop(); this.number = number; this.#saved(); }

  /** The page is left by a button of its own: what it sends is the whole. */
  leave() { this.#stop(); this.#isHeld = true; }

  say(words, look = "") { this.state.textContent = words; this.state.dataset.look = look; }

  async #post() {
    const asks = this.#asks;
    this.#asks = {};
    let answer;
    try {
      answer = await this.send(this.number, asks, {});
      if (answer.status >= 500) throw new Error(String(answer.status));
    } catch {
      this.#asks = { ...asks, ...this.#asks };
      this.say(this.state.dataset.lost, "bad");
      if (!this.#again) this.#timer ||= setTimeout(() => this.save(), AGAIN_MS);
      return false;
    }
    return this.take(answer, asks);
  }

  /** Read an answer to a save; say whether it was taken. */
  async take(answer, asks = {}) {
    const isTold = (answer.headers.get("content-type") || "").includes("json");
    const told = isTold ? await answer.json() : {};
    if (answer.status === 409) { this.#hold(told, asks); return false; }
    if (!answer.ok || !isTold) {
      const isSaid = this.refused(told.problem || "", asks);
      this.say(told.problem && !isSaid ? `${this.state.dataset.refused}: ${told.problem}` : this.state.dataset.refused, "bad");
      return false;
    }
    this.number = told.number;
    this.#saved();
    if (told.others) this.say(told.others);
    this.took(told, asks, !this.#timer && !this.#again);
    return true;
  }

  #stop() { clearTimeout(this.#timer); this.#timer = 0; }

  #saved() { this.#savedAt = Date.now(); this.say(this.#ago(), "saved"); }

  #hold(told, asks) {
    this.#isHeld = true;
    this.#again = false;
    this.#asks = { ...asks, ...this.#asks };
    this.#stop();
    this.theirs = told.number;
    this.conflict.hidden = false;
    this.conflict.querySelector("[data-words]").textContent = told.problem;
    this.conflict.scrollIntoView({ block: "center" });
    this.refused("", asks);
    this.say(this.state.dataset.refused, "bad");
  }

  /* What one keeps is written over the state that the other left: it stays among the states. */
  #release() {
    this.#isHeld = false;
    this.number = this.theirs;
    this.conflict.hidden = true;
  }

  #ago() {
    const seconds = Math.max(0, Math.round((Date.now() - this.#savedAt) / 1000));
    const [n, unit] = seconds < 60 ? [seconds, "second"] : seconds < 3600 ? [Math.round(seconds / 60), "minute"] : seconds < 86400 ? [Math.round(seconds / 3600), "hour"] : [Math.round(seconds / 86400), "day"];
    const words = new Intl.RelativeTimeFormat(document.documentElement.lang, { style: "narrow", numeric: "auto" }).format(-n, unit);
    return this.state.dataset.ago.replace("{ago}", words);
  }

  #tick() {
    if (this.#savedAt && !this.isBusy && this.state.dataset.look === "saved") this.say(this.#ago(), "saved");
  }
}

/** Steps back and forth. A state is whatever `restore` can bring back: a text, or a number. */
export class History {
  #past; #future = []; #what = ""; #at = 0;

  constructor({ now, restore, older = [] }) {
    Object.assign(this, { now, restore });
    this.#past = older;
    [["draft-undo", () => this.back()], ["draft-redo", () => this.forward()]].forEach(([id, verb]) => byId(id)?.addEventListener("click", verb));
    document.addEventListener("keydown", (event) => this.#key(event));
    this.#buttons();
  }

  /** Take a new state; `what` names the field, so that typing into it is one step. Say whether it is another one. */
  push(state, what = "") {
    if (state === this.now) return false;
    const isSame = what && what === this.#what && Date.now() - this.#at < ONE_STEP_MS;
    if (!isSame) { this.#past.push(this.now); if (this.#past.length > MOST_STEPS) this.#past.shift(); }
    [this.#what, this.#at] = [what, Date.now()];
    this.#future = [];
    this.now = state;
    this.#buttons();
    return true;
  }

  back() { this.#step(this.#past, this.#future); }
  forward() { this.#step(this.#future, this.#past); }

  #step(from, to) {
    if (!from.length) return;
    to.push(this.now);
    this.now = from.pop();
    this.#what = "";
    this.#buttons();
    this.restore(this.now);
  }

  #buttons() {
    if (byId("draft-undo")) byId("draft-undo").disabled = !this.#past.length;
    if (byId("draft-redo")) byId("draft-redo").disabled = !this.#future.length;
  }

  /* A field that is being typed into undoes its letters itself. */
  #key(event) {
    const key = event.key.toLowerCase();
    if (!(event.ctrlKey || event.metaKey) || event.altKey || (key !== "z" && key !== "y")) return;
    if (event.target.matches("input:not([type=checkbox], [type=radio]), textarea")) return;
    event.preventDefault();
    if (key === "y" || event.shiftKey) this.forward(); else this.back();
  }
}
