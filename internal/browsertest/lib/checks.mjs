// What can be measured of how a page reads and works. Each check runs in the page and
// returns a list of complaints.

export function complaints(page) {
  return page.evaluate(CHECKS);
}

function overflow() {
  const { scrollWidth, clientWidth } = document.documentElement;
  const wide = [...document.querySelectorAll('body, body *:not(pre)')]
    .filter((element) => element.checkVisibility() && ['auto', 'scroll'].includes(getComputedStyle(element).overflowX))
    .filter((element) => element.scrollWidth > element.clientWidth)
    .map((element) => `${element.className || element.tagName} is ${element.scrollWidth} wide in ${element.clientWidth}`);
  return scrollWidth > clientWidth ? [`the page is ${scrollWidth} wide on a screen of ${clientWidth}`, ...wide] : wide;
}

/** Amounts that are on several lines, or reach out of the block that they stand in. */
export function brokenAmounts() {
  return [...document.querySelectorAll('.money')].filter((element) => element.checkVisibility()).flatMap((element) => {
    let block = element.parentElement;
    while (getComputedStyle(block).display.startsWith('inline')) block = block.parentElement;
    const [box, room] = [element.getBoundingClientRect(), block.getBoundingClientRect()];
    const found = [];
    const tops = [...element.getClientRects()].map(({ top }) => top); // of one line there may be several, where scripts mix
    if (Math.max(...tops) - Math.min(...tops) > box.height / 3) found.push(`the amount ${element.textContent} is broken`);
    if (box.left < room.left - 1 || box.right > room.right + 1 || box.left < 0 || box.right > innerWidth) {
      found.push(`the amount ${element.textContent} reaches from ${box.left} to ${box.right} in ${room.left} to ${room.right}`);
    }
    return found;
  });
}

/** Headings that a reader who goes by them would miss something between, or at the beginning. */
function headings() {
  const levels = [...document.querySelectorAll('h1, h2, h3, h4, h5, h6')].filter((element) => element.checkVisibility()).map((element) => Number(element.tagName[1]));
  return levels.flatMap((level, i) => (level > (levels[i - 1] || 0) + 1 ? [`a heading of level ${level} follows one of level ${levels[i - 1] || 0}`] : []));
}

function smallTargets() {
  const least = 44;
  return [...document.querySelectorAll('button, summary, input:not([type=hidden]), select, a.button, nav a')]
    .filter((element) => element.checkVisibility({ visibilityProperty: true }))
    .map((element) => [element, element.getBoundingClientRect()])
    .filter(([, box]) => box.width > 0 && (box.height < least - 0.5 || box.width < least - 0.5))
    .map(([element, box]) => `the target "${element.textContent.trim().slice(0, 30)}" is ${Math.round(box.width)} by ${Math.round(box.height)}`);
}

function nameless() {
  return [...document.querySelectorAll('button, a[href], img, iframe')]
    .filter((element) => element.checkVisibility())
    .filter((element) => !(element.textContent.trim() || element.getAttribute('aria-label') || element.getAttribute('alt') !== null && element.matches('img') || element.title))
    .map((element) => `no accessible name: ${element.outerHTML.slice(0, 80)}`);
}

function faintText() {
  const canvas = new OffscreenCanvas(1, 1).getContext('2d', { willReadFrequently: true });
  const rgba = (css) => {
    canvas.clearRect(0, 0, 1, 1);
    canvas.fillStyle = css;
    canvas.fillRect(0, 0, 1, 1);
    return [...canvas.getImageData(0, 0, 1, 1).data].map((x) => x / 255);
  };
  const over = (top, bottom) => [0, 1, 2].map((i) => top[i] * top[3] + bottom[i] * (1 - top[3])).concat(1);
  const luminance = (c) => c.slice(0, 3)
    .map((x) => (x <= 0.04045 ? x / 12.92 : ((x + 0.055) / 1.055) ** 2.4))
    .reduce((sum, x, i) => sum + x * [0.2126, 0.7152, 0.0722][i], 0);
  const ground = (element) => {
    const layers = [];
    for (let e = element; e; e = e.parentElement) layers.push(rgba(getComputedStyle(e).backgroundColor));
    return layers.reverse().reduce((below, layer) => over(layer, below), [1, 1, 1, 1]);
  };
  const found = new Set();
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const element = walker.currentNode.parentElement;
    if (!walker.currentNode.data.trim() || !element.checkVisibility() || element.closest('.visually-hidden, svg, noscript, [disabled], [aria-disabled=true]')) continue;
    const style = getComputedStyle(element);
    const below = ground(element);
    const [a, b] = [luminance(over(rgba(style.color), below)), luminance(below)].sort((x, y) => y - x);
    const ratio = (a + 0.05) / (b + 0.05);
    const size = parseFloat(style.fontSize);
    const large = size >= 24 || size >= 18.66 && Number(style.fontWeight) >= 700;
    if (ratio < (large ? 3 : 4.5)) found.add(`"${walker.currentNode.data.trim().slice(0, 30)}" has a contrast of ${ratio.toFixed(2)}`);
  }
  return [...found];
}

/** All checks as one expression, because each question to the browser costs time. */
export const CHECKS = `[${[overflow, smallTargets, faintText, nameless, brokenAmounts, headings].map((check) => `(${check})()`)}].flat()`;
