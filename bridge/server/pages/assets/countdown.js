// Counts down the time left, from the seconds that the server sent: the clock of this
// device may be wrong.

const SHORT = 60;

export function countDown(root) {
  const element = root.querySelector('.countdown');
  if (!element) return;
  const end = performance.now() + Number(element.dataset.left) * 1000;
  const tick = () => {
    const left = Math.max(0, Math.round((end - performance.now()) / 1000));
    element.textContent = clock(left);
    element.classList.toggle('countdown--short', left <= SHORT);
    if (left > 0 && element.isConnected) setTimeout(tick, 1000);
  };
  tick();
}

function clock(seconds) {
  const two = (n) => String(n).padStart(2, '0');
  const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60];
  return hours > 0 ? `${hours}:${two(minutes)}:${two(seconds % 60)}` : `${minutes}:${two(seconds % 60)}`;
}
