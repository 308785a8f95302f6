// How a status looks: its icon and its tone.

const LOOKS = {
  created: ['dots', 'busy'], pending: ['clock', 'busy'], authorized: ['hold', 'good'], paid: ['check', 'good'],
  failed: ['cross', 'bad'], canceled: ['stop', 'calm'], expired: ['clock', 'calm'], voided: ['release', 'calm'],
  attention: ['flag', 'care'],
};

export function look(status) {
  const [icon, tone] = LOOKS[status] || ['help', 'calm'];
  return { icon, tone };
}
