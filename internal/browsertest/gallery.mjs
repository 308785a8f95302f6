// Checks every page and state that the gallery server shows.
import { test, before, after } from 'node:test';
import assert from 'node:assert/strict';
import { launch, newContext, PHONE, DESKTOP } from './lib/browser.mjs';
import { CHECKS } from './lib/checks.mjs';
import { shoot } from './lib/shoot.mjs';

const base = process.env.GALLERY_URL;
const exhibits = await (await fetch(`${base}/exhibits.json`)).json();

const variants = [
  { name: 'phone', size: PHONE, schemes: ['light', 'dark'] },
  { name: 'desktop', size: DESKTOP, schemes: ['light', 'dark'] },
  { name: 'phone', size: PHONE, schemes: ['light'], locale: 'ar', dir: 'rtl' },
  { name: 'desktop', size: DESKTOP, schemes: ['light'], locale: 'zh-CN', dir: 'ltr' },
];

// What is checked in other languages too: each template and the longest texts.
const TRANSLATED = /^(payment-(ready|methods|waiting|long)|return-(waiting|paid|failed|attention|reversed|unknown)|cashier-(ready|paid|unknown)|agreement-(ready|signed|ended))$/;

let browser;
before(async () => { browser = await launch(); });
after(() => browser.close());

// Two at a time, because taking a screenshot is mostly waiting.
test('every page in every variant', { concurrency: 2 }, async (t) => {
  await Promise.all(variants.map((variant) => t.test(`${variant.name}-${variant.locale || 'en'}`, (t) => checkVariant(t, variant))));
});

async function checkVariant(t, variant) {
  const context = await newContext(browser, variant);
  const page = await context.newPage();
  for (const exhibit of exhibits.filter(({ name }) => !variant.locale || TRANSLATED.test(name))) {
    await t.test(exhibit.name, () => checkExhibit(page, context, variant, exhibit));
  }
  await context.close();
}

/** Loads a page once, since that costs most, and checks it in each scheme. */
async function checkExhibit(page, context, variant, exhibit) {
  context.troubles.length = 0;
  await page.goto(base + exhibit.path);
  for (const scheme of variant.schemes) {
    await page.emulateMedia({ colorScheme: scheme });
    await shoot(page, `${exhibit.name}.${variant.name}-${variant.locale ? variant.locale.slice(0, 2) : scheme}`);
    check(await read(page), variant, exhibit);
  }
  assert.deepEqual(context.troubles, []);
}

/** The text and the faults of a page, in one call to the browser. */
function read(page) {
  return page.evaluate(`({
    text: document.body.innerText, heading: document.querySelector('h1').innerText, dir: document.documentElement.dir || 'ltr',
    complaints: ${CHECKS},
  })`);
}

function check(seen, variant, exhibit) {
  if (!variant.locale) {
    for (const words of exhibit.reads) assert.ok(plain(seen.text).includes(words), `should read "${words}":\n${seen.text}`);
    if (exhibit.open) assert.doesNotMatch(seen.text, /failed/i, 'no page shows "failed" while the outcome is open');
  } else {
    assert.equal(seen.dir, variant.dir);
    assert.match(seen.heading, variant.dir === 'rtl' ? /[\u0600-\u06ff]/ : /[\u4e00-\u9fff]/);
  }
  assert.deepEqual(seen.complaints, []);
}

/** Without the marks that isolate names from the text around them. */
function plain(text) {
  return text.replace(/[\u2066-\u2069]/g, '').replace(/\u00a0/g, ' ');
}
