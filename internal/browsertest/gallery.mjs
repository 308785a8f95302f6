// Looks at every page and state that the gallery server shows.
import { test, before, after } from 'node:test';
import assert from 'node:assert/strict';
import { launch, newContext, PHONE, DESKTOP } from './lib/browser.mjs';
import { complaints } from './lib/checks.mjs';
import { shoot } from './lib/shoot.mjs';

const base = process.env.GALLERY_URL;
const exhibits = await (await fetch(`${base}/exhibits.json`)).json();

const variants = [
  { name: 'phone-light', size: PHONE, scheme: 'light' },
  { name: 'phone-dark', size: PHONE, scheme: 'dark' },
  { name: 'desktop-light', size: DESKTOP, scheme: 'light' },
  { name: 'desktop-dark', size: DESKTOP, scheme: 'dark' },
  { name: 'phone-ar', size: PHONE, scheme: 'light', locale: 'ar', dir: 'rtl' },
  { name: 'desktop-zh', size: DESKTOP, scheme: 'light', locale: 'zh-CN', dir: 'ltr' },
];

// What is looked at in other languages too: each template and the longest texts.
const TRANSLATED = /^(payment-(ready|methods|waiting|long)|return-(waiting|paid|failed|attention|reversed|unknown)|cashier-(ready|paid|unknown)|agreement-(ready|signed|ended))$/;

let browser;
before(async () => { browser = await launch(); });
after(() => browser.close());

// Two at a time, because taking a screenshot is mostly waiting.
test('every page in every variant', { concurrency: 2 }, async (t) => {
  await Promise.all(variants.map((variant) => t.test(variant.name, (t) => lookAround(t, variant))));
});

async function lookAround(t, variant) {
  const context = await newContext(browser, variant);
  await context.route('http://shop.example/**', (route) => route.fulfill({ status: 204 })); // or a page that leads on is gone
  const page = await context.newPage();
  for (const exhibit of exhibits.filter(({ name }) => !variant.locale || TRANSLATED.test(name))) {
    await t.test(exhibit.name, () => look(page, context, variant, exhibit));
  }
  await context.close();
}

async function look(page, context, variant, exhibit) {
  context.troubles.length = 0;
  await page.goto(base + exhibit.path);
  await shoot(page, `${exhibit.name}.${variant.name}`);
  const text = await page.locator('body').innerText();
  if (!variant.locale) {
    for (const words of exhibit.reads) assert.ok(plain(text).includes(words), `should read "${words}":\n${text}`);
    if (exhibit.open) assert.doesNotMatch(text, /failed/i, 'nobody reads "failed" while the outcome is open');
  } else {
    const html = page.locator('html');
    assert.equal(await html.getAttribute('dir') || 'ltr', variant.dir);
    assert.match(await page.locator('h1').first().innerText(), variant.dir === 'rtl' ? /[\u0600-\u06ff]/ : /[\u4e00-\u9fff]/);
  }
  assert.deepEqual(await complaints(page), []);
  assert.deepEqual(context.troubles, []);
}

/** Without the marks that isolate names from the text around them. */
function plain(text) {
  return text.replace(/[\u2066-\u2069]/g, '').replace(/\u00a0/g, ' ');
}
