// What Chrome 74, the engine of WebViews of 2019, has: by MDN's compatibility data.
import { parse } from 'acorn';
import * as css from 'css-tree';
import data from '@mdn/browser-compat-data' with { type: 'json' };

const AGE = 74;

/** Whether an entry of the data is there in Chrome 74, without a flag, prefix or other name. */
function has(entry) {
  const support = entry?.__compat?.support?.chrome;
  if (!support) return true; // nothing is known: not new
  return [support].flat().some(({ version_added: added, version_removed: removed, flags, prefix, alternative_name: other }) => (
    added && added !== 'preview' && !flags && !prefix && !other
    && Number.parseInt(added.replace('≤', ''), 10) <= AGE && !(removed && Number.parseInt(removed, 10) <= AGE)));
}

// Scripts

/** Interfaces that came later, and members as [interface, name, whether it is the interface's own]. */
export const newer = { globals: [], members: [] };
const known = new Map(); // a member's name → whether any interface of Chrome 74 has it

const { builtins } = data.javascript;
for (const [name, entry] of [...Object.entries(data.api), ...Object.entries(builtins), ...Object.entries(builtins.Intl)]) {
  if (name.startsWith('__')) continue;
  if (!has(entry)) newer.globals.push(name);
  for (const [key, member] of Object.entries(entry)) {
    if (key.startsWith('__') || key.includes('_event') || key === name) continue;
    const own = key.replace(/_static$/, ''); // as the data names what is not of the prototype
    const there = has(entry) && has(member);
    known.set(own, known.get(own) || there);
    if (!there && has(entry)) newer.members.push([name, own, own !== key || !/^[A-Z]/.test(name)]);
  }
}

/** What a module has that Chrome 74 lacks: syntax newer than ES2019, and names that no interface had. */
export function oldScriptFaults(source) {
  let tree;
  try {
    tree = parse(source, { ecmaVersion: 2019, sourceType: 'module' });
  } catch (error) {
    return [`syntax: ${error.message}`];
  }
  const found = new Set();
  visit(tree, (node) => {
    if (node.type === 'Identifier' && newer.globals.includes(node.name)) found.add(node.name);
    if (node.type !== 'MemberExpression' || node.computed) return;
    const name = node.property.name;
    const late = newer.members.some(([owner, member, own]) => own && owner === node.object.name && member === name);
    if (late || known.get(name) === false) found.add(`.${name}`);
  });
  return [...found];
}

function visit(node, each) {
  if (!node || typeof node.type !== 'string') return;
  each(node);
  for (const child of Object.values(node)) [child].flat().forEach((part) => part && typeof part === 'object' && visit(part, each));
}

// Styles

const LATE_FUNCTIONS = ['min', 'max', 'clamp', 'color-mix', 'light-dark', 'round'];
const LATE_UNITS = ['dvh', 'svh', 'lvh', 'dvw', 'cqw', 'cqi'];

// Properties that only make a page nicer: nothing moves or disappears without them.
const NICETIES = ['text-wrap', 'color-scheme', 'text-underline-offset', 'text-size-adjust', 'accent-color', 'aspect-ratio', 'forced-color-adjust'];

// Values that the data has as newer for flex boxes, and that grids have had from the first.
const ELSEWHERE = ['start', 'end'];

// Old declarations that do for a newer one what it is for.
const INSTEAD = { 'overflow-wrap': 'word-break', appearance: '-webkit-appearance' };

/** A stylesheet as Chrome 74 reads it, and what of it has no fallback. */
export function oldStyles(text) {
  const sheet = css.parse(text);
  const faults = [];
  const flexible = flexBoxes(sheet);
  css.walk(sheet, {
    enter(node, item, list) {
      if (node.type === 'Atrule' && !hasCondition(node) || node.type === 'Rule' && node.prelude.type === 'SelectorList' && lateSelector(node.prelude)) {
        list.remove(item);
        return css.walk.skip;
      }
      if (node.type !== 'Declaration' || !this.rule) return undefined;
      const late = lateness(node, css.generate(this.rule.prelude), flexible);
      if (!late) return undefined;
      if (late.invalid || !fallsBack(node, this.rule.block, item)) faults.push(`${css.generate(this.rule.prelude)} { ${css.generate(node)} }: ${late.why}`);
      list.remove(item);
      return css.walk.skip;
    },
  });
  return { text: css.generate(sheet), faults };
}

/** The selectors that make flex boxes, in which gap does nothing. */
function flexBoxes(sheet) {
  const found = new Set();
  css.walk(sheet, function visit(node) {
    if (node.type === 'Declaration' && node.property === 'display' && /flex/.test(css.generate(node.value)) && this.rule) {
      css.generate(this.rule.prelude).split(',').forEach((selector) => found.add(selector));
    }
  });
  return found;
}

/** Whether a condition is true in Chrome 74. */
function hasCondition({ name, prelude }) {
  const condition = prelude ? css.generate(prelude) : '';
  if (name === 'supports') return !LATE_FUNCTIONS.some((f) => condition.includes(`${f}(`));
  if (name !== 'media') return has(data.css['at-rules'][name]);
  return Object.entries(data.css['at-rules'].media).every(([feature, entry]) => !condition.includes(`(${feature}:`) || has(entry));
}

function lateSelector(prelude) {
  let late = false;
  css.walk(prelude, (node) => {
    if (node.type.startsWith('Pseudo') && !has(data.css.selectors[node.name])) late = true;
  });
  return late;
}

/** Why Chrome 74 does not take a declaration, or null. */
function lateness({ property, value }, selector, flexible) {
  const entry = data.css.properties[property];
  if (!property.startsWith('-') && !has(entry)) return { why: `there is no ${property}` };
  if (/^(row-|column-)?gap$/.test(property) && selector.split(',').some((s) => flexible.has(s))) return { why: 'a flex box has no gap' };
  let why = null;
  let variable = false;
  css.walk(value, (node) => {
    if (node.type === 'Function' && node.name === 'var') variable = true;
    if (node.type === 'Function' && LATE_FUNCTIONS.includes(node.name)) why = `there is no ${node.name}()`;
    if (node.type === 'Dimension' && LATE_UNITS.includes(node.unit)) why = `there is no unit ${node.unit}`;
    if (node.type === 'Identifier' && entry?.[node.name] && !has(entry[node.name]) && !ELSEWHERE.includes(node.name)) why = `there is no ${node.name}`;
  });
  if (value.type === 'Raw' && LATE_FUNCTIONS.some((f) => new RegExp(`(^|[^a-z-])${f}\\(`).test(value.value))) return { why: 'a newer function in a custom property', invalid: true };
  return why && { why, invalid: variable }; // taken for valid because of var(), then not used at all
}

/** Whether an older declaration before it does its work. */
function fallsBack({ property }, block, item) {
  if (NICETIES.includes(property)) return true;
  for (let before = item.prev; before; before = before.prev) {
    if (before.data.property === property || before.data.property === INSTEAD[property]) return true;
  }
  return false;
}
