// Play figures: the reader drags, the frames of the tested code answer.
// Each state was computed when the site was built. The frames of a figure are
// fetched on first touch; after that a drag needs no network.
const { root, words } = JSON.parse(document.getElementById("unstuck").textContent);
const language = document.documentElement.lang;

class Play {
  constructor(figure) {
    this.figure = figure;
    this.name = figure.dataset.figure.split("/")[1];
    this.sliders = [...figure.querySelectorAll(".play input")];
    this.start = this.sliders.map((slider) => slider.defaultValue);
    this.reading = figure.querySelector(".play-reading");
    this.lengths = this.sliders.map((slider) => Number(slider.max) + 1);

    const controls = figure.querySelector(".play");
    for (const touch of ["pointerenter", "pointerdown", "focusin"])
      controls.addEventListener(touch, () => this.load(), { once: true });
    controls.addEventListener("input", () => this.show());
    controls.addEventListener("change", () => this.remember());
    controls.querySelector('[data-action="reset"]').addEventListener("click", () => this.reset());
    if (this.recall()) this.show();
  }

  load() {
    this.states ??= fetch(`${root}/${this.figure.dataset.play}`)
      .then((answer) => { if (!answer.ok) throw new Error(answer.status); return answer.json(); })
      .then((states) => { this.ready = states; this.find(); this.show(); })
      .catch(() => { this.states = undefined; this.reading.textContent = words.play_failed; });
    return this.states;
  }

  // The elements that move, in the order of each frame.
  find() {
    this.moving = this.ready.moves.map((name) => {
      const group = this.figure.querySelector(`[data-moves="${name}"]`);
      return group.matches("path, use, text") ? group : group.querySelector("path:not(defs path), use, text");
    });
    this.template = this.figure.dataset.reading;
    this.readings = this.ready.readings[language] ?? this.ready.readings.en;
  }

  async show() {
    for (const slider of this.sliders) {
      const text = slider.dataset.values.split("|")[slider.value];
      slider.nextElementSibling.textContent = text;
      slider.setAttribute("aria-valuetext", text);
    }
    if (!this.ready) await this.load();
    if (this.ready && !this.asked) this.asked = requestAnimationFrame(() => this.draw());
  }

  // Where the sliders' state lies in the list: the last parameter changes fastest.
  get index() {
    return this.sliders.reduce((sum, slider, k) => sum * this.lengths[k] + Number(slider.value), 0);
  }

  draw() {
    this.asked = 0;
    const index = this.index;
    this.ready.frames[index].forEach((frame, k) => {
      const element = this.moving[k];
      if (typeof frame === "string") return element.setAttribute("d", frame);
      element.setAttribute("x", frame[0]);
      element.setAttribute("y", frame[1]);
      if (frame.length > 2) element.textContent = (language === "de" && frame[3]) || frame[2];
    });
    this.reading.textContent = this.template.replace(/\{(\w+)\}/g, (_, name) =>
      this.readings[index][this.ready.reading.indexOf(name)]);
    this.figure.dataset.state = index;
  }

  // A state is part of the address, so that it can be linked.
  remember() {
    const address = new URL(location);
    this.sliders.forEach((slider, k) => {
      const key = `${this.name}.${slider.name}`;
      if (slider.value === this.start[k]) address.searchParams.delete(key);
      else address.searchParams.set(key, slider.dataset.numbers.split("|")[slider.value]);
    });
    history.replaceState(history.state, "", address);
  }

  recall() {
    const given = new URL(location).searchParams;
    return this.sliders.filter((slider) => {
      const index = slider.dataset.numbers.split("|").indexOf(given.get(`${this.name}.${slider.name}`));
      if (index >= 0) slider.value = index;
      return index >= 0;
    }).length > 0;
  }

  reset() {
    this.sliders.forEach((slider, k) => { slider.value = this.start[k]; });
    this.show();
    this.remember();
  }
}

for (const figure of document.querySelectorAll("figure[data-play]")) new Play(figure);
