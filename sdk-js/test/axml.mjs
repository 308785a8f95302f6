// Draws a mini program's template: enough of AXML for the example to be read and tapped.
import vm from 'node:vm';

const TAG = /<(\/?)([a-z-]+)((?:\s+[\w:-]+(?:="[^"]*")?)*)\s*(\/?)>|([^<]+)/g;

/** The elements of a template as a tree: { name, attributes, children }; texts are strings. */
export function parse(template) {
  const root = { name: 'root', attributes: {}, children: [] };
  const open = [root];
  let read = 0;
  for (const [whole, end, name, attributes, alone, text] of template.matchAll(TAG)) {
    read += whole.length;
    if (text !== undefined) {
      if (text.trim()) open.at(-1).children.push(text.trim());
    } else if (end) {
      if (open.pop().name !== name) throw new Error(`</${name}> closes another element`);
    } else {
      const element = { name, attributes: Object.fromEntries([...attributes.matchAll(/([\w:-]+)(?:="([^"]*)")?/g)].map(([, key, value = '']) => [key, value])), children: [] };
      open.at(-1).children.push(element);
      if (!alone) open.push(element);
    }
  }
  if (read !== template.length || open.length !== 1) throw new Error('the template is malformed');
  return root;
}

/** Everything on the screen, top to bottom: { name, text, attributes }, with data filled in. */
export function draw({ name, attributes, children }, data) {
  if (attributes['a:if'] !== undefined && !fill(attributes['a:if'], data)) return [];
  if (attributes['a:for'] !== undefined) {
    const { 'a:for': list, ...rest } = attributes;
    return fill(list, data).flatMap((item, index) => draw({ name, attributes: rest, children }, { ...data, item, index }));
  }
  const own = Object.fromEntries(Object.entries(attributes).map(([key, value]) => [key, fill(value, data)]));
  const text = children.filter((child) => typeof child === 'string').map((child) => fill(child, data)).join(' ');
  return [{ name, text, attributes: own }, ...children.filter((child) => typeof child !== 'string').flatMap((child) => draw(child, data))];
}

const realm = vm.createContext({}); // one for all expressions, since each takes a millisecond to make

/** A text with its {{expressions}}; the value itself when it is one expression and nothing else. */
function fill(text, data) {
  // An expression sees what is in the data, and no name beside it.
  const value = (expression) => vm.runInContext(`(function () { with (this) return (${expression}); })`, realm).call(data);
  const whole = /^\{\{([^}]*)\}\}$/.exec(text);
  return whole ? value(whole[1]) : text.replace(/\{\{([^}]*)\}\}/g, (_, expression) => String(value(expression)));
}
