// JSON whose numbers keep their digits. An amount that went through a float is another amount, so
// numbers are read as instances of Digits and compared as decimals.
export class Digits {
  constructor(text) { this.text = text; }
  toString() { return this.text; }
}

const token = /("(?:[^"\\]|\\.)*")|(-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)/g;
const mark = '\u0000digits:';

/** Reads one JSON object from bytes or text. */
export function parse(bytes) {
  const text = typeof bytes === 'string' ? bytes : new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  JSON.parse(text); // refuses what is no JSON before numbers are replaced
  const value = JSON.parse(text.replace(token, (whole, string) => string ?? JSON.stringify(mark + whole)),
    (_, member) => (typeof member === 'string' && member.startsWith(mark) ? new Digits(member.slice(mark.length)) : member));
  if (value === null || typeof value !== 'object' || Array.isArray(value)) throw new Error('the JSON is not an object');
  return value;
}

/** Writes value as compact JSON; an instance of Digits is written as the number it is. */
export function write(value) {
  if (value instanceof Digits) return value.text;
  if (Array.isArray(value)) return `[${value.map(write).join(',')}]`;
  if (value === null || typeof value !== 'object') return JSON.stringify(value);
  const members = Object.entries(value).filter(([, member]) => member !== undefined);
  return `{${members.map(([name, member]) => `${JSON.stringify(name)}:${write(member)}`).join(',')}}`;
}

/** The decimal in one spelling: 1, 1.0, 1.00, 1e0 and "1.00" are all "1". */
export function decimal(value) {
  const text = value instanceof Digits ? value.text : value;
  const [, sign, whole, fraction = '', power = '0'] = /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/.exec(text ?? '') ?? [];
  if (whole === undefined || Math.abs(Number(power)) > 30) throw new Error(`${text} is not a decimal`);
  const scale = 40;
  const places = scale + Number(power) - fraction.length;
  const digits = (whole + fraction + '0'.repeat(places)).padStart(scale + 1, '0');
  const left = digits.slice(0, -scale).replace(/^0+(?=\d)/, '');
  const right = digits.slice(-scale).replace(/0+$/, '');
  const plain = right === '' ? left : `${left}.${right}`;
  return plain === '0' ? plain : sign + plain;
}

/** a - b as an exact decimal. */
export function minus(a, b) {
  const scaled = (text) => {
    const [whole, fraction = ''] = decimal(text).split('.');
    return BigInt(whole + fraction.padEnd(18, '0'));
  };
  const difference = scaled(a) - scaled(b);
  const digits = (difference < 0n ? -difference : difference).toString().padStart(19, '0');
  return decimal(`${difference < 0n ? '-' : ''}${digits.slice(0, -18)}.${digits.slice(-18)}`);
}
