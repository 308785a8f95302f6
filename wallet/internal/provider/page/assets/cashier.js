// Makes the pages live: writes amounts as the payer does, counts down, and tells the
// page that opened or frames this one what came of it. In the language of a WebView of 2019.
import { formatAmounts } from './money.js';

formatAmounts(document);
report(document.body.dataset);
countDown(document.querySelector('.countdown'));

/** A code is worth something, so it goes to an origin the server named, never to all. */
function report({ message, resultCode, authCode, outcome, targetOrigins }) {
  if (!message) return;
  const allowed = targetOrigins.split(' ');
  const shownBy = location.ancestorOrigins && location.ancestorOrigins[0];
  const origin = allowed.includes(shownBy) ? shownBy : allowed[0];
  const content = { type: message, outcome, resultCode, authCode };
  if (window.opener) window.opener.postMessage(content, origin);
  if (window.parent !== window) window.parent.postMessage(content, origin);
}

function countDown(element) {
  if (!element) return;
  const end = Date.parse(element.dateTime);
  const skew = end - Date.now() - seconds(element.textContent) * 1000; // of this device's clock
  const timer = setInterval(() => {
    const left = Math.max(0, Math.round((end - skew - Date.now()) / 1000));
    element.textContent = written(left);
    if (left === 0) {
      clearInterval(timer);
      location.reload();
    }
  }, 1000);
}

function seconds(text) {
  return text.split(':').reduce((sum, part) => sum * 60 + Number(part), 0);
}

function written(left) {
  const pad = (n) => String(n).padStart(2, '0');
  const hours = Math.floor(left / 3600);
  const short = `${pad(Math.floor(left / 60) % 60)}:${pad(left % 60)}`;
  return hours ? `${hours}:${short}` : short;
}
