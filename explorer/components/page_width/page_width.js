// Reports the width of its own container in steps, once it differs from the width that Python drew for.
export default function ({ parentElement, data, setStateValue }) {
  const STEP = 40;
  const host = parentElement.host ?? parentElement;
  let timer = null;
  const report = () => {
    const width = Math.floor(host.getBoundingClientRect().width / STEP) * STEP;
    if (width >= STEP && width !== data.shown) setStateValue("width", width);
  };
  const observer = new ResizeObserver(() => {
    clearTimeout(timer);
    timer = setTimeout(report, 200); // a window that is being dragged reports once
  });
  report();
  observer.observe(host);
  return () => {
    clearTimeout(timer);
    observer.disconnect();
  };
}
