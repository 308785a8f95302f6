// One Chromium with a fresh profile, and pages in it that note what goes wrong.
import { chromium } from 'playwright-core';

const ARGS = [
  '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run',
  '--disable-background-networking', '--disable-component-update', '--disable-sync',
];

export const PHONE = { width: 360, height: 740 };
export const DESKTOP = { width: 1280, height: 800 };

export function launch() {
  return chromium.launch({ executablePath: process.env.CHROMIUM || '/usr/bin/chromium', headless: true, args: ARGS });
}

/** A context whose pages add their errors to the list `context.troubles`; `context.scriptless` tells whether scripts are off. */
export async function newContext(browser, { size = PHONE, scheme = 'light', locale = 'en-US', ...more } = {}) {
  const context = await browser.newContext({
    viewport: size, colorScheme: scheme, locale, reducedMotion: 'reduce',
    hasTouch: size === PHONE, deviceScaleFactor: 1, ...more,
  });
  context.setDefaultTimeout(60_000);
  context.troubles = [];
  context.scriptless = more.javaScriptEnabled === false;
  context.on('page', (page) => watch(page, context.troubles));
  return context;
}

/** Chromium reports violations of the content security policy as console errors. */
function watch(page, troubles) {
  page.on('pageerror', (error) => troubles.push(`${page.url()}: ${error}`));
  page.on('console', (message) => {
    if (message.type() === 'error' && !expected(message)) troubles.push(`${page.url()}: ${message.text()}`);
  });
}

/** A page of an unknown order is a 404, one that cannot be rendered now a 503, and the browser logs it. */
function expected(message) {
  return /status of (404|503)/.test(message.text()) && /unknown/.test(message.location().url)
    || /net::ERR_INTERNET_DISCONNECTED/.test(message.text());
}
