// The few things needed to build a page by hand.

/** An element: h('p', { class: 'soft', onclick: f }, 'text', child). Texts are never parsed. */
export function h(tag, props = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(props)) {
    if (value === false || value === null || value === undefined) continue;
    if (name.startsWith('on')) element.addEventListener(name.slice(2), value);
    else element.setAttribute(name, value === true ? '' : value);
  }
  element.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

export const byId = (id) => document.getElementById(id);

export function icon(name) {
  return byId('icons').content.querySelector(`[data-icon="${name}"] svg`).cloneNode(true);
}

export function button(label, onclick, style = '') {
  return h('button', { type: 'button', class: `button ${style}`, onclick }, label);
}
