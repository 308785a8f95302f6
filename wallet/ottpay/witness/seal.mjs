// OTT Pay's envelope, from the provider's Appendix A: the digest of the values in the order of
// their names, the cipher's key derived from that digest, AES-128-ECB with PKCS#5 padding.
import { createCipheriv, createDecipheriv, createHash } from 'node:crypto';

const md5 = (text) => createHash('md5').update(text, 'utf8').digest('hex').toUpperCase();

export const cipherKey = (digest, signKey) => md5(digest + signKey).slice(8, 24);

/** A number as Java's Double.toString writes it. */
export function javaNumber(value) {
  if (value === 0) return Object.is(value, -0) ? '-0.0' : '0.0';
  const size = Math.abs(value);
  if (size >= 1e-3 && size < 1e7) {
    const plain = String(value);
    return plain.includes('.') ? plain : `${plain}.0`;
  }
  const [mantissa, exponent] = value.toExponential().split('e');
  return `${mantissa.includes('.') ? mantissa : `${mantissa}.0`}E${Number(exponent)}`;
}

/** A value as Java prints what Gson has read. */
export function javaText(value) {
  if (value === null) return 'null';
  if (Array.isArray(value)) return `[${value.map(javaText).join(', ')}]`;
  if (typeof value === 'object') return `{${Object.entries(value).map(([name, inner]) => `${name}=${javaText(inner)}`).join(', ')}}`;
  return typeof value === 'number' ? javaNumber(value) : String(value);
}

/** JavaScript compares strings by their UTF-16 units, as Java does. */
const inOrder = (a, b) => (a < b ? -1 : a > b ? 1 : 0);

export const concatenated = (object) => Object.keys(object).sort(inOrder).map((name) => javaText(object[name])).join('');

export const digest = (object) => md5(concatenated(object));

/** Base64 in the provider's layout: a blank after every 60 characters. */
export function layout(bytes) {
  const text = bytes.toString('base64');
  const broken = text.replace(/(.{60})(?=.)/g, '$1 ');
  return text.length % 60 === 0 && bytes.length % 3 === 0 ? `${broken} ` : broken;
}

/** Seals the text of a JSON object. */
export function sealText(text, signKey) {
  const sum = digest(JSON.parse(text));
  const cipher = createCipheriv('aes-128-ecb', cipherKey(sum, signKey), null);
  return { md5: sum, bytes: Buffer.concat([cipher.update(text, 'utf8'), cipher.final()]) };
}

export function seal(object, signKey, spaced = false) {
  const { md5: sum, bytes } = sealText(JSON.stringify(object), signKey);
  return { data: spaced ? layout(bytes) : bytes.toString('base64'), md5: sum };
}

export function decrypt({ data, md5: sum }, signKey) {
  const compact = data.replace(/[\0- ]/g, '');
  if (!/^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/.test(compact)) throw new Error('data is not Base64');
  const decipher = createDecipheriv('aes-128-ecb', cipherKey(sum, signKey), null);
  return Buffer.concat([decipher.update(Buffer.from(compact, 'base64')), decipher.final()]).toString('utf8');
}

/** Opens an envelope's data, and proves that it is what was sealed. */
export function open(envelope, signKey) {
  const object = JSON.parse(decrypt(envelope, signKey));
  if (digest(object) !== envelope.md5.toUpperCase()) throw new Error('the digest differs');
  return object;
}
