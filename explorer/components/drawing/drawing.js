// A scene as SVG elements; shapes.js stands before this file.
const drawn = new WeakMap(); // root element → what is drawn in it, so that a rerun with the same data changes nothing

function draw(root, data) {
  const scene = picture(data);
  const lines = [...scene.querySelectorAll("[data-words]")];
  const show = (word) => {
    for (const line of lines) line.classList.toggle("off", word !== undefined && !line.dataset.words.split(" ").includes(word));
  };
  for (const node of scene.querySelectorAll("[data-word]")) {
    node.addEventListener("pointerenter", () => show(node.dataset.word));
    node.addEventListener("pointerleave", () => show());
  }
  root.replaceChildren(scene);
}

export default function ({ data, parentElement }) {
  const root = parentElement.querySelector(".drawing");
  const text = JSON.stringify(data);
  if (drawn.get(root) === text) return;
  drawn.set(root, text);
  draw(root, data);
}
