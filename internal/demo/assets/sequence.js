// The picture of a payment: five arrows, of which one is lit.
import { byId } from './dom.js';

const NAMES = ['order', 'payment', 'cashier', 'news', 'truth'];
const ENDS = { paid: 'Paid, with a receipt', failed: 'Failed, for sure', canceled: 'Canceled', expired: 'Expired', authorized: 'Approved', voided: 'Released' };
const NEWS = { paid: 'It is paid', failed: 'It was declined', canceled: 'It was closed', expired: 'It expired', authorized: 'It is approved', voided: 'It was released' };

const steps = () => byId('steps');
const firstWords = Object.fromEntries(NAMES.map((name) => [name, wordsOf(name).textContent]));
let reached = -1;

function wordsOf(name) {
  return steps().querySelector(`[data-step=${name}] .step__says`);
}

export function reset() {
  reached = -1;
  for (const name of NAMES) say(name, firstWords[name]);
  draw(false);
}

/** Lights a step. Earlier ones are done; going back happens only when a payment is tried again. */
export function light(name) {
  const at = NAMES.indexOf(name);
  if (at <= reached) return;
  reached = at;
  draw(false);
}

export function again(name) {
  reset();
  reached = NAMES.indexOf(name);
  draw(false);
}

/** The order has ended, and its mini program knows. */
export function finish(status) {
  say('truth', ENDS[status]);
  say('news', NEWS[status]);
  reached = NAMES.length - 1;
  draw(true);
}

function say(name, text) {
  if (text) wordsOf(name).textContent = text;
}

function draw(all) {
  NAMES.forEach((name, i) => {
    const step = steps().querySelector(`[data-step=${name}]`);
    step.classList.toggle('step--done', i < reached || all);
    step.classList.toggle('step--now', i === reached && !all);
    if (i === reached && !all) step.setAttribute('aria-current', 'step');
    else step.removeAttribute('aria-current');
  });
}
