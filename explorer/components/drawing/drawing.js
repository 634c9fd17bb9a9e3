// A scene in which pointing at a word dims the lines that do not touch it; dom.js stands before this file.
function draw(root, data) {
  const scene = picture(data);
  const lines = [...scene.querySelectorAll("[data-words]")];
  const touches = (line, word) => line.dataset.words.split(" ").includes(word);
  const show = (word) => {
    for (const line of lines) line.classList.toggle("off", word !== undefined && !touches(line, word));
  };
  for (const node of scene.querySelectorAll("[data-word]")) {
    node.addEventListener("pointerenter", () => show(node.dataset.word));
    node.addEventListener("pointerleave", () => show());
  }
  root.replaceChildren(scene);
}

export default function ({ data, parentElement }) {
  const root = parentElement.querySelector(".drawing");
  if (isNews(stateOf(root), data)) draw(root, data);
}
