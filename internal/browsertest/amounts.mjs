// Amounts of every length on every page that has them, at every width and in each language.
import { test, before, after } from 'node:test';
import assert from 'node:assert/strict';
import { launch, newContext } from './lib/browser.mjs';
import { brokenAmounts } from './lib/checks.mjs';
import { shoot } from './lib/shoot.mjs';

const base = process.env.GALLERY_URL;
const exhibits = (await (await fetch(`${base}/exhibits.json`)).json()).filter(({ name }) => name.startsWith('amount-'));
const WIDTHS = [320, 344, 360, 412, 480, 481, 600, 860, 1280];
const FEW = [320, 360, 860]; // where the language matters, and not each step of the layout
const SHOT = { en: [320, 860, 1280], ar: [320] };

let browser;
before(async () => { browser = await launch(); });
after(() => browser.close());

for (const [name, options] of Object.entries({
  en: {}, zh: { locale: 'zh-CN' }, ar: { locale: 'ar' }, 'without-scripts': { javaScriptEnabled: false },
})) {
  test(`an amount never breaks: ${name}`, async (t) => {
    const context = await newContext(browser, options);
    t.after(() => context.close());
    const page = await context.newPage();
    for (const exhibit of exhibits.filter((exhibit) => name === 'en' || /kwd|iqd|usdt/.test(exhibit.name))) {
      await page.goto(base + exhibit.path);
      if (name === 'en') {
        const text = (await page.locator('body').innerText()).replace(/[\u00a0\u2066-\u2069]/g, (mark) => (mark === '\u00a0' ? ' ' : ''));
        for (const words of exhibit.reads) assert.ok(text.includes(words), `${exhibit.name} should read "${words}":\n${text}`);
      }
      for (const width of name === 'en' ? WIDTHS : FEW) {
        await page.setViewportSize({ width, height: 740 });
        if (options.javaScriptEnabled !== false) await page.evaluate(() => new Promise((done) => { requestAnimationFrame(() => requestAnimationFrame(done)); }));
        if (SHOT[name] && SHOT[name].includes(width)) await shoot(page, `${exhibit.name}.${name}-${width}`);
        assert.deepEqual(await page.evaluate(brokenAmounts), [], `${exhibit.name}, ${width} px`);
      }
    }
  });
}
