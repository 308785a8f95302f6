// The page of the API, as a developer uses it.
import { test, before, after } from 'node:test';
import assert from 'node:assert/strict';
import { launch, newContext, PHONE, DESKTOP } from './lib/browser.mjs';
import { complaints } from './lib/checks.mjs';
import { shoot } from './lib/shoot.mjs';

const base = process.env.GALLERY_URL;
let browser;
before(async () => { browser = await launch(); });
after(() => browser.close());

async function open(t, options, address = '/docs') {
  const context = await newContext(browser, options);
  t.after(() => context.close());
  const page = await context.newPage();
  await page.goto(base + address);
  return { context, page };
}

// The page is many screens long: only what a screen shows is shot.
const shot = (page, name) => shoot(page, name, { fullPage: false });

const variants = {
  'phone-light': { size: PHONE, scheme: 'light' },
  'phone-dark': { size: PHONE, scheme: 'dark' },
  'desktop-light': { size: DESKTOP, scheme: 'light' },
  'desktop-dark': { size: DESKTOP, scheme: 'dark' },
};

for (const [name, options] of Object.entries(variants)) {
  test(`a call is found: ${name}`, async (t) => {
    const { context, page } = await open(t, options);
    await shot(page, `docs.${name}`);
    const search = page.getByRole('searchbox', { name: 'Find a call' });
    await search.fill('refund ord');
    const found = page.locator('#index li:visible');
    assert.deepEqual(await found.allInnerTexts().then((all) => all.map((text) => text.replace(/\s+/g, ' ').trim())), ['POST Refund an order']);
    await shot(page, `docs-search.${name}`);
    await search.press('Enter');
    assert.equal(new URL(page.url()).hash, '#createRefund');
    const call = page.locator('#createRefund');
    await call.getByText('/v1/orders/{id}/refunds', { exact: true }).waitFor();
    await call.getByRole('button', { name: 'Copy the curl example' }).waitFor();
    await shot(page, `docs-call.${name}`);
    await search.fill('nothing at all');
    await page.getByText('Nothing is called that.').waitFor();
    await search.press('Escape');
    await page.locator('#menu').evaluate((menu) => { menu.open = true; });
    assert.deepEqual(await complaints(page), []);
    assert.deepEqual(context.troubles, []);
  });
}

test('an example is copied', async (t) => {
  const { page } = await open(t, { size: DESKTOP, permissions: ['clipboard-read', 'clipboard-write'] }, '/docs#createOrder');
  const call = page.locator('#createOrder');
  await call.getByRole('button', { name: 'Copy the curl example' }).click();
  await call.getByText('Copied').waitFor();
  assert.match(await page.evaluate(() => navigator.clipboard.readText()), /^curl https:\/\/till\.example\/v1\/orders \\\n {2}-H "Authorization/);
});

test('subjects are found, not calls alone', async (t) => {
  const { page } = await open(t, { size: DESKTOP });
  const search = page.getByRole('searchbox', { name: 'Find a call' });
  for (const [words, title, place] of [
    ['idempotency', 'Idempotency', '#idempotency'], ['sandbox', 'Sandbox', '#sandbox'], ['currency', 'Amounts and currencies', '#amounts-and-currencies'],
    ['webhook', 'Add an endpoint', '#createEndpoint'], ['privateWebhooks', 'Private networks', '#private-networks'],
  ]) {
    await search.fill(words);
    const link = page.locator('#index li:visible a', { hasText: title }).first();
    assert.equal(await link.getAttribute('href'), place, words);
    await page.locator(place).waitFor();
  }
  await search.fill('sandbox');
  await search.press('Enter');
  assert.equal(new URL(page.url()).hash, '#sandbox');
});

test('the keyboard finds the search', async (t) => {
  const { page } = await open(t, { size: DESKTOP });
  await page.keyboard.press('/');
  assert.equal(await page.evaluate(() => document.activeElement.id), 'search');
  assert.equal(await page.getByRole('searchbox').inputValue(), '');
});

test('without scripts every call can be reached by a link', async (t) => {
  const { page } = await open(t, { size: PHONE, javaScriptEnabled: false });
  await page.getByRole('navigation', { name: 'Calls' }).getByRole('link', { name: 'Refund an order' }).click();
  assert.equal(new URL(page.url()).hash, '#createRefund');
  assert.equal(await page.getByRole('button').count(), 0, 'a button that does nothing');
});

for (const [name, options] of Object.entries(variants).filter(([name]) => name !== 'desktop-dark')) {
  test(`guides read well: ${name}`, async (t) => {
    const { context, page } = await open(t, options, '/docs/guide/traces');
    for (const guide of ['traces', 'retention']) {
      await page.goto(`${base}/docs/guide/${guide}`);
      await page.locator('h1').waitFor();
      await shoot(page, `guide-${guide}.${name}`);
      assert.deepEqual(await complaints(page), [], guide);
    }
    assert.deepEqual(context.troubles, []);
  });
}
