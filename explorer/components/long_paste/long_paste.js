// Takes a long text at the moment it is pasted into the text area with a certain label.
const watching = new WeakMap(); // the place of this part → what listens for it

export default function ({ data, parentElement, setTriggerValue }) {
  const place = parentElement.host ?? parentElement;
  const stop = () => {
    if (watching.has(place)) document.removeEventListener("paste", watching.get(place), true);
    watching.delete(place);
  };
  const take = (event) => {
    const box = event.target;
    if (box?.tagName !== "TEXTAREA" || box.getAttribute("aria-label") !== data.label) return;
    const text = event.clipboardData?.getData("text/plain") ?? "";
    if (text.length <= data.limit) return;
    event.preventDefault();
    event.stopPropagation();
    setTriggerValue(
      "text",
      box.value.slice(0, box.selectionStart) + text + box.value.slice(box.selectionEnd),
    );
  };
  stop();
  watching.set(place, take);
  document.addEventListener("paste", take, true);
  return stop;
}
